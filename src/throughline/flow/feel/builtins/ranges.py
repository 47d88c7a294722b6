"""
Range functions (DMN 1.5, table 78) and ``range`` from text (table 72).

Theory of operation. Every relation of Allen's interval algebra compares ends of two ranges; a point is the range from
itself to itself. ``start_order`` and ``end_order`` compare two starts or two ends, inclusion and open infinity counted
in, and ``ends_before_start`` says whether two ranges stay apart. Each function is then one line.

Relations that ask for two ends to be *equal* (meets, starts, finishes, coincides) follow the table to the letter.
"""

from __future__ import annotations

from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.compare import equal, ordered
from throughline.flow.feel.errors import NoResult
from throughline.flow.values import Range


def as_range(value: Any) -> Range:
    """The range, or the point as a range. Raises NoResult for null."""
    if value is None:
        raise NoResult("Expected a point or a range, but it is null.")
    return value if isinstance(value, Range) else Range(value, value, True, True)


def both(one: Any, other: Any) -> tuple[Range, Range]:
    return as_range(one), as_range(other)


def lower(one: Any, other: Any) -> bool:
    """``one < other``. Raises NoResult when there is no order between them."""
    verdict = ordered("<", one, other)
    if verdict is None:
        raise NoResult("Expected ends that can be compared, but they cannot.")
    return verdict


def start_order(one: Range, other: Range) -> int:
    """-1, 0 or 1: whether ``one`` starts before, with or after ``other``."""
    if one.start is None or other.start is None:
        return int(one.start is not None) - int(other.start is not None)
    if equal(one.start, other.start):
        return int(other.start_included) - int(one.start_included)
    return -1 if lower(one.start, other.start) else 1


def end_order(one: Range, other: Range) -> int:
    """-1, 0 or 1: whether ``one`` ends before, with or after ``other``."""
    if one.end is None or other.end is None:
        return int(other.end is not None) - int(one.end is not None)
    if equal(one.end, other.end):
        return int(one.end_included) - int(other.end_included)
    return -1 if lower(one.end, other.end) else 1


def ends_before_start(one: Range, other: Range) -> bool:
    """Whether nothing of ``one`` reaches ``other``."""
    if one.end is None or other.start is None:
        return False
    if equal(one.end, other.start):
        return not (one.end_included and other.start_included)
    return lower(one.end, other.start)


def touch(end: Any, start: Any) -> bool:
    return end is not None and start is not None and bool(equal(end, start))


def ranges(*values: Any) -> list[Range]:
    """The values, which must be ranges. Raises NoResult."""
    if not all(isinstance(value, Range) for value in values):
        raise NoResult("Expected ranges, but there is something else.")
    return list(values)


@builtin("before(point1: any, point2: any) -> boolean")
@builtin("before(point: any, range: any) -> boolean")
@builtin("before(range: any, point: any) -> boolean")
@builtin("before(range1: any, range2: any) -> boolean")
def before(one: Any, other: Any) -> bool:
    return ends_before_start(*both(one, other))


@builtin("after(point1: any, point2: any) -> boolean")
@builtin("after(point: any, range: any) -> boolean")
@builtin("after(range: any, point: any) -> boolean")
@builtin("after(range1: any, range2: any) -> boolean")
def after(one: Any, other: Any) -> bool:
    first, second = both(one, other)
    return ends_before_start(second, first)


@builtin("meets(range1: any, range2: any) -> boolean")
def meets(one: Any, other: Any) -> bool:
    first, second = ranges(one, other)
    return first.end_included and second.start_included and touch(first.end, second.start)


@builtin("met by(range1: any, range2: any) -> boolean")
def met_by(one: Any, other: Any) -> bool:
    return meets(other, one)


@builtin("overlaps(range1: any, range2: any) -> boolean")
def overlaps(one: Any, other: Any) -> bool:
    first, second = ranges(one, other)
    return not ends_before_start(first, second) and not ends_before_start(second, first)


@builtin("overlaps before(range1: any, range2: any) -> boolean")
def overlaps_before(one: Any, other: Any) -> bool:
    first, second = ranges(one, other)
    return start_order(first, second) < 0 and not ends_before_start(first, second) and end_order(first, second) <= 0


@builtin("overlaps after(range1: any, range2: any) -> boolean")
def overlaps_after(one: Any, other: Any) -> bool:
    return overlaps_before(other, one)


@builtin("finishes(point: any, range: any) -> boolean")
@builtin("finishes(range1: any, range2: any) -> boolean")
def finishes(one: Any, range_: Any) -> bool:
    (outer,) = ranges(range_)
    inner = as_range(one)
    same_end = inner.end_included == outer.end_included and touch(inner.end, outer.end)
    return same_end and start_order(inner, outer) >= 0


@builtin("finished by(range: any, point: any) -> boolean")
@builtin("finished by(range1: any, range2: any) -> boolean")
def finished_by(range_: Any, one: Any) -> bool:
    return finishes(one, range_)


@builtin("includes(range: any, point: any) -> boolean")
@builtin("includes(range1: any, range2: any) -> boolean")
def includes(range_: Any, one: Any) -> bool:
    (outer,) = ranges(range_)
    inner = as_range(one)
    return start_order(outer, inner) <= 0 and end_order(outer, inner) >= 0


@builtin("during(point: any, range: any) -> boolean")
@builtin("during(range1: any, range2: any) -> boolean")
def during(one: Any, range_: Any) -> bool:
    return includes(range_, one)


@builtin("starts(point: any, range: any) -> boolean")
@builtin("starts(range1: any, range2: any) -> boolean")
def starts(one: Any, range_: Any) -> bool:
    (outer,) = ranges(range_)
    inner = as_range(one)
    same_start = inner.start_included == outer.start_included and touch(inner.start, outer.start)
    return same_start and end_order(inner, outer) <= 0


@builtin("started by(range: any, point: any) -> boolean")
@builtin("started by(range1: any, range2: any) -> boolean")
def started_by(range_: Any, one: Any) -> bool:
    return starts(one, range_)


@builtin("coincides(point1: any, point2: any) -> boolean")
@builtin("coincides(range1: any, range2: any) -> boolean")
def coincides(one: Any, other: Any) -> bool:
    if isinstance(one, Range) != isinstance(other, Range):
        raise NoResult("Expected two points or two ranges, but there is one of each.")
    first, second = both(one, other)
    if equal(first.start, second.start) is None:
        raise NoResult("Expected ends of one kind, but they differ.")
    return start_order(first, second) == 0 and end_order(first, second) == 0
