"""
What happened to the cases of one version, kept in memory and brought up to date case by case.

Theory of operation. A log of a million events takes seconds to read and tens of megabytes to hold, and in a house at
work it is another one every second. So each process keeps the logs of the versions last looked at. A look first asks
for the sum of what each case counts of its own events (``Case.sequence``): while it is the same, nothing has happened.
Otherwise the counters come one by one, and only the cases whose counter moved are read again. The counters are read
before the events, so what happens in between is read once more at the next look and never missed.

Rows come over the wire in PostgreSQL's binary form with nothing but numbers of fixed length in them, so that a million
of them are one array and no row is ever an object. What an event is (its kind, node and arrow) is one number into the
list of what ever happened in the version, which the log counts of itself (``DayUse``).

A step that waited for somebody to take it was worked on from then on (``WorkItem.claimed_at``), otherwise from when the
token came, as the figures for simulations count it.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Sum

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case
from throughline.core.procedures.setwise import fetch
from throughline.flow.mining.log import NEVER, EventLog, Ints, Mask, Words

HEADER, TRAILER = 19, 2
EPOCH_2000 = 946_684_800_000_000
"""PostgreSQL counts microseconds from 2000 on."""
KEPT_EVENTS = 6_000_000
"""So many rows of the log are kept in memory, some sixty bytes each."""
PARTS = 6
"""Of so many groups of people who see different cases, each log keeps their part."""
MANY = 0.3
"""From which share of the cases on everything is read instead of what moved."""
LOGGED = ("completed", "passed")
"""What makes an event of the log: what became of an activity, and events when they happen."""
NOBODY = -1
SMALL = 1 << 20

What = tuple[str, str, str]
"""Kind, node and arrow of an event; the node and the arrow may be empty."""

_PARTS = (("len", ">i4"), ("value", ">i8"))
_EVENT = ("case", "seq", "at", "elapsed", "claimed", "what", "person")
_EVENTS = f"""
    SELECT e.case_id, e.seq, e.at, coalesce(e.elapsed_us, -1), coalesce(w.claimed_at, '-infinity'), what.place,
           CASE WHEN e.actor_kind = 'user' THEN e.actor_id::bigint ELSE {NOBODY} END
    FROM procedures_case_event e
    JOIN unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS what (kind, node, flow, place)
         ON what.kind = e.kind AND what.node = e.node AND what.flow = e.flow
    LEFT JOIN procedures_workitem w ON e.kind = 'completed' AND w.case_id = e.case_id AND w.token = e.token
         AND w.node = e.node AND w.closed_at = e.at AND w.status = 'done' AND w.claimed_at IS NOT NULL
    WHERE e.version_id = %s AND NOT e.sandbox
