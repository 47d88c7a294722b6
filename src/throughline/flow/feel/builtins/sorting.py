"""``sort`` (DMN 1.5, table 80)."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.compare import ordered
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.run import Run
from throughline.flow.values import Function


@builtin("sort(list: list, [precedes: function?]) -> list<Any>", needs_run=True)
def sort(run: Run, items: list[Any], precedes: Function | None) -> list[Any]:
    """The items in the order in which ``precedes(x, y)`` is true, or ascending; equal ones keep their order."""
    if precedes is None:
        return sorted(items, key=cmp_to_key(lambda one, other: ascending(run, one, other)))
    if len(precedes.parameters) != 2:
        raise NoResult(f"Expected a function of two parameters, but it has {len(precedes.parameters)}.")
    return sorted(items, key=cmp_to_key(lambda one, other: by_function(run, precedes, one, other)))


def ascending(run: Run, one: Any, other: Any) -> int:
    run.spend()
    before = ordered("<", one, other)
    if before is None:
        raise NoResult("Expected items that can be compared with each other, but there are different kinds.")
    return -1 if before else int(bool(ordered(">", one, other)))


def by_function(run: Run, precedes: Function, one: Any, other: Any) -> int:
    if verdict(run, precedes, one, other):
        return -1
    return int(verdict(run, precedes, other, one))


def verdict(run: Run, precedes: Function, one: Any, other: Any) -> bool:
    answer = precedes.call((one, other), run)
    if not isinstance(answer, bool):
        raise NoResult("Expected the function to give true or false for every pair, but it does not.")
    return answer
