"""What lies outside, for tests: a real mail server and a real receiver of web hooks on this machine."""
