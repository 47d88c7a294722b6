"""
A scenario joined with a chart: everything a run needs, and what had to be assumed.

What the scenario does not say is looked for on the chart (``tl:simulation`` on steps, flows, lanes and the process,
with the same members as attributes); what neither says is filled by a named default, and each of these is told as an
assumption. A way out of a gateway is chosen by the shares that are given; without any by the chart's own conditions,
if everything they read is known in a simulated case; else evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from throughline.flow.bpmn import model as bpmn
from throughline.flow.calendars import BusinessCalendar
from throughline.flow.dmn import DecisionModel
from throughline.flow.engine import Chart, ChartRefused, compile_chart
from throughline.flow.engine.compile.global_tasks import global_tasks
from throughline.flow.engine.compile.roles import role_of
from throughline.flow.engine.elements.user_task import WorkRule
from throughline.flow.engine.formula import Formula
from throughline.flow.feel import FeelSyntaxError
from throughline.flow.simulate.choices import Fork, Oracle, let_draw
from throughline.flow.simulate.distributions import Constant, Distribution, Exponential
from throughline.flow.simulate.reading import BadScenario, Found, Place, duration, probability, read_scenario
from throughline.flow.simulate.scenario import (
    START,
    Answer,
    Arrivals,
    Batch,
    Failure,
    Resource,
    Scenario,
    TaskFigures,
    Variable,
)

CASES = 1_000
REPLICATIONS = 10
WARM_UP = 0.1
SEED = 1
BETWEEN_ARRIVALS = Exponential(3_600.0)
WORK = Exponential(1_800.0)
"""How long a person's step takes when nobody says."""
AT_ONCE = Constant(0.0)
"""How long a machine's step takes when nobody says."""
WAIT = Exponential(86_400.0)
"""How long an awaited message takes when nobody says."""

