"""
What past cases would have done in a draft: "these 37 would have gone elsewhere".

Theory of operation. Of a past case are known what it began with, what people answered at each step and how long that
took, and what was sent to it and when. The same answers are given again, once to the chart the case ran on and once to
the draft, by the same driver in virtual time; deadlines race with the answers as they did. Both ways are compared step
by step, so a difference is the draft's doing. Where a draft asks for an answer that nobody ever gave, the case stands
there: it *would have been asked*, and what then nobody knows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count, zip_longest
from typing import TYPE_CHECKING, Any, Literal

from throughline.flow.engine import CommandRefused, State, Surroundings, advance, commands
from throughline.flow.engine import events as ev
from throughline.flow.simulate.moves import PLAIN, Answer, Thing, command_for, held

if TYPE_CHECKING:
    from throughline.flow.calendars import BusinessCalendar
    from throughline.flow.engine import Chart
    from throughline.flow.engine.decide import Advance

HAPPENINGS = 10_000
"""A case in which more than this happens is taken to go round for ever."""

Verdict = Literal["same", "elsewhere", "unknown"]


@dataclass(frozen=True, slots=True)
class Given:
    """
    What somebody answered at a step, and how long after it was asked for. ``error``: the code of the BPMN error that it
    ended with.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    after: timedelta = timedelta(0)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that reached the case, so long after it began."""

    name: str
    after: timedelta
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """Facts that changed so long after the case began: all of them as they were from then on, and which changed."""

    after: timedelta
    facts: Mapping[str, Any]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PastCase:
    """
    A case that ran. ``answers`` by node id or name, in the order in which they were given; ``variables`` and ``facts``
    are those at its beginning. ``changes``: how long after it began the facts became what. ``start``: the start event
    at which it began (None: the plain one), ``payload`` what had come there. ``asked``: the steps by id or name at
    which somebody was asked, answered or not; at any other one the case stands, and no deadline strikes there either,
    for nobody knows who would have been in time (None: deadlines strike everywhere).
    """

    key: str
    began_at: datetime
    variables: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Sequence[Given]] = field(default_factory=dict)
    messages: Sequence[Sent] = ()
    changes: Sequence[Changed] = ()
    start: str | None = None
    asked: frozenset[str] | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """
    The steps that were done, in order; where the case ended ("" while it stands); where it waits.

    ``travelled``: the nodes and flows of the drawing by id, as often as the case came there. ``problem``: why the chart
    could not go on ("" if it could).
    """

    steps: tuple[str, ...]
    end: str
    waits_at: tuple[str, ...]
    travelled: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One past case in both charts; ``parts_at``: the first step that differs, before and now ("": none)."""

    key: str
    verdict: Verdict
    before: Way
    now: Way
    parts_at: tuple[str, str]


@dataclass(frozen=True, slots=True)
class DryRun:
    """All past cases, and how many went where: ``elsewhere`` counts pairs of steps at which the ways part."""

    cases: tuple[Compared, ...]
    counts: Mapping[Verdict, int]
    elsewhere: Mapping[tuple[str, str], int]
    outcomes: Mapping[tuple[str, str], int]
    """How often a case that ended at one end event would have ended at another ("" for: not ended)."""


def way_of(chart: Chart, case: PastCase, calendars: Mapping[str, BusinessCalendar] | None = None) -> Way:
    """Return the way of one past case through a chart."""
    return _Replay(chart, case, calendars or {}).run()


def dry_run(
    published: Chart,
    draft: Chart,
    cases: Iterable[PastCase],
    *,
    calendars: Mapping[str, BusinessCalendar] | None = None,
    watch: Callable[[int], bool] | None = None,
) -> DryRun:
    """
    Run past cases through the chart they ran on and through a draft.

    ``watch`` is told how many are done and says whether to go on.
    """
    found: list[Compared] = []
    for number, case in enumerate(cases, 1):
        found.append(compare(case, way_of(published, case, calendars), way_of(draft, case, calendars)))
        if watch is not None and not watch(number):
            break
    return summed_up(found)


def summed_up(found: Sequence[Compared]) -> DryRun:
    """Return how many cases went where."""
    parts = Counter(each.parts_at for each in found if each.verdict == "elsewhere")
    return DryRun(
        tuple(found),
        Counter(each.verdict for each in found),
        dict(parts.most_common()),
        Counter((each.before.end, each.now.end) for each in found),
    )


def compare(case: PastCase, before: Way, now: Way) -> Compared:
    """Say how two ways of one case differ."""
    parts_at = next(((one, two) for one, two in zip_longest(before.steps, now.steps, fillvalue="") if one != two), None)
    if parts_at is None:
        verdict: Verdict = "same" if before.end == now.end else "unknown" if not now.end else "elsewhere"
        return Compared(case.key, verdict, before, now, (before.end, now.end or ", ".join(now.waits_at)))
    if (not parts_at[1] or now.problem) and not now.end:
        return Compared(case.key, "unknown", before, now, (parts_at[0], ", ".join(now.waits_at)))
    return Compared(case.key, "elsewhere", before, now, parts_at)


