"""
A scenario taken from history: when cases came, how long steps took, who did them, which way cases went.

Given are the executions of a log, one row each (case, activity, start, complete, resource), and the chart. The result
is a scenario document that can be read, changed and run, and beside every figure the evidence for it: how many
executions, which distribution, how far it lies from what was seen. What the log is silent about is named, not guessed.

Ways out of gateways are counted between two neighbouring executions of a case: the activities just before a gateway and
the activities (or the end) just behind each of its flows, with silent nodes looked through. A pair that fits more than
one flow counts for none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from throughline.flow.simulate.fitting import ENOUGH, Fit, TooFew, as_scenario, fit

if TYPE_CHECKING:
    from throughline.flow.calendars import BusinessCalendar
    from throughline.flow.engine import Chart
    from throughline.flow.engine.chart import Flow, Node

RARE = 0.05
"""Who does less than this share of a step's executions only helped out."""
END = ""
"""What follows the last execution of a case."""


class Execution(NamedTuple):
    """One execution of a step; ``start`` is None where the log only tells when it was complete."""

    case: str
    activity: str
    start: datetime | None
    complete: datetime
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How often a flow was taken, of so many times that its gateway was passed."""

    flow: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    ``scenario``: the document. ``arrivals`` and ``durations`` (by node id): the fits behind it. ``ways``: the counts.
    ``people``: by resource name in the document, who belongs to it. ``silent``: what could not be found, as sentences.
    """

    scenario: dict[str, Any]
    arrivals: Fit | None
    durations: Mapping[str, Fit]
    ways: tuple[Way, ...]
    people: Mapping[str, tuple[str, ...]]
    cases: int
    executions: int
    silent: tuple[str, ...] = field(default=())


def calibrate(
    chart: Chart, executions: Iterable[Execution], *, calendar: BusinessCalendar | None = None, name: str = "office"
) -> Calibration:
    """
    Return a scenario for a chart from history.

    With a ``calendar`` durations are measured in its working time, and it becomes that of all people under ``name``.
    """
    return _Calibrating(chart, list(executions), calendar, name).result()


class _Calibrating:
    def __init__(self, chart: Chart, executions: list[Execution], calendar: BusinessCalendar | None, name: str) -> None:
        self.chart, self.executions, self.calendar, self.name = chart, executions, calendar, name
        self.silent: list[str] = []
        self.cases: dict[str, list[Execution]] = defaultdict(list)
        for each in executions:
            self.cases[each.case].append(each)
        for rows in self.cases.values():
            rows.sort(key=lambda each: (each.complete, each.start or each.complete))
        self.steps = {
            node.id: node
            for node in chart.nodes
            if node.perform is not None and node.inside is None and node.type != "callActivity"
        }
        self.nodes = _by_activity(self.steps.values())

    def result(self) -> Calibration:
        arrivals = self._arrivals()
        durations = self._durations()
        people = self._people()
        ways = tuple(self._ways())
        unknown = sorted({each.activity for each in self.executions} - self.nodes.keys())
        if unknown:
            self.silent.append(f"The chart has no step called {', '.join(unknown)}; these executions were left out.")
        return Calibration(
            self._document(arrivals, durations, people, ways),
            arrivals,
            durations,
            ways,
            {name: members for name, (members, _) in people.items()},
            len(self.cases),
            len(self.executions),
            tuple(self.silent),
        )

    def _document(
        self,
        arrivals: Fit | None,
        durations: Mapping[str, Fit],
        people: Mapping[str, tuple[tuple[str, ...], set[str]]],
        ways: Sequence[Way],
    ) -> dict[str, Any]:
        served = {node: name for name, (_, nodes) in people.items() for node in nodes}
        tasks: dict[str, Any] = {}
        for node in self.steps:
            figures: dict[str, Any] = {}
            if node in durations:
                figures["duration"] = as_scenario(durations[node].distribution)
            if node in served:
                figures["resource"] = served[node]
            if figures:
                tasks[node] = figures
        document: dict[str, Any] = {"cases": max(1, len(self.cases)), "tasks": tasks}
        on_duty = {} if self.calendar is None else {"calendar": self.name}
        if self.calendar is not None:
            document["calendars"] = {self.name: calendar_document(self.calendar)}
        if arrivals is not None:
            document["arrivals"] = as_scenario(arrivals.distribution) | on_duty
        document["resources"] = {name: {"amount": len(members), **on_duty} for name, (members, _) in people.items()}
        document["flows"] = {way.flow: round(way.count / way.of, 6) for way in ways}
        return document

    def _span(self, start: datetime, end: datetime) -> float:
        if self.calendar is None:
            return (end - start).total_seconds()
        return self.calendar.working_between(start, end).total_seconds()

    def _arrivals(self) -> Fit | None:
        came = sorted(min(each.start or each.complete for each in rows) for rows in self.cases.values())
        try:
            found = fit([self._span(one, two) for one, two in pairwise(came)])
        except TooFew:
            self.silent.append(f"There are only {len(came)} cases, too few to say how often they come.")
            return None
        if found.mean <= 0:
            self.silent.append("All cases came at one moment, which says nothing of how often they come.")
            return None
        return found

    def _durations(self) -> dict[str, Fit]:
        seen: dict[str, list[float]] = defaultdict(list)
        for each in self.executions:
            if each.start is not None and each.activity in self.nodes:
                seen[self.nodes[each.activity]].append(self._span(each.start, each.complete))
        found = {}
        for node, chart_node in self.steps.items():
            try:
                found[node] = fit(seen[node])
            except TooFew:
                self.silent.append(
                    f"{chart_node.label} was measured {len(seen[node])} times, too few to say how long it "
                    f"takes (at least {ENOUGH})."
                )
        return found

    def _people(self) -> dict[str, tuple[tuple[str, ...], set[str]]]:
        """Group the steps that are done by the same people; return members and steps by the name of the group."""
        who: dict[str, Counter[str]] = defaultdict(Counter)
        for each in self.executions:
            if each.resource and each.activity in self.nodes:
                who[self.nodes[each.activity]][each.resource] += 1
        groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for node, counts in who.items():
            most = sum(counts.values())
            groups[tuple(sorted(name for name, count in counts.items() if count >= RARE * most))].add(node)
        merged = _merged(groups)
        return {_group_name(members, place): (members, nodes) for place, (members, nodes) in enumerate(merged, 1)}

    def _ways(self) -> Iterable[Way]:
        follows: Counter[tuple[str, str]] = Counter()
        for rows in self.cases.values():
            nodes = [self.nodes[each.activity] for each in rows if each.activity in self.nodes]
            follows.update(pairwise([*nodes, END]))
        for node in self.chart.nodes:
            if node.type == "exclusiveGateway" and len(node.outgoing) > 1:
                yield from self._ways_of(node, follows)

    def _ways_of(self, gateway: Node, follows: Counter[tuple[str, str]]) -> Iterable[Way]:
        before = _before(gateway, self.steps)
        behind = [_behind(flow, self.steps) for flow in gateway.outgoing]
        counts = []
        for place, targets in enumerate(behind):
            others = set().union(*(each for other, each in enumerate(behind) if other != place))
            own = targets - others
            counts.append(sum(follows[source, target] for source in before for target in own))
        of = sum(counts)
        if not of:
            self.silent.append(f"Nothing in the log tells which way cases went at {gateway.label}.")
            return
        for flow, count in zip(gateway.outgoing, counts, strict=True):
            yield Way(flow.id, count, of)


