"""Pages of dashboards: looking, building by keyboard and mouse, sharing."""
