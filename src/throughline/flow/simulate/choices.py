"""
Ways out that chance decides: how a gateway of a simulated chart is asked.

A chart that is simulated is compiled for the simulation alone. Where a way is chosen by shares its conditions are
replaced by :class:`Drawn` ones: all conditions of one gateway share one answer, which is given anew whenever the kernel
looks at the first of them. The answer is a *mask*, one bit per outgoing flow. Who answers is the :class:`Oracle`: the
case that is being carried on, or, while a table is made, the path that is being tried.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from throughline.flow.simulate.chance import UNIT, Draws, uniforms

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Flow, Node
    from throughline.flow.engine.formula import Formula
    from throughline.flow.values import DateTime

Mask = int
Choose = Callable[[int, "Context"], Mask]
"""Answer for a case (by its number): which flows are taken."""


class Context:
    """What conditions see of one case at one instant, worked out only when one of them looks."""

    __slots__ = ("_moment", "variables")

    def __init__(self, variables: Mapping[str, Any], moment: Callable[[], DateTime]) -> None:
        self.variables = variables
        self._moment = moment

    @property
    def now(self) -> DateTime:
        """The instant as a value for expressions."""
        return self._moment()


@dataclass(frozen=True, slots=True)
class Fork:
    """
    One node whose ways out are chosen.

    ``kind``: ``one`` way by shares, ``some`` ways each with its probability, or by the ``conditions`` of the chart.
    ``numbers`` belong to the outgoing flows in drawn order; ``default`` is the place of the default flow (-1: none).
    """

    node: str
    kind: Literal["one", "some", "conditions"]
    exclusive: bool
    numbers: tuple[float, ...] = ()
    default: int = -1
    conditions: tuple[Formula | None, ...] = ()


def chooser(fork: Fork, seed: int, replication: int, cases: int) -> Choose:
    """Return who answers for a fork in one replication."""
    if fork.kind == "conditions":
        return _by_conditions(fork)
    if fork.kind == "one":
        return _one_by_shares(fork, Draws(seed, replication, f"way out of {fork.node}", cases, uniforms))
    draws = [
        Draws(seed, replication, f"way {place} out of {fork.node}", cases, uniforms)
        for place in range(len(fork.numbers))
    ]
    return _some_by_chance(fork, draws)


def _one_by_shares(fork: Fork, draws: Draws) -> Choose:
    total = sum(fork.numbers)
    edges = [round(edge / total * UNIT) for edge in accumulate(fork.numbers)]
    last = max(place for place, number in enumerate(fork.numbers) if number > 0)
    take = draws.take

    def choose(case: int, context: Context) -> Mask:  # noqa: ARG001
        return 1 << min(bisect_right(edges, take(case)), last)

    return choose


def _some_by_chance(fork: Fork, draws: Sequence[Draws]) -> Choose:
    limits = [round(number * UNIT) for number in fork.numbers]
    fallback = fork.default if fork.default >= 0 else max(range(len(limits)), key=limits.__getitem__)

    def choose(case: int, context: Context) -> Mask:  # noqa: ARG001
        mask = 0
        for place, (each, limit) in enumerate(zip(draws, limits, strict=True)):
            if each.take(case) < limit and place != fork.default:
                mask |= 1 << place
        return mask or 1 << fallback

    return choose


def _by_conditions(fork: Fork) -> Choose:
    """Look at the chart's own conditions as the kernel does: the first that holds, or all that hold."""
    tests = [(1 << place, test) for place, test in enumerate(fork.conditions) if place != fork.default]

    def choose(case: int, context: Context) -> Mask:  # noqa: ARG001
        mask = 0
        for bit, test in tests:
            if test is None or test(context.variables, context.now) is True:
                mask |= bit
                if fork.exclusive:
                    break
        return mask

    return choose


class Undecided(Exception):
    """While a table is made: the path so far does not say which way a fork takes."""

    def __init__(self, fork: int) -> None:
        super().__init__(fork)
        self.fork = fork


class Oracle:
    """Who is asked by drawn conditions: ``ask(fork) -> mask``, set by whoever carries a case on."""

    __slots__ = ("_masks", "ask")

    def __init__(self, forks: int) -> None:
        self.ask: Callable[[int], Mask] = _nobody
        self._masks: list[Mask] = [0] * forks

    def answer(self, fork: int, *, anew: bool) -> Mask:
        """Return the answer for a fork; ask again if the kernel has come to it anew."""
        if anew:
            self._masks[fork] = self.ask(fork)
        return self._masks[fork]


def _nobody(fork: int) -> Mask:
    raise LookupError(f"Expected somebody to answer for fork {fork}, but nobody does.")


class Drawn:
    """A condition in the place of a formula: true if the answer for its fork has its bit."""

    __slots__ = ("_bit", "_first", "_fork", "_oracle", "reads", "roots", "text")

    def __init__(self, oracle: Oracle, fork: int, bit: int, *, first: bool, text: str) -> None:
        self._oracle, self._fork, self._bit, self._first = oracle, fork, bit, first
        self.text = text
        self.reads: tuple[str, ...] = ()
        self.roots: frozenset[str] = frozenset()

    def __call__(self, context: Mapping[str, Any], now: DateTime) -> bool:  # noqa: ARG002
        return bool(self._oracle.answer(self._fork, anew=self._first) & self._bit)

    def explain(self, context: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Say what was looked at; for messages."""
        return self.text


def let_draw(node: Node, fork: int, oracle: Oracle) -> None:
    """Replace the conditions of a node of a chart that belongs to the simulation alone."""
    node.plain = False
    first = True
    for place, flow in enumerate(node.outgoing):
        if flow is not node.default:
            flow.condition = _drawn(oracle, fork, place, flow, first=first)
            first = False


def _drawn(oracle: Oracle, fork: int, place: int, flow: Flow, *, first: bool) -> Any:
    text = flow.condition.text if flow.condition is not None else flow.id
    return Drawn(oracle, fork, 1 << place, first=first, text=text)
