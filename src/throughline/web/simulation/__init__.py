"""Pages of simulations: asking what would happen to a version, looking at what came out, putting it side by side."""
