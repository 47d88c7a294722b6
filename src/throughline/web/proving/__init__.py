"""Test cases of a procedure: walking a way and keeping it, recording a real case, running, and what departs."""
