"""Pages of charts that are views of what is there."""
