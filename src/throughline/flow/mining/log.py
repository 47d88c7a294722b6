"""
An event log in memory: what happened, to which case, when, and who did it.

Theory of operation. A log is a handful of arrays with one entry per event, in the order of case, time and position in
the source. Words (activities, people, attributes) are numbers into a list of words, instants are microseconds since
1970 in UTC. Everything that mining asks is then a pass over whole arrays: ten million events take a few bytes each and
a second or two to ask anything, without an engine to keep. Whoever reads files or databases makes these arrays
(``throughline.insight.logs``); nothing here opens anything.

Names follow the IEEE standard for eXtensible Event Streams (XES, IEEE 1849): case, activity, resource, lifecycle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Codes = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]

NEVER = np.int64(np.iinfo(np.int64).min)
"""The instant that stands for no instant, in columns where one may be missing."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Return an aware instant as microseconds since 1970, UTC."""
    return (at - EPOCH) // _MICROSECOND


def instant(microseconds_since_1970: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC."""
    return EPOCH + timedelta(microseconds=int(microseconds_since_1970))


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of words: ``codes`` are positions in ``words``; -1 is no word."""

    codes: Codes
    words: tuple[str, ...]

    @classmethod
    def of(cls, values: Iterable[str | None]) -> Words:
        """Make a column from its words; None is no word."""
        numbers: dict[str, int] = {}
        codes = [-1 if word is None else numbers.setdefault(word, len(numbers)) for word in values]
        return cls(np.array(codes, dtype=np.int32), tuple(numbers))

    def at(self, chosen: Ints | Mask) -> Words:
        """Return the column of the chosen entries."""
        return Words(self.codes[chosen], self.words)

    def to_list(self) -> list[str | None]:
        """Return the words one by one."""
        table = np.array([*self.words, None], dtype=object)
        found: list[str | None] = table[self.codes].tolist()
        return found

    def code(self, word: str) -> int:
        """Return the number of a word; -2, which no event has, when the column does not know it."""
        try:
            return self.words.index(word)
        except ValueError:
            return -2

    def counts(self) -> dict[str, int]:
        """Return how often each word occurs, the most frequent first; words that do not occur are left out."""
        found = np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))
        ordered = sorted(range(len(self.words)), key=lambda number: (-found[number], self.words[number]))
        return {self.words[number]: int(found[number]) for number in ordered if found[number]}

    def used(self) -> tuple[str, ...]:
        """Return the words that occur, in the order of their numbers."""
        found = np.bincount(self.codes[self.codes >= 0], minlength=len(self.words))
        return tuple(self.words[number] for number in np.flatnonzero(found).tolist())


