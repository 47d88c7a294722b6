"""Settings, addresses and entry points of the Django project. Everything that can differ comes from the environment."""
