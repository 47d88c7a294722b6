"""
One replication: cases come, wait for people, are worked on and leave, in virtual time.

Theory of operation. Everything that will happen lies in one heap, ordered by instant and, at one instant, by the order
in which it was put there; the clock jumps from one to the next. Cases are carried on by a carrier
(:mod:`throughline.flow.simulate.moves`); what they hold becomes work, alarms and answers here. Work joins the queue of
every resource that may do it. A unit of a resource that is free and on duty takes the first of its queue, by priority
and then by age; one that is off duty takes nothing, and work it has begun goes on when it is back. When work ends, the
case is carried on first and the freed unit chooses afterwards, so the next step of the same case competes by its
priority like any other.

Instants are whole microseconds since the start; nothing is rounded twice, so a replication is the same to the last
digit whoever carries the cases.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol

from throughline.flow.calendars import NoWorkingTime
from throughline.flow.engine import commands
from throughline.flow.engine.timers import BadTimer, TimerRule, due_at_of, first_due
from throughline.flow.simulate.batching import Fuse, Pile
from throughline.flow.simulate.chance import UNIT, Draws, spans, uniforms
from throughline.flow.simulate.moves import PLAIN, Answer, Carried, Move, Thing
from throughline.flow.simulate.people import arrivals, inner, values_of
from throughline.flow.values import from_datetime

if TYPE_CHECKING:
    from throughline.flow.engine import Chart
    from throughline.flow.engine.elements.user_task import WorkRule
    from throughline.flow.engine.formula import Formula
    from throughline.flow.simulate.setting import Setting, Station
    from throughline.flow.simulate.shifts import Shifts

FIELDS = 8
"""Numbers per piece of work: station, case, offered, begun, ended, worked, unit, how it ended."""
SHARED = -2
"""Less the number of a unit: work that shares the unit's time with other work of its batch, which counts it."""
DONE, WITHDRAWN, UNTOUCHED = 0, 1, 2
"""How work ends: done; taken back while it was done; taken back before anybody began."""
MOST_STEPS = 10_000
"""A case that does more than this has no end."""
CHECK = 4_096
"""So many happenings pass between two looks at whether the run is still wanted."""


class Carrier(Protocol):
    """Who carries cases of one chart on."""

    chart: Chart

    def start(self, case: Carried, at: int) -> Move: ...
    def step(self, case: Carried, place: int, answer: Answer, at: int) -> Move: ...
    def tell(self, case: Carried, command: commands.Command, at: int, place: int | None = None) -> Move: ...
    def count(self, move: Move) -> None: ...
    def visits(self) -> Counter[str]: ...


class Case(Carried):
    """A case on the floor: who carries it, what its things have become, for whom it runs."""

    __slots__ = ("caller", "carrier", "children", "counted", "hands", "steps")

    def __init__(
        self, number: int, carrier: Carrier, variables: dict[str, Any], facts: Mapping[str, Any], *, counted: bool
    ) -> None:
        super().__init__(number, variables, facts)
        self.carrier = carrier
        self.counted = counted
        self.hands: list[Held] = []
        self.caller: tuple[Case, Held] | None = None
        self.children: list[Case] = []
        self.steps = 0


class Held:
    """What a thing of a case has become. ``bench`` is None for all but work; ``begun`` is -1 until it begins."""

    __slots__ = ("batch", "begun", "bench", "case", "gone", "kind", "offered", "pool", "thing", "unit", "worked")

    def __init__(self, case: Case, thing: Thing, bench: Bench | None, at: int) -> None:
        self.case = case
        self.thing = thing
        self.kind = thing.kind
        self.bench = bench
        self.offered = at
        self.begun = -1
        self.worked = 0
        self.pool: Crew | None = None
        self.unit = -1
        self.gone = False
        self.batch: list[Held] | None = None
        """All work of the batch that this one stands for."""


