"""Pages of activities: planning one about a record, logging one with its details, saying how a planned one went."""
