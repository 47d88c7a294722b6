"""
The data-flow diagram of a procedure (Gane and Sarson 1977), levels 0 and 1, from what its steps read and write.

What a step reads are the fields in its FEEL texts (and in the conditions of the arrows that leave it through a
decision) and those it declares (``tl:reads``); what it writes are those it declares (``tl:writes``) and what its
action does to records. Entities outside are those that messages come from or go to, the systems that outside actions
call, and the public that fills in forms. Stores are record types, decision tables, and the variables of the case where
a step hands something to a later one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from throughline.flow.bpmn import extensions as tl
from throughline.flow.bpmn import model as bpmn
from throughline.flow.catalogue import Catalogue
from throughline.flow.charts.views.columns import in_columns
from throughline.flow.charts.views.figure import Figure, Line, Shape, ShapeKind, joined
from throughline.flow.charts.views.layers import arrange
from throughline.flow.check.expressions import compiled, texts_of
from throughline.flow.check.scopes import Scope, scopes_of
from throughline.flow.feel import FeelSyntaxError

CASE = "case"
"""The store of what a case knows beside its record."""
_WORK = (bpmn.Task, bpmn.CallActivity)
SYSTEMS = {"mail": "Mail", "hook": "Other systems", "calendar": "Calendar", "survey": "Surveys"}


@dataclass(frozen=True, slots=True)
class Words:
    """How things are called: record types by key, their fields by key, decision tables by key."""

    types: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Use:
    """What one step has to do with the outside and with stores: names of data by whom."""

    reads: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    writes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gets: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    gives: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def level_zero(definitions: bpmn.Definitions, *, actions: Catalogue, words: Words | None = None) -> Figure:
    """Return the procedure as one process, and what it exchanges with the world outside."""
    words = words or Words()
    process = main_process(definitions)
    name = process.name or process.id
    whole = Shape(id="whole", kind=ShapeKind.PROCESS, name=name, mark="0", ref=f"process:{process.id}")
    gets: dict[str, list[str]] = defaultdict(list)
    gives: dict[str, list[str]] = defaultdict(list)
    for use in _uses(definitions, process, actions, words).values():
        for entity, data in use.gets.items():
            gets[entity] += data
        for entity, data in use.gives.items():
            gives[entity] += data
    entities = tuple(_entity(name) for name in dict.fromkeys((*gets, *gives)))
    lines = [Line(source=_key(entity), target=whole.id, text=joined(data)) for entity, data in gets.items()]
    lines += [Line(source=whole.id, target=_key(entity), text=joined(data)) for entity, data in gives.items()]
    told = f"{name} and {len(entities)} parties outside."
    return arrange(Figure(f"{name}: data flow, level 0", told, (whole, *entities), tuple(lines)))


def level_one(definitions: bpmn.Definitions, *, actions: Catalogue, words: Words | None = None) -> Figure:
    """
    Return the steps as processes, one below the other as work goes on; what they read stands left, what they write
    right of them. A store or party that steps far apart use is drawn again, as the notation allows.
    """
    words = words or Words()
    process = main_process(definitions)
    uses = _uses(definitions, process, actions, words)
    nodes = _nodes(definitions, process)
    working = [key for key in as_work_goes(definitions, process) if key in uses and _is_shown(nodes[key], uses[key])]
    stores = list(dict.fromkeys(store for key in working for store in (*uses[key].reads, *uses[key].writes)))
    parties = {f"store:{store}": _store(store, number, words) for number, store in enumerate(stores, start=1)}
    for key in working:
        parties |= {_key(entity): _entity(entity) for entity in (*uses[key].gets, *uses[key].gives)}
    steps = [
        Shape(
            id=f"step:{key}", kind=ShapeKind.PROCESS, name=nodes[key].name or key, mark=str(number), ref=f"step:{key}"
        )
        for number, key in enumerate(working, start=1)
    ]
    lines = [line for key in working for line in _lines(f"step:{key}", uses[key])]
    name = process.name or process.id
    told = f"{len(working)} steps, {len(stores)} stores and {len(parties) - len(stores)} parties outside."
    return in_columns(Figure(f"{name}: data flow, level 1", told, (*steps, *parties.values()), tuple(lines)))


def _is_shown(node: bpmn.FlowNode, use: _Use) -> bool:
    """Decisions only look at what steps have found; they are no processes of their own."""
    if isinstance(node, _WORK):
        return bool(use.reads or use.writes or use.gets or use.gives)
    return bool(use.gets or use.gives)


def as_work_goes(definitions: bpmn.Definitions, process: bpmn.Process) -> list[str]:
    """Return the nodes from the beginnings on, breadth first."""
    found: dict[str, None] = {}
    for scope in _scopes(definitions, process):
        queue = [node.id for node in (*scope.starts(), *scope.loose())]
        queue += list(scope.nodes)
        entered = iter(queue)
        for start in entered:
            waiting = [start]
            for key in waiting:
                if key in found or key not in scope.nodes:
                    continue
                found[key] = None
                waiting += [scope.flows[flow].target for flow in scope.outgoing[key]]
                waiting += [event.id for event in scope.boundary[key]]
    return list(found)


def _lines(step: str, use: _Use) -> list[Line]:
    found = [Line(source=_key(entity), target=step, text=joined(data)) for entity, data in use.gets.items()]
    found += [Line(source=f"store:{store}", target=step, text=joined(data)) for store, data in use.reads.items()]
    found += [Line(source=step, target=f"store:{store}", text=joined(data)) for store, data in use.writes.items()]
    return found + [Line(source=step, target=_key(entity), text=joined(data)) for entity, data in use.gives.items()]


def _entity(name: str) -> Shape:
    return Shape(id=_key(name), kind=ShapeKind.ENTITY, name=name)


def _key(entity: str) -> str:
    return f"entity:{entity}"


def _store(store: str, number: int, words: Words) -> Shape:
    kind, _, key = store.partition(":")
    named = {"type": words.types, "table": words.tables}.get(kind, {})
    name = "What the case knows" if store == CASE else named.get(key, key)
    return Shape(id=f"store:{store}", kind=ShapeKind.STORE, name=name, mark=f"D{number}", ref=store)


# -- What steps use ----------------------------------------------------------------------------------------------------


def main_process(definitions: bpmn.Definitions) -> bpmn.Process:
    """Return the process that is run, else the largest."""
    run = [each for each in definitions.processes if each.extensions.procedure is not None]
    found = run or sorted(definitions.processes, key=lambda each: -sum(1 for _ in each.walk()))
    if not found:
        raise LookupError("Expected a chart with a process, but there is none.")
    return found[0]


def _scopes(definitions: bpmn.Definitions, process: bpmn.Process) -> list[Scope]:
    def within(scope: Scope) -> bool:
        return scope.container is process or (scope.parent is not None and within(scope.parent))

    return [scope for scope in scopes_of(definitions) if within(scope)]


def _nodes(definitions: bpmn.Definitions, process: bpmn.Process) -> dict[str, bpmn.FlowNode]:
    return {key: node for scope in _scopes(definitions, process) for key, node in scope.nodes.items()}


def _uses(definitions: bpmn.Definitions, process: bpmn.Process, actions: Catalogue, words: Words) -> dict[str, _Use]:
    procedure = process.extensions.procedure
    record = procedure.record if procedure is not None else ""
    uses: dict[str, _Use] = {}
    for scope in _scopes(definitions, process):
        for node in scope.nodes.values():
            uses[node.id] = _own(definitions, node, record, actions, words)
        _read_texts(scope, uses, record, words)
    return uses


def _own(definitions: bpmn.Definitions, node: bpmn.FlowNode, record: str, actions: Catalogue, words: Words) -> _Use:
    use, settings = _Use(), node.extensions
    for read in settings.reads:
        _put(use.reads, read.field, words)
    for write in settings.writes:
        _put(use.writes, write.field, words)
    if settings.action is not None:
        _act(use, settings.action, record, actions, words)
        if settings.action.outputs:
            use.writes[CASE] += [output.name for output in settings.action.outputs]
    if settings.decision is not None:
        use.reads[f"table:{settings.decision.ref}"].append("rules")
        if settings.decision.result:
            use.writes[CASE].append(settings.decision.result)
    if settings.work_item is not None and isinstance(node, _WORK):
        filled = [each.label or each.name for each in settings.work_item.fields]
        if settings.work_item.outcomes:
            filled.append(settings.work_item.result)
        if filled:
            use.writes[CASE] += filled
    if settings.trigger is not None:
        use.gets[_told_by(settings.trigger.event)].append(settings.trigger.event)
    _talk(definitions, node, use)
    return use


def _told_by(event: str) -> str:
    """Return who stands behind an event that starts cases: the public for what is captured, else the people here."""
    return "Customer" if event.rpartition(".")[2] in ("captured", "received", "submitted") else "Our people"


def _act(use: _Use, action: tl.Action, record: str, actions: Catalogue, words: Words) -> None:
    area, _, _ = action.name.partition(".")
    spec = actions.get(action.name)
    title = spec.title if spec is not None else action.name
    if spec is not None and spec.place == "outside":
        use.gives[SYSTEMS.get(area, area.capitalize())] += [each.name for each in action.inputs] or [title]
        return
    kind = area if area in words.types else record
    if kind:
        use.writes[f"type:{kind}"].append(title)


def _talk(definitions: bpmn.Definitions, node: bpmn.FlowNode, use: _Use) -> None:
    """Put down the messages that a node catches or throws, with the pool they come from where one is drawn."""
    names = {key: message.name or key for key, message in definitions.messages.items()}
    pools = _pools(definitions)
    if isinstance(node, bpmn.Event):
        refs = [
            each.message_ref for each in definitions.triggers(node) if isinstance(each, bpmn.MessageEventDefinition)
        ]
        side = use.gives if isinstance(node, bpmn.ThrowEvent) else use.gets
    elif isinstance(node, bpmn.ReceiveTask | bpmn.SendTask) and node.extensions.action is None:
        refs = [node.message_ref]
        side = use.gets if isinstance(node, bpmn.ReceiveTask) else use.gives
    else:
        return
    for ref in refs:
        said = names.get(str(ref), "") or node.name or "message"
        side[pools.get(node.id, "Customer")].append(said)


def _pools(definitions: bpmn.Definitions) -> dict[str, str]:
    """Return, for nodes that message flows join, the pool at the other end."""
    names: dict[str, str] = {}
    found: dict[str, str] = {}
    for collaboration in definitions.collaborations:
        for pool in collaboration.participants:
            names[pool.id] = pool.name or pool.id
        for flow in collaboration.message_flows:
            source, target = str(flow.source), str(flow.target)
            found[target] = names.get(source, names.get(found.get(source, ""), "Customer"))
            found[source] = names.get(target, "Customer")
    return found


def _put(side: dict[str, list[str]], path: str, words: Words) -> None:
    kind, _, name = path.partition(".")
    if name and kind in (words.types or {kind: ""}):
        side[f"type:{kind}"].append(words.fields.get(kind, {}).get(name, name))
    else:
        side[CASE].append(path)


def _read_texts(scope: Scope, uses: dict[str, _Use], record: str, words: Words) -> None:
    """Put down what FEEL texts read; a condition counts for the node that its arrow leaves."""
    for text in texts_of(scope):
        flow = scope.flows.get(text.element)
        key = flow.source if flow is not None else text.element
        if key not in uses:
            continue
        try:
            read = compiled(text.text, frozenset({record, *(text.extra or ())})).reads
        except FeelSyntaxError:
            continue  # the proof tells of it
        for path in sorted(read):
            if path[0] in (text.extra or ()):
                continue
            if path[0] == record and len(path) > 1:
                _put(uses[key].reads, ".".join(path[:2]), words)
            elif path[0] != record:
                uses[key].reads[CASE].append(path[0])