class Crew:
    """The units of one resource: who is free, what waits for them, the stretch in which they are on duty."""

    __slots__ = ("closes", "free", "opens", "queue", "shifts", "waking")

    def __init__(self, first_unit: int, amount: int, shifts: Shifts | None) -> None:
        self.free = deque(range(first_unit, first_unit + amount))
        self.queue: list[tuple[int, int, Held]] = []
        self.shifts = shifts
        self.opens, self.closes = (0, 0) if shifts is not None else (0, sys.maxsize)
        self.waking = -1
        """When its opening is already in the heap."""

    def on_duty(self, at: int) -> bool:
        """Say whether the units work at an instant."""
        if self.opens <= at < self.closes:
            return True
        assert self.shifts is not None
        self.opens, self.closes = self.shifts.stretch_at(at)
        return self.opens <= at < self.closes

    def finish(self, at: int, work: int) -> int:
        """Return when so much work is done that begins at an instant on duty."""
        end = at + work
        if end <= self.closes:
            return end
        assert self.shifts is not None
        return self.shifts.finish(at, work)


class Bench:
    """A station in one replication: its place, its numbers by chance, and who may work at it."""

    __slots__ = ("crews", "failure", "pile", "place", "plain", "priority", "results", "span", "station")

    def __init__(self, place: int, station: Station, crews: Sequence[Crew], setting: Setting, replication: int) -> None:
        def draws(purpose: str, make: Any) -> Callable[[int], int]:
            return Draws(setting.seed, replication, f"{purpose} of {station.node}", setting.cases, make).take

        self.place = place
        self.station = station
        self.crews = [crews[each] for each in station.pools]
        self.span = draws("duration", spans(station.duration))
        self.priority = station.priority
        self.results = [
            (name, values_of(variable, setting.seed, replication, f"{name} at {station.node}", setting.cases))
            for name, variable in station.results
        ]
        self.failure: tuple[Callable[[int], int], int, str] | None = None
        if station.failure is not None:
            limit = round(station.failure.probability * UNIT)
            self.failure = (draws("failure", uniforms), limit, station.failure.code)
        self.plain = not self.results and self.failure is None
        self.pile = None if station.batch is None else Pile(station.batch, setting.start)

    def answer(self, case: int) -> Answer:
        """Return how the work ends for a case."""
        if self.failure is not None:
            take, limit, code = self.failure
            if take(case) < limit:
                return Answer({}, code)
        return Answer({name: choose(case) for name, choose in self.results}) if self.results else PLAIN


