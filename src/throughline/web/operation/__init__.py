"""The page of operation: how the machinery behind the procedures is doing."""