class _Replay:
    """One past case in one chart."""

    def __init__(self, chart: Chart, case: PastCase, calendars: Mapping[str, BusinessCalendar]) -> None:
        self.chart, self.case, self.calendars = chart, case, calendars
        self.left: dict[str, list[Given]] = {name: list(given) for name, given in case.answers.items()}
        self.sent = sorted(case.messages, key=lambda each: each.after)
        self.heap: list[tuple[datetime, int, Thing | Sent | Changed, Answer]] = []
        self.facts = case.facts
        self.travelled: list[str] = []
        self.is_unknown = False
        self.order = count()
        self.unheard: dict[str, list[Sent]] = defaultdict(list)
        self.state: State | None = None
        self.known: set[int] = set()
        self.now = case.began_at
        self.steps: list[str] = []
        self.end = ""

    def run(self) -> Way:
        outside: list[Sent | Changed] = [*self.case.changes, *self.sent]
        for each in outside:
            heappush(self.heap, (self.case.began_at + each.after, next(self.order), each, PLAIN))
        problem = ""
        try:
            self._go()
        except CommandRefused as refused:
            problem = str(refused)
        return Way(tuple(self.steps), self.end, self._waiting(), tuple(self.travelled), problem)

    def _waiting(self) -> tuple[str, ...]:
        """Return where the case stands; deadlines only where it waits for nothing else."""
        things = () if self.state is None else held(self.state)
        steps = [thing for thing in things if thing.kind != "timer"]
        return tuple(self._label(thing.node) for thing in steps or things)

    def _go(self) -> None:
        self._take([commands.Start(self._start(), dict(self.case.variables), dict(self.case.payload))])
        for _ in range(HAPPENINGS):
            if not self.heap or self.state is None or self.state.status != "running" or self.is_unknown:
                return
            self.now, _, happening, answer = heappop(self.heap)
            if isinstance(happening, Sent):
                self._receive(happening)
            elif isinstance(happening, Changed):
                self.facts = happening.facts
                self._take([commands.RecordChanged(happening.fields)])
            elif happening.id in self.known:
                self._take(command_for(self.chart, happening, answer))

    def _start(self) -> str | None:
        """Return the start event of this chart that is the one the case began at, or the first one."""
        nodes = [start.node for start in self.chart.starts]
        if self.case.start in nodes:
            return self.case.start
        return None if self.chart.root.starts or not nodes else nodes[0]

    def _take(self, told: Iterable[commands.Command]) -> None:
        for command in told:
            step = advance(self.chart, self.state, command, Surroundings(self.now, self.facts, self.calendars))
            self.state = step.state
            self._note(step)
        assert self.state is not None
        things = held(self.state)
        fresh = [thing for thing in things if thing.id not in self.known]
        self.known = {thing.id for thing in things}
        for thing in fresh:
            self._open(thing)

    def _note(self, step: Advance) -> None:
        for event in step.events:
            if isinstance(event, ev.Passed | ev.Entered):
                self.travelled += [each for each in (event.flow, event.node) if each]
            if isinstance(event, ev.CaseFinished):
                self.end = self._label(event.node)
            elif self._is_step(event):
                self.steps.append(self._label(event.node))

    def _is_step(self, event: ev.Event) -> bool:
        """Say whether an event tells that a step was done."""
        if isinstance(event, ev.Completed):
            return event.phase in ("work", "action")
        return isinstance(event, ev.Passed) and self.chart.by_id[event.node].perform is not None

    def _label(self, node: str) -> str:
        found = self.chart.by_id.get(node)
        return node if found is None else found.label

    def _open(self, thing: Thing) -> None:
        """Put the answer to something a case has begun to wait for where it belongs in time, if there is one."""
        if thing.kind == "timer":
            assert thing.due_at is not None
            heappush(self.heap, (thing.due_at, next(self.order), thing, PLAIN))
        elif thing.kind in ("message", "signal"):
            early = self.unheard.get(thing.name)
            if early:
                self._hear(thing, early.pop(0))
        elif (given := self._given(thing)) is not None:
            answer = Answer(dict(given.variables) if self._hears(thing) else {}, given.error)
            heappush(self.heap, (self.now + given.after, next(self.order), thing, answer))

    def _given(self, thing: Thing) -> Given | None:
        """Return the next answer of a step; a machine does what nobody has written down at once."""
        keys = (thing.node, self._label(thing.node))
        for key in keys:
            if self.left.get(key):
                return self.left[key].pop(0)
        if thing.kind == "action":
            return Given()
        self.is_unknown |= self.case.asked is not None and self.case.asked.isdisjoint(keys)
        return None

    def _hears(self, thing: Thing) -> bool:
        """Say whether a step takes what it is answered: the result of an action only where something is made of it."""
        node = self.chart.by_id[thing.node]
        return thing.kind != "action" or bool(node.outputs or getattr(node.rule, "result", None))

    def _receive(self, sent: Sent) -> None:
        assert self.state is not None
        for thing in held(self.state):
            if thing.kind in ("message", "signal") and thing.name == sent.name:
                self._hear(thing, sent)
                return
        self.unheard[sent.name].append(sent)

    def _hear(self, thing: Thing, sent: Sent) -> None:
        heappush(self.heap, (self.now, next(self.order), thing, Answer(dict(sent.payload))))
