"""
Walk through every state that a net can reach, and see what can go wrong.

Theory of operation. A state is one integer with a bit per place. Breadth first, so that the first way found into a
faulty state is a shortest one. A place that would hold two tokens is reported and the second token dropped: what
follows is the chart with the fault repaired, which keeps the other verdicts meaningful. The end is a state in which
only sinks are marked. Whether the end can still be reached is computed backwards over the states found.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from throughline.flow.check.joining import Upstream, bits, taken_by_join, upstream_of
from throughline.flow.check.net import Net, Transition

STATES_AT_MOST = 20_000


@dataclass(slots=True)
class Fault:
    """Something that can go wrong, the element where it shows, and the nodes passed on a shortest way there."""

    rule: str
    element: str
    trace: tuple[str, ...]


@dataclass(slots=True)
class Exploration:
    """
    What was found.

    ``reached``: nodes that some run passes. ``endings``: per end state the ends that were passed. ``complete`` is False
    when the net has more than ``STATES_AT_MOST`` states: then nothing was proved.
    """

    faults: list[Fault] = field(default_factory=list)
    reached: frozenset[str] = frozenset()
    endings: list[frozenset[str]] = field(default_factory=list)
    states: int = 0
    complete: bool = True


@dataclass(slots=True)
class _Move:
    """A transition as bit masks. ``upstream``: for an inclusive join, per input the places that lead to it."""

    transition: Transition
    takes: int
    gives: int
    clears: bool
    upstream: Upstream = ()

    def taken_from(self, state: int) -> int:
        """The bits that the move takes out of ``state``; 0 when it cannot fire."""
        if not self.upstream:
            return self.takes if state & self.takes == self.takes else 0
        return taken_by_join(state, self.takes, self.upstream)


def explore(net: Net, states_at_most: int = STATES_AT_MOST) -> Exploration:
    """Explore ``net`` from each of its beginnings."""
    return _Explorer(net, states_at_most).run()


class _Explorer:
    def __init__(self, net: Net, states_at_most: int) -> None:
        self.net = net
        self.states_at_most = states_at_most
        self.sinks = sum(1 << number for number, place in enumerate(net.places) if place.sink)
        self.moves = [self._move(transition) for transition in net.transitions]
        self.parent: dict[int, tuple[int, _Move] | None] = {}
        self.found = Exploration()
        self.seen_faults: set[tuple[str, str]] = set()

    def run(self) -> Exploration:
        before: dict[int, list[int]] = {}
        stuck: list[int] = []
        queue = deque[int]()
        for beginning in self.net.beginnings:
            state = bits(beginning)
            if state not in self.parent:
                self.parent[state] = None
                queue.append(state)
        ends: list[int] = []
        fired: set[int] = set()
        while queue:
            state = queue.popleft()
            if not state & ~self.sinks:
                ends.append(state)
                self.found.endings.append(frozenset(self.net.places[number].element for number in _numbers(state)))
                continue
            moved = False
            for number, move in enumerate(self.moves):
                taken = move.taken_from(state)
                if not taken:
                    continue
                moved = True
                fired.add(number)
                following = self._fire(state, move, taken)
                before.setdefault(following, []).append(state)
                if following not in self.parent:
                    if len(self.parent) >= self.states_at_most:
                        self.found.complete = False
                        return self._finish(fired)
                    self.parent[following] = (state, move)
                    queue.append(following)
            if not moved:
                stuck.append(state)
        for state in stuck:
            for number in _numbers(state & ~self.sinks):
                self._fault("deadlock", self.net.places[number].element, self._trace(state))
        self._find_livelock(before, ends + stuck)
        return self._finish(fired)

    def _finish(self, fired: set[int]) -> Exploration:
        self.found.reached = frozenset().union(*(self.moves[number].transition.covers for number in fired))
        self.found.states = len(self.parent)
        return self.found

    def _fire(self, state: int, move: _Move, taken: int) -> int:
        rest = state & ~taken
        if move.clears:
            rest &= self.sinks
        double = rest & move.gives
        if double:
            for number in _numbers(double):
                place = self.net.places[number]
                rule = "improper-completion" if place.sink else "unsafe"
                self._fault(rule, place.doubled, self._trace(state) + move.transition.path)
        return rest | move.gives

    def _find_livelock(self, before: dict[int, list[int]], terminal: list[int]) -> None:
        """States from which neither an end nor a standstill can be reached move for ever."""
        saved = set(terminal)
        queue = deque(terminal)
        while queue:
            for state in before.get(queue.popleft(), ()):
                if state not in saved:
                    saved.add(state)
                    queue.append(state)
        lost = next((state for state in self.parent if state not in saved), None)
        if lost is not None:
            cycle = self._cycle_from(lost)
            self._fault("livelock", cycle[0], self._trace(lost) + cycle)

    def _cycle_from(self, state: int) -> tuple[str, ...]:
        """The nodes of a walk from ``state`` that comes back to a state it has been in: always the first move."""
        walked: dict[int, int] = {}
        path: list[tuple[str, ...]] = []
        while state not in walked:
            walked[state] = len(path)
            for move in self.moves:  # pragma: no branch - a state that is not stuck has a move
                taken = move.taken_from(state)
                if taken:
                    path.append(move.transition.path)
                    state = self._fire(state, move, taken)
                    break
        return tuple(node for nodes in path[walked[state] :] for node in nodes)

    def _trace(self, state: int) -> tuple[str, ...]:
        steps: list[tuple[str, ...]] = []
        while (step := self.parent[state]) is not None:
            state, move = step
            steps.append(move.transition.path)
        return tuple(node for nodes in reversed(steps) for node in nodes)

    def _fault(self, rule: str, element: str, trace: tuple[str, ...]) -> None:
        if (rule, element) not in self.seen_faults:
            self.seen_faults.add((rule, element))
            self.found.faults.append(Fault(rule, element, trace))

    def _move(self, transition: Transition) -> _Move:
        upstream: Upstream = ()
        if transition.kind == "inclusive":
            upstream = upstream_of(transition, self.net)
        takes, gives = bits(transition.takes), bits(transition.gives)
        return _Move(transition, takes, gives, transition.kind == "ending", upstream)


def _numbers(bits: int) -> list[int]:
    return [number for number in range(bits.bit_length()) if bits >> number & 1]
