"""
What is different between two versions of a drawing, in the terms of whoever draws it.

Theory of operation. Elements are known by their ids, as cases and logs know them; a sequence flow that was drawn anew
between the same two steps is the same flow. Each kind of thing that can be said about an element (its name, its lane,
who does it, until when, which action with which inputs …) is an *aspect*: a word and a function that reads it off the
element as text. An aspect whose text differs is one change. Where shapes lie on the page says nothing about what
happens, so it is not looked at.

:func:`diff` is pure and total: any two readable drawings can be compared, sound or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from throughline.flow.bpmn import model as m
from throughline.flow.bpmn.extensions import Input, Output
from throughline.flow.bpmn.periods import spoken

KINDS = (
    "added",
    "removed",
    "renamed",
    "moved",
    "type",
    "condition",
    "form",
    "assignee",
    "due",
    "action",
    "decision",
    "event",
    "way",
    "rule",
    "setting",
)
"""
Kinds of changes, the gravest first: a step is ``added``, ``removed``, ``renamed``, ``moved`` (to another lane, part or
border) or becomes another ``type``; a ``condition`` of a decision, a ``form`` (fields, outcomes, guidance, evidence),
an ``assignee`` (or queue), a ``due`` moment, an ``action`` with its inputs, a ``decision`` table, an ``event`` that is
waited for or thrown, a ``way`` between steps, another ``rule`` (loop, script, called procedure) or a ``setting`` of the
procedure is different.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """
    One difference.

    ``element``: the id of the step or flow, in the new drawing unless it was removed; ``label`` what people call it.
    ``aspect``: what of it, in a word or two. ``before`` and ``after`` as written (FEEL stays FEEL), empty for nothing.
    ``words``: the sentence for a business user, lengths of time in words.
    """

    kind: str
    element: str
    label: str
    aspect: str
    before: str
    after: str
    words: str


def diff(old: m.Definitions, new: m.Definitions) -> tuple[Change, ...]:
    """Return what is different in ``new``, the gravest kind of change first, else in the order of the drawing."""
    before, after = _Drawing(old), _Drawing(new)
    changes = [*_steps(before, after), *_lanes(before, after), *_flows(before, after), *_settings(before, after)]
    return tuple(sorted(changes, key=lambda change: KINDS.index(change.kind)))


class _Drawing:
    """A drawing with what is asked of it: elements by id, where they lie, and what references mean."""

    def __init__(self, definitions: m.Definitions) -> None:
        self.definitions = definitions
        walked = [pair for process in definitions.processes for pair in process.walk()]
        self.nodes = {item.id: item for item, _ in walked if isinstance(item, m.FlowNode)}
        self.flows = {item.id: item for item, _ in walked if isinstance(item, m.SequenceFlow)}
        self.homes = {item.id: container for item, container in walked}
        self.lanes = {lane.id: lane for process in definitions.processes for lane in process.lanes}
        self.lane_of = {node: lane.id for lane in self.lanes.values() for node in lane.nodes}

    @cached_property
    def roots(self) -> dict[str, m.RootElement]:
        """Messages, signals, errors and escalations by id."""
        kinds = m.Message | m.Signal | m.Error | m.Escalation
        return {each.id: each for each in self.definitions.elements if isinstance(each, kinds)}

    def label(self, node: str) -> str:
        """Return what people call a step."""
        found = self.nodes.get(node)
        return node if found is None else found.name or node

    def part_of(self, node: str) -> str:
        """Return the id of the sub-process a step lies in, empty for the procedure itself."""
        home = self.homes[node]
        return home.id if isinstance(home, m.SubProcess) else ""

    def lane_label(self, lane: str) -> str:
        """Return what people call a lane."""
        found = self.lanes.get(lane)
        return lane if found is None else found.name or lane

    def name_of(self, ref: str) -> str:
        """Return the name of a message, signal, error or escalation; of an error its code tells it from others."""
        found = self.roots.get(ref)
        if isinstance(found, m.Error | m.Escalation):
            return found.code or found.name or ref
        return ref if found is None else getattr(found, "name", "") or ref

    def condition(self, flow: m.SequenceFlow) -> str:
        """Return the condition of a flow as written; “otherwise” for the default."""
        source = self.nodes.get(flow.source)
        if source is not None and getattr(source, "default", "") == flow.id:
            return "otherwise"
        return _text(flow.condition)


# --- steps ------------------------------------------------------------------------------------------------------------
Aspect = tuple[str, str, Callable[[_Drawing, m.FlowNode], str]]
"""Kind of change, word for people, and how it is read off a step."""


