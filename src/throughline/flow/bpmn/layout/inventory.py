"""What a chart consists of, by id: its nodes and flows, what each node is inside of, its lanes and frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.satellites import data_associations


@dataclass(slots=True)
class Inventory:
    """
    The parts of a chart.

    ``inside``: the process or sub-process of a node. ``lanes``: its innermost lane. ``sets``: the lanes of each set, in
    order. ``frames``: what stretches around others: pools, lanes, sub-processes, groups. ``others``: whatever else is
    drawn: pools, messages, data, notes.
    """

    nodes: dict[str, model.FlowNode] = field(default_factory=dict)
    flows: dict[str, model.SequenceFlow] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)
    sets: list[list[str]] = field(default_factory=list)
    pools: dict[str, str] = field(default_factory=dict)
    frames: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, definitions: model.Definitions) -> Inventory:
        """Return the parts of a chart."""
        found = cls()
        for process in definitions.processes:
            found._take(process)
            for item, _place in process.walk():
                if isinstance(item, model.Container):
                    found.frames.add(item.id)
                    found._take(item)
        for collaboration in definitions.collaborations:
            found.pools.update((each.process_ref, each.id) for each in collaboration.participants if each.process_ref)
            found.frames.update(each.id for each in collaboration.participants)
            found.others.update(each.id for each in collaboration.participants)
            found.others.update(each.id for each in collaboration.message_flows)
        return found

    def _take(self, place: model.Container) -> None:
        for item in place.elements:
            if isinstance(item, model.FlowNode):
                self.nodes[item.id], self.inside[item.id] = item, place.id
                self.others.update(each.id for each in data_associations(item))
            elif isinstance(item, model.SequenceFlow):
                self.flows[item.id] = item
            else:
                self.others.add(item.id)
        for lane in place.lanes:
            self.frames.add(lane.id)
            self.lanes.update(dict.fromkeys(lane.nodes, lane.id))
        for lane_set in place.lane_sets:
            self.sets.extend([lane.id for lane in each.lanes] for each in _lane_sets(lane_set))
        for artifact in place.artifacts:
            (self.frames if isinstance(artifact, model.Group) else self.others).add(artifact.id)

    def everything(self) -> set[str]:
        """Return the ids of all that is drawn."""
        return {*self.nodes, *self.flows, *self.frames, *self.others}

    def riders(self) -> dict[str, str]:
        """Return what boundary events sit on."""
        return {each.id: each.attached_to for each in self.nodes.values() if isinstance(each, model.BoundaryEvent)}

    def before(self, node: str) -> set[str]:
        """Return the nodes from which a flow leads here."""
        return {flow.source for flow in self.flows.values() if flow.target == node}

    def behind(self, node: str) -> set[str]:
        """Return the nodes to which a flow leads from here."""
        return {flow.target for flow in self.flows.values() if flow.source == node}

    def lane_above(self, lane: str) -> str:
        """Return the lane before one in its set, empty for the first."""
        row = next(row for row in self.sets if lane in row)
        return row[row.index(lane) - 1] if row[0] != lane else ""

    def home(self, node: str) -> str:
        """Return the frame that a node has to stay in, whether it is drawn or not: its lane, its group, its pool."""
        inside = self.inside[node]
        return self.lanes.get(node) or self.pools.get(inside, inside)


def _lane_sets(lane_set: model.LaneSet) -> Iterator[model.LaneSet]:
    yield lane_set
    for lane in lane_set.lanes:
        if lane.child_set is not None:
            yield from _lane_sets(lane.child_set)
