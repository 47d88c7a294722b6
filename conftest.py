"""
Plumbing of all tests: a database for those that ask for one.

With DATABASE_URL the tests use that server. Without it the first test that touches a database starts an embedded
PostgreSQL in a temporary folder (no fsync: it holds nothing anybody will miss), shared by all xdist workers and stopped
when the session ends.
"""

from __future__ import annotations
