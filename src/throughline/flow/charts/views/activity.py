"""
The UML activity diagram (2.5.1, §15) of a procedure: actions, decisions, forks, where it begins and ends.

What is drawn in detail inside a sub-process stands as one action here; who does an action stands below its name.
"""

from __future__ import annotations

from throughline.flow.bpmn import model
from throughline.flow.charts.views.dataflow import main_process
from throughline.flow.charts.views.figure import Ending, Figure, Line, Shape, ShapeKind
from throughline.flow.charts.views.layers import arrange


def activity(definitions: model.Definitions) -> Figure:
    """
    Return the main process of a chart as an activity diagram.

    Raises:
        LookupError: there is no process.
    """
    process = main_process(definitions)
    who = {key: lane.name for lane in process.lanes for key in lane.nodes}
    joins = {flow.target for flow in process.flows}
    nodes = {node.id: node for node in process.nodes if node.id in joins or _may_begin(node)}
    shapes = tuple(_shape(node, who.get(node.id, "")) for node in nodes.values())
    lines = [
        Line(source=flow.source, target=flow.target, text=flow.name, ends=Ending.OPEN)
        for flow in process.flows
        if flow.source in nodes and flow.target in nodes
    ]
    lines += [
        Line(source=node.attached_to, target=node.id, dashed=True, ends=Ending.NONE)
        for node in nodes.values()
        if isinstance(node, model.BoundaryEvent) and node.attached_to in nodes
    ]
    name = process.name or process.id
    told = f"{sum(shape.kind is ShapeKind.STATE for shape in shapes)} actions and {len(lines)} arrows."
    return arrange(Figure(f"{name}: activity", told, shapes, tuple(lines)))


def _may_begin(node: model.FlowNode) -> bool:
    """Return whether a node is one to which no arrow has to lead."""
    return isinstance(node, model.StartEvent | model.BoundaryEvent | model.Activity)


def _shape(node: model.FlowNode, who: str) -> Shape:
    ref = f"step:{node.id}"
    if isinstance(node, model.StartEvent):
        return Shape(id=node.id, kind=ShapeKind.START, name=node.name, ref=ref)
    if isinstance(node, model.EndEvent):
        return Shape(id=node.id, kind=ShapeKind.END, name=node.name, ref=ref)
    if isinstance(node, model.ParallelGateway):
        return Shape(id=node.id, kind=ShapeKind.BAR, name="", ref=ref)
    if isinstance(node, model.Gateway):
        return Shape(id=node.id, kind=ShapeKind.DECISION, name=node.name, ref=ref)
    rows = (who,) if who and isinstance(node, model.Activity) else ()
    return Shape(id=node.id, kind=ShapeKind.STATE, name=node.name or node.id, rows=rows, ref=ref)
