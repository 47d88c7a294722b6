"""
Boxed contexts (DMN 1.5, 10.2.1.4 and 10.3.2.11.1): named entries that see each other, and perhaps a result.

Entries are evaluated in the order in which they depend on each other, which is that of the box unless an entry reads
one below it. Where a name stands for an entry below and for something outside the box, what is outside counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic import base
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.session import Scope, Session


@dataclass(frozen=True, slots=True)
class _Entry:
    """A compiled entry; ``needs`` are the places of the entries below that it reads."""

    name: str
    logic: Logic
    needs: tuple[int, ...]


def compile_context(expression: m.Context, static: Static) -> Logic:
    """Compile the entries. The entry without a variable, the last, is the value of the whole."""
    named = [entry for entry in expression.entries if entry.variable is not None and entry.variable.name]
    unnamed = [entry for entry in expression.entries if entry.variable is None or not entry.variable.name]
    entries: list[_Entry] = []
    for place in range(len(named)):
        entries.append(_compiled(named, place, static))
        static = static.with_names((entries[-1].name,))
    result = static.logic(unnamed[-1].expression) if unnamed else None
    order = _order(entries)
    names = [entry.name for entry in entries]

    def logic(scope: Scope, session: Session) -> Any:
        values: dict[str, Any] = {}
        for entry in order:
            values[entry.name] = entry.logic(scope, session)
            scope = {**scope, entry.name: values[entry.name]}
        return {name: values[name] for name in names} if result is None else result(scope, session)

    return logic


def _compiled(named: Sequence[m.ContextEntry], place: int, static: Static) -> _Entry:
    """Compile an entry in sight of all names around it and of the entries below that hide none of them."""
    below = {_name(entry): number for number, entry in enumerate(named) if number > place}
    seen = {name: number for name, number in below.items() if name not in static.names and name != _name(named[place])}
    inner = replace(static.with_names(seen), reads=set())
    logic = inner.logic(named[place].expression)
    static.reads.update(inner.reads)
    variable = named[place].variable
    assert variable is not None
    typed = base.typed(logic, static.type_named(variable.type_ref, variable), f"“{variable.name}”")
    return _Entry(variable.name, typed, tuple(number for name, number in seen.items() if name in inner.reads))


def _name(entry: m.ContextEntry) -> str:
    return entry.variable.name if entry.variable is not None else ""


def _order(entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries, each behind those it needs; in a circle, as they stand."""
    order: list[_Entry] = []
    visited: set[int] = set()

    def visit(place: int) -> None:
        if place not in visited:
            visited.add(place)
            for needed in entries[place].needs:
                visit(needed)
            order.append(entries[place])

    for place in range(len(entries)):
        visit(place)
    return order
