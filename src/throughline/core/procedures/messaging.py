"""
Messages and signals: bringing what is sent to the cases that wait for it, set-wise.

A message has a name and a correlation key (a text). It is taken by one waiting case per procedure; if nobody waits, a
published chart with a start event of that name begins a case; if there is none either, it is kept in the buffer until
somebody waits or it expires. A message id makes repetitions harmless.

Sending and beginning to wait may happen at the same time in two transactions that do not see each other. So the worker
also joins buffer and waits (``match_buffered``) once both are committed; and a message whose receiver has moved on by
the time of the step goes back to the buffer (``put_back``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures import charts, feel, loops, setwise
from throughline.core.procedures.events import MessageReceived
from throughline.core.procedures.inbox import Order, enqueue, wake
from throughline.core.procedures.loops import is_too_deep
from throughline.core.procedures.opening import Opening, open_cases, take_keys
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.context import facts
from throughline.flow import values
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import decode_state

RECEIPTS_LIVE = timedelta(days=90)
"""How long a message id is remembered at least."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    One message to send.

    ``key``: the correlation key as text; a record can be named as ``lead:7`` or by its external key. ``payload``: FEEL
    values by name. ``message_id``: the sender's own name for it, unique per name and key; empty if repetitions cannot
    happen.
    """

    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    message_id: str = ""


@dataclass(slots=True)
class Delivery:
    """
    What became of one message.

    ``status``: ``delivered`` (to ``cases``), ``started`` (``cases`` begun by it), ``buffered``, ``unclaimed`` (nobody
    waits and it may not be kept) or ``duplicate``. ``implausible``: expectations of the receiving step (``tl:expect``)
    that do not hold.
    """

    key: str
    status: str = "unclaimed"
    cases: list[int] = field(default_factory=list)
    implausible: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sending:
    """
    What is common to messages sent together: their name, who sends them and when, and how long early ones are kept.

    ``sandbox`` messages reach sandbox cases only. ``cause``: the journal entry that led to them.
    """

    name: str
    by: Actor
    at: datetime
    lives: timedelta = timedelta(0)
    sandbox: bool = False
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class _Wait:
    case: int
    wait: int
    node: str
    procedure: int
    version: int
    process: str
    record: RecordRef | None


def deliver(sending: Sending, messages: Sequence[Message]) -> list[Delivery]:
    """Bring messages of one name to their receivers; one delivery per message, in the given order."""
    deliveries = [Delivery(message.key) for message in messages]
    fresh = _fresh(sending, messages, deliveries)
    taken = _to_waiting(sending, messages, deliveries, fresh)
    _report_implausible(sending, messages, deliveries, taken)
    enqueue([_order(sending, messages[place], wait) for place, wait in taken])
    _record(sending, messages, deliveries, taken)
    rest = [place for place in fresh if not deliveries[place].cases]
    rest = _to_starts(sending, messages, deliveries, rest)
    if sending.lives > timedelta(0):
        _buffer(sending, messages, deliveries, rest)
    return deliveries


def _order(sending: Sending, message: Message, wait: _Wait) -> Order:
    command = cmd.ReceiveMessage(wait.wait, sending.name, dict(message.payload))
    letter = _letter(message, sending.at + sending.lives)
    return Order(wait.case, command, sending.by, sending.at, sending.cause, letter)


# --- repetitions ------------------------------------------------------------------------------------------------------
_RECEIPTS = """
INSERT INTO procedures_messagereceipt (name, key, message_id, expires_at)
SELECT %s, r.key, r.message_id, %s FROM unnest(%s::text[], %s::text[]) AS r (key, message_id)
ON CONFLICT (name, key, message_id) DO UPDATE SET expires_at = EXCLUDED.expires_at
    WHERE procedures_messagereceipt.expires_at <= %s
