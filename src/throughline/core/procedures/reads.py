"""
Which facts a chart looks at, so that the driver reads those columns and no others.

Worked out from what is compiled or drawn: every formula that can be reached from the chart says what it reads; a
decision that is handed everything in scope reads what the texts of its model name. Where something takes a record as a
whole (``count(lead)``, a model that cannot be read here), all facts are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from throughline.flow.dmn import model as dmn
from throughline.flow.engine import Chart
from throughline.flow.engine.elements.business_rule_task import DecisionRule
from throughline.flow.engine.formula import Formula
from throughline.flow.feel import FeelSyntaxError, compile_expression, compile_unary_tests

Names = frozenset[str] | None
"""Members of a record; None means all."""

Path = tuple[str, ...]


def facts_read(chart: Chart, record_type: str, decisions: Mapping[str, dmn.Definitions]) -> Names:
    """
    Return the members of the record that any expression of the chart reads, or None if one takes it as a whole.

    ``decisions``: the models that its steps ask, by ``ref``.
    """
    names: set[str] = set()
    for path in _paths(chart, decisions):
        if path is None or path == (record_type,):
            return None
        if path[0] == record_type:
            names.add(path[1])
    return frozenset(names)


def _paths(chart: Chart, decisions: Mapping[str, dmn.Definitions]) -> Iterator[Path | None]:
    """Give what every expression reads; None stands for something unknown."""
    for thing in _reachable([chart.nodes, chart.starts]):
        if isinstance(thing, Formula):
            yield from (tuple(path.split(".")) for path in thing.reads)
        elif isinstance(thing, DecisionRule) and not thing.inputs:
            yield from _paths_of_model(decisions[thing.ref]) if thing.ref in decisions else [None]


def _reachable(beginning: list[Any]) -> Iterator[Any]:
    """Give formulas and decision rules that hang on a compiled chart."""
    seen: set[int] = set()
    waiting = beginning
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Formula):
            yield thing
        elif id(thing) not in seen:
            seen.add(id(thing))
            if isinstance(thing, DecisionRule):
                yield thing
            waiting.extend(_parts(thing))


def _parts(thing: Any) -> Iterable[Any]:
    if isinstance(thing, tuple | list):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    if not type(thing).__module__.startswith("throughline.flow.engine"):
        return ()  # the BPMN element and the compiled decisions hold no formulas of the chart
    return [getattr(thing, name) for name in getattr(type(thing), "__slots__", ()) if hasattr(thing, name)]


# --- decisions --------------------------------------------------------------------------------------------------------
def _paths_of_model(model: dmn.Definitions) -> Iterator[Path | None]:
    if model.imports:
        yield None  # what the other models read is not looked up
    elements = list(_elements(model))
    names = {each.name for each in elements if isinstance(each, dmn.Named) and each.name}
    for element in elements:
        yield from _paths_of_element(element, names)


def _elements(thing: Any) -> Iterator[Any]:
    """Give every element of a model, at any depth."""
    if isinstance(thing, tuple | list):
        for each in thing:
            yield from _elements(each)
    elif is_dataclass(thing) and not isinstance(thing, type):
        yield thing
        for field in fields(thing):
            yield from _elements(getattr(thing, field.name))


def _paths_of_element(element: Any, names: set[str]) -> Iterable[Path | None]:
    try:
        if isinstance(element, dmn.LiteralExpression) and element.text:
            return compile_expression(element.text, names).reads
        if isinstance(element, dmn.UnaryTests) and element.text.strip() not in ("", "-"):
            return compile_unary_tests(element.text, names).reads
    except FeelSyntaxError:
        return [None]
    return ()
