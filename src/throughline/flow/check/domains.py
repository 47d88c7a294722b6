"""
What the names of a chart can be: the answers of a form, the results of a table, the choices of a field.

Theory of operation. A name is set by nodes; each says which values it gives, or that it may be any. Only when all that
set a name say so is it known what the name can be, and even then it can be null, for it may not have been set yet. A
member of a name (``lead.status``, ``score.rating``) is a path with a domain of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.scopes import Scope, label
from throughline.flow.feel import FeelSyntaxError, compile_expression, nodes
from throughline.flow.values import Value

Path = tuple[str, ...]
Outputs = Mapping[tuple[str, str], Mapping[Path, frozenset[Value]]]
"""Per decision table and decision: the values it can give; the path is empty for the answer itself."""


@dataclass(frozen=True, slots=True)
class Domain:
    """
    The ``values`` a name can have, and who says so, as a person would put it. ``may_be_empty``: it can be null even
    after it was set; before that it always is.
    """

    values: frozenset[Value]
    source: str
    may_be_empty: bool = True


@dataclass(frozen=True, slots=True)
class _Given:
    """What one node gives a path: ``values`` None when it may be anything."""

    path: Path
    values: frozenset[Value] | None
    source: str
    may_be_empty: bool = True


BOOLEANS: frozenset[Value] = frozenset({True, False})


def domains_of(
    scopes: Iterable[Scope], outputs: Outputs, choices: Mapping[str, frozenset[str]], record: str
) -> dict[Path, Domain]:
    """The domains that are known. ``choices``: the closed choices of the fields of ``record``."""
    given: dict[Path, list[_Given]] = {}
    for scope in scopes:
        for item in scope.container.elements:
            if isinstance(item, bpmn.DataObject | bpmn.DataObjectReference | bpmn.DataStoreReference):
                given.setdefault((item.name or item.id,), []).append(_Given((item.name or item.id,), None, ""))
        for node in scope.nodes.values():
            for each in _given_by(node, outputs):
                given.setdefault(each.path, []).append(each)
    found: dict[Path, Domain] = {}
    for path, setters in given.items():
        known = [setter.values for setter in setters if setter.values is not None]
        whole = given.get(path[:1], []) if len(path) > 1 else []
        if len(known) == len(setters) and not any(setter.values is not None for setter in whole):
            sources = _listed(setter.source for setter in setters)
            found[path] = Domain(frozenset().union(*known), sources, any(setter.may_be_empty for setter in setters))
    for field, values in choices.items():
        if (record,) not in given:
            found[(record, field)] = Domain(frozenset(values), f"the field {field}")
    return found


def _given_by(node: bpmn.FlowNode, outputs: Outputs) -> Iterator[_Given]:
    settings, at = node.extensions, label(node)
    mapped = [*settings.outputs, *(settings.action.outputs if settings.action else ())]
    yield from (_Given((output.name,), None, at) for output in mapped if output.name)
    if settings.work_item is not None:
        work = settings.work_item
        answers = {outcome.value for outcome in work.outcomes} | {e.outcome for e in settings.evidence if e.outcome}
        if work.result:
            yield _Given((work.result,), frozenset(answers) if work.outcomes else None, at, may_be_empty=False)
        for field in work.fields:
            values = _values_of_field(field.type, field.options)
            yield _Given((field.name,), values, at, may_be_empty=not field.required)
    if settings.decision is not None:
        yield from (_Given((output.name,), None, at) for output in settings.decision.outputs)
        yield from _given_by_decision(
            settings.decision.result, settings.decision.ref, settings.decision.decision, outputs, at
        )
    if isinstance(node, bpmn.Activity):
        yield from _given_by_activity(node, at)


def _given_by_decision(result: str, ref: str, decision: str, outputs: Outputs, at: str) -> Iterator[_Given]:
    if not result:
        return
    known = outputs.get((ref, decision), {})
    if () not in known:
        yield _Given((result,), None, at)
    for member, values in known.items():
        yield _Given((result, *member), values, at)


def _given_by_activity(node: bpmn.Activity, at: str) -> Iterator[_Given]:
    if node.result:
        values = constants_of(node.script) if isinstance(node, bpmn.ScriptTask) else None
        yield _Given((node.result,), values, at)
    for item in node.properties:
        yield _Given((item.name or item.id,), None, at)
    if isinstance(node.loop, bpmn.MultiInstance):
        for data in (node.loop.input_item, node.loop.output_item):
            if data is not None:
                yield _Given((data.name or data.id,), None, at)
        if node.loop.data_output_ref:
            yield _Given((node.loop.data_output_ref,), None, at)


def _values_of_field(type_: str, options: str) -> frozenset[Value] | None:
    if type_ == "boolean":
        return BOOLEANS
    if type_ == "choice" and options.strip():
        return frozenset(option.strip() for option in options.split(",") if option.strip())
    return None


def constants_of(text: str) -> frozenset[Value] | None:
    """The constants that an expression chooses from, as in ``if a then "x" else "y"``; None when it computes."""
    try:
        node = compile_expression(text).node
    except FeelSyntaxError:
        return None
    return _constants(node)


def _constants(node: nodes.Node) -> frozenset[Value] | None:
    if isinstance(node, nodes.Literal):
        return frozenset() if node.value is None else frozenset({node.value})
    if isinstance(node, nodes.If):
        then, otherwise = _constants(node.then), _constants(node.otherwise)
        return None if then is None or otherwise is None else then | otherwise
    return None


def _listed(sources: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(sources))


def spoken(values: Iterable[Value]) -> str:
    """Values as a person reads them: ``“a”, “b” or 3``."""
    texts = sorted(spoken_one(value) for value in values)
    return " or ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]])) or "nothing"


def spoken_one(value: Value) -> str:
    """One value as a person reads it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else f"“{value}”"