RETURNING key, message_id
"""


def _fresh(sending: Sending, messages: Sequence[Message], deliveries: list[Delivery]) -> list[int]:
    """Return the places of the messages that have not been sent before; the others are marked."""
    first: dict[tuple[str, str], int] = {}
    for place, message in enumerate(messages):
        if message.message_id:
            first.setdefault((message.key, message.message_id), place)
    new: set[tuple[str, str]] = set()
    if first:
        columns = setwise.columns_of(sorted(first), 2)
        new = set(setwise.fetch(_RECEIPTS, [sending.name, sending.at + RECEIPTS_LIVE, *columns, sending.at]))
    fresh = []
    for place, message in enumerate(messages):
        identity = (message.key, message.message_id)
        if message.message_id and (identity not in new or first[identity] != place):
            deliveries[place].status = "duplicate"
        else:
            fresh.append(place)
    return fresh


# --- cases that wait --------------------------------------------------------------------------------------------------
_WAITING = """
SELECT w.key, w.case_id, w.wait, w.node, v.procedure_id, v.id, c.process, c.record_type, c.record_id
FROM procedures_messagewait w
JOIN procedures_case c ON c.id = w.case_id
JOIN procedures_procedureversion v ON v.id = c.version_id
WHERE w.name = %s AND w.key = ANY(%s) AND c.sandbox = %s
ORDER BY w.case_id, w.wait
"""


def _to_waiting(
    sending: Sending, messages: Sequence[Message], deliveries: list[Delivery], fresh: Sequence[int]
) -> list[tuple[int, _Wait]]:
    """Pair messages with waiting cases: each wait takes one message, each message one wait per procedure."""
    keys = {messages[place].key for place in fresh}
    waiting = _waiting(sending, keys)
    missing = keys - waiting.keys()
    own_keys = _own_keys(_waited_for_types(sending.name), missing) if missing else {}
    by_own_key = _waiting(sending, own_keys.values()) if own_keys else {}
    waiting.update({key: by_own_key.get(own, []) for key, own in own_keys.items()})
    taken: list[tuple[int, _Wait]] = []
    for place in fresh:
        waits = waiting.get(messages[place].key, [])
        procedures: set[int] = set()
        for wait in list(waits):
            if wait.procedure in procedures:
                continue
            procedures.add(wait.procedure)
            waits.remove(wait)
            taken.append((place, wait))
            deliveries[place].cases.append(wait.case)
            deliveries[place].status = "delivered"
    return taken


def _waiting(sending: Sending, keys: Iterable[str]) -> dict[str, list[_Wait]]:
    waiting: dict[str, list[_Wait]] = {}
    for row in setwise.fetch(_WAITING, [sending.name, sorted(keys), sending.sandbox]):
        record = None if row[8] is None else RecordRef(row[7], row[8])
        waiting.setdefault(row[0], []).append(_Wait(row[1], row[2], row[3], row[4], row[5], row[6], record))
    return waiting


def _waited_for_types(name: str) -> set[str]:
    rows = setwise.fetch(
        "SELECT DISTINCT c.record_type FROM procedures_messagewait w JOIN procedures_case c ON c.id = w.case_id"
        " WHERE w.name = %s",
        [name],
    )
    return {row[0] for row in rows if row[0]}


def _own_keys(record_types: Iterable[str], keys: Iterable[str]) -> dict[str, str]:
    """Return the record (``lead:7``) of each external key that belongs to one of these types."""
    wanted = sorted(keys)
    found: dict[str, str] = {}
    for record_type in sorted(record_types) if wanted else ():
        spec = registry.find(record_type)
        if spec is None:
            continue
        records = spec.model._default_manager.filter(external_id__in=wanted, deleted_at=None)
        found.update({row[0]: f"{record_type}:{row[1]}" for row in records.values_list("external_id", "pk")})
    return found


# --- expectations -----------------------------------------------------------------------------------------------------
def _report_implausible(
    sending: Sending, messages: Sequence[Message], deliveries: list[Delivery], taken: Sequence[tuple[int, _Wait]]
) -> None:
    """Test what receiving steps expect of their message (``tl:expect``); it is taken all the same."""
    ready = charts.running_many({(wait.version, wait.process) for _, wait in taken})
    expecting = [
        (place, wait, node.expects)
        for place, wait in taken
        for node in [ready[(wait.version, wait.process)].chart.node(wait.node)]
        if node.expects
    ]
    if not expecting:
        return
    known = facts({wait.record for _, wait, _ in expecting if wait.record is not None})
    variables = _variables([wait.case for _, wait, _ in expecting])
    now = feel.instant(sending.at)
    for place, wait, expects in expecting:
        context: dict[str, Any] = {**variables.get(wait.case, {}), "message": messages[place].payload}
        if wait.record is not None:
            context.setdefault(wait.record.type, known.get(wait.record))
        for expectation in expects:
            if expectation.that(context, now) is not True:
                deliveries[place].implausible.append(expectation.otherwise)


def _variables(cases: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    rows = setwise.fetch(
        "SELECT id, state FROM procedures_case WHERE id = ANY(%s) AND state IS NOT NULL", [list(cases)]
    )
    return {row[0]: decode_state(bytes(row[1])).variables for row in rows}


def _record(
    sending: Sending, messages: Sequence[Message], deliveries: Sequence[Delivery], taken: Sequence[tuple[int, _Wait]]
) -> None:
    facts_ = [
        journal.Fact(
            MessageReceived(
                name=sending.name,
                key=messages[place].key,
                message_id=messages[place].message_id,
                case=wait.case,
                implausible=deliveries[place].implausible,
            ),
            wait.record or RecordRef("procedure", wait.procedure),
            sending.cause,
            sending.sandbox,
        )
        for place, wait in taken
    ]
    if facts_:
        journal.record_many(facts_, by=sending.by, at=sending.at)


# --- messages that begin cases ----------------------------------------------------------------------------------------
_STARTS = """
SELECT t.version_id, t.node, p.record_type, p.id FROM procedures_starttrigger t
JOIN procedures_procedureversion v ON v.id = t.version_id JOIN procedures_procedure p ON p.id = v.procedure_id
WHERE t.kind = %s AND t.name = %s ORDER BY t.id
"""


def _to_starts(sending: Sending, messages: Sequence[Message], deliveries: list[Delivery], rest: list[int]) -> list[int]:
    """Begin a case for each message that a start event waits for; return the places of the messages left over."""
    starts = setwise.fetch(_STARTS, ["message", sending.name]) if rest and not sending.sandbox else []
    if not starts:
        return rest
    records = _records_of({row[2] for row in starts if row[2]}, {messages[place].key for place in rest})
    begun: list[tuple[int, _Begin]] = []
    for place in rest:
        message = messages[place]
        for version, node, record_type, procedure in starts:
            record = records.get((record_type, message.key)) if record_type else None
            if record is None and record_type:
                continue
            begin = _Begin(version, node, record, message.payload, procedure, message.key, message.message_id)
            begun.append((place, begin))
    cases = _begin(sending, [begin for _, begin in begun])
    for (place, _), case in zip(begun, cases, strict=True):
        deliveries[place].status = "started"
        deliveries[place].cases.append(case)
    return [place for place in rest if not deliveries[place].cases]


@dataclass(frozen=True, slots=True)
class _Begin:
    """A case that a message or signal begins."""

    version: int
    node: str
    record: RecordRef | None
    payload: Mapping[str, Any]
    procedure: int
    key: str = ""
    message_id: str = ""


def _begin(sending: Sending, begun: Sequence[_Begin]) -> list[int]:
    """
    Open cases, each with an entry of the journal that says what began it; a loop of such causes is cut (loops.py).
    """
    if not begun:
        return []
    keys = take_keys(len(begun))
    told = [
        journal.Fact(
            MessageReceived(name=sending.name, key=begin.key, message_id=begin.message_id, case=case, implausible=[]),
            begin.record or RecordRef("procedure", begin.procedure),
            sending.cause,
        )
        for case, begin in zip(keys, begun, strict=True)
    ]
    entries = journal.record_many(told, by=sending.by, at=sending.at)
    openings = [
        Opening(begin.version, begin.record, node=begin.node, payload=begin.payload, cause=entry.id, depth=entry.depth)
        for begin, entry in zip(begun, entries, strict=True)
    ]
    open_cases(openings, by=sending.by, at=sending.at, keys=keys)
    deep = [(case, entry.id) for case, entry in zip(keys, entries, strict=True) if is_too_deep(entry.depth)]
    loops.cut(deep, at=sending.at)
    return keys


def _records_of(record_types: set[str], keys: set[str]) -> dict[tuple[str, str], RecordRef]:
    """Return the records that keys name, as ``lead:7`` or by external key, per type."""
    found: dict[tuple[str, str], RecordRef] = {}
    for record_type in record_types:
        own = _own_keys([record_type], keys)
        own.update({key: key for key in keys if key.startswith(f"{record_type}:")})
        for key, text in own.items():
            try:
                found[(record_type, key)] = RecordRef.parse(text)
            except ValueError:
                continue
    return found


# --- the buffer -------------------------------------------------------------------------------------------------------
_BUFFER_COLUMNS = "name, key, payload, message_id, sent_at, expires_at, actor_kind, actor_id, actor_label, sandbox"


def _buffer(sending: Sending, messages: Sequence[Message], deliveries: list[Delivery], rest: Sequence[int]) -> None:
    rows = []
    for place in rest:
        message = messages[place]
        deliveries[place].status = "buffered"
        rows.append(_buffer_row(sending, message, sending.at + sending.lives))
    setwise.copy("procedures_bufferedmessage", _BUFFER_COLUMNS, rows)
    if rows:
        wake()


def _buffer_row(sending: Sending, message: Message, expires_at: datetime) -> setwise.Row:
    by = sending.by
    payload = values.dumps(dict(message.payload))
    told = (sending.name, message.key, payload, message.message_id, sending.at, expires_at)
    return (*told, by.kind, by.id, by.label, sending.sandbox)


def _letter(message: Message, expires_at: datetime) -> dict[str, Any]:
    return {"key": message.key, "message_id": message.message_id, "expires_at": expires_at.isoformat()}


def put_back(letter: Mapping[str, Any], command: cmd.ReceiveMessage, *, by: Actor, at: datetime, sandbox: bool) -> None:
    """Keep a delivered message again, because its receiver has moved on before it could take it."""
    expires_at = datetime.fromisoformat(letter["expires_at"])
    if expires_at <= at:
        return
    message = Message(letter["key"], command.payload, letter["message_id"])
    row = _buffer_row(Sending(command.name, by, at, sandbox=sandbox), message, expires_at)
    setwise.copy("procedures_bufferedmessage", _BUFFER_COLUMNS, [row])


_MATCHES = """
SELECT b.id, b.name, b.key, b.payload::text, b.message_id, b.expires_at, b.actor_kind, b.actor_id, b.actor_label,
       w.case_id, w.wait
