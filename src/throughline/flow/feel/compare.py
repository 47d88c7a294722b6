"""
Equality and order of values, in three-valued logic.

Theory of operation. Both questions are asked per kind, in a table; what the table does not know is null (DMN 1.5,
tables 52 to 54). Temporal values with zones are compared as instants; a local one takes the zone of the other (table
54). Two times of day whose zone names differ are comparable only when both zones have one offset for ever.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from throughline.flow.temporal import DAY, SECOND, fixed_offset
from throughline.flow.values import (
    Date,
    DateTime,
    DayTimeDuration,
    Except,
    Function,
    Range,
    Time,
    Value,
    YearMonthDuration,
)

PLAIN = frozenset({Decimal, str, Date, DayTimeDuration, YearMonthDuration})
Truth = bool | None


def equal(left: Value, right: Value) -> Truth:
    """``left = right``; None when they are of different kinds."""
    kind = type(left)
    if kind is type(right):
        if kind in PLAIN or kind is bool:
            return left == right
        return left is right or EQUALS[kind](left, right)
    if left is None or right is None:
        return False
    return None


def lists_equal(left: list[Any], right: list[Any]) -> Truth:
    return len(left) == len(right) and all(equal(one, other) for one, other in zip(left, right, strict=True))


def contexts_equal(left: dict[str, Any], right: dict[str, Any]) -> Truth:
    return left.keys() == right.keys() and all(equal(value, right[key]) for key, value in left.items())


def ranges_equal(left: Range, right: Range) -> Truth:
    return (
        left.start_included == right.start_included
        and left.end_included == right.end_included
        and bool(equal(left.start, right.start))
        and bool(equal(left.end, right.end))
    )


def functions_equal(left: Function, right: Function) -> Truth:
    return left.source is not None and left.source == right.source


def temporals_equal(left: Time | DateTime, right: Time | DateTime) -> Truth:
    if left == right:
        return True
    moments = moments_of(left, right)
    return None if moments is None else moments[0] == moments[1]


EQUALS: dict[type, Callable[[Any, Any], Truth]] = {
    type(None): lambda _left, _right: True,
    list: lists_equal,
    dict: contexts_equal,
    Range: ranges_equal,
    Except: lambda left, right: equal(left.value, right.value),
    Function: functions_equal,
    Time: temporals_equal,
    DateTime: temporals_equal,
}


def moments_of(left: Time | DateTime, right: Time | DateTime) -> tuple[int, int] | None:
    """Two numbers that compare as the two times do; None when that cannot be told."""
    if left.zone == right.zone or left.zone is None or right.zone is None:
        if isinstance(left, DateTime) and isinstance(right, DateTime) and left.zone is not None is not right.zone:
            return left.instant, right.instant
        return local_nanos(left), local_nanos(right)
    if isinstance(left, DateTime) and isinstance(right, DateTime):
        return left.instant, right.instant
    offsets = fixed_offset(left.zone), fixed_offset(right.zone)
    if offsets[0] is None or offsets[1] is None:
        return None
    return left.nanos - offsets[0] * SECOND, right.nanos - offsets[1] * SECOND


def local_nanos(value: Time | DateTime) -> int:
    return value.days * DAY + value.nanos if isinstance(value, DateTime) else value.nanos


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def ordered(symbol: str, left: Value, right: Value) -> Truth:
    """``left < right`` and its kin; None when there is no order between them."""
    kind = type(left)
    if kind is not type(right):
        return None
    if kind in PLAIN:
        return OPERATORS[symbol](left, right)
    if isinstance(left, (Time, DateTime)):
        moments = moments_of(left, right)  # type: ignore[arg-type]
        return None if moments is None else OPERATORS[symbol](*moments)
    return None


def within(value: Value, range_: Range) -> Truth:
    """Whether the value lies in the range; None when it cannot be compared with an end."""
    if range_.start is None and range_.end is None:
        return None
    after: Truth = True
    if range_.start is not None:
        after = ordered(">=" if range_.start_included else ">", value, range_.start)
    before: Truth = True
    if range_.end is not None:
        before = ordered("<=" if range_.end_included else "<", value, range_.end)
    if after is False or before is False:
        return False
    return None if after is None or before is None else True


def satisfies(value: Value, test: Value) -> Truth:
    """``value in test`` for a test that is already a value (DMN 1.5, table 55)."""
    if isinstance(test, Range):
        return within(value, test)
    if isinstance(test, Except):
        same = equal(value, test.value)
        return None if same is None else not same
    if isinstance(test, list):
        return any(satisfies_item(value, item) for item in test) or (isinstance(value, list) and equal(value, test))
    return equal(value, test)


def satisfies_item(value: Value, item: Value) -> Truth:
    if isinstance(item, (Range, Except)) and not isinstance(value, (Range, Except)):
        return satisfies(value, item)
    return equal(value, item)
