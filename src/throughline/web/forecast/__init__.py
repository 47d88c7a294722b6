"""Pages of the forecast: what is expected, what was aimed at, how near it came."""