def _steps(old: _Drawing, new: _Drawing) -> Iterator[Change]:
    for key in old.nodes:
        if key not in new.nodes:
            label = old.label(key)
            yield _change("removed", (key, label), "step", "“{label}” is gone.", before=label)
    for key, node in new.nodes.items():
        known = old.nodes.get(key)
        if known is None:
            label = new.label(key)
            yield _change("added", (key, label), "step", "“{label}” is new.", after=label)
        else:
            yield from _step(old, new, known, node)


def _step(old: _Drawing, new: _Drawing, before: m.FlowNode, after: m.FlowNode) -> Iterator[Change]:
    subject = (after.id, new.label(after.id))
    for aspect, of, label in PLACES:
        was, now = of(old, before), of(new, after)
        if was != now:
            yield _change("moved", subject, aspect, _CHANGED, before=label(old, was), after=label(new, now))
    for kind, aspect, read in ASPECTS:
        was, now = read(old, before), read(new, after)
        if was != now:
            yield _change(kind, subject, aspect, _sentence(kind, was, now), before=was, after=now)


_RENAMED = "“{before}” is now called “{after}”."
_CHANGED = "“{label}”: {aspect} was {was}, now {now}."
_GAINED = "“{label}” now has {aspect}: {now}."
_LOST = "“{label}” has no {aspect} any more; it was {was}."


def _sentence(kind: str, before: str, after: str) -> str:
    if kind == "renamed" and before and after:
        return _RENAMED
    return _CHANGED if before and after else _GAINED if after else _LOST


def _change(
    kind: str, subject: tuple[str, str], aspect: str, sentence: str, *, before: str = "", after: str = ""
) -> Change:
    """Return a change of ``subject`` (id, label), its sentence filled in."""
    element, label = subject
    was, now = spoken(before), spoken(after)
    if was == now:  # the same length of time, written otherwise
        was, now = before, after
    words = sentence.format(label=label, aspect=aspect, before=before, after=after, was=_shown(was), now=_shown(now))
    return Change(kind, element, label, aspect, before, after, words)


SHOWN = 120
"""Longer texts are cut in sentences; ``before`` and ``after`` hold all of them."""


def _shown(text: str) -> str:
    flat = " ".join(text.split())
    short = flat if len(flat) <= SHOWN else flat[: SHOWN - 1] + "…"
    return f"“{short}”" if short else "none"


# --- what is read off a step ------------------------------------------------------------------------------------------
_TYPES = {
    "userTask": "human step",
    "manualTask": "step done by hand",
    "serviceTask": "automatic step",
    "sendTask": "sending step",
    "receiveTask": "waiting step",
    "businessRuleTask": "decision table",
    "scriptTask": "calculation",
    "callActivity": "called procedure",
    "exclusiveGateway": "decision",
    "inclusiveGateway": "decision with several ways",
    "parallelGateway": "parallel ways",
    "eventBasedGateway": "wait for one of several events",
}


def _type(_: _Drawing, node: m.FlowNode) -> str:
    name = node.tag.rpartition("}")[2]
    return _TYPES.get(name, name)


def _text(expression: m.Expression | None) -> str:
    text = "" if expression is None else expression.body.strip()
    return text[1:].strip() if text.startswith("=") else text


def _listed(items: Iterable[str]) -> str:
    return "; ".join(items)


def _mapping(rules: Iterable[Input | Output]) -> str:
    return _listed(f"{rule.name} = {rule.value.strip()}" for rule in rules)


def _work(attribute: str) -> Callable[[_Drawing, m.FlowNode], str]:
    def read(_: _Drawing, node: m.FlowNode) -> str:
        work = node.extensions.work_item
        return "" if work is None else str(getattr(work, attribute)).strip()

    return read


def _clock(_: _Drawing, node: m.FlowNode) -> str:
    work = node.extensions.work_item
    if work is None or not work.due:
        return ""
    return "every hour counts" if work.clock == "elapsed" else f"working hours ({work.calendar})"


def _outcomes(_: _Drawing, node: m.FlowNode) -> str:
    work = node.extensions.work_item
    return "" if work is None else _listed(each.label or each.value for each in work.outcomes)


def _fields(_: _Drawing, node: m.FlowNode) -> str:
    work = node.extensions.work_item
    if work is None:
        return ""
    return _listed(
        f"{each.label or each.name} ({each.type}{', ' + each.options if each.options else ''}"
        f"{', required' if each.required else ''})"
        for each in work.fields
    )


def _evidence(_: _Drawing, node: m.FlowNode) -> str:
    return _listed(
        " ".join(filter(None, [each.event, each.where and f"where {each.where}", each.outcome and f"→ {each.outcome}"]))
        for each in node.extensions.evidence
    )


def _action(_: _Drawing, node: m.FlowNode) -> str:
    action = node.extensions.action
    return "" if action is None else action.name


def _inputs(_: _Drawing, node: m.FlowNode) -> str:
    action = node.extensions.action
    return _mapping(node.extensions.inputs if action is None else action.inputs)


