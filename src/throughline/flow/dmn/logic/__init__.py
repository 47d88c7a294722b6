"""Decision logic: one module per kind of boxed expression (DMN 1.5, 7.3, 8 and 10.2.1)."""
