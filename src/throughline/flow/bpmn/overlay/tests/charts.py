"""The variants that these tests speak of."""

from __future__ import annotations

from throughline.flow.bpmn import edit, model
from throughline.flow.bpmn.edit.tests.charts import FIRST_CONTACT
from throughline.flow.bpmn.overlay.units import Units

BASE = FIRST_CONTACT
"""Captured, call (with a deadline that tells the manager), reached?, done or lost."""
QUICK: model.Definitions = edit.set_work(BASE, node="call", due="PT4H")
"""The same with four hours instead of a day."""


def is_same(one: model.Definitions, other: model.Definitions) -> bool:
    """Say whether two charts are the same but for places and the order of what has none."""
    first, second = Units(one), Units(other)
    same_units = first.units == second.units
    same_lanes = all(first.lanes_of(key) == second.lanes_of(key) for key in first.units)
    nodes = [key for key, unit in first.units.items() if isinstance(unit.item, model.FlowNode)]
    return same_units and same_lanes and all(first.ways_of(key) == second.ways_of(key) for key in nodes)
