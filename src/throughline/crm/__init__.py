"""Capabilities in the order of the customer's journey; a later one may know an earlier one, never the reverse."""
