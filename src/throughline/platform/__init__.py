"""
The ground under the product: where data lies, the embedded PostgreSQL, and the processes of one running system.

Standard library, psycopg and cryptography only; nothing here knows Django or any capability. The shells (``cli``,
``config``) and the test plumbing stand on it; capabilities never import it. See docs/adr/0002-embedded-postgresql.md.
"""
