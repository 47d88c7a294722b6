"""Lanes, which are the roles: putting a step into one, adding one."""

from __future__ import annotations

from dataclasses import replace

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.extensions import Extensions, Role


def role_of(lane: model.Lane) -> str:
    """Return the key of the role that a lane stands for, empty when only its name says it."""
    return lane.extensions.role.key if lane.extensions.role is not None else ""


def put_in_lane(
    definitions: model.Definitions, *, node: str, lane: str = "", role: str = "", name: str = ""
) -> model.Definitions:
    """
    Put a step into a lane, given by its id or by its role; a role without a lane gets one, called ``name``.

    The exceptions of a step come along.

    Raises:
        NotEditable: the step or the lane is gone, or the step is inside a group of steps.
    """
    sketch = Sketch(definitions)
    moved = sketch.node(node)
    if sketch.inside[node] != sketch.main.id:
        raise NotEditable(f"“{sketch.label(node)}” is inside a group of steps, which is in one lane. Move the group.")
    chosen = lane or _lane_of_role(sketch, role) or _new_lane(sketch, name or role, role)
    if chosen not in sketch.lane_nodes:
        raise NotEditable("This lane is no longer in the drawing. Look at the drawing again.")
    for each in (moved.id, *(event.id for event in sketch.attached(node))):
        sketch.into_lane(each, chosen)
    return sketch.finish()


def _lane_of_role(sketch: Sketch, role: str) -> str:
    return next((lane.id for lane in sketch.lanes.values() if role and role_of(lane) == role), "")


def add_lane(definitions: model.Definitions, *, name: str, role: str = "") -> tuple[model.Definitions, str]:
    """Add a lane at the bottom; return the chart and the lane's id. The first lane takes in all steps."""
    sketch = Sketch(definitions)
    made = _new_lane(sketch, name, role)
    return sketch.finish(), made


def _new_lane(sketch: Sketch, name: str, role: str) -> str:
    process = sketch.main
    extensions = Extensions(role=Role(key=role)) if role else Extensions()
    lane = model.Lane(id=sketch.fresh(f"lane_{name}", "lane"), name=name, extensions=extensions)
    first = not process.lanes
    lane_sets = (
        (model.LaneSet(id=sketch.fresh("lanes"), lanes=(lane,)),)
        if not process.lane_sets
        else (
            replace(process.lane_sets[0], lanes=(*process.lane_sets[0].lanes, lane)),
            *process.lane_sets[1:],
        )
    )
    sketch.lanes[lane.id] = lane
    sketch.lane_nodes[lane.id] = []
    _replace_process(sketch, replace(process, lane_sets=lane_sets))
    _require_pool(sketch)
    if first:
        for each in sketch.order[process.id]:
            if isinstance(sketch.elements[each], model.FlowNode):
                sketch.into_lane(each, lane.id)
    return lane.id


def _replace_process(sketch: Sketch, process: model.Process) -> None:
    elements = tuple(process if each.id == process.id else each for each in sketch.definitions.elements)
    sketch.definitions = replace(sketch.definitions, elements=elements)


def _require_pool(sketch: Sketch) -> None:
    """Lanes are drawn inside a pool: make one for the process if none shows it (BPMN 2.0.2, 9.3)."""
    process, definitions = sketch.main, sketch.definitions
    if any(pool.process_ref == process.id for each in definitions.collaborations for pool in each.participants):
        return
    pool = model.Participant(id=sketch.fresh("pool"), name=process.name, process_ref=process.id)
    if definitions.collaborations:
        first = definitions.collaborations[0]
        grown = replace(first, participants=(pool, *first.participants))
        elements = tuple(grown if each is first else each for each in definitions.elements)
    else:
        made = model.Collaboration(id=sketch.fresh("collaboration"), participants=(pool,))
        elements = (made, *definitions.elements)
    sketch.definitions = replace(definitions, elements=elements)
