"""Pages of variants: how a procedure is done otherwise for some of its records."""
