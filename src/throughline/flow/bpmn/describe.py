"""What was understood of a chart, as plain data: processes, nodes, flows, lanes, and the reader's guesses."""

from __future__ import annotations

from typing import Any

from throughline.flow.bpmn.model import (
    Container,
    Definitions,
    Event,
    FlowElement,
    FlowNode,
    Lane,
    Process,
    SequenceFlow,
)

Described = dict[str, Any]


def describe(definitions: Definitions) -> Described:
    """
    Return processes, lanes and warnings as JSON data.

    ``nodes`` is flat: a node inside a sub-process names it as ``parent``. ``event`` is None for what is no event.
    Nothing that is drawn is left out because it cannot be executed.
    """
    return {
        "processes": [_process(process, definitions) for process in definitions.processes],
        "lanes": [_lane(lane) for lane in all_lanes(definitions)],
        "warnings": [{"line": warning.line, "message": warning.message} for warning in definitions.warnings],
    }


def all_lanes(definitions: Definitions) -> tuple[Lane, ...]:
    """Return the lanes of all processes and sub-processes, in document order."""
    containers: list[Container] = []
    for process in definitions.processes:
        containers += [process, *(item for item, _ in process.walk() if isinstance(item, Container))]
    return tuple(lane for container in containers for lane in container.lanes)


def event_kind(event: Event, definitions: Definitions) -> str:
    """
    Return ``none``, the name of the event's only definition, or ``multiple``.

    A reference counts even when the file does not hold what it names.
    """
    number = len(event.definitions) + len(event.definition_refs)
    if number > 1:
        return "multiple"
    found = definitions.triggers(event)
    return found[0].trigger if found else "none"


def _process(process: Process, definitions: Definitions) -> Described:
    inside = list(process.walk())
    nodes = [(item, place) for item, place in inside if isinstance(item, FlowNode)]
    return {
        "id": process.id,
        "name": process.name,
        "nodes": [_node(item, place, process, definitions) for item, place in nodes],
        "flows": [_flow(item) for item, _ in inside if isinstance(item, SequenceFlow)],
    }


def _node(node: FlowElement, container: Container, process: Process, definitions: Definitions) -> Described:
    return {
        "id": node.id,
        "type": node.kind_name,
        "name": node.name,
        "event": event_kind(node, definitions) if isinstance(node, Event) else None,
        "parent": None if container is process else container.id,
    }


def _flow(flow: SequenceFlow) -> Described:
    return {"id": flow.id, "source": flow.source, "target": flow.target}


def _lane(lane: Lane) -> Described:
    return {"id": lane.id, "name": lane.name}