"""
_COUNTERS = "SELECT id, sequence FROM procedures_case WHERE version_id = %s AND NOT sandbox"
_WHATS = "SELECT DISTINCT kind, node, flow FROM procedures_dayuse WHERE version_id = %s"


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """
    Events in the order of case, time and sequence. ``cases``: the number of each case; ``offsets`` as in an event log.
    ``at``, ``claimed``: microseconds since 1970; ``claimed`` and ``elapsed`` are ``NEVER`` and -1 where there is none.
    ``what``: the place in ``whats``, from 0.
    """

    whats: tuple[What, ...]
    cases: Ints
    offsets: Ints
    at: Ints
    elapsed: Ints
    claimed: Ints
    what: Ints
    person: Ints

    def of(self, chosen: Ints) -> Mask:
        """Mark the events of the cases with these numbers."""
        return np.repeat(np.isin(self.cases, chosen), np.diff(self.offsets))


@dataclass(slots=True, eq=False)
class KeptLog:
    """The log of all cases of a version, and parts of it. ``cases``: the number of each of its cases, ascending."""

    log: EventLog
    cases: Ints
    _rows: _Rows
    _parts: OrderedDict[bytes, EventLog] = field(default_factory=OrderedDict)

    def of(self, seen: Ints) -> EventLog:
        """Return the log of the cases with these numbers; for the same cases the same log."""
        kept = np.isin(self.cases, seen)
        key = sha256(np.packbits(kept).tobytes()).digest()
        found = self._parts.get(key)
        if found is None:
            found = self._parts[key] = self.log.keep_cases(kept)
            while len(self._parts) > PARTS:
                self._parts.popitem(last=False)
        return found

    def sums(self, cases: Ints) -> list[tuple[str, str, str, int, int, int]]:
        """
        Return what happened in these cases: kind, node, arrow, how often, how often a token had rested before, and how
        long in microseconds, all together.
        """
        rows = self._rows
        chosen = rows.of(cases)
        what, elapsed = rows.what[chosen], rows.elapsed[chosen]
        rested = elapsed >= 0
        kinds = len(rows.whats)
        times = np.bincount(what, minlength=kinds)
        what, elapsed = what[rested], elapsed[rested]
        left = np.bincount(what, minlength=kinds)
        high, low = (np.bincount(what, part, kinds) for part in (elapsed >> 20, elapsed & 0xFFFFF))  # whole in floats
        return [
            (*rows.whats[number], int(times[number]), int(left[number]), (int(high[number]) << 20) + int(low[number]))
            for number in np.flatnonzero(times).tolist()
        ]


@dataclass(slots=True, eq=False)
class _Version:
    """What is known of one version: its rows, the counters of the cases they stand for, and what was made of them."""

    rows: _Rows
    cases: Ints
    counts: Ints
    kept: KeptLog

    @property
    def age(self) -> tuple[int, int]:
        return len(self.cases), int(self.counts.sum())


_versions: OrderedDict[int, _Version] = OrderedDict()
_reading: defaultdict[int, Lock] = defaultdict(Lock)
_lock = Lock()


def kept_log(version_id: int) -> KeptLog:
    """Return the log of a version as it is now. One query when nothing has happened since the last look."""
    with _lock:
        reading = _reading[version_id]
    with reading:
        with _lock:
            known = _versions.get(version_id)
        found = _refreshed(version_id, known)
        with _lock:
            _versions[version_id] = found
            _versions.move_to_end(version_id)
            while len(_versions) > 1 and sum(len(each.rows.at) for each in _versions.values()) > KEPT_EVENTS:
                _versions.popitem(last=False)
    return found.kept


def _refreshed(version_id: int, known: _Version | None) -> _Version:
    if known is not None and known.age == _age(version_id):
        return known
    counters = fetched(_COUNTERS, [version_id], ("case", "count"))
    order = np.argsort(counters["case"], kind="stable")
    cases, counts = counters["case"][order], counters["count"][order]
    whats = _whats(version_id, known)
    asked = [*(list(column) for column in zip(*whats, strict=True)), version_id] if whats else [[], [], [], version_id]
    moved = cases if known is None else _moved(known, cases, counts)
    if known is None or len(moved) > MANY * len(cases):
        rows = _rows(whats, fetched(_EVENTS, asked, _EVENT))
    else:
        again = fetched(f"{_EVENTS} AND e.case_id = ANY(%s)", [*asked, moved.tolist()], _EVENT)
        rows = _merged(known.rows, moved, _rows(whats, again))
    log, own = _log(version_id, rows)
    return _Version(rows, cases, counts, KeptLog(log, own, rows))


def _age(version_id: int) -> tuple[int, int]:
    cases = Case.objects.filter(version_id=version_id, sandbox=False)
    found = cases.aggregate(cases=Count("pk"), events=Sum("sequence"))
    return int(found["cases"]), int(found["events"] or 0)


def _whats(version_id: int, known: _Version | None) -> tuple[What, ...]:
    """What has happened in the version: first what was known, in its order, so that numbers stay what they are."""
    former = known.rows.whats if known is not None else ()
    found: set[What] = {(kind, node, flow) for kind, node, flow in fetch(_WHATS, [version_id])}
    return (*former, *sorted(found - set(former)))


def _moved(known: _Version, cases: Ints, counts: Ints) -> Ints:
    """The cases that are new, that are gone, or to which something happened."""
    if not len(known.cases):
        return cases
    place = np.minimum(np.searchsorted(known.cases, cases), len(known.cases) - 1)
    same = (known.cases[place] == cases) & (known.counts[place] == counts)
    return np.union1d(cases[~same], np.setdiff1d(known.cases, cases, assume_unique=True))


# --- rows -------------------------------------------------------------------------------------------------------------
def fetched(statement: str, params: Sequence[Any], fields: Sequence[str]) -> dict[str, Ints]:
    """Return the columns of a statement that gives eight bytes for each of its fields, and no null."""
    row = np.dtype([("fields", ">i2"), *((f"{part}_{name}", kind) for name in fields for part, kind in _PARTS)])
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT binary)", params) as stream:
        content = b"".join(_blocks(stream))
    rows = np.frombuffer(content, dtype=row, offset=HEADER, count=(len(content) - HEADER - TRAILER) // row.itemsize)
    return {name: rows[f"value_{name}"].astype(np.int64) for name in fields}


def _blocks(stream: Any) -> Iterator[bytes]:
    yield from map(bytes, stream)


def _rows(whats: tuple[What, ...], found: dict[str, Ints]) -> _Rows:
    order = np.lexsort((found["seq"], found["at"], found["case"]))
    case, claimed = found["case"][order], found["claimed"][order]
    begins = np.flatnonzero(np.diff(case, prepend=-1))
    return _Rows(
        whats,
        case[begins],
        np.append(begins, len(case)),
        found["at"][order] + EPOCH_2000,
        found["elapsed"][order],
        np.where(claimed == NEVER, NEVER, claimed + EPOCH_2000),  # minus infinity comes as this very number
        (found["what"][order] - 1).astype(np.int32),
        found["person"][order],
    )


def _merged(kept: _Rows, moved: Ints, fresh: _Rows) -> _Rows:
    """Put the cases that moved in the place of what was known of them."""
    stay = ~np.isin(kept.cases, moved)
    lengths = np.concatenate([np.diff(kept.offsets)[stay], np.diff(fresh.offsets)])
    cases = np.concatenate([kept.cases[stay], fresh.cases])
    begins = np.concatenate([kept.offsets[:-1][stay], fresh.offsets[:-1] + kept.offsets[-1]])
    order = np.argsort(cases, kind="stable")
    lengths = lengths[order]
    offsets = np.append(0, np.cumsum(lengths))
    where = np.repeat(begins[order] - offsets[:-1], lengths) + np.arange(offsets[-1])

    def both(name: str) -> Ints:
        joined: Ints = np.concatenate([getattr(kept, name), getattr(fresh, name)])[where]
        return joined

    columns = ("at", "elapsed", "claimed", "what", "person")
    return _Rows(fresh.whats, cases[order], offsets, *(both(name) for name in columns))


# --- the log ----------------------------------------------------------------------------------------------------------
def _log(version_id: int, rows: _Rows) -> tuple[EventLog, Ints]:
    """Return the events that have a name on the drawing as a log, and the numbers of its cases."""
    nodes = [node for node in charts.running(version_id).chart.nodes if node.name and not node.type.endswith("Gateway")]
    place_of = {node.id: place for place, node in enumerate(nodes)}
    places = [place_of.get(node, -1) if kind in LOGGED else -1 for kind, node, _flow in rows.whats]
    place = np.array([*places, -1], dtype=np.int32)[rows.what]
    chosen = place >= 0
    lengths = np.add.reduceat(chosen, rows.offsets[:-1], dtype=np.int64) if len(rows.cases) else rows.offsets[:-1]
    own = lengths > 0
    offsets = np.append(0, np.cumsum(lengths[own]))
    place, at = place[chosen], rows.at[chosen]
    elapsed, claimed = rows.elapsed[chosen], rows.claimed[chosen]
    came = np.where(elapsed < 0, NEVER, at - elapsed)
    began = np.where(claimed == NEVER, came, np.clip(claimed, came, at))
    enabled = np.full(len(at), NEVER, dtype=np.int64)
    enabled[offsets[:-1]] = came[offsets[:-1]]
    columns = {
        "node": Words(place, tuple(node.id for node in nodes)),
        "resource": _people(rows.person[chosen]),
    }
    cases = rows.cases[own]
    names = list(map(str, cases.tolist()))
    return EventLog(names, offsets, _named(place, [node.name for node in nodes]), at, columns, began, enabled), cases


def _named(place: Ints, words: Sequence[str]) -> Words:
    """Names by the place of the node; nodes of one name become one word."""
    numbers: dict[str, int] = {}
    table = np.array([numbers.setdefault(word, len(numbers)) for word in words], dtype=np.int32)
    return Words(table[place], tuple(numbers))


def _people(numbers: Ints) -> Words:
    found, codes = _numbered(numbers)
    names = dict(User.objects.filter(pk__in=[key for key in found.tolist() if key != NOBODY]).values_list("pk", "name"))
    words = [names.get(key, f"#{key}") for key in found.tolist() if key != NOBODY]
    shift = int(NOBODY in found)  # whoever is nobody comes first and has no word
    return Words((codes - shift).astype(np.int32), tuple(words))


def _numbered(numbers: Ints) -> tuple[Ints, Ints]:
    """The different numbers, ascending, and the place of each among them; without sorting where they are small."""
    least, most = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    if most - least > SMALL:
        found, codes = np.unique(numbers, return_inverse=True)
        return found, codes
    marked = np.zeros(most - least + 1, dtype=np.bool_)
    marked[numbers - least] = True
    places = np.cumsum(marked) - 1
    return np.flatnonzero(marked) + least, places[numbers - least]
