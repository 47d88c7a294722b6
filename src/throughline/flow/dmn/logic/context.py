"""Boxed contexts (DMN 1.5, 10.2.1.4): named entries, each seeing those above it, and perhaps a result."""

from __future__ import annotations

from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic import base
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.session import Scope, Session


def compile_context(expression: m.Context, static: Static) -> Logic:
    """Compile the entries in order. The entry without a variable, the last, is the value of the whole."""
    entries: list[tuple[str, Logic]] = []
    result: Logic | None = None
    for entry in expression.entries:
        logic = static.logic(entry.expression)
        if entry.variable is None or not entry.variable.name:
            result = logic
            continue
        name, variable = entry.variable.name, entry.variable
        entries.append((name, base.typed(logic, static.type_named(variable.type_ref, variable), f"“{name}”")))
        static = static.with_names((name,))

    def logic_of_context(scope: Scope, session: Session) -> Any:
        values: dict[str, Any] = {}
        for name, logic in entries:
            values[name] = logic(scope, session)
            scope = {**scope, name: values[name]}
        return values if result is None else result(scope, session)

    return logic_of_context
