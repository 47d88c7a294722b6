"""The main path of a procedure: from the beginning on always where most cases went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set

from throughline.flow.bpmn import model
from throughline.flow.charts.views.dataflow import main_process
from throughline.flow.layered import layered


def main_path(definitions: model.Definitions, taken: Mapping[str, int]) -> list[model.FlowNode]:
    """
    Return the nodes of the main path, in order. ``taken``: how often each arrow was taken, by its id.

    At a fork all branches belong to it. Where no case has been, the first arrow counts. What is drawn inside a
    sub-process stands for itself as one step.

    Raises:
        LookupError: there is no process.
    """
    process = main_process(definitions)
    nodes = {node.id: node for node in process.nodes}
    leaving: dict[str, list[model.SequenceFlow]] = defaultdict(list)
    for flow in process.flows:
        if flow.source in nodes and flow.target in nodes:
            leaving[flow.source].append(flow)
    for node in process.nodes:
        if isinstance(node, model.BoundaryEvent):
            leaving[node.attached_to] += leaving[node.id]
    path = _beginning(process, nodes, leaving, taken)
    found, arcs = set(path), []
    for key in path:  # grows while it is walked
        for flow in _onwards(nodes[key], leaving[key], taken, found):
            arcs.append((key, flow.target, 1.0))
            if flow.target not in found:
                found.add(flow.target)
                path.append(flow.target)
    stands = layered(dict.fromkeys(path, 1.0), arcs, gap=1.0, bend=0.0)
    return [nodes[key] for key in sorted(path, key=lambda key: (stands.layer[key], stands.place[key]))]


def _beginning(
    process: model.Process,
    nodes: Mapping[str, model.FlowNode],
    leaving: Mapping[str, list[model.SequenceFlow]],
    taken: Mapping[str, int],
) -> list[str]:
    """The start event from which most cases came; without one, the nodes that nothing leads to."""
    starts = [node.id for node in process.nodes if isinstance(node, model.StartEvent)]
    if starts:
        return [max(starts, key=lambda key: sum(taken.get(flow.id, 0) for flow in leaving.get(key, ())))]
    led_to = {flow.target for flow in process.flows}
    return [key for key, node in nodes.items() if key not in led_to and not isinstance(node, model.BoundaryEvent)]


def _onwards(
    node: model.FlowNode, leaving: list[model.SequenceFlow], taken: Mapping[str, int], been: Set[str]
) -> list[model.SequenceFlow]:
    """The arrows that the path goes on by; a way on is preferred to one back, however often that was gone."""
    if isinstance(node, model.ParallelGateway) or not leaving:
        return leaving
    return [max(leaving, key=lambda flow: (flow.target not in been, taken.get(flow.id, 0)))]
