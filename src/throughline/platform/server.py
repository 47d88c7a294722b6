"""Whether a PostgreSQL server that somebody else runs will do, and if not, why."""

from __future__ import annotations

import psycopg

from throughline.platform.address import DatabaseAddress
from throughline.platform.faults import Fault

OLDEST = 15
EXTENSIONS = ("pg_trgm",)  # trusted: the database's owner may create it
CONNECT_SECONDS = 10

EXAMINATION = """
SELECT current_setting('server_version_num')::int / 10000 AS major,
       current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       ARRAY(SELECT wanted FROM unnest(%(wanted)s::text[]) wanted
              WHERE wanted NOT IN (SELECT name FROM pg_available_extensions)) AS unavailable,
       ARRAY(SELECT wanted FROM unnest(%(wanted)s::text[]) wanted
              WHERE wanted NOT IN (SELECT extname FROM pg_extension)) AS not_created
"""


def examine(address: DatabaseAddress) -> None:
    """
    Make sure that the database can hold the product.

    Raises:
        Fault: unreachable, too old, not UTF-8, or without an extension and the right to create it.
    """
    wanted = list(EXTENSIONS)
    try:
        with psycopg.connect(address.url, connect_timeout=CONNECT_SECONDS) as connection:
            row = connection.execute(EXAMINATION, {"wanted": wanted}).fetchone()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0].rpartition("failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
        raise Fault(
            f"The database {address.place} of DATABASE_URL cannot be reached: {reason}. "
            "Start it or correct DATABASE_URL; without DATABASE_URL the embedded one is used."
        ) from error
    if row is None:
        raise Fault(f"The database {address.place} gave no answer about itself.")
    major, version, encoding, may_create, unavailable, not_created = row
    if major < OLDEST:
        raise Fault(f"The server of DATABASE_URL is PostgreSQL {version}, but Throughline needs {OLDEST} or newer.")
    if encoding != "UTF8":
        raise Fault(f"The database {address.place} is encoded in {encoding}, but Throughline needs UTF8.")
    if unavailable:
        raise Fault(
            f"The server of DATABASE_URL lacks the extension {' and '.join(unavailable)}. Install it there "
            "(on Debian it is in the package postgresql; elsewhere often in postgresql-contrib)."
        )
    if not_created and not may_create:
        raise Fault(
            f"The user of DATABASE_URL may not create the extension {' and '.join(not_created)}. Let an administrator "
            f"run: {' '.join(f'CREATE EXTENSION {name};' for name in not_created)}"
        )