OFFICE = BusinessCalendar.of(
    zone="UTC", hours={day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
)
"""When an office is open when nobody says."""

MACHINE = frozenset({"serviceTask", "sendTask", "scriptTask", "businessRuleTask"})
DURATION = ("distribution", "mean", "value", "deviation", "min", "max", "mode")


@dataclass(frozen=True, slots=True)
class Station:
    """
    One step that takes time. ``pools`` are places in :attr:`Setting.resources`, empty when nobody is waited for.

    ``due``: the rule of its work item; ``target`` in seconds, where the scenario gives one.
    """

    node: str
    name: str
    duration: Distribution
    pools: tuple[int, ...]
    priority: int | Formula
    cost: float
    results: tuple[tuple[str, Variable], ...]
    failure: Failure | None
    target: float | None
    due: WorkRule | None
    batch: Batch | None


@dataclass(frozen=True, slots=True)
class Pool:
    """A resource by name."""

    name: str
    resource: Resource


@dataclass(slots=True, eq=False)
class Setting:
    """See the module. ``charts`` by process id; the simulated process is ``process``."""

    definitions: bpmn.Definitions
    process: str
    chart: Chart
    charts: dict[str, Chart]
    oracle: Oracle
    scenario: Scenario
    start: datetime
    arrivals: Arrivals
    cases: int
    replications: int
    warm_up: float
    seed: int
    calendars: Mapping[str, BusinessCalendar]
    resources: tuple[Pool, ...]
    stations: dict[str, Station]
    forks: tuple[Fork, ...]
    answers: dict[str, Answer | None]
    """By event node; None: nothing ever comes."""
    variables: dict[str, Variable]
    facts: dict[str, Variable]
    """By dotted path."""
    records: tuple[Mapping[str, Any], ...]
    decisions: Mapping[str, DecisionModel]
    by_hand: frozenset[str]
    assumptions: tuple[str, ...] = ()


def set_up(
    definitions: bpmn.Definitions, scenario: Scenario, *, decisions: Mapping[str, DecisionModel] | None = None
) -> Setting:
    """
    Join a scenario with the process of a file.

    Raises:
        BadScenario: the scenario does not fit the chart.
        ChartRefused: the process cannot run.
    """
    return _Builder(definitions, scenario, decisions or {}).build()


def compile_simulated(definitions: bpmn.Definitions, setting: Setting, *, forks: bool) -> tuple[Chart, Oracle]:
    """Compile the chart once more; with ``forks`` all of them are drawn, else only those that go by shares."""
    oracle = Oracle(len(setting.forks))
    chart = compile_chart(definitions, process=setting.process, decisions=setting.decisions, by_hand=setting.by_hand)
    for number, fork in enumerate(setting.forks):
        if (forks or fork.kind != "conditions") and fork.node in chart.by_id:
            let_draw(chart.by_id[fork.node], number, oracle)
    return chart, oracle


@dataclass(slots=True)
class _Builder:
    """A setting under construction."""

    definitions: bpmn.Definitions
    scenario: Scenario
    decisions: Mapping[str, DecisionModel]
    assumed: list[str] = field(default_factory=list)
    figures: dict[str, TaskFigures] = field(default_factory=dict)

    def build(self) -> Setting:
        scenario = self.scenario
        by_hand = self._by_hand()
        process = self._process(by_hand)
        charts = self._charts(process, by_hand)
        chart = charts[process.id]
        nodes = [node for each in charts.values() for node in each.nodes]
        self.figures = self._by_node(scenario.tasks, "tasks", nodes)
        arrivals = self._arrivals(process)
        pools = self._pools(process, nodes)
        stations = {node.id: self._station(node, pools) for node in nodes if _takes_time(node)}
        if stations and not pools:
            self.assumed.append("resources: none are given, so nobody is ever waited for")
        forks = tuple(self._forks(charts))
        oracle = Oracle(len(forks))
        for number, fork in enumerate(forks):
            if fork.kind != "conditions":
                for each in charts.values():
                    if fork.node in each.by_id:
                        let_draw(each.by_id[fork.node], number, oracle)
        return Setting(
            definitions=self.definitions,
            process=process.id,
            chart=chart,
            charts=charts,
            oracle=oracle,
            scenario=scenario,
            start=(scenario.start or START).astimezone(UTC),
            arrivals=arrivals,
            cases=self._cases(arrivals),
            replications=self._given("replications", scenario.replications, REPLICATIONS),
            warm_up=self._given("warm_up", scenario.warm_up, WARM_UP),
            seed=self._given("seed", scenario.seed, SEED),
            calendars=self._calendars(nodes),
            resources=pools,
            stations=stations,
            forks=forks,
            answers=self._answers(nodes),
            variables={name: each for name, each in scenario.variables.items() if "." not in name},
            facts={name: each for name, each in scenario.variables.items() if "." in name},
            records=scenario.records,
            decisions=self.decisions,
            by_hand=frozenset(by_hand),
            assumptions=tuple(self.assumed),
        )

    # --- the process --------------------------------------------------------------------------------------------------
    def _process(self, by_hand: set[str]) -> bpmn.Process:
        wanted = self.scenario.process
        compiled = compile_chart(self.definitions, process=wanted, decisions=self.decisions, by_hand=by_hand)
        known = {each.id: each for each in (*self.definitions.processes, *global_tasks(self.definitions).values())}
        return known[compiled.id]

    def _by_hand(self) -> set[str]:
        """Return the activities that take time although the kernel would pass them by."""
        timed = set(self.scenario.tasks)
        inside = {each.id for each in self.definitions.processes if each.elements}
        found = set()
        for each in self.definitions.processes:
            for element, _ in each.walk():
                if not isinstance(element, bpmn.Activity) or isinstance(element, bpmn.SubProcess):
                    continue
                has_figures = bool({element.id, element.name} & timed) or _duration_figures(element.extensions)
                if isinstance(element, bpmn.CallActivity):
                    needed = element.called_element.rpartition(":")[2] not in inside
                elif isinstance(element, bpmn.BusinessRuleTask) and element.extensions.decision is not None:
                    needed = element.extensions.decision.ref not in self.decisions
                    if has_figures and not needed:
                        self.assumed.append(f"tasks.{element.id}: the decision is taken at once")
                elif isinstance(element, bpmn.SendTask | bpmn.ScriptTask):
                    needed = has_figures
                else:
                    needed = type(element) is bpmn.Task or element.kind_name == "task"
                if needed:
                    found.add(element.id)
        return found

    def _charts(self, process: bpmn.Process, by_hand: set[str]) -> dict[str, Chart]:
        """Compile the process and those that it calls."""
        charts: dict[str, Chart] = {}
        wanted = [process.id]
        while wanted:
            name = wanted.pop()
            if name not in charts:
                charts[name] = compile_chart(self.definitions, process=name, decisions=self.decisions, by_hand=by_hand)
                known = {each.id for each in self.definitions.processes}
                called = (node.rule.called for node in charts[name].nodes if node.type == "callActivity")
                wanted.extend(each for each in called if each in known)
        return charts

    # --- figures ------------------------------------------------------------------------------------------------------
    def _given(self, name: str, value: Any, default: Any) -> Any:
        if value is None:
            self.assumed.append(f"{name}: {default}")
            return default
        return value

    def _by_node(self, figures: Mapping[str, Any], member: str, nodes: Iterable[Any]) -> dict[str, Any]:
        """Return figures by node id; the scenario names nodes by id or by name."""
        found: dict[str, Any] = {}
        nodes = [node for node in nodes if _takes_time(node) or node.perform is not None]
        for key, value in figures.items():
            named = [node.id for node in nodes if node.id == key] or [node.id for node in nodes if node.name == key]
            if not named:
                raise _unknown(member, key, "a step of the chart", (node.name or node.id for node in nodes))
            found.update(dict.fromkeys(named, value))
        return found

    def _arrivals(self, process: bpmn.Process) -> Arrivals:
        arrivals = self.scenario.arrivals
        drawn = _figures(process.extensions)
        if arrivals is None and _DURATION & drawn.keys():
            gaps = duration(Place(f"tl:simulation of {process.id}", _only(drawn, DURATION)))
            arrivals = Arrivals(gaps=gaps, calendar=drawn.get("calendar"))
        if arrivals is None:
            self.assumed.append("arrivals: exponential, one hour apart on average")
            arrivals = Arrivals(gaps=BETWEEN_ARRIVALS)
        self._calendar("arrivals.calendar", arrivals.calendar)
        return arrivals

    def _cases(self, arrivals: Arrivals) -> int:
        if arrivals.times:
            cases = len(arrivals.times) if self.scenario.cases is None else self.scenario.cases
            if cases > len(arrivals.times):
                expected = f"be at most the {len(arrivals.times)} of arrivals.times"
                raise BadScenario("cases", expected, cases)
            return cases
        cases = self._given("cases", self.scenario.cases, CASES)
        return int(cases)

    def _calendar(self, path: str, name: str | None) -> None:
        if name is not None and name not in self.scenario.calendars:
            known = ", ".join(self.scenario.calendars) or "none are given"
            raise BadScenario(path, f"name one of the calendars ({known})", name)

    def _calendars(self, nodes: Iterable[Any]) -> dict[str, BusinessCalendar]:
        """Return the calendars of the scenario and a usual one for each that only the chart names."""
        calendars = dict(self.scenario.calendars)
        for node in nodes:
            timed = [each.timer for each in node.definitions if each.timer is not None]
            if isinstance(node.rule, WorkRule):
                timed.append(node.rule)
            for rule in timed:
                if rule.clock == "business" and rule.calendar not in calendars:
                    calendars[rule.calendar] = OFFICE
                    self.assumed.append(f"calendars.{rule.calendar}: Monday to Friday, 09:00 to 17:00, UTC")
        return calendars

    # --- people -------------------------------------------------------------------------------------------------------
    def _pools(self, process: bpmn.Process, nodes: Iterable[Any]) -> tuple[Pool, ...]:
        pools = dict(self.scenario.resources)
        taken = {role for name, each in pools.items() for role in (name, *each.roles)}
        used = {node.role for node in nodes if _takes_time(node)}
        for lane in process.lanes:
            drawn, role = _figures(lane.extensions), role_of(lane)
            if drawn and role in used and role not in taken:
                pools[role] = self._drawn_pool(Place(f"tl:simulation of {lane.id or role}", drawn))
        for name, each in pools.items():
            self._calendar(f"resources.{name}.calendar", each.calendar)
        return tuple(Pool(name, each) for name, each in pools.items())

    def _drawn_pool(self, place: Place) -> Resource:
        members = {
            name: _number_of(each) for name, each in place.members(("amount", "cost_per_hour", "calendar")).items()
        }
        return Resource(
            amount=members["amount"].whole(1, 1_000_000) if "amount" in members else 1,
            cost_per_hour=members["cost_per_hour"].number(0) if "cost_per_hour" in members else 0.0,
            calendar=members["calendar"].text() if "calendar" in members else None,
        )

    def _station(self, node: Any, pools: tuple[Pool, ...]) -> Station:
        figures = self.figures.get(node.id, TaskFigures())
        place = Place(f"tl:simulation of {node.id}", _figures(node.element.extensions))
        drawn = place.members(("resource", "priority", "cost", "target", *DURATION))
        priority = figures.priority
        if priority is None and "priority" in drawn:
            priority = drawn["priority"].text()
        target = figures.target
        if target is None and "target" in drawn:
            target = drawn["target"].seconds()
        cost = figures.cost
        if cost is None:
            cost = _number_of(drawn["cost"]).number(0) if "cost" in drawn else 0.0
        rule = node.rule if isinstance(node.rule, WorkRule) else None
        return Station(
            node=node.id,
            name=node.label,
            duration=self._duration(node, figures, place),
            pools=self._served_by(node, figures, drawn.get("resource"), pools),
            priority=self._priority(node, priority, rule),
            cost=cost,
            results=tuple(self._results(node, figures)),
            failure=figures.failure,
            target=target,
            due=rule if rule is not None and (rule.due is not None or rule.due_text is not None) else None,
            batch=figures.batch,
        )

    def _duration(self, node: Any, figures: TaskFigures, place: Place) -> Distribution:
        if figures.duration is not None:
            return figures.duration
        if _DURATION & place.value.keys():
            return duration(Place(place.path, _only(place.value, DURATION)))
        if node.type in MACHINE:
            self.assumed.append(f"tasks.{node.id}.duration: none, a machine does it at once")
            return AT_ONCE
        self.assumed.append(f"tasks.{node.id}.duration: exponential, 30 minutes on average")
        return WORK

    def _served_by(
        self, node: Any, figures: TaskFigures, drawn: Place | None, pools: tuple[Pool, ...]
    ) -> tuple[int, ...]:
        asked = figures.resources or (() if drawn is None else tuple(drawn.text().split(",")))
        found: list[int] = []
        for name in asked:
            here = _places(pools, name.strip())
            if not here:
                known = ", ".join(pool.name for pool in pools) or "none are given"
                raise BadScenario(f"tasks.{node.id}.resource", f"name one of the resources ({known})", name)
            found.extend(place for place in here if place not in found)
        if not asked and node.role and node.type not in MACHINE:
            found = _places(pools, node.role)
        if not found and pools and node.type not in MACHINE:
            self.assumed.append(f"tasks.{node.id}.resource: none, nobody is waited for")
        return tuple(found)

    def _priority(self, node: Any, priority: float | str | None, rule: WorkRule | None) -> int | Formula:
        if priority is None:
            return 0 if rule is None or rule.priority is None else rule.priority
        if isinstance(priority, str):
            try:
                return Formula(priority, sorted(name for name in self.scenario.variables if not name.isidentifier()))
            except FeelSyntaxError as problem:
                raise BadScenario(f"tasks.{node.id}.priority", "be a number or FEEL", Found(str(problem))) from None
        return int(priority)

    def _results(self, node: Any, figures: TaskFigures) -> Iterable[tuple[str, Variable]]:
        item = node.element.extensions.work_item
        if item is not None and (item.outcomes or figures.outcomes):
            shares = figures.outcomes
            known = {each.value for each in item.outcomes}
            for each in shares:
                if known and each not in known:
                    raise BadScenario(f"tasks.{node.id}.outcomes", f"be among {', '.join(sorted(known))}", each)
            if not shares:
                shares = dict.fromkeys((each.value for each in item.outcomes), 1.0)
                if len(shares) > 1:
                    self.assumed.append(f"tasks.{node.id}.outcomes: all equally likely")
            yield item.result or "outcome", Variable(values=tuple(shares), weights=tuple(shares.values()))
        elif figures.outcomes:
            yield "outcome", Variable(values=tuple(figures.outcomes), weights=tuple(figures.outcomes.values()))
        yield from figures.results.items()

    # --- ways ---------------------------------------------------------------------------------------------------------
    def _forks(self, charts: Mapping[str, Chart]) -> Iterable[Fork]:
        given = dict(self.scenario.flows)
        known = self._known_names(charts.values())
        flows: set[str] = set()
        for chart in charts.values():
            for node in chart.nodes:
                flows.update(flow.id for flow in node.outgoing)
                if _forks_here(node, given):
                    yield self._fork(node, known)
        for flow in given:
            if flow not in flows:
                raise _unknown("flows", flow, "a flow of the chart", flows)

    def _fork(self, node: Any, known: set[str]) -> Fork:
        exclusive = node.type == "exclusiveGateway"
        shares = [self._share(flow) for flow in node.outgoing]
        default = next((place for place, flow in enumerate(node.outgoing) if flow is node.default), -1)
        conditions = tuple(flow.condition for flow in node.outgoing)
        if all(share is None for share in shares):
            asked = [each for place, each in enumerate(conditions) if place != default]
            reads = {root for each in asked if each is not None for root in each.roots}
            if all(asked) and reads <= known:
                return Fork(node.id, "conditions", exclusive, (), default, conditions)
            names = ", ".join(sorted(reads - known))
            why = f", since nothing says what {names} is" if names else ""
            self.assumed.append(f"flows out of {node.id}: all equally likely{why}")
            shares = [1 / len(shares)] * len(shares) if exclusive else [0.5 if each else 1.0 for each in conditions]
        if not exclusive:
            return Fork(node.id, "some", False, tuple(1.0 if each is None else each for each in shares), default)
        return Fork(node.id, "one", True, self._completed(node, shares), default)

    def _share(self, flow: Any) -> float | None:
        if flow.id in self.scenario.flows:
            return self.scenario.flows[flow.id]
        element = next(
            (each for process in self.definitions.processes for each in _flows(process) if each.id == flow.id), None
        )
        drawn = {} if element is None else _figures(element.extensions)
        if "probability" not in drawn:
            return None
        return probability(_number_of(Place(f"tl:simulation of {flow.id}", drawn["probability"])))

    def _completed(self, node: Any, shares: list[float | None]) -> tuple[float, ...]:
        """Share what is left among the flows that say nothing."""
        total = sum(share for share in shares if share is not None)
        silent = sum(share is None for share in shares)
        if total > 1 + 1e-6 or (not silent and total < 1 - 1e-6):
            flows = " and ".join(flow.id for flow in node.outgoing)
            raise BadScenario(f"the flows {flows}", "add up to 1", Found(f"they add up to {total:g}"))
        rest = max(0.0, 1 - total) / silent if silent else 0.0
        return tuple(rest if share is None else share for share in shares)

    def _known_names(self, charts: Iterable[Chart]) -> set[str]:
        """Return the first names of everything that has a value in a simulated case."""
        known = {name.partition(".")[0] for name in self.scenario.variables}
        known.update(name for record in self.scenario.records for name in record)
        for chart in charts:
            for node in chart.nodes:
                known.update(each.name for each in node.outputs)
                known.add(getattr(node.rule, "result", "") or "")
                if node.perform is not None and node.inside is None:
                    known.update(name for name, _ in self._quiet_results(node))
        return known

    def _quiet_results(self, node: Any) -> list[tuple[str, Variable]]:
        said = len(self.assumed)
        found = list(self._results(node, self.figures.get(node.id, TaskFigures())))
        del self.assumed[said:]
        return found

    # --- what is waited for -------------------------------------------------------------------------------------------
    def _answers(self, nodes: Iterable[Any]) -> dict[str, Answer | None]:
        answers: dict[str, Answer | None] = {}
        used: set[str] = set()
        names: set[str] = set()
        for node in nodes:
            heard = [each for each in node.definitions if each.trigger in ("message", "signal")]
            if not heard or node.type in ("intermediateThrowEvent", "endEvent", "sendTask"):
                continue
            keys = [node.id, node.name, *(each.name for each in heard)]
            names.update(key for key in keys if key)
            key = next((each for each in keys if each and each in self.scenario.messages), None)
            if key is not None:
                used.add(key)
                answers[node.id] = self.scenario.messages[key]
            elif node.type in ("boundaryEvent", "startEvent"):
                if node.type == "boundaryEvent" or node.body.parent is not None:
                    self.assumed.append(f"messages.{node.id}: never comes")
                answers[node.id] = None
            else:
                self.assumed.append(f"messages.{node.id}.delay: exponential, one day on average")
                answers[node.id] = Answer(WAIT)
        for key in self.scenario.messages:
            if key not in used:
                raise _unknown("messages", key, "a message or event that is waited for", names)
        return answers


_DURATION = frozenset(DURATION)


def _takes_time(node: Any) -> bool:
    return node.perform is not None and node.phase in ("work", "action") and node.inside is None


def _forks_here(node: Any, given: Mapping[str, float]) -> bool:
    if node.type in ("parallelGateway", "eventBasedGateway", "complexGateway"):
        return False
    if node.type in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1:
        return True
    return any(flow.condition is not None or flow.id in given for flow in node.outgoing)


def _flows(process: bpmn.Process) -> Iterable[Any]:
    yield from process.flows
    for element, _ in process.walk():
        if isinstance(element, bpmn.SubProcess):
            yield from element.flows


def _figures(extensions: Any) -> dict[str, str]:
    return {} if extensions.simulation is None else dict(extensions.simulation.figures)


def _duration_figures(extensions: Any) -> bool:
    return bool(_DURATION & _figures(extensions).keys())


def _only(figures: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    return {name: figures[name] for name in names if name in figures}


def _number_of(place: Place) -> Place:
    """Return an attribute that should be a number as one; attributes are texts."""
    text = str(place.value)
    try:
        number: Any = float(text)
    except ValueError:
        return place
    return Place(place.path, int(number) if number == int(number) else number)


def _places(pools: tuple[Pool, ...], name: str) -> list[int]:
    """Return the resources of that name, else all that have it as a role."""
    named = [place for place, pool in enumerate(pools) if pool.name == name]
    return named or [place for place, pool in enumerate(pools) if name in pool.resource.roles]


def _unknown(member: str, key: str, what: str, known: Iterable[str]) -> BadScenario:
    names = sorted(set(known))
    shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return BadScenario(member, f"name {what} ({shown or 'there is none'})", Found(f'"{key}" is none'))


__all__ = ["ChartRefused", "Fork", "Setting", "Station", "compile_simulated", "read_scenario", "set_up"]
