"""
Writing the journal: always inside the transaction of the change it tells of, and set-wise.

An entry keeps the transaction's id, because identity numbers become visible out of order (two transactions may commit
in either order); readers follow ``(era, txid, id)`` and stop below the oldest running transaction (``read.py``).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from throughline.core.actor import Actor
from throughline.core.journal.events import JournalEvent, kinds
from throughline.core.recordref import RecordRef

MAX_DEPTH = 20
"""How many causes may lie behind an entry before whoever reacts to entries must stop (a loop of causes)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """
    An event about a record, not yet written.

    ``whose``: the record whose erasure takes the personal values away, when it is another. ``by``: who did it, when
    facts of several actors are written at once.
    """

    event: JournalEvent
    about: RecordRef
    cause: int | None = None
    sandbox: bool = False
    whose: RecordRef | None = None
    by: Actor | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it was written, for those who react to it. ``data`` holds no personal values."""

    id: int
    at: datetime
    event: str
    by: Actor
    about: RecordRef
    data: Mapping[str, Any]
    personal: Mapping[str, Any]
    cause: int | None
    depth: int
    sandbox: bool


Listener = Callable[[Sequence[Recorded]], None]
_listeners: list[Listener] = []


def on_recorded(listener: Listener) -> Listener:
    """
    Call ``listener`` with the entries of every ``record_many``, inside its transaction.

    Registered once at start-up by ``wiring``; registering again changes nothing. What it raises undoes the change.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def forget_listener(listener: Listener) -> None:
    """Stop calling ``listener``; unknown ones are ignored."""
    if listener in _listeners:
        _listeners.remove(listener)


def record(
    event: JournalEvent,
    *,
    by: Actor,
    at: datetime,
    about: RecordRef,
    cause: int | None = None,
    sandbox: bool = False,
    whose: RecordRef | None = None,
) -> Recorded:
    """
    Write one fact into the journal, in the transaction of the change.

    ``cause``: the key of the entry that led to this change.
    """
    return record_many([Fact(event, about, cause, sandbox, whose)], by=by, at=at)[0]


def record_many(facts: Sequence[Fact], *, by: Actor, at: datetime) -> list[Recorded]:
    """
    Write facts in the given order with one statement, and tell the listeners once.

    Raises:
        RuntimeError: there is no transaction, so the fact could outlive a change that failed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Expected the journal to be written in the transaction of the change, but there is none.")
    if not facts:
        return []
    rows = [_row(fact, fact.by or by, at) for fact in facts]
    written = _insert([row.columns for row in rows])
    _insert_personal([key for key, _ in written], rows)
    recorded = [
        Recorded(
            key,
            at,
            row.columns["event"],
            fact.by or by,
            fact.about,
            row.data,
            row.personal,
            fact.cause,
            depth,
            fact.sandbox,
        )
        for fact, row, (key, depth) in zip(facts, rows, written, strict=True)
    ]
    for listener in tuple(_listeners):
        listener(recorded)
    return recorded


@dataclass(frozen=True, slots=True)
class _Row:
    columns: dict[str, Any]
    data: dict[str, Any]
    personal: dict[str, Any]
    salt: bytes
    whose: RecordRef


def _row(fact: Fact, by: Actor, at: datetime) -> _Row:
    kind = kinds.of(fact.event)
    values = msgspec.to_builtins(fact.event)
    personal = {name: values.pop(name) for name in kind.personal if values.get(name) not in (None, "", {}, [])}
    for name in kind.personal - personal.keys():
        values.pop(name, None)
    salt = secrets.token_bytes(16) if personal else b""
    columns = {
        "at": at.isoformat(),
        "event": kind.name,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "actor_label": by.label,
        "record_type": fact.about.type,
        "record_id": fact.about.id,
        "data": values,
        "cause_id": fact.cause,
        "sandbox": fact.sandbox,
        "digest": "\\x" + personal_digest(salt, personal).hex() if personal else None,
    }
    return _Row(columns, values, personal, salt, fact.whose or fact.about)


def personal_digest(salt: bytes, values: Mapping[str, Any]) -> bytes:
    """Return what the entry keeps of personal values: enough to prove them, too little to guess them."""
    return hashlib.sha256(salt + msgspec.json.encode(values, order="deterministic")).digest()


_INSERT = """
INSERT INTO journal_entry (era, txid, at, event, actor_kind, actor_id, actor_label, record_type, record_id, data,
                           cause_id, depth, sandbox, digest)
SELECT (SELECT coalesce(max(number), 0) FROM journal_era), pg_current_xact_id(), r.at, r.event, r.actor_kind,
       r.actor_id, r.actor_label, r.record_type, r.record_id, r.data, r.cause_id,
       CASE WHEN r.cause_id IS NULL THEN 0
            ELSE coalesce((SELECT c.depth + 1 FROM journal_entry c WHERE c.id = r.cause_id LIMIT 1), 0) END,
       r.sandbox, r.digest
FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (
         at timestamptz, event text, actor_kind text, actor_id text, actor_label text, record_type text,
         record_id bigint, data jsonb, cause_id bigint, sandbox boolean, digest bytea
     )) WITH ORDINALITY AS r (at, event, actor_kind, actor_id, actor_label, record_type, record_id, data, cause_id,
                              sandbox, digest, place)
ORDER BY r.place
RETURNING id, depth
"""  # INSERT … SELECT … ORDER BY numbers and returns its rows in that order


def _insert(columns: list[dict[str, Any]]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [msgspec.json.encode(columns).decode()])
        return [(int(key), int(depth)) for key, depth in cursor.fetchall()]


_INSERT_PERSONAL = """
INSERT INTO journal_personal (entry_id, record_type, record_id, salt, values)
SELECT * FROM jsonb_to_recordset(%s::jsonb)
    AS r (entry_id bigint, record_type text, record_id bigint, salt bytea, values jsonb)
"""


def _insert_personal(keys: list[int], rows: list[_Row]) -> None:
    documents = [
        {
            "entry_id": key,
            "record_type": row.whose.type,
            "record_id": row.whose.id,
            "salt": "\\x" + row.salt.hex(),
            "values": row.personal,
        }
        for key, row in zip(keys, rows, strict=True)
        if row.personal
    ]
    if not documents:
        return
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_PERSONAL, [msgspec.json.encode(documents).decode()])


@transaction.atomic
def erase_personal(*, whose: RecordRef) -> int:
    """Remove the personal values kept about a record and return how many entries lost some. Their digests stay."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_personal WHERE record_type = %s AND record_id = %s", [*whose])
        return int(cursor.rowcount)
