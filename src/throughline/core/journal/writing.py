"""
Writing the journal: always inside the transaction of the change it tells of, and set-wise.

An entry keeps the transaction's id, because identity numbers become visible out of order (two transactions may commit
in either order); readers follow ``(era, txid, id)`` and stop below the oldest running transaction (``read.py``).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from throughline.core.actor import Actor
from throughline.core.copying import KEYS, copy, keys_of
from throughline.core.journal.events import EventKind, JournalEvent, kinds
from throughline.core.recordref import RecordRef
from throughline.core.trying import require_test

MAX_DEPTH = 20
"""How many causes may lie behind an entry before whoever reacts to entries must stop (a loop of causes)."""


class Fact(msgspec.Struct, frozen=True):
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


class Recorded(msgspec.Struct, frozen=True):
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
    recorded = _append(facts, by, at)
    for listener in tuple(_listeners):
        listener(recorded)
    return recorded


_SALT = 16
"""Bytes."""
_json = msgspec.json.Encoder().encode
_ordered = msgspec.json.Encoder(order="deterministic").encode


def _parted(kind: EventKind, event: JournalEvent) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values that an event is told with, and the personal ones."""
    values: dict[str, Any] = msgspec.to_builtins(event)
    personal = {}
    for name in kind.personal:
        value = values.pop(name, None)
        if value not in (None, "", {}, []):
            personal[name] = value
    return values, personal


def personal_digest(salt: bytes, values: Mapping[str, Any]) -> bytes:
    """Return what the entry keeps of personal values: enough to prove them, too little to guess them."""
    return _digest(salt, _ordered(values))


def _digest(salt: bytes, secret: bytes) -> bytes:
    return hashlib.sha256(salt + secret).digest()


_NUMBERS = f"""
SELECT (SELECT coalesce(max(number), 0) FROM journal_era), pg_current_xact_id()::text::bigint,
       array({KEYS}), array(SELECT ARRAY[id, depth] FROM journal_entry WHERE id = ANY(%s))
"""
_COLUMNS = (
    "id, era, txid, at, event, actor_kind, actor_id, actor_label, record_type, record_id, data, cause_id, depth,"
    " sandbox, digest"
)
_PERSONAL_COLUMNS = "entry_id, record_type, record_id, salt, values"


def _append(facts: Sequence[Fact], by: Actor, at: datetime) -> list[Recorded]:
    """Append the entries in the given order, and what is personal in them beside them."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NUMBERS, [keys_of("journal_entry"), len(facts), sorted({fact.cause for fact in facts} - {None})]
        )
        era, txid, keys, found = cursor.fetchone()
    depths = dict(found)
    salts = secrets.token_bytes(_SALT * len(facts))
    recorded: list[Recorded] = []
    personal: list[tuple[Any, ...]] = []

    def entries() -> Iterator[tuple[Any, ...]]:
        for place, (key, fact) in enumerate(zip(keys, facts, strict=True)):
            kind, who, about, cause = kinds.of(fact.event), fact.by or by, fact.about, fact.cause
            data, secret = _parted(kind, fact.event)
            digest = None
            if secret:
                salt, text = salts[_SALT * place : _SALT * (place + 1)], _ordered(secret)
                digest = _digest(salt, text)
                personal.append((key, *(fact.whose or about), salt, text.decode()))
            depth = 0 if cause is None else depths.get(cause, -1) + 1
            yield (
                key, era, txid, at, kind.name, who.kind, who.id, who.label, *about, _json(data).decode(), cause, depth,
                fact.sandbox, digest,
            )  # fmt: skip
            recorded.append(Recorded(key, at, kind.name, who, about, data, secret, cause, depth, fact.sandbox))

    copy("journal_entry", _COLUMNS, entries())
    copy("journal_personal", _PERSONAL_COLUMNS, personal)
    return recorded


@transaction.atomic
def erase_personal(*, whose: RecordRef) -> int:
    """Remove the personal values kept about a record and return how many entries lost some. Their digests stay."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_personal WHERE record_type = %s AND record_id = %s", [*whose])
        return int(cursor.rowcount)
