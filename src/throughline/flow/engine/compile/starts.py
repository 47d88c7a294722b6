"""How cases of a process can begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from throughline.flow.bpmn import model as bpmn
from throughline.flow.engine.chart import Node, StartPoint

if TYPE_CHECKING:
    from throughline.flow.engine.compile.graph import Assembly
    from throughline.flow.engine.compile.workshop import Workshop


def starting_points(shop: Workshop, assembly: Assembly) -> tuple[StartPoint, ...]:
    """Return the start events of the process, and the tasks and events that create a case by receiving something."""
    return tuple(point for node in assembly.root.nodes for point in _points(shop, node))


def _points(shop: Workshop, node: Node) -> Iterator[StartPoint]:
    if node.type == "startEvent":
        trigger = node.element.extensions.trigger
        event = "" if trigger is None else trigger.event
        where = None if trigger is None else shop.optional(trigger.where, node.id, "the trigger")
        if not node.definitions:
            yield StartPoint(node.id, "none", "", event, where)
        for each in node.definitions:
            yield StartPoint(node.id, each.trigger, each.name, event, where, each.timer, each.condition)
    elif isinstance(node.element, bpmn.ReceiveTask) and node.element.instantiate and not node.incoming:
        yield StartPoint(node.id, "message", node.definitions[0].name if node.definitions else "")
    elif isinstance(node.element, bpmn.EventBasedGateway) and node.element.instantiate and not node.incoming:
        for way in node.outgoing:
            for each in way.target.definitions:
                yield StartPoint(way.target.id, each.trigger, each.name)
