"""
The cases of a procedure as an event log.

Theory of operation. What became of an activity or a named event is one event of the log: activities when they are
completed, events when they happen. The engine notes how long a token rested, so the beginning of the work is known too.
Rows come over the wire in PostgreSQL's binary form with nothing but numbers of fixed length in them, so that a million
of them are one array and no row is ever an object; the words are put to the numbers afterwards.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.flow.mining.log import NEVER, EventLog, Ints, Words, ordered
from throughline.insight.mined.scope import Scope, age, scope_of

HEADER, TRAILER = 19, 2
EPOCH_2000 = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000 on."""

FIELDS = ("case", "seq", "at", "elapsed", "node", "person")
ROW = np.dtype(
    [
        ("fields", ">i2"),
        *((f"{part}_{name}", kind) for name in FIELDS for part, kind in (("len", ">i4"), ("value", ">i8"))),
    ]
)
NOBODY = -1


def case_log(*, procedure: str, user: User, version: int | None = None) -> EventLog:
    """
    Return what happened to the cases of one version of a procedure that ``user`` may see.

    Activities go by their names on the drawing; the column ``node`` has their ids, ``resource`` who did it, where a
    person did. Cases are named by their numbers.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    key = (scope.sql, tuple(map(str, scope.params)), *age(scope))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    log = _read(scope)
    with _lock:
        _kept[key] = log
        while len(_kept) > 1 and sum(each.events for each in _kept.values()) > KEPT_EVENTS:
            _kept.popitem(last=False)
    return log


KEPT_EVENTS = 3_000_000
"""So many events are kept in memory, some hundred bytes each; a changed filter then asks the database nothing."""

_kept: OrderedDict[tuple[Any, ...], EventLog] = OrderedDict()
_lock = Lock()


def _read(scope: Scope) -> EventLog:
    chart = charts.running(scope.version.pk).chart
    nodes = [node for node in chart.nodes if node.name and not node.type.endswith("Gateway")]
    rows = _rows(scope, [node.id for node in nodes])
    order = np.lexsort((rows["value_seq"], rows["value_at"], rows["value_case"]))
    rows = rows[order]
    at = rows["value_at"].astype(np.int64) + EPOCH_2000
    elapsed = rows["value_elapsed"].astype(np.int64)
    place = rows["value_node"].astype(np.int32)
    return ordered(
        _cases(rows["value_case"].astype(np.int64)),
        _named(place, [node.name for node in nodes]),
        at,
        {
            "node": _named(place, [node.id for node in nodes]),
            "resource": _people(rows["value_person"].astype(np.int64)),
        },
        started=np.where(elapsed < 0, NEVER, at - elapsed),
    )


def _rows(scope: Scope, nodes: list[str]) -> Any:
    statement = (
        "COPY (SELECT case_id, seq, at, coalesce(elapsed_us, -1), place,"
        f" CASE WHEN actor_kind = 'user' THEN actor_id::bigint ELSE {NOBODY} END"
        " FROM procedures_case_event JOIN unnest(%s::text[]) WITH ORDINALITY AS wanted (node, place) USING (node)"
        f" WHERE {scope.sql} AND (kind = 'completed' OR kind = 'passed')) TO STDOUT (FORMAT binary)"
    )
    with connection.cursor() as cursor, cursor.copy(statement, [nodes, *scope.params]) as stream:
        content = b"".join(_blocks(stream))
    return np.frombuffer(content, dtype=ROW, offset=HEADER, count=(len(content) - HEADER - TRAILER) // ROW.itemsize)


def _blocks(stream: Any) -> Iterator[bytes]:
    yield from map(bytes, stream)


def _cases(numbers: Ints) -> Words:
    found, codes = np.unique(numbers, return_inverse=True)
    return Words(codes.astype(np.int32), tuple(map(str, found.tolist())))


def _named(place: Ints, words: list[str]) -> Words:
    """Names by the place of the node, counted from 1; nodes of one name become one word."""
    numbers: dict[str, int] = {}
    table = np.array([0, *(numbers.setdefault(word, len(numbers)) for word in words)], dtype=np.int32)
    return Words(table[place], tuple(numbers))


def _people(numbers: Ints) -> Words:
    found, codes = np.unique(numbers, return_inverse=True)
    names = dict(User.objects.filter(pk__in=[key for key in found.tolist() if key != NOBODY]).values_list("pk", "name"))
    words = [names.get(key, f"#{key}") for key in found.tolist() if key != NOBODY]
    shift = int(NOBODY in found)  # whoever is nobody comes first and has no word
    return Words((codes - shift).astype(np.int32), tuple(words))
