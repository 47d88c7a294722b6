"""The page of who the customers are."""
