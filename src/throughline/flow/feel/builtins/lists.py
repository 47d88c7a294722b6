"""List functions (DMN 1.5, table 75), except statistics and sorting."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from throughline.flow.feel.builtins.signature import builtin
from throughline.flow.feel.builtins.whole import index_of_position, whole
from throughline.flow.feel.compare import equal
from throughline.flow.feel.errors import NoResult
from throughline.flow.feel.run import Run
from throughline.flow.values import Function

MOST_NESTED = 200


@builtin("list contains(list: list, element: any) -> boolean", needs_run=True)
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    run.weigh(items)
    run.spend(len(items))
    return any(equal(item, element) for item in items)


@builtin("count(list: list) -> number")
def count(items: list[Any]) -> Decimal:
    return Decimal(len(items))


@builtin("all(list...: list) -> boolean")
def all_(items: list[Any]) -> bool | None:
    """False when any item is false, true when all are true, else null."""
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@builtin("any(list...: list) -> boolean")
def any_(items: list[Any]) -> bool | None:
    """True when any item is true, false when all are false, else null."""
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


@builtin("sublist(list: list, start position: number, [length: number]) -> list<Any>")
def sublist(items: list[Any], start_position: Decimal, length: Decimal | None) -> list[Any]:
    start = index_of_position(start_position, len(items))
    if length is None:
        return items[start:]
    if not 1 <= whole(length) <= len(items) - start:
        raise NoResult(f"Expected a length from 1 to {len(items) - start}, but {length}.")
    return items[start : start + whole(length)]


@builtin("append(list: list, item...: any) -> list<Any>", needs_run=True)
def append(run: Run, items: list[Any], more: list[Any]) -> list[Any]:
    run.spend(len(items) + len(more))
    return [*items, *more]


@builtin("concatenate(list...: any) -> list<Any>", needs_run=True)
def concatenate(run: Run, lists: list[Any]) -> list[Any]:
    return joined(run, lists)


def joined(run: Run, lists: list[Any]) -> list[Any]:
    result: list[Any] = []
    for items in lists:
        if items is None:
            raise NoResult("Expected lists, but one is null.")
        result.extend(items if isinstance(items, list) else [items])
        run.spend(len(result))
    return result


@builtin("insert before(list: list, position: number, newItem: any) -> list<Any>", needs_run=True)
def insert_before(run: Run, items: list[Any], position: Decimal, new_item: Any) -> list[Any]:
    run.spend(len(items))
    index = index_of_position(position, len(items))
    return [*items[:index], new_item, *items[index:]]


@builtin("remove(list: list, position: number) -> list<Any>", needs_run=True)
def remove(run: Run, items: list[Any], position: Decimal) -> list[Any]:
    run.spend(len(items))
    index = index_of_position(position, len(items))
    return items[:index] + items[index + 1 :]


@builtin("list replace(list: list, position: number, newItem: any) -> list<Any>", needs_run=True)
def list_replace(run: Run, items: list[Any], position: Decimal, new_item: Any) -> list[Any]:
    run.spend(len(items))
    index = index_of_position(position, len(items))
    return [*items[:index], new_item, *items[index + 1 :]]


@builtin("list replace(list: list, match: function, newItem: any) -> list<Any>", needs_run=True)
def list_replace_matching(run: Run, items: list[Any], match: Function, new_item: Any) -> list[Any]:
    """Replace every item for which ``match(item, new item)`` is true."""
    if len(match.parameters) != 2:
        raise NoResult(f"Expected a function of two parameters, but it has {len(match.parameters)}.")
    verdicts = [match.call((item, new_item), run) for item in items]
    if not all(isinstance(verdict, bool) for verdict in verdicts):
        raise NoResult("Expected the function to give true or false for every item, but it does not.")
    return [new_item if verdict else item for item, verdict in zip(items, verdicts, strict=True)]


@builtin("reverse(list: list) -> list<Any>", needs_run=True)
def reverse(run: Run, items: list[Any]) -> list[Any]:
    run.spend(len(items))
    return items[::-1]


@builtin("index of(list: list, match: any) -> list<number>", needs_run=True)
def index_of(run: Run, items: list[Any], match: Any) -> list[Decimal]:
    run.weigh(items)
    run.spend(len(items))
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(item, match)]


@builtin("union(list...: any) -> list<Any>", needs_run=True)
def union(run: Run, lists: list[Any]) -> list[Any]:
    return without_duplicates(run, joined(run, lists))


@builtin("distinct values(list: list) -> list<Any>", needs_run=True)
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    return without_duplicates(run, items)


def without_duplicates(run: Run, items: list[Any]) -> list[Any]:
    """The first of each group of equal items. Numbers and texts are looked up, the rest compared one by one."""
    result: list[Any] = []
    seen: set[Any] = set()
    others: list[Any] = []
    for item in items:
        if isinstance(item, (str, Decimal)) and not isinstance(item, bool):
            if item in seen:
                continue
            seen.add(item)
        else:
            run.spend(len(others))
            run.weigh(item)
            if any(equal(item, other) for other in others):
                continue
            others.append(item)
        result.append(item)
    run.spend(len(items))
    return result


@builtin("flatten(list: list) -> list<Any>", needs_run=True)
def flatten(run: Run, items: list[Any]) -> list[Any]:
    result: list[Any] = []
    flatten_into(run, items, result, 0)
    return result


def flatten_into(run: Run, items: list[Any], result: list[Any], depth: int) -> None:
    if depth > MOST_NESTED:
        raise NoResult(f"Expected lists nested at most {MOST_NESTED} deep, but they are deeper.")
    run.spend(len(items))
    for item in items:
        if isinstance(item, list):
            flatten_into(run, item, result, depth + 1)
        else:
            result.append(item)
