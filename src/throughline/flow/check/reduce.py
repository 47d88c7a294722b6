"""
Make a net smaller without changing what can go wrong in it.

Theory of operation. The rules are those of Murata ("Petri nets: properties, analysis and applications", Proc. IEEE
77(4), 1989, §V) and Berthelot: folding of places and transitions in series, of parallel places, of parallel
transitions, and removal of self-loops. They keep deadlocks, safeness and the possibility to finish. A block-structured
chart shrinks to a handful of states whatever its size, so the exploration that follows only meets the part of a chart
that is not well nested, which is where the faults are. A folded transition keeps the nodes it stands for: in ``path``
those that every firing passes, in ``covers`` also those that a run passes on the way or instead.
"""

from __future__ import annotations

from collections import defaultdict

from throughline.flow.check.net import Net, Transition


def reduce_net(net: Net) -> None:
    """Apply the rules to ``net`` in place until none applies. Places that fall out of use stay in the list, unused."""
    marked = frozenset().union(*net.beginnings) if net.beginnings else frozenset[int]()
    changed = True
    while changed:
        changed = _fold_parallel_transitions(net)
        changed |= _drop_self_loops(net)
        changed |= _fold_parallel_places(net, marked)
        changed |= _fold_series(net, marked)


def _fold_parallel_transitions(net: Net) -> bool:
    """Two transitions that take and give the same are one."""
    kept: dict[tuple[frozenset[int], frozenset[int], str], Transition] = {}
    for transition in net.transitions:
        key = (transition.takes, transition.gives, transition.kind)
        first = kept.setdefault(key, transition)
        if first is not transition:
            first.covers |= transition.covers
            if len(transition.path) < len(first.path):
                first.path = transition.path
    changed = len(kept) < len(net.transitions)
    net.transitions = list(kept.values())
    return changed


def _drop_self_loops(net: Net) -> bool:
    """A transition that changes nothing may go, if something else can fire wherever it can: else it is a livelock."""
    dropped: list[Transition] = []
    for transition in net.transitions:
        if transition.kind != "plain" or transition.takes != transition.gives:
            continue
        other = next(
            (
                t
                for t in net.transitions
                if t is not transition and t not in dropped and t.kind == "plain" and t.takes <= transition.takes
            ),
            None,
        )
        if other is not None:
            other.covers |= transition.covers
            dropped.append(transition)
    net.transitions = [t for t in net.transitions if t not in dropped]
    return bool(dropped)


def _fold_parallel_places(net: Net, marked: frozenset[int]) -> bool:
    """Places that are always filled and emptied together are one."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for index, transition in enumerate(net.transitions):
        for place in transition.takes:
            after[place].append(index)
        for place in transition.gives:
            before[place].append(index)
    groups: dict[tuple[tuple[int, ...], tuple[int, ...]], list[int]] = defaultdict(list)
    for place in before:
        if place in after and place not in marked and not net.places[place].sink:
            groups[tuple(before[place]), tuple(after[place])].append(place)
    surplus = frozenset(place for group in groups.values() for place in group[1:])
    if surplus:
        for transition in net.transitions:
            transition.takes -= surplus
            transition.gives -= surplus
    return bool(surplus)


def _fold_series(net: Net, marked: frozenset[int]) -> bool:
    """
    Take out one place after another whose tokens can always move on at once: each way into it is joined with each way
    out of it. Only where the net does not grow.
    """
    changed = False
    for place in range(len(net.places)):
        if place in marked or net.places[place].sink:
            continue
        ways_in = [t for t in net.transitions if place in t.gives]
        ways_out = [t for t in net.transitions if place in t.takes]
        if _can_fold(place, ways_in, ways_out) and (len(ways_in) == 1 or not _ends_at_once(net, ways_out)):
            if len(ways_in) > 1:
                _move_meeting(net, place, ways_out)
            joined = [_join(first, then, place) for first in ways_in for then in ways_out]
            net.transitions = [t for t in net.transitions if t not in ways_in and t not in ways_out] + joined
            changed = True
    return changed


def _move_meeting(net: Net, place: int, ways_out: list[Transition]) -> None:
    """Note at the places behind ``place``, if nothing else fills them, that ways met before ``place`` already."""
    for then in ways_out:
        for following in then.gives:
            if not any(following in t.gives for t in net.transitions if t is not then):
                net.places[following].doubled = net.places[place].doubled


def _ends_at_once(net: Net, ways_out: list[Transition]) -> bool:
    """
    Whether a way out leads only to ends. Where ways meet just before an end, folding would hide that two tokens can be
    there together: all that remained would be an end reached twice.
    """
    return any(all(net.places[place].sink for place in then.gives) for then in ways_out)


def _can_fold(place: int, ways_in: list[Transition], ways_out: list[Transition]) -> bool:
    if not ways_in or not ways_out or len(ways_in) * len(ways_out) > len(ways_in) + len(ways_out):
        return False
    alone = frozenset([place])
    return all(t.kind == "plain" and t.takes == alone and place not in t.gives for t in ways_out) and all(
        place not in first.takes and first.kind != "ending" and not (first.gives - alone) & then.gives
        for first in ways_in
        for then in ways_out
    )


def _join(first: Transition, then: Transition, place: int) -> Transition:
    return Transition(
        first.takes,
        (first.gives - {place}) | then.gives,
        first.path + then.path,
        first.kind,
        first.covers | then.covers,
    )
