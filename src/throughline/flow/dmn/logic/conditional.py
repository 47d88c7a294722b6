"""Boxed conditionals (DMN 1.5, 10.2.1.8)."""

from __future__ import annotations

from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.session import Scope, Session
from throughline.flow.dmn.types import shown


def compile_conditional(expression: m.Conditional, static: Static) -> Logic:
    """
    Compile the three parts. False and null take the *else* part; a condition that is no truth at all gives null, unlike
    FEEL's ``if``: a box is bound to a boolean.
    """
    condition = static.logic_of_child(expression.condition)
    then = static.logic_of_child(expression.then)
    otherwise = static.logic_of_child(expression.otherwise)

    def logic(scope: Scope, session: Session) -> Any:
        holds = condition(scope, session)
        if holds is not None and not isinstance(holds, bool):
            session.warn(f"Expected the condition to be true or false, but it is {shown(holds)}.")
            return None
        return (then if holds else otherwise)(scope, session)

    return logic
