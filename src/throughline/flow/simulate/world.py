"""
A small closed world: charts of one file, run in memory with a virtual clock and given answers.

Theory of operation. The world holds the cases of one request. It answers the kernel's effects itself: what a person or
an action would do is done at once, or held, or given as an answer; messages and signals reach the other cases and
start what they start; called processes run as cases; timers fall due when the clock is moved. Everything else is the
kernel's, so a scenario shows what a live case would do. The clock begins at a fixed instant and moves only when it is
told to.

The members of a scenario are those of a ``run`` request of the conformance protocol (``docs/howto`` and ``throughline
run --help``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from throughline.flow import values
from throughline.flow.bpmn import model as bpmn
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.dmn import DecisionModel
from throughline.flow.engine import (
    Chart,
    ChartRefused,
    Problem,
    State,
    Surroundings,
    advance,
    commands,
    compile_chart,
    events,
)
from throughline.flow.engine import trace as tracing
from throughline.flow.engine.chart import StartPoint
from throughline.flow.engine.compile.global_tasks import global_tasks
from throughline.flow.engine.effects import (
    CancelCase,
    Effect,
    EscalateToCaller,
    FinishCase,
    OfferWork,
    PerformAction,
    StartCase,
    ThrowMessage,
    ThrowSignal,
)
from throughline.flow.engine.formula import Formula
from throughline.flow.engine.state import Cycle, Token, Wait
from throughline.flow.engine.timers import BadTimer, first_due, next_due, span_of

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""Where the virtual clock begins: a Monday morning."""

ROUNDS = 1_000
"""How often the clock is moved by itself before the world is taken to have no end."""

CASES = 500
"""More cases than this in one world are taken for processes that start each other without end."""

BY_ITSELF = frozenset({"task", "scriptTask"})
"""Tasks that are completed even when nothing is automatic."""

INSIDE = frozenset({"scope", "loop", "call", "compensation"})
"""Phases of tokens that stand for something running inside: what waits is in there."""

Auto = Literal[True, False, "tasks"]


