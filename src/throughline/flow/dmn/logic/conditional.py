"""Boxed conditionals (DMN 1.5, 10.2.1.8)."""

from __future__ import annotations

from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.session import Scope, Session


def compile_conditional(expression: m.Conditional, static: Static) -> Logic:
    """Compile the three parts. What is not true, null included, takes the *else* part, as in FEEL's ``if``."""
    condition = static.logic_of_child(expression.condition)
    then = static.logic_of_child(expression.then)
    otherwise = static.logic_of_child(expression.otherwise)

    def logic(scope: Scope, session: Session) -> Any:
        chosen = then if condition(scope, session) is True else otherwise
        return chosen(scope, session)

    return logic
