"""Letting a draft run: what stands against it, who agrees, retiring it, and who looks after a procedure."""
