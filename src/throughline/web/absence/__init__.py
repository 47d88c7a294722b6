"""Pages of absence: who is away, who stands in, and handing open work over in one move."""