def _by_activity(steps: Iterable[Node]) -> dict[str, str]:
    """Return node ids by what a log may call them: id or name; a name that several steps have stands for the first."""
    found: dict[str, str] = {}
    for node in steps:
        found.setdefault(node.name or node.id, node.id)
    for node in steps:
        found[node.id] = node.id
    return found


def _before(gateway: Node, steps: Mapping[str, Node]) -> set[str]:
    """Return the steps from which a token comes to a gateway without another step between."""
    found: set[str] = set()
    seen: set[str] = set()
    queue = [flow.source for flow in gateway.incoming]
    while queue:
        node = queue.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.id in steps:
            found.add(node.id)
        else:
            queue.extend(flow.source for flow in node.incoming)
            if node.attached is not None:
                queue.append(node.attached)
    return found


def _behind(flow: Flow, steps: Mapping[str, Node]) -> set[str]:
    """Return the steps (or the end) that a token comes to by a flow without another step between."""
    found: set[str] = set()
    seen: set[str] = set()
    queue = [flow.target]
    while queue:
        node = queue.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.id in steps:
            found.add(node.id)
        elif not node.outgoing:
            found.add(END)
        else:
            queue.extend(each.target for each in node.outgoing)
    return found


def _merged(groups: Mapping[tuple[str, ...], set[str]]) -> list[tuple[tuple[str, ...], set[str]]]:
    """Join groups that share people, since those people share their time between the steps of both."""
    merged: list[tuple[set[str], set[str]]] = []
    for members, nodes in groups.items():
        people, steps = set(members), set(nodes)
        for other in [each for each in merged if each[0] & people]:
            merged.remove(other)
            people |= other[0]
            steps |= other[1]
        merged.append((people, steps))
    return [(tuple(sorted(people)), steps) for people, steps in merged]


def _group_name(members: tuple[str, ...], place: int) -> str:
    return members[0] if len(members) == 1 else f"group {place}"


def calendar_document(calendar: BusinessCalendar) -> dict[str, Any]:
    """Return a calendar as a scenario says it; other hours on single days are left out, holidays are not."""
    days = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    return {
        "zone": calendar.zone,
        "hours": [
            {"days": day, "from": _clock(opens), "to": _clock(closes)}
            for day, hours in zip(days, calendar.week, strict=True)
            for opens, closes in hours
        ],
        "holidays": sorted(day.isoformat() for day, hours in calendar.exceptions.items() if not hours),
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
