"""Boxed lists (DMN 1.5, 10.2.1.5)."""

from __future__ import annotations

from typing import Any

from throughline.flow.dmn import model as m
from throughline.flow.dmn.logic.base import Logic, Static
from throughline.flow.dmn.session import Scope, Session


def compile_list(expression: m.ListExpression, static: Static) -> Logic:
    """Compile each element."""
    elements = [static.logic(element) for element in expression.elements]

    def logic(scope: Scope, session: Session) -> list[Any]:
        return [element(scope, session) for element in elements]

    return logic
