"""The ways between steps: connecting, leading elsewhere, conditions."""

from __future__ import annotations

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.edit.templates import expression

MAY_DEFAULT = (model.Activity, model.ExclusiveGateway, model.InclusiveGateway, model.ComplexGateway)
"""What may have a way for the case that no other fits (BPMN 2.0.2, 10.3 and 10.6)."""


def connect(
    definitions: model.Definitions,
    *,
    source: str,
    target: str,
    label: str = "",
    condition: str = "",
    otherwise: bool = False,
) -> model.Definitions:
    """
    Lead from one step to another; ``condition`` is FEEL, ``otherwise`` marks the way for when no other fits.

    Raises:
        NotEditable: one of them is gone, they cannot be connected, or they are connected already.
    """
    sketch = Sketch(definitions)
    made = join(sketch, source, target, label)
    _set_condition(sketch, made.id, condition, otherwise=otherwise)
    return sketch.finish()


def join(sketch: Sketch, source: str, target: str, label: str = "") -> model.SequenceFlow:
    """Add a sequence flow between two nodes of a sketch, as far as BPMN lets it be (BPMN 2.0.2, 7.6.1)."""
    beginning, end = sketch.node(source), sketch.node(target)
    _require_connectable(sketch, beginning, end)
    flow = model.SequenceFlow(id=sketch.fresh(f"f_{source}_{target}", "flow"), name=label, source=source, target=target)
    return sketch.put(flow, sketch.inside[source])


def _require_connectable(sketch: Sketch, source: model.FlowNode, target: model.FlowNode) -> None:
    names = sketch.label(source.id), sketch.label(target.id)
    if isinstance(source, model.EndEvent):
        raise NotEditable(f"“{names[0]}” is an end: nothing comes after it. Choose a step before it.")
    if isinstance(target, model.StartEvent):
        raise NotEditable(f"“{names[1]}” is a start: nothing leads to it. Choose a later step.")
    if isinstance(target, model.BoundaryEvent):
        raise NotEditable(f"“{names[1]}” happens to its step: nothing leads to it. Choose another step.")
    if source.id == target.id:
        raise NotEditable(f"“{names[0]}” cannot lead to itself. Put a decision behind it, and lead that back.")
    if sketch.inside[source.id] != sketch.inside[target.id]:
        raise NotEditable(
            f"“{names[0]}” and “{names[1]}” are in different groups or pools. Connect steps of the same one."
        )
    if any(flow.target == target.id for flow in sketch.outgoing(source.id)):
        raise NotEditable(f"“{names[0]}” leads to “{names[1]}” already. Change that way.")


def disconnect(definitions: model.Definitions, *, flow: str) -> model.Definitions:
    """
    Take a way between two steps away; the steps stay.

    Raises:
        NotEditable: it is gone already.
    """
    sketch = Sketch(definitions)
    sketch.remove(sketch.flow(flow).id)
    return sketch.finish()


def redirect(definitions: model.Definitions, *, flow: str, target: str) -> model.Definitions:
    """
    Let a way lead to another step; its label and condition stay.

    Raises:
        NotEditable: the way or the step is gone, or they cannot be connected.
    """
    sketch = Sketch(definitions)
    standing = sketch.flow(flow)
    if standing.target != target:
        _require_connectable(sketch, sketch.node(standing.source), sketch.node(target))
        sketch.change(flow, target=target)
    return sketch.finish()


def set_condition(
    definitions: model.Definitions, *, flow: str, label: str, condition: str, otherwise: bool = False
) -> model.Definitions:
    """
    Say when a way is taken; ``otherwise`` makes it the one for when no other fits, which has no condition.

    Raises:
        NotEditable: the way is gone, or nothing is decided where it begins.
    """
    sketch = Sketch(definitions)
    sketch.change(sketch.flow(flow).id, name=label)
    _set_condition(sketch, flow, condition, otherwise=otherwise)
    return sketch.finish()


def _set_condition(sketch: Sketch, flow_id: str, condition: str, *, otherwise: bool) -> None:
    flow = sketch.flow(flow_id)
    source = sketch.node(flow.source)
    if not isinstance(source, MAY_DEFAULT):
        if condition or otherwise:
            raise NotEditable(f"At “{sketch.label(source.id)}” nothing is decided, so its way has no condition.")
        return
    if otherwise:
        sketch.change(source.id, default=flow_id)
        sketch.change(flow_id, condition=None)
        return
    if source.default == flow_id:
        sketch.change(source.id, default="")
    if condition != (flow.condition.text if flow.condition else ""):
        sketch.change(flow_id, condition=expression(condition) if condition else None)