def _outputs(_: _Drawing, node: m.FlowNode) -> str:
    action = node.extensions.action
    return _mapping(node.extensions.outputs if action is None else action.outputs)


def _decision(_: _Drawing, node: m.FlowNode) -> str:
    decision = node.extensions.decision
    if decision is None:
        return ""
    asked = f"{decision.ref}: {decision.decision} → {decision.result}"
    given = _mapping(decision.inputs)
    return f"{asked} ({given})" if given else asked


def _events(drawing: _Drawing, node: m.FlowNode) -> str:
    definitions = node.definitions if isinstance(node, m.Event) else ()
    words = [_event(drawing, each) for each in definitions]
    if isinstance(node, m.SendTask | m.ReceiveTask) and node.message_ref:
        words.append(f"message {drawing.name_of(node.message_ref)}")
    correlation = node.extensions.correlation
    if correlation is not None and correlation.key:
        words.append(f"for {correlation.key}")
    return _listed(words)


def _event(drawing: _Drawing, definition: m.EventDefinition) -> str:
    match definition:
        case m.TimerEventDefinition():
            return _timer(definition)
        case m.MessageEventDefinition():
            return f"message {drawing.name_of(definition.message_ref)}"
        case m.SignalEventDefinition():
            return f"signal {drawing.name_of(definition.signal_ref)}"
        case m.ErrorEventDefinition():
            return f"error {drawing.name_of(definition.error_ref)}"
        case m.EscalationEventDefinition():
            return f"escalation {drawing.name_of(definition.escalation_ref)}"
        case m.ConditionalEventDefinition():
            return f"condition {_text(definition.condition)}"
        case m.LinkEventDefinition():
            return f"link {definition.name}"
        case _:
            return definition.tag.rpartition("}")[2].removesuffix("EventDefinition")


def _timer(timer: m.TimerEventDefinition) -> str:
    moment = _text(timer.duration) or _text(timer.date) or _text(timer.cycle)
    clock = "" if timer.clock == "elapsed" else f" in working hours ({timer.calendar})"
    word = "after" if timer.duration is not None else "at" if timer.date is not None else "every"
    return f"{word} {moment}{clock}"


def _trigger(_: _Drawing, node: m.FlowNode) -> str:
    trigger = node.extensions.trigger
    if trigger is None:
        return ""
    return f"{trigger.event} where {trigger.where}" if trigger.where else trigger.event


def _interrupts(_: _Drawing, node: m.FlowNode) -> str:
    if isinstance(node, m.BoundaryEvent):
        return "ends the step" if node.cancel_activity else "the step goes on"
    if isinstance(node, m.StartEvent):
        return "" if node.is_interrupting else "goes on beside"
    return ""


def _attached(_: _Drawing, node: m.FlowNode) -> str:
    return node.attached_to if isinstance(node, m.BoundaryEvent) else ""


def _expects(_: _Drawing, node: m.FlowNode) -> str:
    return _listed(each.that for each in node.extensions.expects)


def _loop(_: _Drawing, node: m.FlowNode) -> str:
    loop = node.loop if isinstance(node, m.Activity) else None
    if isinstance(loop, m.StandardLoop):
        return f"while {_text(loop.condition)}" + (f", at most {loop.maximum} times" if loop.maximum else "")
    if isinstance(loop, m.MultiInstance):
        order = "one after the other" if loop.is_sequential else "side by side"
        over = _text(loop.cardinality) or loop.data_input_ref
        until = _text(loop.completion_condition)
        return f"for each of {over}, {order}" + (f", until {until}" if until else "")
    return ""


def _script(_: _Drawing, node: m.FlowNode) -> str:
    if not isinstance(node, m.ScriptTask):
        return ""
    return f"{node.result} = {node.script.strip()}" if node.result else node.script.strip()


def _called(_: _Drawing, node: m.FlowNode) -> str:
    return node.called_element if isinstance(node, m.CallActivity) else ""


PLACES: tuple[tuple[str, Callable[[_Drawing, m.FlowNode], str], Callable[[_Drawing, str], str]], ...] = (
    ("lane", lambda drawing, node: drawing.lane_of.get(node.id, ""), _Drawing.lane_label),
    ("part", lambda drawing, node: drawing.part_of(node.id), _Drawing.label),
    ("step it belongs to", _attached, _Drawing.label),
)
"""Where a step lies, by id, so that a lane that is called something else has not moved its steps; and in words."""

