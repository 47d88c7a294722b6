"""
The flow of one scope, indexed: which flows enter and leave a node, what is attached to it, and where links jump to.

A scope is a process or a sub-process (BPMN 2.0.2 §13.3.4); sequence flows never leave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from throughline.flow.bpmn import model as bpmn


@dataclass(slots=True)
class Scope:
    """
    A process or sub-process with its nodes and flows by id; ``parent`` is the scope it lies in.

    A flow that does not connect two nodes of the scope is left out here; the rules of structure tell of it.
    """

    definitions: bpmn.Definitions
    container: bpmn.Process | bpmn.SubProcess
    parent: Scope | None = None
    nodes: dict[str, bpmn.FlowNode] = field(default_factory=dict)
    flows: dict[str, bpmn.SequenceFlow] = field(default_factory=dict)
    incoming: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    outgoing: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    boundary: dict[str, list[bpmn.BoundaryEvent]] = field(default_factory=lambda: defaultdict(list))

    def triggers(self, node: bpmn.FlowNode) -> tuple[str, ...]:
        """The kinds of the event definitions of ``node``; empty for what is no event, and for none events."""
        if not isinstance(node, bpmn.Event):
            return ()
        return tuple(definition.trigger for definition in self.definitions.triggers(node))

    def is_handler(self, node: bpmn.FlowNode) -> bool:
        """Whether ``node`` is only run when something happens: an event sub-process or a compensation handler."""
        return (isinstance(node, bpmn.SubProcess) and node.triggered_by_event) or (
            isinstance(node, bpmn.Activity) and node.is_for_compensation
        )

    def starts(self) -> list[bpmn.FlowNode]:
        """What begins the scope when it is started: its start events and instantiating nodes, if any."""
        return [
            node
            for node in self.nodes.values()
            if isinstance(node, bpmn.StartEvent)
            or (isinstance(node, bpmn.ReceiveTask | bpmn.EventBasedGateway) and node.instantiate)
        ]

    def loose(self) -> list[bpmn.FlowNode]:
        """Nodes that no flow leads to and that a scope without start events begins with (§13.3.1)."""
        return [
            node
            for node in self.nodes.values()
            if not self.incoming[node.id]
            and not isinstance(node, bpmn.BoundaryEvent)
            and not self.is_handler(node)
            and not (isinstance(node, bpmn.IntermediateCatchEvent) and "link" in self.triggers(node))
        ]

    def link_targets(self, node: bpmn.Event) -> list[str]:
        """The catching events that the throwing link event ``node`` jumps to."""
        names = self._link_names(node)
        return [
            other.id
            for other in self.nodes.values()
            if isinstance(other, bpmn.IntermediateCatchEvent) and names & self._link_names(other)
        ]

    def _link_names(self, node: bpmn.Event) -> set[str]:
        return {d.name for d in self.definitions.triggers(node) if isinstance(d, bpmn.LinkEventDefinition)}


def scopes_of(definitions: bpmn.Definitions) -> Iterator[Scope]:
    """Every scope of the file, inner ones before the one they lie in."""
    for process in definitions.processes:
        yield from _scopes(definitions, process, None)


def _scopes(
    definitions: bpmn.Definitions, container: bpmn.Process | bpmn.SubProcess, parent: Scope | None
) -> Iterator[Scope]:
    scope = Scope(definitions, container, parent)
    for node in container.nodes:
        scope.nodes[node.id] = node
        if isinstance(node, bpmn.BoundaryEvent):
            scope.boundary[node.attached_to].append(node)
    for flow in container.flows:
        if flow.source in scope.nodes and flow.target in scope.nodes:
            scope.flows[flow.id] = flow
            scope.outgoing[flow.source].append(flow.id)
            scope.incoming[flow.target].append(flow.id)
    for node in scope.nodes.values():
        if isinstance(node, bpmn.SubProcess):
            yield from _scopes(definitions, node, scope)
    yield scope


def label(node: bpmn.FlowNode) -> str:
    """How a person would call ``node``: its name in quotation marks, else its kind and id."""
    name = " ".join(node.name.split())
    return f"“{name}”" if name else f"the unnamed {spoken_kind(node)} ({node.id})"


def spoken_kind(node: bpmn.FlowNode) -> str:
    """``exclusiveGateway`` as "exclusive gateway"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in node.kind_name).strip()