@dataclass(slots=True)
class Scenario:
    """
    What a world is to do.

    ``process``: an id, several, or None for the first with a plain start. ``auto``: True completes tasks and moves the
    clock, "tasks" leaves the clock alone, False completes only plain and script tasks. ``hold`` names tasks that wait
    for an answer. ``answers`` are applied in order, each followed by running until everything rests. ``calendars`` are
    the business calendars by name, ``decisions`` the models that business rule tasks ask, by ``ref``; without its model
    a rule task is completed like any other.
    """

    process: str | Sequence[str] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    auto: Auto = True
    hold: Sequence[str] = ()
    answers: Sequence[Mapping[str, Any]] = ()
    calendars: Mapping[str, BusinessCalendar] = field(default_factory=dict)
    decisions: Mapping[str, DecisionModel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happened:
    """A step that was completed or an event that happened: at which node, called what, so long after the beginning."""

    node: str
    name: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What the outside was asked for: an action with its inputs, or (``action`` empty) a person, until ``due_at``.

    ``after``: how long after the beginning.
    """

    node: str
    name: str
    action: str
    inputs: Mapping[str, Any]
    after: timedelta
    due_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a case waits for besides people and actions: ``kind`` message, signal, timer or condition, at which node."""

    kind: str
    name: str
    node: str
    label: str
    due_after: timedelta | None


@dataclass(slots=True)
class Outcome:
    """
    How a world ended: see the protocol. ``variables`` are those of the process named last.

    ``happened`` is the trace with nodes and times (things without a name included), ``asked`` what people and actions
    were asked for, ``flows`` the sequence flows that were taken, ``way`` the ids of flows and nodes in the order in
    which each case came by them, ``awaited`` what could come in the end, and ``after`` how long after the beginning
    that is.
    """

    status: Literal["completed", "waiting", "incident"]
    trace: list[str]
    waiting: list[dict[str, str]]
    incidents: list[dict[str, str]]
    variables: dict[str, Any]
    happened: list[Happened] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    flows: frozenset[str] = frozenset()
    way: tuple[str, ...] = ()
    awaited: list[Awaited] = field(default_factory=list)
    after: timedelta = timedelta(0)


def _reached(event: events.Event) -> tuple[str, ...]:
    """Return the flow that an event led over and the node it led to; nothing for other events."""
    if not isinstance(event, events.Passed | events.Entered):
        return ()
    return (event.node,) if event.flow is None else (event.flow, event.node)


@dataclass(slots=True, eq=False)
class LiveCase:
    """A case of the world; ``caller`` is the case and token it runs for."""

    chart: Chart
    state: State
    caller: tuple[LiveCase, int] | None = None
    log: list[events.Event] = field(default_factory=list)


@dataclass(slots=True)
class Schedule:
    """A timer start event that will begin a case at ``due_at``."""

    chart: Chart
    point: StartPoint
    due_at: datetime
    cycle: Cycle | None


def run_scenario(definitions: bpmn.Definitions, scenario: Scenario, *, now: datetime = START) -> Outcome:
    """
    Run the charts of a file and return how it ended.

    Raises:
        ChartRefused: a process of the file cannot run.
    """
    world = World(definitions, scenario, now)
    world.begin()
    for number, answer in enumerate(scenario.answers):
        world.coming = scenario.answers[number + 1 :]
        world.apply(answer)
        world.settle()
    world.coming = ()
    world.finish()
    return world.outcome()


class World:
    """The cases of one scenario. See the module."""

    def __init__(self, definitions: bpmn.Definitions, scenario: Scenario, now: datetime = START) -> None:
        self.definitions = definitions
        self.scenario = scenario
        self.now = now
        self.began = now
        self.coming: Sequence[Mapping[str, Any]] = scenario.answers
        self.charts = _compile_all(definitions, scenario)
        self.cases: list[LiveCase] = []
        self.named: LiveCase | None = None
        self.happened: list[Happened] = []
        self.asked: list[Asked] = []
        self.wanted: deque[tuple[LiveCase, Effect]] = deque()
        self.undelivered: list[ThrowMessage] = []
        self.schedules: list[Schedule] = []
        self.arrived: dict[tuple[str, str], set[str]] = {}
        self.endless = False

    # --- beginning and end --------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Start what the scenario names, and run until everything rests."""
        wanted = self.scenario.process
        for name in [wanted] if wanted is None or isinstance(wanted, str) else wanted:
            chart = self._chart(name)
            if chart.root.starts:
                self.named = self._start(chart, None)
            else:
                self._schedule(chart)
            self.settle()

    def finish(self) -> None:
        """Run until rest once no answer is to come, moving the clock if that is asked for."""
        self.settle()
        if self.scenario.auto is not True:
            return
        for _ in range(ROUNDS):
            due = self._next_due()
            if due is None:
                return
            self._move_to(due)
            self.settle()

    def outcome(self) -> Outcome:
        """Return how things stand."""
        incidents = [
            {"element": incident.node, "message": incident.message}
            for case in self.cases
            for incident in case.state.incidents.values()
        ]
        waiting = [
            {"id": node.id, "name": node.name, "type": node.type}
            for case in self.cases
            for node in (
                case.chart.by_id[token.node] for token in case.state.tokens.values() if token.phase not in INSIDE
            )
        ]
        if self.endless:
            message = f"Expected the processes of this file to come to rest, but they started {CASES} cases."
            incidents.append({"element": self.cases[-1].chart.id, "message": message})
        left = any(case.state.tokens for case in self.cases)
        return Outcome(
            "incident" if incidents else "waiting" if left else "completed",
            [each.name for each in self.happened if each.name],
            waiting,
            incidents,
            {} if self.named is None else self.named.state.variables,
            self.happened,
            self.asked,
            frozenset(flow for case in self.cases for event in case.log if (flow := getattr(event, "flow", None))),
            tuple(element for case in self.cases for event in case.log for element in _reached(event)),
            [self._awaited(case, wait) for case in self.cases for wait in case.state.waits.values()],
            self.now - self.began,
        )

    def _awaited(self, case: LiveCase, wait: Wait) -> Awaited:
        until = None if wait.due_at is None else wait.due_at - self.began
        return Awaited(wait.kind, wait.name, wait.node, case.chart.by_id[wait.node].label, until)

    # --- cases --------------------------------------------------------------------------------------------------------
    def _chart(self, name: str | None) -> Chart:
        if name is None:
            ready = [chart for chart in self.charts.values() if any(each.kind == "none" for each in chart.starts)]
            return (ready or list(self.charts.values()))[0]
        if name not in self.charts:
            known = ", ".join(self.charts) or "none"
            raise ChartRefused([Problem("process", name, f"Expected a process of the file ({known}), but {name!r}.")])
        return self.charts[name]

    def _start(
        self,
        chart: Chart,
        node: str | None,
        *,
        variables: Mapping[str, Any] | None = None,
        payload: Mapping[str, Any] | None = None,
        caller: tuple[LiveCase, int] | None = None,
    ) -> LiveCase:
        given = dict(self.scenario.variables if variables is None else variables)
        command = commands.Start(node, given, dict(payload or {}), caller is not None)
        case = LiveCase(chart, State(chart.digest), caller)
        self.cases.append(case)
        self._take(case, None, command)
        return case

    def tell(self, case: LiveCase, command: commands.Command) -> None:
        """Give a command to a case."""
        self._take(case, case.state, command)

    def _take(self, case: LiveCase, state: State | None, command: commands.Command) -> None:
        step = advance(case.chart, state, command, Surroundings(self.now, calendars=self.scenario.calendars))
        case.state = step.state
        case.log.extend(step.events)
        after = self.now - self.began
        self.happened.extend(Happened(node.id, node.name, after) for node in tracing.happened(case.chart, step.events))
        self.wanted.extend((case, effect) for effect in step.effects)

    # --- running until rest -------------------------------------------------------------------------------------------
    def settle(self) -> None:
        """Carry out effects and complete tasks until nothing moves."""
        while True:
            while self.wanted:
                if len(self.cases) >= CASES:
                    self.endless = True
                    self.wanted.clear()
                    return
                case, effect = self.wanted.popleft()
                answer = _ANSWERS.get(type(effect))
                if answer is not None:
                    answer(self, case, effect)
            self._redeliver()
            if not self.wanted and not self._complete_one():
                return

    def _complete_one(self) -> bool:
        """Complete the first task that may be completed automatically; say whether there was one."""
        held = {*self.scenario.hold, *_named_by(self.coming)}
        for case in self.cases:
            for token in case.state.tokens.values():
                if self._is_automatic(case, token, held):
                    self._complete(case, token, {})
                    return True
        return False

    def _is_automatic(self, case: LiveCase, token: Token, held: set[str]) -> bool:
        node = case.chart.by_id[token.node]
        if token.phase not in ("work", "action") or node.id in held or node.name in held:
            return False
        if any(each.token == token.id for each in case.state.incidents.values()):
            return False
        return self.scenario.auto is not False or node.type in BY_ITSELF

    def _complete(
        self, case: LiveCase, token: Token, variables: Mapping[str, Any], result: Mapping[str, Any] | None = None
    ) -> None:
        if token.phase == "action":
            if variables:
                self.tell(case, commands.SetVariables(dict(variables)))
            self.tell(case, commands.ActionFinished(token.id, dict(variables) or None if result is None else result))
        else:
            self.tell(case, commands.CompleteWork(token.id, dict(variables)))

    # --- the clock ----------------------------------------------------------------------------------------------------
    def _timers(self) -> Iterable[tuple[datetime, int, LiveCase, Wait]]:
        for number, case in enumerate(self.cases):
            for wait in case.state.waits.values():
                if wait.kind == "timer" and wait.due_at is not None:
                    yield wait.due_at, number, case, wait

    def _next_due(self) -> datetime | None:
        moments = [due for due, _, _, _ in self._timers()] + [each.due_at for each in self.schedules]
        return min(moments, default=None)

    def _move_to(self, moment: datetime) -> None:
        """Move the clock to a moment and let the first timer that is due by then fall due."""
        self.now = max(self.now, moment)
        for schedule in [each for each in self.schedules if each.due_at <= moment]:
            self._begin_scheduled(schedule)
            return
        due = [each for each in self._timers() if each[0] <= moment]
        if due:
            _, _, case, wait = min(due, key=lambda each: (each[0], each[1], each[3].id))
            self.tell(case, commands.TimerDue(wait.id))

    def advance_clock(self, span: timedelta) -> None:
        """Move the clock on; timers that fall due on the way do so in order of time."""
        until = self.now + span
        for _ in range(ROUNDS):
            due = self._next_due()
            if due is None or due > until:
                break
            self._move_to(due)
            self.settle()
        self.now = until

    def _schedule(self, chart: Chart) -> None:
        """Let a process without a plain start begin when its timer start falls due or its condition holds."""
        for point in chart.starts:
            if point.timer is not None:
                value = point.timer.text if point.timer.formula is None else self._value(point.timer.formula)
                due, cycle = first_due(point.timer, value, self.now, {})
                self.schedules.append(Schedule(chart, point, due, cycle))
            elif point.condition is not None and self._value(point.condition) is True:
                self.named = self._start(chart, point.node)

    def _value(self, formula: Formula) -> Any:
        return formula(dict(self.scenario.variables), values.from_datetime(self.now))

    def _begin_scheduled(self, schedule: Schedule) -> None:
        self.schedules.remove(schedule)
        timer = schedule.point.timer
        if timer is not None and schedule.cycle is not None:
            after = next_due(timer, schedule.cycle, schedule.due_at, {})
            if after is not None:
                self.schedules.append(Schedule(schedule.chart, schedule.point, *after))
        self.named = self._start(schedule.chart, schedule.point.node)

    # --- messages and signals -----------------------------------------------------------------------------------------
    def deliver_message(
        self, name: str, key: str | None, payload: Mapping[str, Any], *, by: LiveCase | None = None, node: str = ""
    ) -> bool:
        """Give a message to one waiting case, else start what it starts; say whether anybody took it."""
        targets = _flow_targets(self.definitions, node)
        others = [case for case in self.cases if case is not by]
        for case in [*others, *([by] if by is not None else [])]:
            for wait in case.state.waits.values():
                if wait.kind == "message" and _fits(wait, name, key, targets):
                    self.tell(case, commands.ReceiveMessage(wait.id, wait.name, dict(payload)))
                    return True
        for chart in self.charts.values():
            for point in chart.starts:
                if point.kind == "message" and ((name and point.name == name) or point.node in targets):
                    self._begin_by(chart, point, payload)
                    return True
        return False

    def broadcast(self, name: str, payload: Mapping[str, Any], *, by: LiveCase | None = None) -> None:
        """Give a signal to every other case, and start everything it starts."""
        for case in [each for each in self.cases if each is not by]:
            if any(wait.kind == "signal" and wait.name == name for wait in case.state.waits.values()):
                self.tell(case, commands.ReceiveSignal(name, dict(payload)))
        for chart in self.charts.values():
            for point in chart.starts:
                if point.kind == "signal" and point.name == name:
                    self._begin_by(chart, point, payload)

    def _begin_by(self, chart: Chart, point: StartPoint, payload: Mapping[str, Any]) -> None:
        """Start a case by what has come, or keep it in mind if the start event waits for several things at once."""
        node = chart.by_id[point.node]
        if node.parallel and node.type == "startEvent":
            arrived = self.arrived.setdefault((chart.id, node.id), set())
            arrived.add(f"{point.kind} {point.name}")
            if len(arrived) < len(node.definitions):
                return
            arrived.clear()
        self._start(chart, point.node, payload=payload)

    def _redeliver(self) -> None:
        """Give messages that nobody waited for to those who wait now."""
        for message in list(self.undelivered):
            if self.deliver_message(message.name, message.key, message.payload, node=message.node):
                self.undelivered.remove(message)

    # --- answers ------------------------------------------------------------------------------------------------------
    def apply(self, answer: Mapping[str, Any]) -> None:
        """Apply one answer of the scenario; one that finds nothing to act on changes nothing."""
        if "complete" in answer:
            self._answer_complete(str(answer["complete"]), answer.get("variables") or {}, answer.get("result"))
        elif "message" in answer:
            correlation = answer.get("correlation")
            key = None if correlation is None else str(correlation)
            self.deliver_message(str(answer["message"]), key, answer.get("payload") or {})
        elif "signal" in answer:
            self.broadcast(str(answer["signal"]), answer.get("payload") or {})
        elif "set" in answer:
            for case in self.cases:
                self.tell(case, commands.SetVariables(dict(answer["set"])))
        elif "bpmn_error" in answer:
            error = answer["bpmn_error"]
            self._answer_error(str(error["at"]), str(error.get("code", "")))
        elif "advance" in answer:
            self.advance_clock(_timedelta(answer["advance"]))

    def _waiting_at(self, name: str) -> Iterable[tuple[LiveCase, Token]]:
        for case in self.cases:
            for token in case.state.tokens.values():
                node = case.chart.by_id[token.node]
                if name in (node.id, node.name):
                    yield case, token

    def _answer_complete(self, name: str, variables: Mapping[str, Any], result: Mapping[str, Any] | None) -> None:
        for case, token in self._waiting_at(name):
            if token.phase in ("work", "action"):
                self._complete(case, token, variables, result)
                return

    def _answer_error(self, name: str, code: str) -> None:
        for case, token in self._waiting_at(name):
            if token.phase in ("work", "action", "event", "scope", "call"):
                self.tell(case, commands.ThrowError(token.id, code))
                return

    # --- effects ------------------------------------------------------------------------------------------------------
    def _offer(self, case: LiveCase, effect: OfferWork) -> None:
        until = None if effect.due_at is None else effect.due_at - self.began
        self._ask(case, effect.node, "", {}, until)

    def _perform(self, case: LiveCase, effect: PerformAction) -> None:
        self._ask(case, effect.node, effect.action, effect.inputs)

    def _ask(
        self, case: LiveCase, node: str, action: str, inputs: Mapping[str, Any], until: timedelta | None = None
    ) -> None:
        label = case.chart.by_id[node].label
        self.asked.append(Asked(node, label, action, inputs, self.now - self.began, until))

    def _throw_message(self, case: LiveCase, effect: ThrowMessage) -> None:
        if not self.deliver_message(effect.name, effect.key, effect.payload, by=case, node=effect.node):
            self.undelivered.append(effect)

    def _throw_signal(self, case: LiveCase, effect: ThrowSignal) -> None:
        self.broadcast(effect.name, effect.payload, by=case)

    def _start_case(self, case: LiveCase, effect: StartCase) -> None:
        chart = self.charts.get(effect.called)
        if chart is None:
            message = f"there is no process {effect.called!r} in this file"
            self.tell(case, commands.ChildFinished(effect.token, "failed", message=message))
            return
        self._start(chart, None, variables=effect.variables, caller=(case, effect.token))

    def _cancel_case(self, case: LiveCase, effect: CancelCase) -> None:
        for child in self.cases:
            if child.caller == (case, effect.token):
                self.tell(child, commands.Cancel("the caller needs it no more"))

    def _escalate(self, case: LiveCase, effect: EscalateToCaller) -> None:
        if case.caller is not None:
            self.tell(case.caller[0], commands.ChildEscalated(case.caller[1], effect.code))

    def _finish_case(self, case: LiveCase, effect: FinishCase) -> None:
        if case.caller is not None and effect.outcome != "cancelled":
            parent, token = case.caller
            self.tell(
                parent,
                commands.ChildFinished(token, effect.outcome, dict(case.state.variables), effect.code, effect.message),
            )


_ANSWERS: dict[type[Effect], Any] = {
    OfferWork: World._offer,
    PerformAction: World._perform,
    ThrowMessage: World._throw_message,
    ThrowSignal: World._throw_signal,
    StartCase: World._start_case,
    CancelCase: World._cancel_case,
    EscalateToCaller: World._escalate,
    FinishCase: World._finish_case,
}
"""What the world does about an effect; the others are looked up in the states when they are needed."""


# --- preparing --------------------------------------------------------------------------------------------------------
def _compile_all(definitions: bpmn.Definitions, scenario: Scenario) -> dict[str, Chart]:
    """Compile every process that has anything in it; those the file calls not executable only if they are named."""
    wanted = scenario.process
    named = {wanted} if isinstance(wanted, str) else set(wanted or ())
    held = {*scenario.hold, *_named_by(scenario.answers)}
    charts = {}
    for process in (*definitions.processes, *global_tasks(definitions).values()):
        if process.elements and (process.is_executable is not False or process.id in named or wanted is None):
            by_hand = _by_hand(process, held, scenario)
            charts[process.id] = compile_chart(
                definitions, process=process.id, by_hand=by_hand, decisions=scenario.decisions
            )
    if not charts:
        raise ChartRefused([Problem("process", "", "Expected a process that can run, but the file has none.")])
    return charts


def _by_hand(process: bpmn.Process, held: set[str], scenario: Scenario) -> set[str]:
    """
    Return the activities that must be offered: the held ones, rule tasks without their model, and what is not plain
    when nothing is automatic.
    """
    ids = set()
    for element, _ in process.walk():
        if isinstance(element, bpmn.Activity) and not isinstance(element, bpmn.SubProcess | bpmn.CallActivity):
            patient = isinstance(element, bpmn.SendTask | bpmn.BusinessRuleTask) and scenario.auto is False
            asked = element.extensions.decision
            unknown = asked is not None and asked.ref not in scenario.decisions
            if patient or unknown or element.id in held or (element.name and element.name in held):
                ids.add(element.id)
    return ids


def _named_by(answers: Sequence[Mapping[str, Any]]) -> set[str]:
    found = set()
    for answer in answers:
        if "complete" in answer:
            found.add(str(answer["complete"]))
        elif "bpmn_error" in answer:
            found.add(str(answer["bpmn_error"].get("at")))
    return found


def _flow_targets(definitions: bpmn.Definitions, node: str) -> set[str]:
    if not node:
        return set()
    return {flow.target for each in definitions.collaborations for flow in each.message_flows if flow.source == node}


def _fits(wait: Wait, name: str, key: str | None, targets: set[str]) -> bool:
    if wait.name != name and wait.node not in targets:
        return False
    if not name and not targets:
        return False
    return key is None or wait.key is None or key == wait.key


def _timedelta(text: Any) -> timedelta:
    delta = values.to_python(span_of(text))
    if not isinstance(delta, timedelta):
        raise BadTimer(f"Expected a duration such as PT1H, but {text!r}.")
    return delta
