"""
The raw limit of the live driver: SQL written by hand that writes exactly the rows the driver wrote, in batches of 100.

The rows of a drain are taken out of their tables and written into tables with the same columns and indexes, in the
same way as the driver writes (binary COPY, one UPDATE and one DELETE per table), without deciding anything. Foreign
keys are not checked there, which favours the limit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

BATCH = 100
APPENDED = (
    "procedures_case_event", "procedures_case_input", "procedures_token", "procedures_timer",
    "procedures_messagewait", "procedures_workitem",
)  # fmt: skip


class RawLimit:
    """Made before the drain (it keeps the inbox), filled after it, and then run."""

    def __init__(self) -> None:
        from throughline.core.procedures import setwise

        self._setwise = setwise
        for table in (*APPENDED, "procedures_case", "procedures_inbox", "leads_lead"):
            setwise.execute(f"CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL)")
        for table in ("procedures_case", "procedures_inbox", "leads_lead"):
            setwise.execute(f"INSERT INTO raw_{table} SELECT * FROM {table}")
        setwise.execute("ANALYZE")

    def rate(self) -> float:
        """Write everything again and return cases per second of wall clock."""
        batches = list(self._batches())
        began = time.perf_counter()
        for batch in batches:
            self._write(batch)
        return sum(len(batch.cases) for batch in batches) / (time.perf_counter() - began)

    def _batches(self) -> Iterator[_Batch]:
        from throughline.core.copying import Row

        fetch = self._setwise.fetch
        cases = fetch(
            "SELECT id, state, sequence, inputs, status, outcome, end_node, moved_at, ended_at, tz_version"
            " FROM procedures_case WHERE status = 'running' ORDER BY id"
        )
        columns = {table: _columns(fetch, table) for table in APPENDED}
        rows: dict[str, dict[int, list[Row]]] = {}
        for table, names in columns.items():
            place = names.index("case_id")
            found = rows[table] = {}
            chosen = ", ".join(f"{name}::text" if name == "answers" else name for name in names)
            for row in fetch(f"SELECT {chosen} FROM {table}"):
                found.setdefault(row[place], []).append(row)
        for start in range(0, len(cases), BATCH):
            part = cases[start : start + BATCH]
            appended = [
                (f"raw_{table}", ", ".join(names), [row for case in part for row in rows[table].get(case[0], [])])
                for table, names in columns.items()
            ]
            yield _Batch(part, appended)

    def _write(self, batch: _Batch) -> None:
        from django.db import transaction

        fetch, execute, copy = self._setwise.fetch, self._setwise.execute, self._setwise.copy
        with transaction.atomic():
            inbox = fetch("SELECT * FROM raw_procedures_inbox ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED", [BATCH])
            ids = [case[0] for case in batch.cases]
            loaded = fetch(_LOAD, [ids])
            records = [row[0] for row in loaded]
            fetch("SELECT * FROM raw_leads_lead WHERE id = ANY(%s)", [records])
            execute("UPDATE raw_leads_lead SET tags = tags || '{inbound}' WHERE id = ANY(%s)", [records])
            execute(_UPDATE, self._setwise.columns_of(batch.cases, 10))
            for table, names, rows in batch.appended:
                copy(table, names, rows)
            execute("DELETE FROM raw_procedures_inbox WHERE id = ANY(%s)", [[row[0] for row in inbox]])


class _Batch:
    def __init__(self, cases: Sequence[Any], appended: Sequence[tuple[str, str, Sequence[Any]]]) -> None:
        self.cases, self.appended = cases, appended


_LOAD = "SELECT record_id, state FROM raw_procedures_case WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_UPDATE = """
UPDATE raw_procedures_case c
SET state = r.state, sequence = r.sequence, inputs = r.inputs, status = r.status, outcome = r.outcome,
    end_node = r.end_node, moved_at = r.moved_at, ended_at = r.ended_at, tz_version = r.tz
FROM unnest(%s::bigint[], %s::bytea[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
            %s::timestamptz[], %s::timestamptz[], %s::text[])
    AS r (id, state, sequence, inputs, status, outcome, end_node, moved_at, ended_at, tz)
WHERE c.id = r.id
"""


def _columns(fetch: Any, table: str) -> list[str]:
    rows = fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [table],
    )
    return [row[0] for row in rows]