ASPECTS: tuple[Aspect, ...] = (
    ("renamed", "name", lambda _, node: node.name),
    ("type", "kind of step", _type),
    ("assignee", "assignee", _work("assignee")),
    ("assignee", "queue", _work("queue")),
    ("assignee", "priority", _work("priority")),
    ("due", "due", _work("due")),
    ("due", "clock", _clock),
    ("form", "outcomes", _outcomes),
    ("form", "form", _fields),
    ("form", "guidance", _work("guidance")),
    ("form", "evidence", _evidence),
    ("action", "action", _action),
    ("action", "inputs", _inputs),
    ("action", "results", _outputs),
    ("decision", "decision", _decision),
    ("event", "event", _events),
    ("event", "trigger", _trigger),
    ("event", "effect", _interrupts),
    ("event", "expectation", _expects),
    ("rule", "repetition", _loop),
    ("rule", "calculation", _script),
    ("rule", "called procedure", _called),
)
"""Everything about a step that makes a difference to its cases."""


# --- lanes ------------------------------------------------------------------------------------------------------------
def _lanes(old: _Drawing, new: _Drawing) -> Iterator[Change]:
    for key, lane in new.lanes.items():
        known = old.lanes.get(key)
        if known is None:
            continue
        subject = (key, new.lane_label(key))
        if known.name != lane.name:
            sentence = _sentence("renamed", known.name, lane.name)
            yield _change("renamed", subject, "lane", sentence, before=known.name, after=lane.name)
        was, now = _role(known), _role(lane)
        if was != now:
            yield _change("assignee", subject, "role", _sentence("assignee", was, now), before=was, after=now)


def _role(lane: m.Lane) -> str:
    return "" if lane.extensions.role is None else lane.extensions.role.key


# --- ways between steps -----------------------------------------------------------------------------------------------
def _flows(old: _Drawing, new: _Drawing) -> Iterator[Change]:
    known = _same_flows(old, new)
    for key, flow in old.flows.items():
        if key not in known:
            way = _way(old, flow)
            yield _change("way", (key, way), "way", "The way {label} is gone.", before=way)
    reached = {after: before for before, after in known.items()}
    for key, flow in new.flows.items():
        if key not in reached:
            way, when = _way(new, flow), new.condition(flow)
            words = f"The way {way} is new" + (f", taken when {_shown(when)}." if when else ".")
            yield Change("way", key, way, "way", "", way, words)
        else:
            yield from _flow(old, new, old.flows[reached[key]], flow)


def _same_flows(old: _Drawing, new: _Drawing) -> dict[str, str]:
    """Return the new flow for each old one: of the same id, else between the same steps."""
    same = {key: key for key in old.flows if key in new.flows}
    free: dict[tuple[str, str], list[str]] = {}
    for key, flow in new.flows.items():
        if key not in same:
            free.setdefault((flow.source, flow.target), []).append(key)
    for key, flow in old.flows.items():
        candidates = free.get((flow.source, flow.target))
        if key not in same and candidates:
            same[key] = candidates.pop(0)
    return same


def _way(drawing: _Drawing, flow: m.SequenceFlow) -> str:
    return f"“{drawing.label(flow.source)}” → “{drawing.label(flow.target)}”"


def _flow(old: _Drawing, new: _Drawing, before: m.SequenceFlow, after: m.SequenceFlow) -> Iterator[Change]:
    way = _way(new, after)
    if (before.source, before.target) != (after.source, after.target):
        known = _way(old, before)
        yield _change("way", (after.id, way), "way", "The way {before} is now {after}.", before=known, after=way)
    differences = (
        ("renamed", "name", before.name, after.name, "The way {label}: name was {was}, now {now}."),
        ("condition", "condition", old.condition(before), new.condition(after), _TAKEN),
    )
    for kind, aspect, was, now, sentence in differences:
        if was != now:
            yield _change(kind, (after.id, way), aspect, sentence, before=was, after=now)


_TAKEN = "The way {label} was taken when {was}, now when {now}."


# --- the procedure ----------------------------------------------------------------------------------------------------
def _settings(old: _Drawing, new: _Drawing) -> Iterator[Change]:
    before, after = _main(old.definitions), _main(new.definitions)
    if before is None or after is None:
        return
    for aspect, read in _SETTINGS:
        was, now = read(before), read(after)
        if was != now:
            subject = (after.id, after.name or after.id)
            yield _change("setting", subject, aspect, _SETTING, before=was, after=now)


_SETTING = "The procedure's {aspect} was {was}, now {now}."


def _main(definitions: m.Definitions) -> m.Process | None:
    processes = definitions.processes
    of_procedure = (each for each in processes if each.extensions.procedure is not None)
    return next(of_procedure, processes[0] if processes else None)


def _record(process: m.Process) -> str:
    settings = process.extensions.procedure
    return "" if settings is None else settings.record


_SETTINGS: tuple[tuple[str, Callable[[m.Process], str]], ...] = (
    ("name", lambda process: process.name),
    ("type of record", _record),
)
