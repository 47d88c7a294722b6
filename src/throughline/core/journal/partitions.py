"""Monthly partitions of the journal: made ahead, and made late without losing what fell into the default one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db import connection, transaction


@transaction.atomic
def ensure_partitions(*, first_on: date, last_on: date) -> list[str]:
    """
    Make the missing partitions of every month from ``first_on`` to ``last_on`` and return their names.

    Rows of such a month that already lie in the default partition move to the new one; the journal is locked meanwhile.
    Of several that ask at once one makes them, the others wait for it and find them made.
    """
    if not _missing(first_on, last_on):
        return []
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE journal_entry IN ACCESS EXCLUSIVE MODE")
    missing = _missing(first_on, last_on)  # another one may have made them while this one waited for the lock
    for name, start, end in missing:
        _make(name, start, end)
    return [name for name, _, _ in missing]


def _missing(first_on: date, last_on: date) -> list[tuple[str, date, date]]:
    present = _present()
    return [month for month in _months(first_on, last_on) if month[0] not in present]


def _present() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'journal_entry'::regclass"
        )
        return {row[0] for row in cursor.fetchall()}


def _months(first_on: date, last_on: date) -> Iterator[tuple[str, date, date]]:
    start = first_on.replace(day=1)
    while start <= last_on:
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        yield f"journal_entry_{start:%Y_%m}", start, end
        start = end


def _make(name: str, start: date, end: date) -> None:
    bounds = [f"{start.isoformat()} 00:00:00+00", f"{end.isoformat()} 00:00:00+00"]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE journal_entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute("ALTER TABLE journal_entry_default DISABLE TRIGGER journal_entry_append_only")
        cursor.execute(
            f"WITH moved AS (DELETE FROM journal_entry_default WHERE at >= %s AND at < %s RETURNING *) "
            f"INSERT INTO {name} SELECT * FROM moved",
            bounds,
        )
        cursor.execute("ALTER TABLE journal_entry_default ENABLE TRIGGER journal_entry_append_only")
        cursor.execute(f"ALTER TABLE journal_entry ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds)


@transaction.atomic
def begin_era(*, at: datetime) -> int:
    """
    Begin a new era and return its number: to be called once after a backup was restored into another cluster.

    Entries of earlier eras are all readable at once; the new cluster's transaction ids are compared in the new era
    only.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_era (number, begun_at) SELECT coalesce(max(number), 0) + 1, %s FROM journal_era "
            "RETURNING number",
            [at],
        )
        return int(cursor.fetchone()[0])
