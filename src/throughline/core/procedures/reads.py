"""
Which facts a chart looks at, so that the driver reads those columns and no others.

Worked out from the compiled chart itself: every formula that can be reached from it says what it reads. Where something
takes a record as a whole (a decision that is handed everything in scope, ``count(lead)``), all facts are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from throughline.flow.engine import Chart
from throughline.flow.engine.elements.business_rule_task import DecisionRule
from throughline.flow.engine.formula import Formula

Names = frozenset[str] | None
"""Members of a record; None means all."""


def facts_read(chart: Chart, record_type: str) -> Names:
    """Return the members of the record that any expression of the chart reads, or None if one takes it as a whole."""
    names: set[str] = set()
    for formula in _formulas(chart):
        if formula is None:
            return None
        for path in formula.reads:
            root, _, member = path.partition(".")
            if root == record_type and not member:
                return None
            if root == record_type:
                names.add(member.partition(".")[0])
    return frozenset(names)


def _formulas(chart: Chart) -> Iterator[Formula | None]:
    """Give every formula of the chart; None stands for a decision that sees everything in scope."""
    seen: set[int] = set()
    waiting: list[Any] = [chart.nodes, chart.starts]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Formula):
            yield thing
        elif isinstance(thing, DecisionRule) and not thing.inputs:
            yield None
        elif id(thing) not in seen:
            seen.add(id(thing))
            waiting.extend(_parts(thing))


def _parts(thing: Any) -> Iterable[Any]:
    if isinstance(thing, tuple | list):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    if not type(thing).__module__.startswith("throughline.flow.engine"):
        return ()  # the BPMN element and the decision model hold texts, not formulas of the chart
    return [getattr(thing, name) for name in getattr(type(thing), "__slots__", ()) if hasattr(thing, name)]
