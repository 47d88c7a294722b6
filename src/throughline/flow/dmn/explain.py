"""
Why a decision came out as it did, as a value that can be shown and stored.

An explanation lists the decisions that were taken, in the order in which they were, and for each the rules of its
tables that made the result: their number and id, what they asked, what came in, and the notes beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from throughline.flow.dmn.session import Decided, MatchedRule, TableUse
from throughline.flow.dmn.types import shown
from throughline.flow.values import Value, to_json


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The value of a decision, how it came about, and what became null on the way (``warnings``, sentences)."""

    decision: str
    value: Value
    decided: tuple[Decided, ...]
    warnings: tuple[str, ...]

    @cached_property
    def rules(self) -> tuple[MatchedRule, ...]:
        """The rules that made the value of the decision itself, not of those it requires."""
        own = next((each for each in reversed(self.decided) if each.name == self.decision), None)
        return () if own is None else tuple(rule for table in own.tables for rule in table.rules)

    @cached_property
    def reason(self) -> str:
        """
        One sentence per decision with a table, the asked one first: which rule, for which inputs, with its note.

        Empty when no table took part.
        """
        with_tables = [each for each in reversed(self.decided) if each.tables]
        return " ".join(_sentence(each) for each in with_tables)

    def to_json(self) -> dict[str, Any]:
        """Give the explanation in JSON's own types, to be stored; values in the form of `values.to_json`."""
        return {
            "decision": self.decision,
            "value": to_json(self.value),
            "decided": [
                {
                    "name": each.name,
                    "id": each.id,
                    "value": to_json(each.value),
                    "tables": [_table_json(table) for table in each.tables],
                }
                for each in self.decided
            ],
            "warnings": list(self.warnings),
        }


def _table_json(table: TableUse) -> dict[str, Any]:
    return {
        "table": table.table,
        "hit_policy": table.hit_policy,
        "value": to_json(table.value),
        "rules": [_rule_json(rule) for rule in table.rules],
    }


def _rule_json(rule: MatchedRule) -> dict[str, Any]:
    return {
        "number": rule.number,
        "id": rule.id,
        "inputs": {name: to_json(value) for name, value in rule.inputs},
        "conditions": list(rule.conditions),
        "outputs": {name: to_json(value) for name, value in rule.outputs},
        "annotations": dict(rule.annotations),
    }


def _sentence(decided: Decided) -> str:
    rules = [rule for table in decided.tables for rule in table.rules]
    result = f"{decided.name}: {shown(decided.value)}"
    if not rules:
        return f"{result}, because no rule matches."
    numbers = " and ".join(f"rule {rule.number}" for rule in rules)
    inputs = ", ".join(f"{name} = {shown(value)}" for name, value in rules[0].inputs)
    notes = "; ".join(note for rule in rules for _, note in rule.annotations)
    return f"{result}, by {numbers}{f' ({inputs})' if inputs else ''}{f': {notes}' if notes else ''}."
