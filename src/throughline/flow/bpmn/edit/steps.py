"""Steps: adding, moving, changing the kind, taking away; the ways around them are mended."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, cast

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.flows import join
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.edit.templates import Template


def add_after(
    definitions: model.Definitions, *, after: str, step: Template, name: str = "", way: str = "", node_id: str = ""
) -> tuple[model.Definitions, str]:
    """
    Add a step behind another one, in the way that leads on from there; return the chart and the step's id.

    ``way`` names the way when there are several; a step with no way on, or an end, becomes the last one (an end that
    is put into a way cuts it off). The new step is in the lane of the one before.

    Raises:
        NotEditable: ``after`` is gone or an end, or it is not said which of several ways is meant.
    """
    sketch = Sketch(definitions)
    return _finished(sketch, insert(sketch, after, step, name=name, way=way, node_id=node_id))


def _finished(sketch: Sketch, node_id: str) -> tuple[model.Definitions, str]:
    return sketch.finish(), node_id


def insert(sketch: Sketch, after: str, step: Template, *, name: str = "", way: str = "", node_id: str = "") -> str:
    """Add a step to a sketch; see :func:`add_after`."""
    before = sketch.node(after)
    if isinstance(before, model.EndEvent):
        raise NotEditable(f"“{sketch.label(after)}” is an end: nothing comes after it. Add the step before it.")
    if isinstance(step.node, model.StartEvent):
        raise NotEditable("A start has nothing before it. Add it by itself.")
    taken = _way_on(sketch, before, way)
    made = _put(sketch, step, name, node_id, sketch.inside[after])
    sketch.into_lane_of(made.id, after)
    if taken is None:
        join(sketch, after, made.id)
    else:
        onward = taken.target
        sketch.change(taken.id, target=made.id)
        if not isinstance(made, model.EndEvent):
            join(sketch, made.id, onward)
    return made.id


def _way_on(sketch: Sketch, node: model.FlowNode, way: str) -> model.SequenceFlow | None:
    ways = sketch.outgoing(node.id)
    if way:
        found = next((flow for flow in ways if flow.id == way), None)
        if found is None:
            raise NotEditable("This way is no longer in the drawing. Look at the drawing again.")
        return found
    if len(ways) > 1:
        raise NotEditable(f"Several ways lead on from “{sketch.label(node.id)}”. Choose one of them.")
    return ways[0] if ways else None


def _put(sketch: Sketch, step: Template, name: str, node_id: str, place: str) -> model.FlowNode:
    wanted = node_id or sketch.fresh(name or step.node.name, step.node.kind_name)
    if wanted in sketch.elements:
        raise NotEditable(f"There is a step “{wanted}” already. Choose another name.")
    return sketch.put(step.named(wanted, name), place)


def add_alone(
    definitions: model.Definitions, *, step: Template, name: str = "", node_id: str = ""
) -> tuple[model.Definitions, str]:
    """Add a step that nothing leads to yet, such as a second start; return the chart and the step's id."""
    sketch = Sketch(definitions)
    made = _put(sketch, step, name, node_id, sketch.main.id)
    lanes = sketch.main.lanes
    if lanes:
        sketch.into_lane(made.id, next(lane for lane in lanes if lane.child_set is None).id)
    return sketch.finish(), made.id


def delete(definitions: model.Definitions, *, node: str) -> model.Definitions:
    """
    Take a step away. What led to it leads on to what followed it; of several ways the one for *otherwise* counts, else
    the first. Exceptions of the step go with it, and what only they led to.

    Raises:
        NotEditable: it is gone already.
    """
    sketch = Sketch(definitions)
    take_away(sketch, node)
    return sketch.finish()


def take_away(sketch: Sketch, node_id: str) -> None:
    """Take a step of a sketch away; see :func:`delete`."""
    node = sketch.node(node_id)
    if isinstance(node, model.StartEvent) and len(_starts(sketch, sketch.inside[node_id])) == 1:
        raise NotEditable(f"“{sketch.label(node_id)}” is the only start. Add another one first.")
    for event in sketch.attached(node_id):
        _take_away_exception(sketch, event.id)
    if isinstance(node, model.BoundaryEvent):
        _take_away_exception(sketch, node_id)
        return
    _heal(sketch, node)
    sketch.remove(node_id)


def _starts(sketch: Sketch, place: str) -> list[str]:
    return [each for each in sketch.order[place] if isinstance(sketch.elements[each], model.StartEvent)]


def _heal(sketch: Sketch, node: model.FlowNode) -> None:
    onward, comes = sketch.outgoing(node.id), sketch.incoming(node.id)
    chosen = next((flow for flow in onward if flow.id == getattr(node, "default", "")), onward[0] if onward else None)
    for flow in comes:
        known = {other.target for other in sketch.outgoing(flow.source) if other.id != flow.id}
        if chosen is None or chosen.target in {*known, flow.source, node.id}:
            sketch.remove(flow.id)
        else:
            sketch.change(flow.id, target=chosen.target)
    for flow in onward:
        if flow.id in sketch.elements:
            sketch.remove(flow.id)


