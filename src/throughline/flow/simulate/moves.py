"""
What a step of the kernel means for the simulator, and how a case is carried on: by the kernel itself, or by a table of
its answers.

Theory of operation. A resting case *holds* things that something outside must end: work and actions, timers, messages
and signals, called cases. They are read from its state, in the order in which they came to be. Carrying the case on
ends one of them (``place``), and the difference between the states before and after is a :class:`Move`: which of the
others stay, which are dropped, what is new, whether the case is over.

Two carriers make moves. :class:`ByKernel` keeps a state per case and calls ``advance`` each time. :class:`ByTable`
knows that in a chart whose data cannot change the way, ``advance`` answers the same for two cases that rest alike: it
keeps one resting place (*marking*) for all of them, asks the kernel once per marking, thing and answer of the forks on
the way, and from then on looks the move up. Nothing of the kernel's meaning is written down a second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from msgspec.structs import replace

from throughline.flow.engine import CommandRefused, State, Surroundings, advance, commands, encode_state
from throughline.flow.engine import events as ev
from throughline.flow.engine.effects import FinishCase, StartCase
from throughline.flow.engine.trace import names
from throughline.flow.simulate.choices import Context, Oracle, Undecided

if TYPE_CHECKING:
    from throughline.flow.calendars import BusinessCalendar
    from throughline.flow.engine import Chart
    from throughline.flow.engine.decide import Advance

MOST_MARKINGS = 20_000
"""A chart with more resting places than this is carried on by the kernel."""

Kind = Literal["work", "action", "timer", "message", "signal", "call"]


class Thing(NamedTuple):
    """Something a resting case holds; ``id`` is that of its token or wait, ``number`` that of the event definition."""

    kind: Kind
    id: int
    node: str
    name: str = ""
    number: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """
    How a thing ends: normally with ``variables`` (that work sets, an action or message brings), or with an error.
    """

    variables: Mapping[str, Any]
    error: str | None = None


PLAIN = Answer({})


@dataclass(slots=True, eq=False)
class Move:
    """
    What carrying a case on has changed.

    ``keep`` and ``dropped`` are places among the things held before (without the one that ended); ``new`` are things
    held from now on, after the kept ones. ``end`` is the outcome and the end node of a case that is over. ``calls``:
    process and variables of called cases by token. ``visited`` are ids of nodes and flows that were passed or entered,
    ``told`` the names a trace shows, ``incidents`` nodes and reasons.
    """

    keep: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    new: tuple[Thing, ...] = ()
    end: tuple[str, str] | None = None
    calls: tuple[StartCase, ...] = ()
    finish: FinishCase | None = None
    visited: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    incidents: tuple[tuple[str, str], ...] = ()
    special: bool = False
    """Whether there are incidents or called cases."""
    after: Any = None
    hits: int = 0


class Carried:
    """What a carrier knows of one case. ``position`` is a marking or a state; ``things`` what it holds, in order."""

    __slots__ = ("called", "facts", "number", "position", "things", "variables")

    def __init__(
        self, number: int, variables: dict[str, Any], facts: Mapping[str, Any], *, called: bool = False
    ) -> None:
        self.number = number
        self.variables = variables
        self.facts = facts
        self.called = called
        self.position: Any = None
        self.things: tuple[Thing, ...] = ()


def held(state: State) -> tuple[Thing, ...]:
    """Return what a case holds, in the order in which it came to be."""
    if state.status != "running":
        return ()
    found = [
        Thing(token.phase, token.id, token.node)
        for token in state.tokens.values()
        if token.phase in ("work", "action", "call")
    ]
    for wait in state.waits.values():
        if wait.kind != "condition":
            found.append(Thing(wait.kind, wait.id, wait.node, wait.name, wait.definition, wait.due_at))
    found.sort(key=_by_id)
    return tuple(found)


def _by_id(thing: Thing) -> int:
    return thing.id


def command_for(chart: Chart, thing: Thing, answer: Answer) -> tuple[commands.Command, ...]:
    """Return what the kernel is told when a thing ends: one command, or two where results are set beside it."""
    if answer.error is not None:
        return (commands.ThrowError(thing.id, answer.error),)
    variables = dict(answer.variables)
    if thing.kind == "work":
        return (commands.CompleteWork(thing.id, variables),)
    if thing.kind == "timer":
        return (commands.TimerDue(thing.id),)
    if thing.kind == "message":
        return (commands.ReceiveMessage(thing.id, thing.name, variables),)
    if thing.kind == "signal":
        return (commands.ReceiveSignal(thing.name, variables),)
    node = chart.by_id[thing.node]
    if node.outputs or getattr(node.rule, "result", None):
        return (commands.ActionFinished(thing.id, variables or None),)
    finish = commands.ActionFinished(thing.id, None)
    return (commands.SetVariables(variables), finish) if variables else (finish,)


def difference(before: tuple[Thing, ...], place: int | None, after: tuple[Thing, ...]) -> Move:
    """Compare what was held with what is held; ``place`` is the thing that ended (None: the case began)."""
    later = {thing.id for thing in after}
    earlier = {thing.id for thing in before}
    keep = tuple(at for at, thing in enumerate(before) if thing.id in later)
    dropped = tuple(at for at, thing in enumerate(before) if thing.id not in later and at != place)
    return Move(keep, dropped, tuple(thing for thing in after if thing.id not in earlier))


def fill(move: Move, chart: Chart, steps: Iterable[Advance]) -> Move:
    """Add what the events of the steps tell to a move."""
    visited: list[str] = []
    told: list[str] = []
    incidents: list[tuple[str, str]] = []
    calls: list[StartCase] = []
    for step in steps:
        told.extend(names(chart, step.events))
        for event in step.events:
            if isinstance(event, ev.Passed | ev.Entered):
                if not (isinstance(event, ev.Entered) and event.phase in ("join", "stuck", "leaving")):
                    visited.append(event.node)
                if event.flow is not None:
                    visited.append(event.flow)
            elif isinstance(event, ev.Joined):
                visited.append(event.node)
            elif isinstance(event, ev.IncidentRaised):
                incidents.append((event.node, event.message))
            elif isinstance(event, ev.CaseFinished):
                move.end = (event.outcome, event.node)
        for effect in step.effects:
            if isinstance(effect, StartCase):
                calls.append(effect)
            elif isinstance(effect, FinishCase):
                move.finish = effect
    move.visited, move.told = tuple(visited), tuple(told)
    move.incidents, move.calls = tuple(incidents), tuple(calls)
    move.special = bool(incidents or calls)
    return move


Look = Callable[[int, Context], int]
"""Who answers for a fork, by the number of the case."""


class ByKernel:
    """Carries cases on by calling the kernel each time. One per process of the file and replication."""

    def __init__(
        self,
        chart: Chart,
        oracle: Oracle,
        choosers: list[Look],
        calendars: Mapping[str, BusinessCalendar],
        origin: datetime,
    ) -> None:
        self.chart = chart
        self._oracle = oracle
        self._choosers = choosers
        self._calendars = calendars
        self._origin = origin
        self._visits: Counter[str] = Counter()

    def start(self, case: Carried, at: int) -> Move:
        """Begin a case."""
        around = self._around(case, at)
        start = _start(self.chart, case)
        return self._moved(case, None, [self._advance(case, None, start, around)])

    def step(self, case: Carried, place: int, answer: Answer, at: int) -> Move:
        """End one of the things a case holds."""
        around = self._around(case, at)
        thing = case.things[place]
        steps = []
        state: State = case.position
        for command in command_for(self.chart, thing, answer):
            steps.append(self._advance(case, state, command, around))
            state = steps[-1].state
        return self._moved(case, place, steps)

    def tell(self, case: Carried, command: commands.Command, at: int, place: int | None = None) -> Move:
        """Give a case any other command."""
        return self._moved(case, place, [self._advance(case, case.position, command, self._around(case, at))])

    def _around(self, case: Carried, at: int) -> Surroundings:
        return Surroundings(self._origin + timedelta(microseconds=at), case.facts, self._calendars)

    def _advance(self, case: Carried, state: State | None, command: commands.Command, around: Surroundings) -> Advance:
        context = Context(case.variables, lambda: around.moment)
        self._oracle.ask = lambda fork: self._choosers[fork](case.number, context)
        return advance(self.chart, state, command, around)

    def _moved(self, case: Carried, place: int | None, steps: list[Advance]) -> Move:
        state = steps[-1].state
        before, case.things = case.things, held(state)
        case.position = state
        case.variables = state.variables
        return fill(difference(before, place, case.things), self.chart, steps)

    def count(self, move: Move) -> None:
        """Count what a move has visited."""
        self._visits.update(move.visited)

    def visits(self) -> Counter[str]:
        """Return how often nodes and flows were visited by counted cases, and start counting anew."""
        counted, self._visits = self._visits, Counter()
        return counted


def _start(chart: Chart, case: Carried) -> commands.Start:
    plain = bool(chart.root.starts) or not chart.starts
    return commands.Start(None if plain else chart.starts[0].node, dict(case.variables), {}, case.called)


Key = tuple[int, str | None]
"""The place of the thing that ends (-1: the case begins) and the error it ends with."""


class TooManyMarkings(Exception):
    """A chart whose cases rest in more ways than a table should hold."""


@dataclass(slots=True, eq=False)
class Marking:
    """A way in which a case can rest: its state with ids counted from 1, and the moves from it that are known."""

    state: State
    things: tuple[Thing, ...]
    moves: dict[Key, Move | Question]


@dataclass(slots=True, eq=False)
class Question:
    """What a move depends on: the fork, and what is known for its answers."""

    fork: int
    ways: dict[int, Move | Question]


class Table:
    """
    The kernel's answers for one chart, as far as they were needed; one serves all replications.

    The chart belongs to the table and has :class:`Drawn` conditions at all forks. ``calendars`` only keep business
    timers from being refused: due moments are worked out by who uses the table.
    """

    def __init__(self, chart: Chart, oracle: Oracle, calendars: Mapping[str, BusinessCalendar], now: datetime) -> None:
        self.chart = chart
        self.origin = Marking(State(chart.digest), (), {})
        self._oracle = oracle
        self._around = Surroundings(now, calendars=calendars)
        self._markings: dict[bytes, Marking] = {}

    def find(self, marking: Marking, key: Key, path: list[int]) -> Move | Question:
        """Ask the kernel for one move, given the answers so far; the result belongs into the table."""
        answers = iter(path)

        def ask(fork: int) -> int:
            for mask in answers:
                return mask
            raise Undecided(fork)

        self._oracle.ask = ask
        place = None if key[0] < 0 else key[0]
        state: State | None = marking.state
        if place is None:
            state = None
            told: tuple[commands.Command, ...] = (_start(self.chart, Carried(0, {}, {})),)
        else:
            told = command_for(self.chart, marking.things[place], Answer({}, key[1]))
        steps = []
        try:
            for command in told:
                steps.append(advance(self.chart, state, command, self._around))
                state = steps[-1].state
        except Undecided as question:
            return Question(question.fork, {})
        move = fill(difference(marking.things, place, held(steps[-1].state)), self.chart, steps)
        move.new = tuple(thing._replace(due_at=None) for thing in move.new)  # these moments are nobody's
        move.after = self._marking(steps[-1].state)
        return move

    def _marking(self, state: State) -> Marking:
        state = renumbered(state)
        key = encode_state(state)
        marking = self._markings.get(key)
        if marking is None:
            if len(self._markings) >= MOST_MARKINGS:
                raise TooManyMarkings
            marking = self._markings[key] = Marking(state, held(state), {})
        return marking

    def moves(self) -> Iterable[Move]:
        """Give every move that is known."""
        for marking in (self.origin, *self._markings.values()):
            for known in marking.moves.values():
                yield from _moves(known)


def _moves(known: Move | Question) -> Iterable[Move]:
    if isinstance(known, Move):
        yield known
    else:
        for way in known.ways.values():
            yield from _moves(way)


def renumbered(state: State) -> State:
    """Return a state with its ids counted from 1 in the same order, and without the variables of the case."""
    ids = sorted({*state.scopes, *state.tokens, *state.waits, *state.incidents})
    new = {old: number for number, old in enumerate(ids, 1)}
    new[0] = 0
    return State(
        state.chart,
        len(ids),
        state.status,
        state.called,
        {
            new[each.id]: replace(
                each,
                id=new[each.id],
                parent=new[each.parent],
                token=new.get(each.token, 0),
                variables={} if each.kind in ("process", "sub", "event", "adhoc") else each.variables,
                done=tuple(replace(entry, variables=None) for entry in each.done),
            )
            for each in state.scopes.values()
        },
        {new[each.id]: replace(each, id=new[each.id], scope=new[each.scope]) for each in state.tokens.values()},
        {
            new[each.id]: replace(each, id=new[each.id], scope=new[each.scope], token=new[each.token])
            for each in state.waits.values()
        },
        {
            new[each.id]: replace(each, id=new[each.id], token=new.get(each.token, 0), message="")
            for each in state.incidents.values()
        },
    )


class ByTable:
    """Carries cases on by a table. One per replication: the answers of forks belong to it."""

    def __init__(self, table: Table, choosers: list[Look], moment: Callable[[int], Any]) -> None:
        self.chart = table.chart
        self._table = table
        self._choosers = choosers
        self._moment = moment

    def start(self, case: Carried, at: int) -> Move:
        """Begin a case."""
        case.position = self._table.origin
        return self._follow(case, (-1, None), at)

    def step(self, case: Carried, place: int, answer: Answer, at: int) -> Move:
        """End one of the things a case holds."""
        if answer.variables:
            case.variables = {**case.variables, **answer.variables}
        known = case.position.moves.get((place, answer.error))
        if known.__class__ is Move:
            case.position = known.after
            return known
        return self._follow(case, (place, answer.error), at)

    def _follow(self, case: Carried, key: Key, at: int) -> Move:
        """Find a move by the answers of the forks on its way; ask the kernel where the table ends."""
        marking: Marking = case.position
        known = marking.moves.get(key)
        if known is None:
            known = marking.moves[key] = self._table.find(marking, key, [])
        path: list[int] = []
        while not isinstance(known, Move):
            seen = Context({**case.facts, **case.variables} if case.facts else case.variables, lambda: self._moment(at))
            mask = self._choosers[known.fork](case.number, seen)
            path.append(mask)
            further = known.ways.get(mask)
            if further is None:
                further = known.ways[mask] = self._table.find(marking, key, path)
            known = further
        case.position = known.after
        return known

    def tell(self, case: Carried, command: commands.Command, at: int, place: int | None = None) -> Move:
        """Refuse: only charts without called cases have a table."""
        raise CommandRefused(f"Expected no {type(command).__name__} for case {case.number} at {at}, {place}.")

    def count(self, move: Move) -> None:
        """Count a move."""
        move.hits += 1

    def visits(self) -> Counter[str]:
        """Return how often nodes and flows were visited by counted cases, and start counting anew."""
        counted: Counter[str] = Counter()
        for move in self._table.moves():
            if move.hits:
                for each in move.visited:
                    counted[each] += move.hits
                move.hits = 0
        return counted
