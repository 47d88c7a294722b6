"""Procedures on real records: the host, the kernel and capabilities together."""
