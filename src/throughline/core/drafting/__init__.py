"""Working on a drawing together: changes by operations that can be undone, and who has the pen."""
