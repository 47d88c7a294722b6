"""
Expressions of a chart, compiled.

A :class:`Formula` is a FEEL expression with the places it reads. Most formulas of a chart are looked at often and
change never, so everything that can be worked out from the text is worked out once. FEEL gives null for what it leaves
undefined, and what null means is decided by the element that asked; an expression that would not end raises
FeelTooMuchWork, which a step makes an incident.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from throughline.flow.feel import compile_expression
from throughline.flow.values import DateTime, feel_text


class Formula:
    """
    A compiled expression.

    ``text`` is what was written; ``reads`` are dotted paths of what it reads (``lead.region``), ``roots`` their first
    names.
    """

    __slots__ = ("_evaluate", "reads", "roots", "text")

    def __init__(self, text: str, names: Sequence[str] = ()) -> None:
        """Compile ``text``; raise FeelSyntaxError. ``names`` are names with spaces or operators that are in scope."""
        expression = compile_expression(text, names)
        self.text = text
        self._evaluate = expression.evaluate
        self.reads = tuple(sorted(".".join(path) for path in expression.reads))
        self.roots = frozenset(path[0] for path in expression.reads)

    def __call__(self, context: Mapping[str, Any], now: DateTime) -> Any:
        """Return the value in this context; null when it has none."""
        return self._evaluate(context, now=now)

    def explain(self, context: Mapping[str, Any]) -> str:
        """Say in words what the expression saw: ``region = "NO"``; for messages."""
        seen = []
        for path in self.reads:
            value: Any = context
            for part in path.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
            try:
                seen.append(f"{path} = {feel_text(value)}")
            except (ValueError, KeyError, TypeError):
                seen.append(f"{path} = {value!r}")
        return ", ".join(seen) or self.text

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"