def _take_away_exception(sketch: Sketch, event_id: str) -> None:
    """Remove a boundary event with everything that can be reached from it only; never the step that it belongs to."""
    event = cast("model.BoundaryEvent", sketch.node(event_id))
    begin = [each.id for each in sketch.elements.values() if _begins(sketch, each)]
    kept = _reached(sketch, [*begin, event.attached_to], without=event_id)
    doomed = _reached(sketch, [event_id]) - kept
    for flow in list(sketch.flows()):
        if flow.source in doomed or flow.target in doomed:
            sketch.remove(flow.id)
    for each in doomed:
        sketch.remove(each)


def _begins(sketch: Sketch, element: model.FlowElement) -> bool:
    if isinstance(element, model.BoundaryEvent):
        return False  # its step leads to it
    return isinstance(element, model.FlowNode) and not sketch.incoming(element.id)


def _reached(sketch: Sketch, starts: list[str], *, without: str = "") -> set[str]:
    """The nodes that the ways and the exceptions of steps lead to, but for the exception ``without``."""
    onward: dict[str, list[str]] = {}
    for element in sketch.elements.values():
        if isinstance(element, model.SequenceFlow):
            onward.setdefault(element.source, []).append(element.target)
        elif isinstance(element, model.BoundaryEvent) and element.id != without:
            onward.setdefault(element.attached_to, []).append(element.id)
    seen, queue = set(starts), list(starts)
    for each in queue:
        for other in onward.get(each, ()):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return seen


def move_after(definitions: model.Definitions, *, node: str, after: str, way: str = "") -> model.Definitions:
    """
    Move a step behind another one; the ways at its old place are joined. Exceptions of the step come along.

    Raises:
        NotEditable: one of them is gone, several ways leave the step, or it is a start, an end or an exception.
    """
    sketch = Sketch(definitions)
    moved, onward = sketch.node(node), sketch.outgoing(node)
    label = sketch.label(node)
    if isinstance(moved, model.StartEvent | model.EndEvent | model.BoundaryEvent):
        raise NotEditable(f"“{label}” is where a way begins or ends. Change the ways that lead there.")
    if len(onward) > 1:
        raise NotEditable(f"Several ways leave “{label}”. Move the steps behind it one by one.")
    if after == node:
        raise NotEditable(f"“{label}” cannot come after itself. Choose another step.")
    if way in {flow.id for flow in onward}:
        raise NotEditable(f"“{label}” is there already. Choose another place.")
    if sketch.inside[node] != sketch.inside[sketch.node(after).id]:
        raise NotEditable(f"“{label}” and “{sketch.label(after)}” are in different groups. Move it inside its own.")
    if isinstance(sketch.node(after), model.EndEvent):
        raise NotEditable(f"“{sketch.label(after)}” is an end: nothing comes after it. Move the step before it.")
    _heal(sketch, moved)
    taken = _way_on(sketch, sketch.node(after), way if way in sketch.elements else "")
    if taken is None:
        join(sketch, after, node)
    else:
        target = taken.target
        sketch.change(taken.id, target=node)
        join(sketch, node, target)
    return sketch.finish()


def change_kind(definitions: model.Definitions, *, node: str, step: Template) -> model.Definitions:
    """
    Make a step one of another kind: its name, description and ways stay, what it did is that of the new kind.

    Raises:
        NotEditable: the step is gone, or its kind has another place in the flow than the new one.
    """
    sketch = Sketch(definitions)
    standing = sketch.node(node)
    family = next(
        (
            each
            for each in (model.Task, model.Gateway, model.StartEvent, model.EndEvent, model.IntermediateCatchEvent)
            if isinstance(standing, each)
        ),
        None,
    )
    if family is None or not isinstance(step.node, family):
        raise NotEditable(f"“{sketch.label(node)}” cannot become that. Add the new step, and remove this one.")
    made = step.named(node, standing.name)
    names = {each.name for each in fields(cast("Any", made))}
    for name in ("documentation", "default", "loop", "is_for_compensation"):
        if name in names and hasattr(standing, name):
            made = _with(made, name, getattr(standing, name))
    kept = standing.extensions
    made = _with(
        made,
        "extensions",
        _keeping(made.extensions, value_adding=kept.value_adding, reads=kept.reads, writes=kept.writes, rest=kept.rest),
    )
    sketch.elements[node] = made
    return sketch.finish()


def _with(node: model.FlowNode, name: str, value: Any) -> model.FlowNode:
    return cast("model.FlowNode", replace(cast("Any", node), **{name: value}))


def _keeping(extensions: Any, **kept: Any) -> Any:
    return replace(extensions, **kept)
