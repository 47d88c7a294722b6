"""
A process chart with its steps in other lanes: by role, by team, by the system they touch. Steps and arrows stay.

As a picture only the lanes change. As a draft (:func:`rearranged`) every step also goes to whom it went before: a lane
whose steps all belong to one role stands for that role, and where that is not so a step names the queue itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit import add_lane, set_work
from throughline.flow.bpmn.extensions import Extensions, Role
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.catalogue import Catalogue
from throughline.flow.charts.views.dataflow import SYSTEMS, as_work_goes, main_process
from throughline.flow.engine.compile.roles import roles_of

HERE: Final = "Throughline"
PEOPLE: Final = "People"
NOBODY: Final = "Nobody yet"
PEOPLES: Final = (model.UserTask, model.ManualTask)

Sorting = Callable[[model.FlowNode], str]
"""Gives the name of the lane of a node, empty where it goes with the node before it."""


def by_role(definitions: model.Definitions, names: Mapping[str, str]) -> Sorting:
    """Return the sorting by who works: the role of a step's lane, called as ``names`` call its key."""
    lanes = _lanes(definitions)

    def sorted_by(node: model.FlowNode) -> str:
        if not isinstance(node, model.Activity) or node.id not in lanes:
            return ""
        role = lanes[node.id].extensions.role
        return names.get(role.key, lanes[node.id].name) if role is not None else lanes[node.id].name

    return sorted_by


def by_system(actions: Catalogue) -> Sorting:
    """Return the sorting by what a step touches: people's heads, what is kept here, or a system outside."""

    def sorted_by(node: model.FlowNode) -> str:
        if isinstance(node, model.UserTask | model.ManualTask) or type(node) is model.Task:
            return PEOPLE
        action = node.extensions.action
        if action is None:
            return HERE if isinstance(node, model.Activity) else ""
        spec, area = actions.get(action.name), action.name.partition(".")[0]
        is_outside = spec is not None and spec.place == "outside"
        return SYSTEMS.get(area, area.capitalize()) if is_outside else HERE

    return sorted_by


def relaned(definitions: model.Definitions, sorting: Sorting) -> model.Definitions:
    """
    Return the chart with the lanes that a sorting gives, laid out; what it leaves open goes with what comes before it.

    Raises:
        LookupError: there is no process.
    """
    process = main_process(definitions)
    inside = {node.id: node for node in process.nodes}
    before = {flow.target: flow.source for flow in reversed(process.flows)}
    before |= {node.id: node.attached_to for node in inside.values() if isinstance(node, model.BoundaryEvent)}
    named: dict[str, str] = {key: name for key, node in inside.items() if (name := sorting(node))}
    order = [key for key in as_work_goes(definitions, process) if key in inside]
    first = next((named[key] for key in order if key in named), NOBODY)
    for key in order:
        named.setdefault(key, named.get(before.get(key, ""), first))
    lanes: dict[str, list[str]] = {}
    for key in order:
        lanes.setdefault(named[key], []).append(key)
    lane_set = model.LaneSet(
        id="sorted",
        lanes=tuple(
            model.Lane(id=f"sorted_{number}", name=name, nodes=tuple(keys))
            for number, (name, keys) in enumerate(lanes.items())
        ),
    )
    changed = replace(process, lane_sets=(lane_set,))
    elements = tuple(changed if element is process else element for element in definitions.elements)
    return lay_out(replace(definitions, elements=elements, diagrams=()))


def rearranged(definitions: model.Definitions, sorting: Sorting) -> model.Definitions:
    """
    Return the chart with the lanes that a sorting gives as it can go on as a draft: nobody gets other work by it.

    Raises:
        LookupError: there is no process.
    """
    roles = roles_of(main_process(definitions))
    if not any(each.participants for each in definitions.collaborations):
        definitions, _lane = add_lane(definitions, name=NOBODY)  # lanes lie in a pool
    chart = relaned(definitions, sorting)
    process = main_process(chart)
    kept = [_for_role(lane, roles) for lane in process.lanes]
    lane_set = replace(process.lane_sets[0], lanes=tuple(kept))
    changed = replace(process, lane_sets=(lane_set,))
    chart = replace(chart, elements=tuple(changed if each is process else each for each in chart.elements))
    now = roles_of(changed)
    for node, _place in changed.walk():
        work, role = node.extensions.work_item, roles.get(node.id)
        names_it = work is not None and work.queue
        if isinstance(node, PEOPLES) and role and role != now.get(node.id) and not names_it:
            chart = set_work(chart, node=node.id, queue=f'"{role}"')
    return chart


def _for_role(lane: model.Lane, roles: Mapping[str, str]) -> model.Lane:
    """A lane whose steps all belong to one role stands for it."""
    found = {roles[node] for node in lane.nodes if node in roles}
    return replace(lane, extensions=Extensions(role=Role(key=found.pop()))) if len(found) == 1 else lane


def _lanes(definitions: model.Definitions) -> dict[str, model.Lane]:
    return {key: lane for lane in main_process(definitions).lanes for key in lane.nodes}
