"""Calls whose result is known while compiling: ``date("2026-03-01")`` and its kin with a literal text."""

from __future__ import annotations

from typing import Any

from throughline.flow.feel import nodes
from throughline.flow.feel.builtins import Builtin

CONSTANT_CALLS = frozenset({"date", "time", "date and time", "duration"})


def is_constant(node: nodes.Call, builtin: Builtin) -> bool:
    return (
        builtin.name in CONSTANT_CALLS
        and node.names is None
        and len(node.arguments) == 1
        and isinstance(node.arguments[0], nodes.Literal)
    )


def literal_of(node: nodes.Call) -> Any:
    """The value of the only argument of a constant call."""
    literal = node.arguments[0]
    assert isinstance(literal, nodes.Literal)
    return literal.value
