"""
What the tests of the engine share: a small language to draw charts, and a case that checks itself at every step.

A drawing has one thing per line:

    startEvent start                                an element and its name (the id is the name with _ for odd
    characters) userTask call default=f3 <multiInstance.../>    attributes, and BPMN children word for word subProcess
    order {                              a scope, until the line } <completionCondition>...</completionCondition>
    BPMN word for word start > call > end                              flows; arrows may carry a label and a condition:
    hot? -yes| score >= 50-> call

Namespaces: BPMN is the default one, ``tl:`` is Throughline's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from throughline.flow import bpmn, engine
from throughline.flow.engine import commands, events, trace
from throughline.flow.engine.effects import Effect
from throughline.flow.engine.state import Incident, Token, Wait

ENDLESS = "{f: function(g) g(g), x: f(f)}.x"
"""An expression that would not end; it is refused after a hundred calls inside each other, and so at once."""
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

_ARROW = re.compile(r"\s+(?:>|-([^|>]*?)(?:\|\s*(.*?))?->)\s+")
_ATTRIBUTE = re.compile(r'([\w:]+)=("[^"]*"|\S+)')


def xml(drawing: str, *, roots: str = "", process: str = "process", extra: str = "") -> bytes:
    """Return the BPMN file of a drawing; ``roots`` are messages, signals and so on, ``extra`` further processes."""
    body = "".join(_lines(drawing))
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1" '
        f'id="definitions" targetNamespace="test">{roots}'
        f'<process id="{process}" isExecutable="true">{body}</process>{extra}</definitions>'
    ).encode()


def draw(drawing: str, *, roots: str = "", by_hand: tuple[str, ...] = (), **more: Any) -> engine.Chart:
    """Return the compiled chart of a drawing."""
    return engine.compile_chart(bpmn.read(xml(drawing, roots=roots)), by_hand=by_hand, **more)


def settings(*parts: str) -> str:
    """Return extension elements."""
    return f"<extensionElements>{''.join(parts)}</extensionElements>"


def repeat(condition: str = "", attributes: str = "") -> str:
    """Return a standard loop marker."""
    inner = f"<loopCondition>{escape(condition)}</loopCondition>" if condition else ""
    return f"<standardLoopCharacteristics {attributes}>{inner}</standardLoopCharacteristics>"


def instances(count: int | str = 0, *, over: str = "") -> str:
    """Return a multi-instance marker for so many instances, or one for each item of the data ``over``."""
    inner = f"<loopDataInputRef>{over}</loopDataInputRef>" if over else f"<loopCardinality>{count}</loopCardinality>"
    return f"<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>"


def message(name: str) -> str:
    """Return a message root element whose id is its name."""
    return f'<message id="{name}" name="{name}"/>'


def signal(name: str) -> str:
    """Return a signal root element whose id is its name."""
    return f'<signal id="{name}" name="{name}"/>'


def error(code: str) -> str:
    """Return an error root element whose id is its code."""
    return f'<error id="{code}" errorCode="{code}"/>'


def escalation(code: str) -> str:
    """Return an escalation root element whose id is its code."""
    return f'<escalation id="{code}" escalationCode="{code}"/>'


def on_message(name: str) -> str:
    """Return a message event definition."""
    return f'<messageEventDefinition messageRef="{name}"/>'


def on_signal(name: str) -> str:
    """Return a signal event definition."""
    return f'<signalEventDefinition signalRef="{name}"/>'


def on_timer(duration: str) -> str:
    """Return a timer event definition for a duration."""
    return f"<timerEventDefinition><timeDuration>{escape(duration)}</timeDuration></timerEventDefinition>"


def on_cycle(cycle: str) -> str:
    """Return a timer event definition for a cycle."""
    return f"<timerEventDefinition><timeCycle>{escape(cycle)}</timeCycle></timerEventDefinition>"


def on_condition(condition: str) -> str:
    """Return a conditional event definition."""
    return f"<conditionalEventDefinition><condition>{escape(condition)}</condition></conditionalEventDefinition>"


def on_error(code: str = "") -> str:
    """Return an error event definition; without a code it catches everything."""
    return f'<errorEventDefinition errorRef="{code}"/>' if code else "<errorEventDefinition/>"


def on_escalation(code: str = "") -> str:
    """Return an escalation event definition; without a code it catches everything."""
    return f'<escalationEventDefinition escalationRef="{code}"/>' if code else "<escalationEventDefinition/>"


def _lines(drawing: str) -> list[str]:
    parts: list[str] = []
    open_tags: list[str] = []
    number = 0
    for line in (each.strip() for each in drawing.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("<"):
            parts.append(line)
        elif line == "}":
            parts.append(f"</{open_tags.pop()}>")
        elif _is_flow(line):
            pieces = _ARROW.split(line)
            for index in range(0, len(pieces) - 3, 3):
                source, label, condition, target = pieces[index : index + 4]
                number += 1
                parts.append(_flow(f"f{len(open_tags)}_{number}", source, target, label, condition))
        else:
            parts.append(_element(line, open_tags))
    return parts


def _is_flow(line: str) -> bool:
    return bool(_ARROW.search(line)) and not re.match(r"\w+ [^ ]+( .*)?<", line)


def key(name: str) -> str:
    """Return the id that a name gets."""
    return re.sub(r"\W", "_", name.strip())


def _flow(flow: str, source: str, target: str, label: str | None, condition: str | None) -> str:
    named = f" name={quoteattr(label.strip())}" if label else ""
    inner = f"<conditionExpression>{escape(condition.strip())}</conditionExpression>" if condition else ""
    flow_id = f"{key(source)}_to_{key(target)}" if not label else f"{key(source)}_{key(label)}"
    ends = f'sourceRef="{key(source)}" targetRef="{key(target)}"'
    return f'<sequenceFlow id="{flow_id}"{named} {ends}>{inner}</sequenceFlow>'


def _element(line: str, open_tags: list[str]) -> str:
    opens = line.endswith("{")
    head, bracket, children = line.removesuffix("{").strip().partition("<")
    kind, _, rest = head.partition(" ")
    name, _, attributes = rest.partition(" ")
    written = "".join(f" {key_}={quoteattr(value.strip(chr(34)))}" for key_, value in _ATTRIBUTE.findall(attributes))
    element = f'{kind} id="{key(name)}" name={quoteattr(name)}{written}'
    inner = bracket + children
    if opens:
        open_tags.append(kind)
        return f"<{element}>{inner}"
    return f"<{element}>{inner}</{kind}>"


class Walk:
    """
    A case of a chart, walked by a test.

    Every command is checked for what must always hold: replaying all events gives the state, states and events survive
    being written and read, and the state that went in is unchanged.
    """

    def __init__(self, chart: engine.Chart, *, facts: Mapping[str, Any] | None = None) -> None:
        self.chart = chart
        self.facts: dict[str, Any] = dict(facts or {})
        self.calendars: dict[str, Any] = {}
        self.now = NOW
        self.state: engine.State | None = None
        self.events: list[events.Event] = []
        self.effects: list[Effect] = []

    # --- commands -----------------------------------------------------------------------------------------------------
    def do(self, command: commands.Command) -> Walk:
        """Give a command to the case and check what must always hold."""
        before = None if self.state is None else engine.encode_state(self.state)
        around = engine.Surroundings(self.now, self.facts, self.calendars)
        step = engine.advance(self.chart, self.state, command, around)
        assert engine.decide(self.chart, self.state, command, around) == step.events
        assert self.state is None or engine.encode_state(self.state) == before
        assert engine.decode_command(engine.encode_command(command)) == command
        for event in step.events[:500]:
            assert engine.decode_event(engine.encode_event(event)) == event
        assert engine.decode_state(engine.encode_state(step.state)) == step.state
        assert tuple(each for event in step.events for each in engine.effects(self.chart, event)) == step.effects
        self.events.extend(step.events)
        self.effects.extend(step.effects)
        self.state = step.state
        assert engine.replay(self.chart, self.events) == self.state
        return self

    def start(self, node: str | None = None, payload: Mapping[str, Any] | None = None, **variables: Any) -> Walk:
        """Start the case."""
        return self.do(commands.Start(None if node is None else key(node), values(variables), values(payload or {})))

    def complete(self, name: str, **variables: Any) -> Walk:
        """Complete the oldest work offered at a node."""
        return self.do(commands.CompleteWork(self.token(name, "work").id, values(variables)))

    def finish_action(self, name: str, result: Any = None) -> Walk:
        """Answer the oldest action asked for at a node."""
        return self.do(commands.ActionFinished(self.token(name, "action").id, value(result)))

    def send(self, name: str, **payload: Any) -> Walk:
        """Deliver a message to the oldest wait of that name."""
        wait = next(each for each in self.waits if each.kind == "message" and each.name == name)
        return self.do(commands.ReceiveMessage(wait.id, name, values(payload)))

    def signal(self, name: str, **payload: Any) -> Walk:
        """Broadcast a signal."""
        return self.do(commands.ReceiveSignal(name, values(payload)))

    def pass_time(self, **span: float) -> Walk:
        """Move the clock on, letting timers fall due in order."""
        until = self.now + timedelta(**span)
        while due := sorted((each.due_at, each.id) for each in self.waits if each.due_at and each.due_at <= until):
            self.now = max(self.now, due[0][0])
            self.do(commands.TimerDue(due[0][1]))
        self.now = until
        return self

    def throw(self, name: str, code: str) -> Walk:
        """Let the activity at a node end with an error."""
        return self.do(commands.ThrowError(self.token(name).id, code))

    # --- how it stands ------------------------------------------------------------------------------------------------
    @property
    def case(self) -> engine.State:
        """The state."""
        assert self.state is not None
        return self.state

    @property
    def waits(self) -> list[Wait]:
        """What is waited for."""
        return list(self.case.waits.values())

    @property
    def story(self) -> str:
        """The way so far, in one line."""
        return trace.story(self.chart, self.events)

    @property
    def names(self) -> str:
        """What has happened, in order of completion."""
        return " ".join(trace.names(self.chart, self.events))

    @property
    def waiting(self) -> str:
        """The names of nodes where tokens rest, those of open scopes left out."""
        resting = (each for each in self.case.tokens.values() if each.phase not in ("scope", "loop"))
        return " ".join(self.chart.node(each.node).label for each in resting)

    @property
    def status(self) -> str:
        """What became of the case; ``waiting`` while it runs."""
        return "waiting" if self.case.status == "running" else self.case.status

    @property
    def incident(self) -> Incident:
        """The only incident."""
        (found,) = self.case.incidents.values()
        return found

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the case."""
        return self.case.variables

    def token(self, name: str, phase: str = "") -> Token:
        """Return the oldest token at a node, of one phase if it is given."""
        return next(
            each
            for each in self.case.tokens.values()
            if self.chart.node(each.node).label == name and phase in ("", each.phase)
        )

    def asked(self, kind: type[Effect]) -> list[Any]:
        """Return the effects of one kind so far."""
        return [each for each in self.effects if isinstance(each, kind)]


def values(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables with Python numbers made FEEL numbers."""
    return {name: value(member) for name, member in members.items()}


def value(thing: Any) -> Any:
    """Return a Python value as a FEEL value."""
    if isinstance(thing, bool) or thing is None:
        return thing
    if isinstance(thing, int | float):
        return Decimal(str(thing))
    if isinstance(thing, list):
        return [value(each) for each in thing]
    if isinstance(thing, dict):
        return values(thing)
    return thing
