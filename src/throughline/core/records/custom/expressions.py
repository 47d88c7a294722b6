"""FEEL over one record, as rules and formulas use it: ``lead.budget > 1000``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from throughline.core.records.context import facts_of
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import Refusal
from throughline.flow.feel import Expression, FeelSyntaxError, compile_expression

_CLOCK = re.compile(r"\b(?:now|today)\s*\(")
BESIDE = frozenset({"type", "number", "owner_name", "team_name"})
"""Members of a record's context that are no fields."""


@lru_cache(maxsize=2_000)
def compiled(text: str, root: str) -> Expression:
    """
    Return a compiled expression over a record called ``root``.

    Raises:
        FeelSyntaxError: it is none.
    """
    return compile_expression(text, names=(root,))


def checked(text: str, spec: RecordSpec, *, field: str, timeless: bool = False) -> Expression:
    """
    Return an expression that people wrote, when it reads nothing but fields of the record.

    ``timeless`` refuses what depends on the day: the value would grow old without anybody writing it.

    Raises:
        Refusal: it cannot be read, or reads something unknown; at ``field``.
    """
    try:
        expression = compiled(text, spec.type)
    except FeelSyntaxError as wrong:
        raise Refusal("unreadable_expression", f"This cannot be read: {wrong}", field) from wrong
    if timeless and _CLOCK.search(text):
        raise Refusal("expression_of_time", "A formula cannot ask for the day: it is worked out when saved.", field)
    unknown = sorted(
        ".".join(path)
        for path in expression.reads
        if path[0] != spec.type or (len(path) > 1 and path[1] not in {*spec.by_name, *spec.facts, *BESIDE})
    )
    if unknown:
        example = f"{spec.type}.{next(iter(spec.by_name))}"
        raise Refusal(
            "unknown_name", f'There is no "{unknown[0]}" here. Write fields of the record as in {example}.', field
        )
    return expression


def reads_of(expression: Expression, spec: RecordSpec) -> frozenset[str]:
    """Return the names of the record's members that an expression reads; all of them when it takes the whole."""
    names = {path[1] if len(path) > 1 else "" for path in expression.reads if path[0] == spec.type}
    return frozenset(spec.by_name) if "" in names else frozenset(names)


def evaluate(expression: Expression, spec: RecordSpec, record: Any, at: datetime) -> Any:
    """Return the value of an expression over a loaded record."""
    context: Mapping[str, Any] = {spec.type: facts_of(spec, record, reads_of(expression, spec))}
    return expression.evaluate(context, now=at)
