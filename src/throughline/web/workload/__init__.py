"""The page of workload and relationships."""
