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
from throughline.core.copying import copy
from throughline.core.journal.events import JournalEvent, kinds
from throughline.core.recordref import RecordRef
from throughline.core.trying import require_test

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
    Write facts in the given order set-wise, and tell the listeners once.

    Raises:
        RuntimeError: there is no transaction, so the fact could outlive a change that failed.
        TouchesReal: somebody tries a draft, and a fact is about something real.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Expected the journal to be written in the transaction of the change, but there is none.")
    if not facts:
        return []
    for fact in facts:
        require_test(fact.about, sandbox=fact.sandbox)
    rows = [_row(fact, fact.by or by) for fact in facts]
    recorded = [
        Recorded(key, at, row.event, row.by, fact.about, row.data, row.personal, fact.cause, depth, fact.sandbox)
        for fact, row, (key, depth) in zip(facts, rows, _insert(rows, at), strict=True)
    ]
    for listener in tuple(_listeners):
        listener(recorded)
    return recorded


@dataclass(frozen=True, slots=True)
class _Row:
    """A fact as it is stored: ``text`` is ``data`` as JSON, ``digest`` what the entry keeps of the personal values."""

    fact: Fact
    event: str
    by: Actor
    data: dict[str, Any]
    text: str
    personal: dict[str, Any]
    salt: bytes
    digest: bytes | None

    @property
    def who(self) -> tuple[str, str, str, str]:
        """The kind of event and who did it, as columns."""
        return self.event, self.by.kind, self.by.id, self.by.label

    @property
    def whose(self) -> RecordRef:
        """The record whose erasure takes the personal values away."""
        return self.fact.whose or self.fact.about


def _row(fact: Fact, by: Actor) -> _Row:
    kind = kinds.of(fact.event)
    values = msgspec.to_builtins(fact.event)
    personal = {name: values.pop(name) for name in kind.personal if values.get(name) not in (None, "", {}, [])}
    for name in kind.personal - personal.keys():
        values.pop(name, None)
    salt = secrets.token_bytes(16) if personal else b""
    digest = personal_digest(salt, personal) if personal else None
    return _Row(fact, kind.name, by, values, msgspec.json.encode(values).decode(), personal, salt, digest)


def personal_digest(salt: bytes, values: Mapping[str, Any]) -> bytes:
    """Return what the entry keeps of personal values: enough to prove them, too little to guess them."""
    return hashlib.sha256(salt + msgspec.json.encode(values, order="deterministic")).digest()


_NUMBERS = """
SELECT (SELECT coalesce(max(number), 0) FROM journal_era), pg_current_xact_id()::text::bigint,
       array(SELECT nextval(pg_get_serial_sequence('journal_entry', 'id')) FROM generate_series(1, %s)),
       array(SELECT ARRAY[id, depth] FROM journal_entry WHERE id = ANY(%s))
"""
_COLUMNS = (
    "id, era, txid, at, event, actor_kind, actor_id, actor_label, record_type, record_id, data, cause_id, depth,"
    " sandbox, digest"
)
_PERSONAL_COLUMNS = "entry_id, record_type, record_id, salt, values"


def _insert(rows: Sequence[_Row], at: datetime) -> list[tuple[int, int]]:
    """Append the entries in the given order; return the key and the depth of each."""
    causes = {row.fact.cause for row in rows if row.fact.cause is not None}
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [len(rows), sorted(causes)])
        era, txid, keys, found = cursor.fetchone()
    depths = dict(found)
    placed = [
        (key, 0 if row.fact.cause is None else depths.get(row.fact.cause, -1) + 1)
        for key, row in zip(keys, rows, strict=True)
    ]
    copy(
        "journal_entry",
        _COLUMNS,
        [
            (
                key,
                era,
                txid,
                at,
                *row.who,
                *row.fact.about,
                row.text,
                row.fact.cause,
                depth,
                row.fact.sandbox,
                row.digest,
            )
            for (key, depth), row in zip(placed, rows, strict=True)
        ],
    )
    copy(
        "journal_personal",
        _PERSONAL_COLUMNS,
        [
            (key, *row.whose, row.salt, msgspec.json.encode(row.personal).decode())
            for (key, _), row in zip(placed, rows, strict=True)
            if row.personal
        ],
    )
    return placed


@transaction.atomic
def erase_personal(*, whose: RecordRef) -> int:
    """Remove the personal values kept about a record and return how many entries lost some. Their digests stay."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_personal WHERE record_type = %s AND record_id = %s", [*whose])
        return int(cursor.rowcount)
