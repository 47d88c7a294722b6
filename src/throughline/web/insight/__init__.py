"""Pages of figures: key figures with their definitions, trends and records, goals, and the way to the step behind."""