@dataclass(frozen=True, eq=False)
class EventLog:
    """
    Events in the order of case, time and position in the source.

    ``names``: the name of each case. ``offsets``: one more than there are cases; case *i* has the events from
    ``offsets[i]`` up to, and without, ``offsets[i + 1]``; no case is empty. ``at``: microseconds since 1970 (UTC) at
    which each event was recorded; of an activity with a beginning and an end, the end. ``started``, ``enabled``: when
    the work of the event began and when it could have begun, ``NEVER`` where that is not known; None when no event
    tells. ``columns``: everything else by name, first of all ``resource`` and ``lifecycle``. ``warnings``: what was
    doubtful about the source, a sentence each.
    """

    names: Sequence[str]
    offsets: Ints
    activity: Words
    at: Ints
    columns: Mapping[str, Words] = field(default_factory=dict)
    started: Ints | None = None
    enabled: Ints | None = None
    warnings: tuple[str, ...] = ()

    @property
    def events(self) -> int:
        """How many events there are."""
        return len(self.at)

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return len(self.offsets) - 1

    @cached_property
    def lengths(self) -> Ints:
        """How many events each case has."""
        return np.diff(self.offsets)

    @cached_property
    def case_of(self) -> Codes:
        """The number of the case of each event."""
        return np.repeat(np.arange(self.cases, dtype=np.int32), self.lengths)

    @cached_property
    def first(self) -> Ints:
        """The position of the first event of each case."""
        return self.offsets[:-1]

    @cached_property
    def last(self) -> Ints:
        """The position of the last event of each case."""
        return self.offsets[1:] - 1

    @cached_property
    def steps(self) -> Ints:
        """The positions of the events that another event of the same case follows, at the next position."""
        follows = np.ones(self.events, dtype=np.bool_)
        follows[self.last] = False
        return np.flatnonzero(follows)

    @cached_property
    def durations(self) -> Ints:
        """
        Microseconds from the first to the last event of each case; where it is known when work began or could have
        begun, that counts.
        """
        if not self.cases:
            return np.zeros(0, dtype=np.int64)
        if self.started is None and self.enabled is None:
            return self.at[self.last] - self.at[self.first]
        begins = self.begins
        if self.enabled is not None:
            begins = np.where(self.enabled == NEVER, begins, np.minimum(begins, self.enabled))
        return self.at[self.last] - np.minimum.reduceat(begins, self.first)

    @cached_property
    def begins(self) -> Ints:
        """When the work of each event began, or else when it was recorded."""
        if self.started is None:
            return self.at
        return np.where(self.started == NEVER, self.at, self.started)

    def column(self, name: str) -> Words:
        """
        Return a column by name; ``activity`` is one too.

        Raises:
            KeyError: the log has no such column.
        """
        return self.activity if name == "activity" else self.columns[name]

    def any_per_case(self, events: Mask) -> Mask:
        """Say of each case whether one of its events is marked."""
        if not self.cases:
            return np.zeros(0, dtype=np.bool_)
        return np.logical_or.reduceat(events, self.first)

    def keep_cases(self, kept: Mask) -> EventLog:
        """Return the log of the cases that are marked."""
        if kept.all():
            return self
        return self._taken(np.repeat(kept, self.lengths), kept, self.lengths[kept])

    def keep_events(self, kept: Mask) -> EventLog:
        """Return the log of the events that are marked; cases without any are left out."""
        if kept.all():
            return self
        left = np.add.reduceat(kept, self.first, dtype=np.int64) if self.cases else np.zeros(0, dtype=np.int64)
        return self._taken(kept, left > 0, left[left > 0])

    def with_column(self, name: str, column: Words) -> EventLog:
        """Return the log with one more column."""
        return replace(self, columns={**self.columns, name: column})

    def _taken(self, events: Mask, cases: Mask, lengths: Ints) -> EventLog:
        return EventLog(
            [self.names[number] for number in np.flatnonzero(cases).tolist()],
            _offsets(lengths),
            self.activity.at(events),
            self.at[events],
            {name: column.at(events) for name, column in self.columns.items()},
            None if self.started is None else self.started[events],
            None if self.enabled is None else self.enabled[events],
            self.warnings,
        )


def ordered(
    case: Words,
    activity: Words,
    at: Ints,
    columns: Mapping[str, Words] | None = None,
    *,
    started: Ints | None = None,
    enabled: Ints | None = None,
    warnings: Sequence[str] = (),
) -> EventLog:
    """
    Return a log of events given in the order of their source; every event has a case, an activity and a time.

    Events of one case are put in order of time; those of the same instant stay in the order of the source.
    """
    order = _order(case.codes, at)
    if order is not None:
        case, activity, at = case.at(order), activity.at(order), at[order]
        columns = {name: column.at(order) for name, column in (columns or {}).items()}
        started = None if started is None else started[order]
        enabled = None if enabled is None else enabled[order]
    begins = np.flatnonzero(np.diff(case.codes, prepend=-1)) if len(at) else np.zeros(0, dtype=np.int64)
    numbers = case.codes[begins]
    return EventLog(
        [case.words[number] for number in numbers],
        np.append(begins, len(at)).astype(np.int64),
        activity,
        at,
        dict(columns or {}),
        started,
        enabled,
        tuple(warnings),
    )


def of_rows(rows: Iterable[tuple[str, str, datetime]]) -> EventLog:
    """Return the log of (case, activity, aware instant) rows: for small logs made by hand."""
    cases, activities, times = zip(*rows, strict=True) if (rows := list(rows)) else ((), (), ())
    at = np.array([microseconds(each) for each in times], dtype=np.int64)
    return ordered(Words.of(cases), Words.of(activities), at)


def of_variants(variants: Iterable[tuple[Sequence[str], int]], *, step: timedelta = timedelta(hours=1)) -> EventLog:
    """Return the log in which each sequence of activities occurs so often; events lie ``step`` apart."""
    cases: list[str] = []
    activities: list[str] = []
    times: list[int] = []
    for trace, count in variants:
        for _ in range(count):
            name = str(len(cases))
            cases += [name] * len(trace)
            activities += trace
            times += [number * (step // _MICROSECOND) for number in range(len(trace))]
    return ordered(Words.of(cases), Words.of(activities), np.array(times, dtype=np.int64))


def _order(case: Codes, at: Ints) -> Ints | None:
    """The order of case and time, or None when the events lie in it already."""
    if len(at) < 2:
        return None
    apart = np.diff(case)
    if np.all((apart > 0) | ((apart == 0) & (at[1:] >= at[:-1]))):
        return None
    by_time = np.argsort(at, kind="stable")
    return by_time[np.argsort(case[by_time], kind="stable")]


def _offsets(lengths: Ints) -> Ints:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
