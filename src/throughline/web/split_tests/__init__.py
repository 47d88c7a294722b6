"""Pages of split tests."""
