"""
A time limit for lists that filter or sort by a custom field without an index: it is kept, and said.

Such a list goes through all records of its type. Among thousands nobody notices; among a million it would hold the page
and the database, so it is given up and the reader is told which field to have indexed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from throughline.core.records.spec import FieldSpec, RecordSpec
from throughline.core.refusals import Refusal

PATIENCE_MS = 5_000


@contextmanager
def in_time(spec: RecordSpec, filter_: Mapping[str, Any], sort: str) -> Iterator[None]:
    """
    Read inside for a bounded time where the filter or the sorting rests on a field without an index.

    Raises:
        Refusal: it took longer; the sentence names the fields.
    """
    slow = _slow(spec, filter_, sort)
    if not slow:
        yield
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (before,) = cursor.fetchone()
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE_MS}ms"])
            yield
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as problem:
        if not isinstance(problem.__cause__, QueryCanceled):
            raise
        labels = ", ".join(described.label for described in slow)
        seconds = PATIENCE_MS // 1000
        sentence = f"This took longer than {seconds} seconds, because {labels} has no index. Narrow the list by another"
        raise Refusal("too_slow", f"{sentence} field, or ask an administrator for an index.") from problem


def _slow(spec: RecordSpec, filter_: Mapping[str, Any], sort: str) -> list[FieldSpec]:
    names = dict.fromkeys([*_named(filter_), sort.removeprefix("-")])
    found = (spec.by_name.get(name) for name in names)
    return [described for described in found if described is not None and described.custom and not described.indexed]


def _named(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        if "field" in node:
            yield str(node["field"])
        for part in node.values():
            yield from _named(part)
    elif isinstance(node, (list, tuple)):
        for part in node:
            yield from _named(part)
