"""Carrying out the operations of an overlay, one by one, where nothing stands against it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.sketch import Sketch
from throughline.flow.bpmn.edit.steps import take_away
from throughline.flow.bpmn.overlay.operations import Add, Bypass, Insert, Remove, Set
from throughline.flow.bpmn.overlay.units import Unit, Units, with_aspect


def bypass(sketch: Sketch, operation: Bypass) -> None:
    """
    Take a step out, and mend the ways around it.

    Raises:
        NotEditable: it is the only start.
    """
    take_away(sketch, operation.element)


def insert(sketch: Sketch, operation: Insert, way: model.SequenceFlow) -> None:
    """Put a step into a way."""
    place = sketch.inside[way.id]
    sketch.put(operation.node, place)
    if isinstance(operation.node, model.Container):
        sketch.order[operation.node.id] = []
    sketch.change(way.id, target=operation.element)
    sketch.put(replace(operation.onward, source=operation.element, target=way.target), place)
    for lane in operation.lanes:
        if lane in sketch.lane_nodes:
            sketch.lane_nodes[lane].append(operation.element)


def perform(units: Units, operation: Add | Set | Remove) -> None:
    """Carry out an operation on units."""
    if isinstance(operation, Add):
        units.put(operation.element, Unit(operation.place, operation.slot, operation.what), operation.before)
        if operation.lanes:
            units.into_lanes(operation.element, operation.lanes)
    elif isinstance(operation, Remove):
        units.remove(operation.element)
    elif operation.aspect in ("place", "lane", "ways"):
        verbs: dict[str, Any] = {"place": units.move, "lane": units.into_lanes, "ways": units.arrange}
        verbs[operation.aspect](operation.element, operation.now)
    else:
        unit = units.units[operation.element]
        made = with_aspect(unit.item, operation.aspect, operation.now) if operation.aspect else operation.now
        units.put(operation.element, replace(unit, item=made))
