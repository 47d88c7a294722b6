"""
What decisions can answer, as far as their logic says it: the outputs of a table, the constants an expression chooses
from, the entries of a boxed context.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from throughline.flow import dmn
from throughline.flow.check.domains import Outputs, Path, constants_of
from throughline.flow.dmn import model as m
from throughline.flow.values import Value

SINGLE_HIT = frozenset({m.HitPolicy.UNIQUE, m.HitPolicy.ANY, m.HitPolicy.FIRST, m.HitPolicy.PRIORITY})


def outputs_of(tables: Mapping[str, bytes]) -> Outputs:
    """The values that decisions can give, for tables by their key, each a DMN file. What cannot be read gives none."""
    return {(ref, decision): values for ref, xml in tables.items() for decision, values in _answers(xml).items()}


@lru_cache(maxsize=256)
def _answers(xml: bytes) -> dict[str, dict[Path, frozenset[Value]]]:
    """Per decision the values of its answer or of its answer's members. Kept, for a chart is checked at every edit."""
    try:
        model = dmn.read(xml)
    except dmn.Unreadable:
        return {}
    return {decision.name: dict(_values(decision.expression)) for decision in model.decisions}


def _values(logic: m.Expression | None) -> Iterator[tuple[Path, frozenset[Value]]]:
    if isinstance(logic, m.LiteralExpression):
        yield from _known((), constants_of(logic.text or ""))
    elif isinstance(logic, m.Context):
        for entry in logic.entries:
            if entry.variable is not None and isinstance(entry.expression, m.LiteralExpression):
                yield from _known((entry.variable.name,), constants_of(entry.expression.text or ""))
    elif isinstance(logic, m.DecisionTable) and logic.hit_policy in SINGLE_HIT:
        for column, clause in enumerate(logic.outputs):
            path: Path = () if len(logic.outputs) == 1 else (clause.name or "",)
            yield from _known(path, _column(logic, column))


def _column(table: m.DecisionTable, column: int) -> frozenset[Value] | None:
    """The values of one output; None when an entry computes."""
    default = table.outputs[column].default_output
    texts = [rule.output_entries[column].text or "" for rule in table.rules if column < len(rule.output_entries)]
    found: frozenset[Value] = frozenset()
    for text in [*texts, *([default.text or ""] if default is not None else [])]:
        values = constants_of(text) if text.strip() not in ("", "-") else frozenset()
        if values is None:
            return None
        found |= values
    return found


def _known(path: Path, values: frozenset[Value] | None) -> Iterator[tuple[Path, frozenset[Value]]]:
    if values is not None:
        yield path, values
