"""
Which names are set when a case comes to a place: on every way, on some ways, or only later.

Theory of operation. Each node has a point before it and one after it; arrows, boundary events and sub-processes join
them (BPMN 2.0.2 §13). What is *surely* set at a point is what is set on all ways there: where ways meet, only what both
bring; behind a parallel join, what any of them brings, for all have come. Names are bits, a set of names is an integer,
and the sets shrink until nothing changes. A message that may bring anything sets all names. What runs beside (event
sub-processes, compensation) begins with nothing for sure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.scopes import Scope


class Reaching:
    """
    The names set along the ways of one process.

    ``sets``: per node the names it sets when it is done; None when that may be any name.
    """

    def __init__(self, scopes: Iterable[Scope], sets: Mapping[str, frozenset[str] | None]) -> None:
        self.scopes = list(scopes)
        self.sets = sets
        self.names = sorted({name for each in sets.values() if each for name in each})
        self.bits = {name: 1 << number for number, name in enumerate(self.names)}
        self.everything = (1 << len(self.names)) - 1
        self.before: dict[str, int] = {}
        self.after: dict[str, int] = {}
        self._graph()
        self._settle()

    # --- questions ----------------------------------------------------------------------------------------------------

    def surely_set_before(self, node: str) -> frozenset[str]:
        """The names that are set on every way to ``node``."""
        return self._spelled(self.before.get(node, self.everything))

    def surely_set_after(self, node: str) -> frozenset[str]:
        """The names that are set on every way through ``node``."""
        return self._spelled(self.after.get(node, self.everything))

    def is_only_set_later(self, name: str, node: str) -> bool:
        """Whether all that sets ``name`` comes after ``node``, so that it is always empty there."""
        setters = self._setters(name)
        behind = self._reachable([node])
        return (
            bool(setters)
            and node not in self.handled
            and all(s in behind for s in setters)
            and not (self._reachable(setters) & {node})
        )

    def way_to(self, node: str, *, without: str = "") -> tuple[str, ...]:
        """The nodes of a shortest way to ``node`` on which nothing sets ``without``; empty when there is none."""
        avoided = self._setters(without) if without else frozenset()
        parents: dict[str, str | None] = dict.fromkeys(self.entries)
        queue = deque(self.entries)
        while queue:
            here = queue.popleft()
            if here == node:
                return self._walked(parents, here)
            for following in self._next(here):
                is_border = following in self.borders.get(here, ())
                if following not in parents and (is_border or here not in avoided):
                    parents[following] = here
                    queue.append(following)
        return ()

    # --- the graph ----------------------------------------------------------------------------------------------------

    def _graph(self) -> None:
        self.following: dict[str, list[str]] = {}
        self.coming: dict[str, list[str]] = {}
        self.borders: dict[str, set[str]] = {}
        self.inner_ends: dict[str, list[str]] = {}
        self.ending: dict[str, str] = {}
        self.entries: list[str] = []
        self.handled: set[str] = set()
        self.opened: dict[str, str] = {}
        self.joins: set[str] = set()
        for scope in self.scopes:
            for flow in scope.flows.values():
                self._join(flow.source, flow.target)
            for node in scope.nodes.values():
                self._node(scope, node)
            self._begin(scope)
            if isinstance(scope.container, bpmn.SubProcess):
                self._end(scope, scope.container)
        inside = {node for scope in self.scopes if self._is_beside(scope) for node in scope.nodes}
        self.handled |= inside

    def _join(self, source: str, target: str) -> None:
        self.following.setdefault(source, []).append(target)
        self.coming.setdefault(target, []).append(source)

    def _node(self, scope: Scope, node: bpmn.FlowNode) -> None:
        self.before[node.id] = self.after[node.id] = self.everything
        if isinstance(node, bpmn.ParallelGateway):
            self.joins.add(node.id)
        for event in scope.boundary[node.id]:
            self.borders.setdefault(node.id, set()).add(event.id)
            self.following.setdefault(node.id, []).append(event.id)
            self.opened[event.id] = node.id
        if isinstance(node, bpmn.IntermediateThrowEvent) and "link" in scope.triggers(node):
            for target in scope.link_targets(node):
                self._join(node.id, target)
        if scope.is_handler(node):
            self.handled.add(node.id)

    def _begin(self, scope: Scope) -> None:
        container = scope.container
        first = [node.id for node in scope.starts() or scope.loose()]
        if isinstance(container, bpmn.AdHocSubProcess):
            first = [node.id for node in scope.nodes.values() if not scope.incoming[node.id]]
        if not isinstance(container, bpmn.SubProcess):
            self.entries += first
            return
        for node in first:
            self.opened.setdefault(node, container.id)
            self.following.setdefault(container.id, []).append(node)
            self.borders.setdefault(container.id, set()).add(node)

    def _end(self, scope: Scope, container: bpmn.SubProcess) -> None:
        ends = [node.id for node in scope.nodes.values() if not scope.outgoing[node.id] and not scope.is_handler(node)]
        self.inner_ends[container.id] = [] if isinstance(container, bpmn.AdHocSubProcess) else ends
        self.ending |= dict.fromkeys(self.inner_ends[container.id], container.id)

    def _is_beside(self, scope: Scope | None) -> bool:
        """Whether the scope runs when something happens, and not when a flow comes to it."""
        while scope is not None and scope.parent is not None:
            container = scope.container
            if isinstance(container, bpmn.SubProcess) and scope.parent.is_handler(container):
                return True
            scope = scope.parent
        return False

    # --- settling -----------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        changed = True
        while changed:
            changed = False
            for node in self.before:
                before = self._arriving(node)
                after = self._leaving(node, before)
                if before != self.before[node] or after != self.after[node]:
                    self.before[node], self.after[node] = before, after
                    changed = True

    def _arriving(self, node: str) -> int:
        if node in self.entries or (node in self.handled and node not in self.coming and node not in self.opened):
            return 0
        if node in self.opened and node not in self.coming:
            return self.before[self.opened[node]]
        coming = [self.after[source] for source in self.coming.get(node, ()) if source in self.after]
        if node in self.joins:
            brought = 0
            for names in coming:
                brought |= names
            return brought
        common = self.everything
        for names in coming:
            common &= names
        return common

    def _leaving(self, node: str, before: int) -> int:
        own = self.sets.get(node, frozenset())
        if own is None:
            return self.everything
        found = before
        for name in own:
            found |= self.bits[name]
        for end in self.inner_ends.get(node, ()):
            found |= self.after.get(end, 0)
        return found

    # --- ways ---------------------------------------------------------------------------------------------------------

    def _setters(self, name: str) -> frozenset[str]:
        return frozenset(node for node, own in self.sets.items() if own is None or name in own)

    def _reachable(self, starts: Iterable[str]) -> set[str]:
        """What can come after the starts; not the starts themselves, unless a circle leads back to them."""
        found: set[str] = set()
        frontier = list(starts)
        while frontier:
            here = frontier.pop()
            fresh = [node for node in self._next(here) if node not in found]
            found.update(fresh)
            frontier += fresh
        return found

    def _next(self, node: str) -> list[str]:
        """What a token at ``node`` can come to next; out of a sub-process only by way of its inside."""
        following = self.following.get(node, [])
        if self.inner_ends.get(node):
            following = [each for each in following if each in self.borders.get(node, ())]
        container = self.ending.get(node)
        while container is not None:
            borders = self.borders.get(container, ())
            following = [*following, *(each for each in self.following.get(container, ()) if each not in borders)]
            container = self.ending.get(container)
        return following

    def _walked(self, parents: Mapping[str, str | None], node: str) -> tuple[str, ...]:
        way: list[str] = []
        here: str | None = node
        while here is not None:
            way.append(here)
            here = parents[here]
        return tuple(reversed(way))

    def _spelled(self, names: int) -> frozenset[str]:
        return frozenset(name for name, bit in self.bits.items() if names & bit)
