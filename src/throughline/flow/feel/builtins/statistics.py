"""The list functions that compute one figure from many (DMN 1.5, table 75): min to mode."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.compare import ordered
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.numbers import NUMBERS


def extreme(items: list[Any], symbol: str) -> Any:
    """The first item that stands before all others in the order of ``symbol``; null for no items."""
    if not items:
        return None
    best = items[0]
    if ordered("<=", best, best) is None:
        raise NoResult("Expected items that can be compared, but the first cannot.")
    for item in items[1:]:
        verdict = ordered(symbol, item, best)
        if verdict is None:
            raise NoResult("Expected items that can be compared with each other, but there are different kinds.")
        if verdict:
            best = item
    return best


def numbers(items: list[Any]) -> list[Decimal]:
    """Raises NoResult when any item is not a number."""
    if not all(isinstance(item, Decimal) for item in items):
        raise NoResult("Expected numbers only, but there is something else.")
    return items


def total(items: list[Decimal]) -> Decimal:
    result = Decimal(0)
    for item in items:
        result = NUMBERS.add(result, item)
    return result


@builtin("min(list...: list) -> Any")
def min_(items: list[Any]) -> Any:
    return extreme(items, "<")


@builtin("max(list...: list) -> Any")
def max_(items: list[Any]) -> Any:
    return extreme(items, ">")


@builtin("sum(list...: list) -> number")
def sum_(items: list[Any]) -> Decimal | None:
    return total(numbers(items)) if items else None


@builtin("product(list...: list) -> number")
def product(items: list[Any]) -> Decimal | None:
    result = Decimal(1)
    for item in numbers(items):
        result = NUMBERS.multiply(result, item)
    return result if items else None


@builtin("mean(list...: list) -> number")
def mean(items: list[Any]) -> Decimal | None:
    return NUMBERS.divide(total(numbers(items)), Decimal(len(items))) if items else None


@builtin("median(list...: list) -> number")
def median(items: list[Any]) -> Decimal | None:
    if not items:
        return None
    ascending = sorted(numbers(items))
    middle = len(ascending) // 2
    if len(ascending) % 2:
        return ascending[middle]
    return NUMBERS.divide(NUMBERS.add(ascending[middle - 1], ascending[middle]), Decimal(2))


@builtin("stddev(list...: list) -> number")
def stddev(items: list[Any]) -> Decimal | None:
    """The standard deviation of a sample; null for fewer than two numbers."""
    if len(numbers(items)) < 2:
        return None
    centre = NUMBERS.divide(total(items), Decimal(len(items)))
    squares = [NUMBERS.power(NUMBERS.subtract(item, centre), Decimal(2)) for item in items]
    return NUMBERS.sqrt(NUMBERS.divide(total(squares), Decimal(len(items) - 1)))


@builtin("mode(list...: list) -> list<number>")
def mode(items: list[Any]) -> list[Decimal]:
    counts = Counter(numbers(items))
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)
