"""
Axes: the ordered kinds of values along which the cells of a table can be laid out.

Theory of operation. A cell such as ``[10..20)`` or ``"EU", "US"`` says for a kind of value which stretches of it match.
Each kind whose values have one order gets an `Axis`: a key that Python can compare, the way back to a value, and
whether there is something between two neighbouring keys. The ends of all cells of a column cut an axis into segments,
alternately open stretches and points: with *n* ends, segment ``2i + 1`` is the end *i* itself, segment ``2i`` what lies
before it, and segment ``2n`` what lies behind the last. A cell is then a set of spans of segments, which makes finding
the matching rules a binary search (`index`), and gaps and overlaps a sweep (`analysis`).

Values that have no place in one order (lists, contexts, temporal values with a zone, whose order depends on what they
are compared with) have no axis; cells about them are evaluated one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from throughline.flow.temporal import DAY
from throughline.flow.values import (
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    Value,
    YearMonthDuration,
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The values between two ends of one kind; None is open towards infinity."""

    low: Value
    high: Value
    low_included: bool
    high_included: bool


Span = tuple[int, int]
"""The first and the last segment of a stretch."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One ordered kind of value. ``steps``: its keys are integers with nothing between neighbours."""

    kind: str
    key: Callable[[Any], Any]
    value: Callable[[Any], Value]
    steps: bool = False


def _local_moment(key: int) -> DateTime:
    return DateTime(key // DAY, key % DAY)


AXES: Mapping[type, Axis] = {
    Decimal: Axis("number", lambda value: value, lambda key: key),
    str: Axis("string", lambda value: value, lambda key: key),
    bool: Axis("boolean", int, bool, steps=True),
    Date: Axis("date", lambda value: value.days, Date, steps=True),
    Time: Axis("time", lambda value: value.nanos, Time, steps=True),
    DateTime: Axis("date and time", lambda value: value.days * DAY + value.nanos, _local_moment, steps=True),
    DayTimeDuration: Axis("days and time duration", lambda value: value.nanos, DayTimeDuration, steps=True),
    YearMonthDuration: Axis("years and months duration", lambda value: value.months, YearMonthDuration, steps=True),
}


def axis_of(value: Value) -> Axis | None:
    """The axis on which the value lies; None when it has no place in one order."""
    if isinstance(value, (Time, DateTime)) and value.zone is not None:
        return None
    return AXES.get(type(value))


class Cuts:
    """The ends of stretches on one axis, and the segments they make."""

    __slots__ = ("axis", "ends", "places")

    def __init__(self, axis: Axis, stretches: Iterable[Stretch]) -> None:
        keys = {axis.key(end) for stretch in stretches for end in (stretch.low, stretch.high) if end is not None}
        self.axis = axis
        self.ends: list[Any] = sorted(keys)
        self.places = {end: place for place, end in enumerate(self.ends)}

    @property
    def last(self) -> int:
        """The number of the last segment."""
        return 2 * len(self.ends)

    def span(self, stretch: Stretch) -> Span | None:
        """The segments of a stretch whose ends are among the cuts; None when there is nothing in it."""
        first, last = 0, self.last
        if stretch.low is not None:
            first = 2 * self.places[self.axis.key(stretch.low)] + (1 if stretch.low_included else 2)
        if stretch.high is not None:
            last = 2 * self.places[self.axis.key(stretch.high)] + (1 if stretch.high_included else 0)
        return (first, last) if first <= last else None

    def spans(self, stretches: Iterable[Stretch], *, negated: bool = False) -> list[Span]:
        """The segments of several stretches, as spans in order that do not touch; or all the others."""
        found = merged([span for stretch in stretches if (span := self.span(stretch)) is not None])
        return complement(found, self.last) if negated else found


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap put together."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def complement(spans: Sequence[Span], end: int) -> list[Span]:
    """The segments from 0 to ``end`` that are in none of the spans, which are in order."""
    result: list[Span] = []
    start = 0
    for first, last in spans:
        if start < first:
            result.append((start, first - 1))
        start = last + 1
    if start <= end:
        result.append((start, end))
    return result
