"""What really happened in a procedure: figures, drawing, variants and departures of the cases that a filter leaves."""