FROM procedures_bufferedmessage b
JOIN procedures_messagewait w ON w.name = b.name AND w.key = b.key
JOIN procedures_case c ON c.id = w.case_id AND c.sandbox = b.sandbox
WHERE b.expires_at > %s AND NOT c.held
ORDER BY b.id, w.case_id, w.wait LIMIT %s FOR UPDATE OF b SKIP LOCKED
"""


@transaction.atomic
def match_buffered(*, at: datetime, limit: int = 1000) -> int:
    """
    Bring early messages to cases that have begun to wait since; drop what has expired. Return how many were brought.
    """
    setwise.execute("DELETE FROM procedures_bufferedmessage WHERE expires_at <= %s", [at])
    rows = setwise.fetch(_MATCHES, [at, limit])
    messages: set[int] = set()
    waits: set[tuple[int, int]] = set()
    orders: list[Order] = []
    for key, name, correlation, payload, message_id, expires_at, kind, actor, label, case, wait in rows:
        if key in messages or (case, wait) in waits:
            continue
        messages.add(key)
        waits.add((case, wait))
        letter = {"key": correlation, "message_id": message_id, "expires_at": expires_at.isoformat()}
        command = cmd.ReceiveMessage(wait, name, feel.read(payload))
        orders.append(Order(case, command, Actor(kind, actor, label), at, None, letter))
    enqueue(orders)
    if messages:
        setwise.execute("DELETE FROM procedures_bufferedmessage WHERE id = ANY(%s)", [sorted(messages)])
    return len(orders)


# --- signals ----------------------------------------------------------------------------------------------------------
def broadcast(sending: Sending, payload: Mapping[str, Any], *, but_not: int | None = None) -> list[int]:
    """Bring a signal to every case that waits for it and start what it starts (without a record); return the cases."""
    rows = setwise.fetch(
        "SELECT DISTINCT w.case_id FROM procedures_signalwait w JOIN procedures_case c ON c.id = w.case_id"
        " WHERE w.name = %s AND c.sandbox = %s AND w.case_id IS DISTINCT FROM %s ORDER BY 1",
        [sending.name, sending.sandbox, but_not],
    )
    cases = [row[0] for row in rows]
    command = cmd.ReceiveSignal(sending.name, dict(payload))
    enqueue([Order(case, command, sending.by, sending.at, sending.cause) for case in cases])
    starts = [] if sending.sandbox else setwise.fetch(_STARTS, ["signal", sending.name])
    return cases + _begin(sending, [_Begin(row[0], row[1], None, payload, row[3]) for row in starts if not row[2]])
