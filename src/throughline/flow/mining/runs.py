"""
All runs of a chart, seen through what a log records.

Theory of operation. Between two recorded moves any number of silent ones may happen. A *situation* is a state right
after a recorded move (or at the beginning); from it lead recorded moves, found by following silent ones as far as they
go, to further situations. So gateways and unnamed events vanish and a small automaton is left whose moves all cost one.
Silent moves that nothing else can prevent or compete with are made at once, which keeps apart states together that
differ only in how far a token has come on a straight way.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from throughline.flow.mining.play import Move, Play

SITUATIONS_AT_MOST = 10_000
STATES_AT_MOST = 200_000


class TooManySituations(Exception):
    """The chart allows more situations than are looked at."""


class NeverEnds(ValueError):
    """No way through the chart reaches an end."""


@dataclass(slots=True)
class Runs:
    """
    Situations by number, those a case may begin in, and the recorded moves between them.

    ``moves``: per situation the (node, next situation) pairs. ``to_end``: per situation the fewest recorded moves until
    the chart can be over; every situation has a way there.
    """

    beginnings: list[int]
    moves: list[list[tuple[str, int]]]
    to_end: list[int]

    @property
    def shortest(self) -> int:
        """The fewest recorded moves of a whole run."""
        return min(self.to_end[number] for number in self.beginnings)


class Following:
    """Finds what can follow a state, and remembers it."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.by_place = _by_place(play.moves)
        self.always = [move for move in play.moves if not move.takes]
        self.free = _free(play.moves)
        self.known: dict[int, tuple[list[tuple[str, int]], bool]] = {}
        self.states = 0

    def settled(self, state: int) -> int:
        """Return the state after the silent moves that nothing else competes with."""
        moved = True
        while moved:
            moved = False
            for move in self.free:
                if state & move.takes == move.takes:
                    state = (state & ~move.takes) | move.gives
                    moved = True
        return state

    def after(self, state: int) -> tuple[list[tuple[str, int]], bool]:
        """Return the recorded moves that can come next with the states after them, and whether all may be over."""
        found = self.known.get(state)
        if found is None:
            found = self.known[state] = self._explored(state)
        return found

    def _explored(self, state: int) -> tuple[list[tuple[str, int]], bool]:
        seen, queue = {state}, [state]
        moves: dict[tuple[str, int], None] = {}
        over = False
        while queue:
            here = queue.pop()
            over = over or self.play.is_over(here)
            for move in self._possible(here):
                there = move.fired(here)
                if there < 0:
                    continue
                there = self.settled(there)
                if move.node is not None:
                    moves[move.node, there] = None
                elif there not in seen:
                    seen.add(there)
                    queue.append(there)
            if len(seen) > STATES_AT_MOST:
                raise TooManySituations
        self.states += len(seen)
        return list(moves), over

    def _possible(self, state: int) -> list[Move]:
        found: dict[int, Move] = {}
        rest = state
        while rest:
            bit = rest & -rest
            rest ^= bit
            for move in self.by_place.get(bit, ()):
                found[id(move)] = move
        return list(found.values())


def _by_place(moves: list[Move]) -> dict[int, list[Move]]:
    found: dict[int, list[Move]] = defaultdict(list)
    for move in moves:
        rest = move.takes
        while rest:
            bit = rest & -rest
            rest ^= bit
            found[bit].append(move)
    return found


def _free(moves: list[Move]) -> list[Move]:
    """Silent moves whose places nothing else takes from, looks at or clears."""
    takers: dict[int, int] = defaultdict(int)
    watched = 0
    for move in moves:
        watched |= move.empty | move.among | move.clears
        for bit, upstream in move.upstream:
            watched |= bit | upstream
        rest = move.takes
        while rest:
            bit = rest & -rest
            rest ^= bit
            takers[bit] += 1
    return [
        move
        for move in moves
        if move.node is None
        and not (move.empty or move.among or move.clears or move.upstream)
        and not (move.takes | move.gives) & watched
        and all(takers[1 << place] == 1 for place in range(move.takes.bit_length()) if move.takes >> place & 1)
        and move.takes != move.gives
    ]


@dataclass(slots=True)
class _Exploring:
    following: Following
    limit: int
    number: dict[int, int] = field(default_factory=dict)
    queue: deque[int] = field(default_factory=deque)

    def numbered(self, state: int) -> int:
        if state not in self.number:
            if len(self.number) >= self.limit or self.following.states > STATES_AT_MOST:
                raise TooManySituations
            self.number[state] = len(self.number)
            self.queue.append(state)
        return self.number[state]


def runs_of(following: Following, limit: int = SITUATIONS_AT_MOST) -> Runs:
    """
    Return all runs of a chart.

    Raises:
        TooManySituations: there are more than ``limit``.
        NeverEnds: none reaches an end.
    """
    exploring = _Exploring(following, limit)
    beginnings = [exploring.numbered(following.settled(state)) for state in following.play.beginnings]
    moves: list[list[tuple[str, int]]] = []
    over: list[bool] = []
    while exploring.queue:
        next_moves, may_end = following.after(exploring.queue.popleft())
        moves.append([(node, exploring.numbered(state)) for node, state in next_moves])
        over.append(may_end)
    return _trimmed(Runs(list(dict.fromkeys(beginnings)), moves, _to_end(moves, over)))


def _to_end(moves: list[list[tuple[str, int]]], over: list[bool]) -> list[int]:
    before: dict[int, list[int]] = defaultdict(list)
    for number, ways in enumerate(moves):
        for _, there in ways:
            before[there].append(number)
    found = [0 if each else -1 for each in over]
    queue = deque(number for number, each in enumerate(over) if each)
    while queue:
        there = queue.popleft()
        for here in before[there]:
            if found[here] < 0:
                found[here] = found[there] + 1
                queue.append(here)
    return found


def _trimmed(runs: Runs) -> Runs:
    """Without the situations from which no end can be reached."""
    kept = [number for number, distance in enumerate(runs.to_end) if distance >= 0]
    place = {number: position for position, number in enumerate(kept)}
    beginnings = [place[number] for number in runs.beginnings if number in place]
    if not beginnings:
        raise NeverEnds
    moves = [[(node, place[there]) for node, there in runs.moves[number] if there in place] for number in kept]
    return Runs(beginnings, moves, [runs.to_end[number] for number in kept])
