"""Numeric functions (DMN 1.5, table 76)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)
from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.builtins.whole import whole
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.numbers import EXACT, LARGEST_SCALE, NUMBERS, SMALLEST_SCALE
from throughline.flow.feel.run import SERIES, Run
from throughline.flow.temporal import DayTimeDuration, YearMonthDuration


def rounded(number: Decimal, scale: Decimal, mode: str) -> Decimal:
    """The number with that many digits after the point. Raises NoResult for a scale no number can have."""
    places = whole(scale)
    if not SMALLEST_SCALE <= places <= LARGEST_SCALE:
        raise NoResult(f"Expected a scale from {SMALLEST_SCALE} to {LARGEST_SCALE}, but {places}.")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places:
        return number
    return NUMBERS.plus(number.quantize(Decimal((0, (1,), -places)), mode, EXACT))


@builtin("decimal(n: number, scale: number) -> number")
def decimal(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_HALF_EVEN)


@builtin("floor(n: number) -> number")
def floor(n: Decimal) -> Decimal:
    return rounded(n, Decimal(0), ROUND_FLOOR)


@builtin("floor(n: number, scale: number) -> number")
def floor_at(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_FLOOR)


@builtin("ceiling(n: number) -> number")
def ceiling(n: Decimal) -> Decimal:
    return rounded(n, Decimal(0), ROUND_CEILING)


@builtin("ceiling(n: number, scale: number) -> number")
def ceiling_at(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_CEILING)


@builtin("round up(n: number, scale: number) -> number")
def round_up(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_UP)


@builtin("round down(n: number, scale: number) -> number")
def round_down(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_DOWN)


@builtin("round half up(n: number, scale: number) -> number")
def round_half_up(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_HALF_UP)


@builtin("round half down(n: number, scale: number) -> number")
def round_half_down(n: Decimal, scale: Decimal) -> Decimal:
    return rounded(n, scale, ROUND_HALF_DOWN)


@builtin("abs(n: any) -> Any")
def abs_(n: Any) -> Any:
    if isinstance(n, Decimal):
        return NUMBERS.abs(n)
    if isinstance(n, DayTimeDuration):
        return DayTimeDuration(abs(n.nanos))
    if isinstance(n, YearMonthDuration):
        return YearMonthDuration(abs(n.months))
    raise NoResult("Expected a number or a duration, but it is something else.")


@builtin("modulo(dividend: number, divisor: number) -> number")
def modulo(dividend: Decimal, divisor: Decimal) -> Decimal:
    """The remainder with the sign of the divisor: ``dividend - divisor * floor(dividend / divisor)``."""
    if divisor == 0:
        raise NoResult("Expected a divisor other than 0, but it is 0.")
    remainder = EXACT.remainder(dividend, divisor)
    if remainder and (remainder < 0) != (divisor < 0):
        remainder = EXACT.add(remainder, divisor)
    return NUMBERS.plus(remainder)


@builtin("sqrt(number: number) -> number")
def sqrt(number: Decimal) -> Decimal:
    return NUMBERS.sqrt(number)


@builtin("log(number: number) -> number", needs_run=True)
def log(run: Run, number: Decimal) -> Decimal:
    run.spend(SERIES)
    if number <= 0:
        raise NoResult(f"Expected a number above 0, but {number}.")
    return NUMBERS.ln(number)


@builtin("exp(number: number) -> number", needs_run=True)
def exp(run: Run, number: Decimal) -> Decimal:
    run.spend(SERIES)
    return NUMBERS.exp(number)


@builtin("odd(number: number) -> boolean")
def odd(number: Decimal) -> bool:
    return parity(number) == 1


@builtin("even(number: number) -> boolean")
def even(number: Decimal) -> bool:
    return parity(number) == 0


def parity(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise NoResult(f"Expected a whole number, but {number}.")
    return int(EXACT.remainder(number, Decimal(2))) % 2
