"""
What happened, as a person would tell it: the line that tests and scenarios compare.

:func:`names` gives the steps in the order in which they were completed: activities that ended normally and events that
happened. :func:`story` gives the whole way with gateways and the labels of flows: ``start > score > hot? -yes-> call >
end``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from throughline.flow.engine import events as ev
from throughline.flow.engine.chart import Chart, Node


def happened(chart: Chart, events: Iterable[ev.Event]) -> Iterator[Node]:
    """Give the nodes of activities that ended normally and of events that happened, in order; never a gateway."""
    for event in events:
        if isinstance(event, ev.Passed) or (isinstance(event, ev.Completed) and event.phase != "loop"):
            node = chart.by_id[event.node]
            if not node.type.endswith("Gateway"):
                yield node


def names(chart: Chart, events: Iterable[ev.Event]) -> list[str]:
    """Return the names of what happened; what has no name is left out."""
    return [node.name for node in happened(chart, events) if node.name]


def story(chart: Chart, events: Iterable[ev.Event]) -> str:
    """Return the way through the chart in one line; flows with a name show it, other steps are joined by ``>``."""
    parts: list[str] = []
    for event in events:
        if isinstance(event, ev.Passed | ev.Entered | ev.Joined):
            node = chart.by_id[event.node]
            if isinstance(event, ev.Entered) and event.phase == "join":
                continue
            parts.append(f" {_arrow(node, getattr(event, 'flow', None))} {node.label}" if parts else node.label)
    return "".join(parts)


def _arrow(node: Node, flow: str | None) -> str:
    name = next((each.name for each in node.incoming if each.id == flow), "")
    return f"-{name}->" if name else ">"
