"""
Whether every name a chart reads is known, every action exists, and every step has what it needs to run.

Theory of operation. A name is bound if the record has it, or if anything in the process sets it: an answer of a form,
the outcome of a step, the result of an action, decision, script or message. Where it is read before it is set
(:mod:`reaching`) it is null, which FEEL allows: a warning, unless the expression itself asks for null. Conditions are
tried (:mod:`conditions`), waits are looked at for an end (:mod:`waits`). A chart without ``tl:procedure`` is a drawing
that nobody runs here, so what is missing in it is only a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from throughline.flow.bpmn import model as bpmn
from throughline.flow.catalogue import Catalogue
from throughline.flow.check.conditions import Surely, conditions
from throughline.flow.check.domains import Outputs, domains_of
from throughline.flow.check.expressions import Text, compiled, texts_of
from throughline.flow.check.findings import Finding, Severity
from throughline.flow.check.reaching import Reaching
from throughline.flow.check.sampling import path_of
from throughline.flow.check.scopes import Scope, label
from throughline.flow.check.waits import waits
from throughline.flow.feel import Expression, FeelSyntaxError, nodes
from throughline.flow.feel.reads import children


@dataclass(frozen=True, slots=True)
class Known:
    """
    What the surroundings offer a chart.

    ``actions``: the catalogue by name, None when it is not known. ``fields``: per record type the names of its fields.
    ``decisions``: the keys of the decision tables, None when they are not known. ``outputs``: the values that the
    decisions of those tables can give (:func:`throughline.flow.check.outputs_of`). ``choices``: per record type the
    fields that have one of certain values, and those.
    """

    actions: Catalogue | None = None
    fields: Mapping[str, frozenset[str]] | None = None
    decisions: frozenset[str] | None = None
    outputs: Outputs = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Names:
    """
    What names mean in one process.

    ``bound``: what something sets. ``is_open``: a message may set more that cannot be known from the chart. ``record``:
    the type of the record, empty when nobody runs the chart here; ``fields``: its fields, None when they are not known.
    """

    bound: frozenset[str]
    is_open: bool
    record: str
    fields: frozenset[str] | None


def data(process: bpmn.Process, scopes: list[Scope], known: Known) -> Iterator[Finding]:
    """The findings about data and settings of one process, whose ``scopes`` are given."""
    procedure = process.extensions.procedure
    severity: Severity = "error" if procedure is not None else "warning"
    record = procedure.record if procedure is not None else ""
    names = _names(process, scopes, record, known)
    reaching = Reaching(scopes, {node.id: _sets(scope, node) for scope in scopes for node in scope.nodes.values()})
    domains = domains_of(scopes, known.outputs, known.choices.get(record, {}), record)
    surely = Surely(names.bound, domains, reaching, "warning" if names.is_open else severity, severity)
    for scope in scopes:
        for text in texts_of(scope):
            yield from _text(scope, text, names, reaching, severity)
        yield from conditions(scope, surely)
        yield from waits(scope, severity)
        for node in scope.nodes.values():
            yield from _node(node, known, severity)


def _text(scope: Scope, text: Text, names: _Names, reaching: Reaching, severity: Severity) -> Iterator[Finding]:
    usable = names.bound | (text.extra or frozenset())
    try:
        expression = compiled(text.text, usable)
    except FeelSyntaxError as problem:
        yield Finding("expression", "error", text.element, f"The expression for {text.use} cannot be read: {problem}")
        return
    if text.extra is None:
        return
    for name in sorted({path[0] for path in expression.reads} - usable):
        yield Finding(
            "unbound-name",
            "warning" if names.is_open else severity,
            text.element,
            f"Expected {text.use} to use names that something sets, but nothing sets “{name}”. "
            "Correct the name, or set it in a form, an outcome or a result before.",
        )
    yield from _unknown_fields(text, expression, names)
    yield from _not_yet_set(scope, text, expression, reaching)


def _not_yet_set(scope: Scope, text: Text, expression: Expression, reaching: Reaching) -> Iterator[Finding]:
    """The names of a text that are empty where it is worked out: always, or on some way there."""
    place = scope.flows[text.element].source if text.element in scope.flows else text.element
    if text.when == "while" or place in reaching.handled:
        return
    surely = reaching.surely_set_before(place) if text.when == "before" else reaching.surely_set_after(place)
    own = _given_by_loop(scope.nodes.get(text.element))
    read = {path[0] for path in expression.reads} - (text.extra or frozenset()) - own
    for name in sorted((read & reaching.bits.keys()) - surely):
        if _asks_for_null(expression.node, name):
            continue
        if reaching.is_only_set_later(name, place):
            yield Finding(
                "read-before-set",
                "warning",
                text.element,
                f"Expected “{name}” to be set before {text.use} reads it, but it is only set later. "
                "It is empty here: move the step that sets it, or read something else.",
                reaching.way_to(place),
            )
        elif way := reaching.way_to(place, without=name):  # pragma: no branch - not surely set: there is one
            yield Finding(
                "set-on-some-ways",
                "warning",
                text.element,
                f"Expected “{name}” to be set on every way to where {text.use} reads it, but a case can come here "
                f"without it{_by_way(scope, way)}; it is empty then. Set it on that way too, or say what an empty "
                "one means.",
                way,
            )


def _given_by_loop(node: bpmn.FlowNode | None) -> set[str]:
    """The names that each round of a step's own loop is given: its item."""
    item = (
        node.loop.input_item if isinstance(node, bpmn.Activity) and isinstance(node.loop, bpmn.MultiInstance) else None
    )
    return {item.name or item.id} if item else set()