@dataclass(slots=True, eq=False)
class Records:
    """
    What a replication leaves behind, in microseconds since the start.

    ``work``: ``FIELDS`` numbers per piece of work, in the order of ends. ``arrived`` and ``ended`` by case (-1: it
    never ended); ``outcome``: a place in ``outcomes`` (end nodes), -1 for none. ``traces``: what each case did, if
    that was asked for. ``incidents``: how often and why first, by node.
    """

    work: array[int]
    arrived: list[int]
    ended: array[int]
    outcome: array[int]
    outcomes: list[str]
    visits: Counter[str]
    first: int
    """The number of the first case that counts."""
    units: list[str]
    incidents: dict[str, tuple[int, str]]
    traces: list[list[str]] | None = None
    lateness: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By station: how many pieces of work had a due moment, how many were done by then."""
    happenings: int = 0


class Endless(ValueError):
    """A case that goes round and round; the message names the step it was at."""


class Stopped(Exception):
    """The run is not wanted any more."""


class Floor:
    """See the module."""

    def __init__(
        self,
        setting: Setting,
        replication: int,
        carriers: Mapping[str, Carrier],
        shifts: Mapping[str, Shifts],
        *,
        traces: bool = False,
        watch: Callable[[float], bool] | None = None,
    ) -> None:
        self.setting = setting
        self.carriers = carriers
        self.carrier = carriers[setting.process]
        self.watch = watch
        self.heap: list[tuple[int, int, Held | Crew | Fuse]] = []
        self.order = 0
        self.now = 0
        self.crews, units = _crews(setting, shifts)
        self.benches = {
            node: Bench(place, station, self.crews, setting, replication)
            for place, (node, station) in enumerate(setting.stations.items())
        }
        self.delays = {node: _delay(node, setting, replication) for node in setting.answers}
        self.timers: dict[tuple[str, int], TimerRule] = {}
        self.freed: list[Crew] = []
        self.inner = inner(setting, replication)
        arrived = arrivals(setting, replication, shifts)
        count = setting.cases
        self.places: dict[str, int] = {}
        self.records = Records(
            work=array("q"),
            arrived=arrived,
            ended=array("q", [-1]) * count,
            outcome=array("i", [-1]) * count,
            outcomes=[],
            visits=Counter(),
            first=int(count * setting.warm_up),
            units=units,
            incidents={},
            traces=[[] for _ in range(count)] if traces else None,
        )

    # --- the clock ----------------------------------------------------------------------------------------------------
    def run(self) -> Records:
        """
        Let every case come and leave.

        Raises:
            Endless: a case goes round and round.
            Stopped: ``watch`` said that the run is not wanted any more.
        """
        heap, arrived = self.heap, self.records.arrived
        coming, last = 0, len(arrived)
        left = CHECK
        while heap or coming < last:
            left -= 1
            if not left:
                left = CHECK
                self._look(coming)
            if coming < last and (not heap or arrived[coming] <= heap[0][0]):
                self.now = arrived[coming]
                self._begin(coming)
                coming += 1
                continue
            at, _, happening = heappop(heap)
            self.now = at
            if isinstance(happening, Held):
                if not happening.gone:
                    self._end(happening)
            elif isinstance(happening, Crew):
                self._serve(happening)
            elif (pile := happening.bench.pile) is not None and pile.burns(happening):
                self._begin_batch(happening.bench, pile.take())
        for carrier in self.carriers.values():
            self.records.visits.update(carrier.visits())
        self.records.happenings = self.order
        return self.records

    def _look(self, coming: int) -> None:
        if self.watch is not None and not self.watch(coming / max(1, self.setting.cases)):
            raise Stopped

    def _put(self, at: int, happening: Held | Crew | Fuse) -> None:
        self.order += 1
        heappush(self.heap, (at, self.order, happening))

    # --- cases --------------------------------------------------------------------------------------------------------
    def _begin(self, number: int) -> None:
        variables, facts = self.inner(number)
        case = Case(number, self.carrier, variables, facts, counted=number >= self.records.first)
        self._carried(case, case.carrier.start(case, self.now))

    def _end(self, held: Held) -> None:
        """Let a thing of a case end: it is done, due or has come."""
        case, bench = held.case, held.bench
        held.gone = True
        case.steps += 1
        if case.steps > MOST_STEPS:
            raise Endless(self._endless(case, held))
        if bench is not None:
            self._note(held, DONE)
            answer = PLAIN if bench.plain else bench.answer(case.number)
        elif held.kind in ("timer", "call"):
            answer = PLAIN
        else:
            answer = self._brought(held)
        place = 0 if len(case.hands) == 1 else case.hands.index(held)
        self._carried(case, case.carrier.step(case, place, answer, self.now))
        if held.pool is not None:
            self._release(held.pool, held.unit)
        while self.freed:
            self._serve(self.freed.pop())

    def _endless(self, case: Case, held: Held) -> str:
        label = case.carrier.chart.by_id[held.thing.node].label
        return (
            f"Expected every case to end, but case {case.number + 1} still goes round at {label!r} after "
            f"{MOST_STEPS:,} steps. Look at the shares of the ways out of the loop."
        )

    def _carried(self, case: Case, move: Move) -> None:
        """Take over what carrying a case on has changed."""
        if case.counted:
            case.carrier.count(move)
        hands = case.hands
        if move.dropped:
            for place in move.dropped:
                self._withdraw(hands[place])
        case.hands = hands = [hands[place] for place in move.keep] if move.keep else []
        for thing in move.new:
            hands.append(self._open(case, thing))
        if self.records.traces is not None:
            self.records.traces[case.number].extend(move.told)
        if move.special:
            self._special(case, move)
        if move.end is not None:
            self._finish(case, move)

    def _special(self, case: Case, move: Move) -> None:
        """Note what could not go on, and begin called cases."""
        for node, message in move.incidents:
            times, first = self.records.incidents.get(node, (0, message))
            self.records.incidents[node] = (times + 1, first)
        for call in move.calls:
            self._call(case, call)

    def _finish(self, case: Case, move: Move) -> None:
        assert move.end is not None
        for held in case.hands:
            self._withdraw(held)
        case.hands = []
        if case.caller is not None:
            parent, held = case.caller
            if not held.gone and move.finish is not None and move.finish.outcome != "cancelled":
                end = move.finish
                done = commands.ChildFinished(held.thing.id, end.outcome, dict(case.variables), end.code, end.message)
                place = parent.hands.index(held)
                held.gone = True
                self._carried(parent, parent.carrier.tell(parent, done, self.now, place))
            return
        node = move.end[1] if move.end[0] != "error" else f"error at {move.end[1]}"
        place = self.places.get(node, -1)
        if place < 0:
            place = self.places[node] = len(self.places)
            self.records.outcomes.append(node)
        self.records.ended[case.number] = self.now
        self.records.outcome[case.number] = place

    # --- things -------------------------------------------------------------------------------------------------------
    def _open(self, case: Case, thing: Thing) -> Held:
        if thing.kind in ("work", "action"):
            bench = self.benches[thing.node]
            held = Held(case, thing, bench, self.now)
            self._offer(held, bench)
            return held
        held = Held(case, thing, None, self.now)
        if thing.kind == "timer":
            self._put(self._due(case, thing), held)
        elif thing.kind != "call":
            delay = self.delays.get(thing.node)
            after = -1 if delay is None else delay.span(case.number)
            if after >= 0:
                self._put(self.now + after, held)
        return held

    def _offer(self, held: Held, bench: Bench) -> None:
        """Let work wait for its batch, or for somebody who does it."""
        pile = bench.pile
        if pile is None:
            self._seek(held, bench)
            return
        pile.waiting.append(held)
        if pile.is_enough():
            self._begin_batch(bench, pile.take())
            return
        for at, fuse in pile.fuses(held, bench, self.now):
            self._put(at, fuse)

    def _begin_batch(self, bench: Bench, batch: list[Held]) -> None:
        batch[0].batch = batch
        self._seek(batch[0], bench)

    def _seek(self, held: Held, bench: Bench) -> None:
        """Let the first of the crews that is free and on duty begin, or join the queues of all."""
        crews = bench.crews
        if not crews:
            self._start(held, None)
            return
        for crew in crews:
            if crew.free and not crew.queue and crew.on_duty(self.now):
                self._start(held, crew)
                return
        self.order += 1
        priority = bench.priority
        entry = (-(priority if isinstance(priority, int) else self._priority(held.case, priority)), self.order, held)
        for crew in crews:
            heappush(crew.queue, entry)
        for crew in crews:
            if crew.free:
                self._serve(crew)

    def _start(self, held: Held, crew: Crew | None) -> None:
        """Let a unit of a crew (None: nobody in particular) begin."""
        now = self.now
        assert held.bench is not None
        if held.batch is not None:
            self._start_batch([each for each in held.batch if not each.gone], crew)
            return
        held.begun = now
        end = now + (work := held.bench.span(held.case.number))
        held.worked = work
        if crew is not None:
            held.pool = crew
            held.unit = crew.free.popleft()
            if end > crew.closes:
                end = crew.finish(now, work)
        self.order += 1
        heappush(self.heap, (end, self.order, held))

    def _start_batch(self, batch: list[Held], crew: Crew | None) -> None:
        """Begin all work of a batch; the last of it holds the unit."""
        bench = batch[0].bench
        assert bench is not None
        rule = bench.station.batch
        assert rule is not None
        unit = -1 if crew is None else crew.free.popleft()
        works = [round(bench.span(each.case.number) * rule.scale) for each in batch]
        done = 0
        for held, work in zip(batch, works, strict=True):
            before, done = (0, max(works)) if rule.parallel else (done, done + work)
            held.begun = self.now if not before else self._after(crew, before)
            held.worked = done - before
            held.unit = unit if unit < 0 or held is batch[-1] or not rule.parallel else SHARED - unit
            self._put(self._after(crew, done), held)
        batch[-1].pool = crew

    def _after(self, crew: Crew | None, work: int) -> int:
        return self.now + work if crew is None else crew.finish(self.now, work)

    def _withdraw(self, held: Held) -> None:
        """Take back what is not wanted any more."""
        if held.gone:
            return  # it has ended and is only kept by an incident
        held.gone = True
        if held.bench is not None:
            if held.begun >= 0:
                crew = held.pool
                shifts = None if crew is None else crew.shifts
                since = held.begun
                done = self.now - since
                if shifts is not None:
                    done = shifts.worked_by(self.now) - shifts.worked_by(since)
                held.worked = max(0, min(done, held.worked))
                self._note(held, WITHDRAWN)
                if crew is not None:
                    crew.free.append(held.unit)
                    self.freed.append(crew)
            else:
                self._note(held, UNTOUCHED)
                rest = [each for each in held.batch or () if not each.gone]
                if rest:
                    self._begin_batch(held.bench, rest)
        elif held.kind == "call":
            for child in list(held.case.children):
                if child.caller is not None and child.caller[1] is held:
                    self._carried(child, child.carrier.tell(child, commands.Cancel("not needed"), self.now))

    def _note(self, held: Held, how: int) -> None:
        bench = held.bench
        assert bench is not None
        begun = held.begun
        self.records.work.extend(
            (
                bench.place,
                held.case.number,
                held.offered,
                begun,
                self.now,
                held.worked,
                held.unit,
                how,
            )
        )
        if how == DONE and held.case.counted and (bench.station.target is not None or bench.station.due is not None):
            self._note_lateness(held, bench)

    def _note_lateness(self, held: Held, bench: Bench) -> None:
        due = self._due_of_work(held, bench)
        if due is not None:
            of, kept = self.records.lateness.get(bench.place, (0, 0))
            self.records.lateness[bench.place] = (of + 1, kept + (self.now <= due))

    # --- people -------------------------------------------------------------------------------------------------------
    def _release(self, crew: Crew, unit: int) -> None:
        crew.free.append(unit)
        if crew.queue:
            self._serve(crew)

    def _serve(self, crew: Crew) -> None:
        """Let free units take what waits, if they are on duty."""
        queue = crew.queue
        while queue and crew.free:
            held = queue[0][2]
            if held.gone or held.begun >= 0:
                heappop(queue)
                continue
            if not crew.on_duty(self.now):
                self._wake_later(crew)
                return
            heappop(queue)
            self._start(held, crew)

    def _wake_later(self, crew: Crew) -> None:
        """Look again when the crew is on duty."""
        assert crew.shifts is not None
        opens = crew.shifts.next_open(self.now)
        if crew.waking < opens:
            crew.waking = opens
            self._put(opens, crew)

    def _priority(self, case: Case, formula: Formula) -> int:
        value = formula({**case.facts, **case.variables}, from_datetime(self._moment()))
        return int(value) if value is not None and not isinstance(value, bool | str) else 0

    # --- time ---------------------------------------------------------------------------------------------------------
    def _moment(self) -> datetime:
        return self.setting.start + timedelta(microseconds=self.now)

    def _micros(self, moment: datetime) -> int:
        return (moment - self.setting.start) // timedelta(microseconds=1)

    def _due(self, case: Case, thing: Thing) -> int:
        """Return when a timer falls due: by its own span, else by what the kernel says in its state."""
        key = (thing.node, thing.number)
        rule = self.timers.get(key)
        if rule is None:
            rule = self.timers[key] = _timer_rule(case.carrier.chart, thing)
        if rule.delta is not None:
            return self.now + rule.delta // timedelta(microseconds=1)
        if thing.due_at is not None:
            return max(self.now, self._micros(thing.due_at))
        value = rule.text if rule.formula is None else rule.formula({}, from_datetime(self._moment()))
        due, _ = first_due(rule, value, self._moment(), self.setting.calendars)
        return max(self.now, self._micros(due))

    def _due_of_work(self, held: Held, bench: Bench) -> int | None:
        if bench.station.target is not None:
            return held.offered + round(bench.station.target * 1_000_000)
        rule = bench.station.due
        assert rule is not None
        moment = self.setting.start + timedelta(microseconds=held.offered)
        value: Any = rule.due_text
        if value is None:
            assert rule.due is not None
            value = rule.due({**held.case.facts, **held.case.variables}, from_datetime(moment))
        return _due_moment(rule, value, moment, self)

    def _brought(self, held: Held) -> Answer:
        """Return what a message or signal brings."""
        delay = self.delays.get(held.thing.node)
        if delay is None or not delay.payload:
            return PLAIN
        return Answer({name: choose(held.case.number) for name, choose in delay.payload})

    # --- called cases -------------------------------------------------------------------------------------------------
    def _call(self, case: Case, call: Any) -> None:
        held = next(each for each in case.hands if each.thing.kind == "call" and each.thing.id == call.token)
        carrier = self.carriers.get(call.called)
        if carrier is None:
            reason = f"there is no process {call.called!r} in this file"
            command = commands.ChildFinished(call.token, "failed", message=reason)
            self._carried(case, case.carrier.tell(case, command, self.now, case.hands.index(held)))
            return
        child = Case(case.number, carrier, dict(call.variables), case.facts, counted=case.counted)
        child.called = True
        child.caller = (case, held)
        case.children.append(child)
        self._carried(child, carrier.start(child, self.now))


@dataclass(slots=True, eq=False)
class _Delay:
    """When a message or signal comes (-1: never), and what it brings."""

    span: Callable[[int], int]
    payload: list[tuple[str, Callable[[int], Any]]]


def _delay(node: str, setting: Setting, replication: int) -> _Delay | None:
    answer = setting.answers[node]
    if answer is None:
        return None
    take = Draws(setting.seed, replication, f"answer at {node}", setting.cases, spans(answer.delay)).take
    payload = [
        (name, values_of(variable, setting.seed, replication, f"{name} brought to {node}", setting.cases))
        for name, variable in answer.payload.items()
    ]
    if answer.probability >= 1:
        return _Delay(take, payload)
    comes = Draws(setting.seed, replication, f"whether {node} comes", setting.cases, uniforms).take
    limit = round(answer.probability * UNIT)

    def span(case: int) -> int:
        after = take(case)
        return after if comes(case) < limit else -1

    return _Delay(span, payload)


def _crews(setting: Setting, shifts: Mapping[str, Shifts]) -> tuple[list[Crew], list[str]]:
    """Return the crews and the names of their units, which are numbered through."""
    crews: list[Crew] = []
    units: list[str] = []
    for pool in setting.resources:
        amount, calendar = pool.resource.amount, pool.resource.calendar
        crews.append(Crew(len(units), amount, None if calendar is None else shifts[calendar]))
        units.extend([pool.name] if amount == 1 else [f"{pool.name}-{number}" for number in range(1, amount + 1)])
    return crews, units


def _timer_rule(chart: Chart, thing: Thing) -> TimerRule:
    rule = chart.by_id[thing.node].definitions[thing.number].timer
    assert rule is not None
    return rule


def _due_moment(rule: WorkRule, value: Any, moment: datetime, floor: Floor) -> int | None:
    try:
        due = due_at_of(value, moment, rule.clock, rule.calendar, floor.setting.calendars)
    except (BadTimer, NoWorkingTime):
        return None  # the kernel has told it as an incident of the step
    return None if due is None else floor._micros(due)
