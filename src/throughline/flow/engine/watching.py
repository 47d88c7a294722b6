"""
What watches rather than acts: how a step that somebody was seen doing fits into a case.

Theory of operation. A chart whose procedure only watches (``tl:procedure watches``) asks nobody for anything: what
would act is passed by, or waited for where the chart says what proves it. What the journal shows comes as ``Observe``:
the steps that one entry may prove, each with the variables it sets. The case is explained with the kernel itself:

- a step that is expected now was done; nothing else has to be said;
- a step that lies ahead was done before its turn: what stands between is left out, the fewest steps that make it the
  next one (breadth first over states, so that joins, conditions and sub-processes mean what they always mean). Where a
  step that is left out offers outcomes, each of them is tried;
- a step that neither waits nor lies ahead was done out of its turn, and the case stays where it is.

*Ahead* is what can be reached without going back along an arrow that closes a loop: who does again what was done
before is not taken for somebody who has left out the whole way round. The search is bounded; what it does not find in
time counts as out of turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from throughline.flow.engine import commands as cmd
from throughline.flow.engine.chart import Body, Chart, Node
from throughline.flow.engine.state import State, Token

MOST_LEFT_OUT = 8
"""So many steps are left out at most to explain one that was seen."""
MOST_TRIED = 300
"""So many states are looked at; charts that branch more than that in few steps are explained less well, not slower."""
WAITING = ("work", "event")
"""Phases of a token for which somebody or something is waited; such a wait can be left out."""

Ahead = Callable[[State, cmd.Command], State]
"""Gives the state after a command, without anything having happened."""
Way = tuple[cmd.Command, ...]


def explanation(chart: Chart, state: State, seen: cmd.Observe, ahead: Ahead) -> Way | None:
    """
    Return the commands that explain what was seen: steps to be left out, then the one that was done.

    None when it can only have been done out of its turn.
    """
    before = _before(chart, seen.seen)
    known = {_place(state)}
    waiting: deque[tuple[State, Way, int]] = deque([(state, (), 0)])
    tried = 0
    while waiting:
        now, way, left_out = waiting.popleft()
        token = next((each for each in now.tokens.values() if each.phase == "work" and each.node in seen.seen), None)
        if token is not None:
            return (*way, cmd.CompleteWork(token.id, dict(seen.seen[token.node]), seen.by))
        if left_out == MOST_LEFT_OUT:
            continue
        for more in _leaving_out(chart, now, before):
            tried += 1
            if tried > MOST_TRIED:
                return None
            after = _after(now, more, ahead)
            if len(after.incidents) <= len(now.incidents) and _place(after) not in known:
                known.add(_place(after))
                waiting.append((after, (*way, *more), left_out + 1))
    return None


def _leaving_out(chart: Chart, state: State, before: set[str]) -> Iterator[Way]:
    """Give the ways in which one step that waits before what was seen can be left out."""
    for token in state.tokens.values():
        if token.phase in WAITING and token.node in before:
            node = chart.by_id[token.node]
            if not node.type.endswith("Gateway"):
                yield from _leaving(node, token)


def _leaving(node: Node, token: Token) -> Iterator[Way]:
    skip = cmd.Skip(token.id, "")
    yield (skip,)
    work = node.element.extensions.work_item
    for outcome in () if work is None else work.outcomes:
        yield (cmd.SetVariables({work.result: outcome.value}), skip)


def _after(state: State, way: Way, ahead: Ahead) -> State:
    for command in way:
        state = ahead(state, command)
    return state


def _place(state: State) -> tuple[Any, ...]:
    """What tells two states apart: where the tokens are, and what the case knows."""
    places = sorted((token.node, token.scope) for token in state.tokens.values())
    known = sorted((scope.id, repr(sorted(scope.variables.items()))) for scope in state.scopes.values())
    return (state.status, tuple(places), tuple(known))


# --- what lies ahead --------------------------------------------------------------------------------------------------
def _before(chart: Chart, wanted: Iterable[str]) -> set[str]:
    """Return the nodes from which one of the wanted ones lies ahead."""
    sources: dict[str, set[str]] = {}
    _forward(chart.root, (), sources)
    found: set[str] = set()
    look = [node for node in wanted if node in chart.by_id]
    while look:
        for source in sources.get(look.pop(), ()):
            if source not in found:
                found.add(source)
                look.append(source)
    return found


def _forward(body: Body, after: tuple[str, ...], sources: dict[str, set[str]]) -> None:
    """Note whence each node is reached going forward; ``after``: what follows when the body is over."""
    looping = set(_closing_loops(body))
    for node in body.nodes:
        following = [flow.target.id for flow in node.outgoing if flow.id not in looping]
        for target in following or after:
            sources.setdefault(target, set()).add(node.id)
        if node.inside is not None:
            for inner in node.inside.nodes:
                sources.setdefault(inner.id, set()).add(node.id)
            _forward(node.inside, tuple(following) or after, sources)


def _closing_loops(body: Body) -> Iterator[str]:
    """Give the flows that lead back to a node that is still on the way from the start (depth first)."""
    done: set[str] = set()
    for first in (*body.starts, *body.nodes):
        on_way: dict[str, Iterator[Any]] = {}
        if first.id not in done:
            on_way[first.id] = iter(first.outgoing)
        while on_way:
            here, flows = next(reversed(on_way.items()))
            flow = next(flows, None)
            if flow is None:
                del on_way[here]
                done.add(here)
            elif flow.target.id in on_way:
                yield flow.id
            elif flow.target.id not in done:
                on_way[flow.target.id] = iter(flow.target.outgoing)