def _asks_for_null(node: nodes.Node, name: str) -> bool:
    """Whether the expression compares ``name``, or a member of it, with null."""
    if isinstance(node, nodes.Comparison):
        sides = (node.left, node.right)
        if any(isinstance(side, nodes.Literal) and side.value is None for side in sides):
            return any(path is not None and path[0] == name for path in map(path_of, sides))
    return any(_asks_for_null(child, name) for child in children(node))


def _by_way(scope: Scope, way: tuple[str, ...]) -> str:
    names = [" ".join(scope.nodes[node].name.split()) for node in way if node in scope.nodes]
    spoken = [name for name in names if name]
    return f" (by way of {' → '.join(spoken)})" if spoken else ""


def _unknown_fields(text: Text, expression: Expression, names: _Names) -> Iterator[Finding]:
    if names.fields is None:
        return
    read = {path[1] for path in expression.reads if path[0] == names.record and len(path) > 1}
    for name in sorted(read - names.fields):
        yield Finding(
            "unknown-field",
            "error",
            text.element,
            f"Expected {text.use} to read fields of the {names.record}, but a {names.record} has no field “{name}”.",
            name=name,
        )


def _names(process: bpmn.Process, scopes: list[Scope], record: str, known: Known) -> _Names:
    bound = {item.name or item.id for item in process.properties} | ({record} if record else set())
    is_open = False
    for scope in scopes:
        for item in scope.container.elements:
            if isinstance(item, bpmn.DataObject | bpmn.DataObjectReference | bpmn.DataStoreReference):
                bound.add(item.name or item.id)
        for node in scope.nodes.values():
            bound |= _set_by(node)
            is_open = is_open or _takes_unknown_payload(scope, node)
    return _Names(frozenset(bound), is_open, record, known.fields.get(record) if known.fields else None)


def _set_by(node: bpmn.FlowNode) -> set[str]:
    settings = node.extensions
    names = {output.name for output in settings.outputs}
    if settings.work_item is not None:
        names |= {settings.work_item.result} | {field.name for field in settings.work_item.fields}
    if settings.action is not None:
        names |= {output.name for output in settings.action.outputs}
    if settings.decision is not None:
        names |= {settings.decision.result} | {output.name for output in settings.decision.outputs}
    if isinstance(node, bpmn.Activity):
        names |= {node.result} | {item.name or item.id for item in node.properties}
        if isinstance(node.loop, bpmn.MultiInstance):
            names |= {item.name or item.id for item in (node.loop.input_item, node.loop.output_item) if item}
    return names - {""}


def _sets(scope: Scope, node: bpmn.FlowNode) -> frozenset[str] | None:
    return None if _takes_unknown_payload(scope, node) else frozenset(_set_by(node))


def _takes_unknown_payload(scope: Scope, node: bpmn.FlowNode) -> bool:
    if node.extensions.outputs:
        return False
    if isinstance(node, bpmn.CallActivity):
        return True
    if isinstance(node, bpmn.ReceiveTask):
        return bool(node.message_ref)
    return isinstance(node, bpmn.CatchEvent) and bool({"message", "signal"} & set(scope.triggers(node)))


def _node(node: bpmn.FlowNode, known: Known, severity: Severity) -> Iterator[Finding]:
    if isinstance(node, bpmn.ServiceTask | bpmn.SendTask):
        yield from _action(node, known, severity)
    if isinstance(node, bpmn.BusinessRuleTask):
        yield from _rule(node, known, severity)


def _action(task: bpmn.Task, known: Known, severity: Severity) -> Iterator[Finding]:
    action = task.extensions.action
    if action is None:
        if not isinstance(task, bpmn.SendTask) or not task.message_ref:
            yield Finding(
                "no-action",
                severity,
                task.id,
                f"Expected {label(task)} to say what it does, but it has no action. "
                "Choose one, or make it a step for a person.",
            )
        return
    if known.actions is None:
        return
    spec = known.actions.get(action.name)
    if spec is None:
        told = f"Expected {label(task)} to use a known action, but there is no “{action.name}”."
        yield Finding("unknown-action", "error", task.id, told)
        return
    given = {item.name for item in action.inputs if item.value.strip()}
    offered = {parameter.name: parameter for parameter in spec.inputs}
    for name in sorted(given - set(offered)):
        told = f"Expected {label(task)} to fill inputs of “{spec.title}”, but it has no “{name}”."
        yield Finding("unknown-input", "error", task.id, told)
    for name, parameter in offered.items():
        if parameter.required and name not in given:
            told = f"Expected {label(task)} to fill “{name}” of “{spec.title}”, but it is empty."
            yield Finding("missing-input", "error", task.id, told)


def _rule(task: bpmn.Task, known: Known, severity: Severity) -> Iterator[Finding]:
    decision = task.extensions.decision
    if decision is None or not decision.ref:
        yield Finding(
            "no-decision", severity, task.id, f"Expected {label(task)} to name a decision table, but it names none."
        )
    elif known.decisions is not None and decision.ref not in known.decisions:
        yield Finding(
            "unknown-decision",
            "error",
            task.id,
            f"Expected {label(task)} to use a decision table that exists, but there is no “{decision.ref}”.",
        )
