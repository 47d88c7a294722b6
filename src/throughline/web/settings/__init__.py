"""Settings: what records are made of, and what roles may see and do."""
