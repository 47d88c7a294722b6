"""A chart while it is changed: its flow elements by id, and how they lie in processes, sub-processes and lanes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar, cast

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.picture import drawn_like

N = TypeVar("N", bound=model.FlowElement)
STEM_LENGTH = 40
"""How much of a name becomes part of an id."""


class NotEditable(ValueError):
    """An operation that cannot be done to this chart; the text says why, for the person who asked."""


class Sketch:
    """
    A working copy of a chart.

    ``elements`` are the flow elements of all processes and sub-processes by id; ``inside`` says in which of these each
    one is, ``order`` in what order. ``lane_nodes`` are the ids that each lane names. :meth:`finish` makes a chart.
    """

    def __init__(self, definitions: model.Definitions) -> None:
        self.before = definitions
        self.definitions = definitions
        self.elements: dict[str, model.FlowElement] = {}
        self.inside: dict[str, str] = {}
        self.order: dict[str, list[str]] = {}
        self.lanes: dict[str, model.Lane] = {}
        self.lane_nodes: dict[str, list[str]] = {}
        for process in definitions.processes:
            self._take(process)

    def _take(self, place: model.Container) -> None:
        self.order[place.id] = [element.id for element in place.elements]
        for lane in place.lanes:
            self.lanes[lane.id] = lane
            self.lane_nodes[lane.id] = list(lane.nodes)
        for element in place.elements:
            self.elements[element.id] = element
            self.inside[element.id] = place.id
            if isinstance(element, model.Container):
                self._take(element)

    # -- What is there -------------------------------------------------------------------------------------------------

    @property
    def main(self) -> model.Process:
        """
        The process that the procedure is.

        Raises:
            NotEditable: the file has none.
        """
        processes = self.definitions.processes
        named = [process for process in processes if process.extensions.procedure is not None]
        if not processes:
            raise NotEditable("The drawing holds no process. Draw one, or begin a new procedure.")
        return (named or [process for process in processes if process.is_executable] or list(processes))[0]

    def node(self, node_id: str) -> model.FlowNode:
        """
        Return a step, event or gateway.

        Raises:
            NotEditable: there is none of this id (any more).
        """
        found = self.elements.get(node_id)
        if not isinstance(found, model.FlowNode):
            raise NotEditable("This step is no longer in the drawing. Look at the drawing again.")
        return found

    def flow(self, flow_id: str) -> model.SequenceFlow:
        """
        Return a sequence flow.

        Raises:
            NotEditable: there is none of this id (any more).
        """
        found = self.elements.get(flow_id)
        if not isinstance(found, model.SequenceFlow):
            raise NotEditable("This way is no longer in the drawing. Look at the drawing again.")
        return found

    def flows(self) -> Iterator[model.SequenceFlow]:
        """Give all sequence flows."""
        for element in self.elements.values():
            if isinstance(element, model.SequenceFlow):
                yield element

    def outgoing(self, node_id: str) -> list[model.SequenceFlow]:
        """Return the flows that leave a node, in document order."""
        return [flow for flow in self.flows() if flow.source == node_id]

    def incoming(self, node_id: str) -> list[model.SequenceFlow]:
        """Return the flows that lead to a node, in document order."""
        return [flow for flow in self.flows() if flow.target == node_id]

    def attached(self, node_id: str) -> list[model.BoundaryEvent]:
        """Return the boundary events of an activity."""
        return [
            each
            for each in self.elements.values()
            if isinstance(each, model.BoundaryEvent) and each.attached_to == node_id
        ]

    def lane_of(self, node_id: str) -> str:
        """Return the id of the innermost lane that names a node, empty for none."""
        owners = [lane for lane, nodes in self.lane_nodes.items() if node_id in nodes]
        return owners[-1] if owners else ""

    def label(self, node_id: str) -> str:
        """Return what people call a node."""
        found = self.elements.get(node_id)
        return (found.name if found else "") or node_id

    # -- Changing ------------------------------------------------------------------------------------------------------

    def fresh(self, name: str, otherwise: str = "step") -> str:
        """Return an id made from ``name`` that nothing in the file has yet."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:STEM_LENGTH].strip("_") or otherwise
        if stem[0].isdigit():
            stem = f"{otherwise}_{stem}"
        taken = self._taken()
        number, candidate = 1, stem
        while candidate in taken:
            number += 1
            candidate = f"{stem}_{number}"
        return candidate

    def _taken(self) -> set[str]:
        roots = {element.id for element in self.definitions.elements}
        return roots | self.elements.keys() | self.lanes.keys() | self._other_ids()

    def _other_ids(self) -> set[str]:
        found = {self.definitions.id}
        for process in self.definitions.processes:
            found.update(lane_set.id for lane_set in process.lane_sets)
            found.update(artifact.id for artifact in process.artifacts)
            for element, _ in process.walk():
                found.update(artifact.id for artifact in getattr(element, "artifacts", ()))
        for collaboration in self.definitions.collaborations:
            found.update(pool.id for pool in collaboration.participants)
            found.update(flow.id for flow in collaboration.message_flows)
        for diagram in self.definitions.diagrams:
            found.add(diagram.id)
            if diagram.plane is not None:
                found.add(diagram.plane.id)
                found.update(each.id for each in diagram.plane.elements)
        for element in self.elements.values():
            found.update(definition.id for definition in getattr(element, "definitions", ()))
        return found

    def put(self, element: N, place: str) -> N:
        """Add a flow element to a process or sub-process."""
        self.elements[element.id] = element
        self.inside[element.id] = place
        self.order[place].append(element.id)
        return element

    def change(self, element_id: str, **fields: Any) -> None:
        """Set fields of an element."""
        self.elements[element_id] = replace(cast("Any", self.elements[element_id]), **fields)

    def remove(self, element_id: str) -> None:
        """Take an element away, with what is inside it, and its mention in lanes and as a default."""
        for inner in list(self.order.get(element_id, ())):
            self.remove(inner)
        self.order.pop(element_id, None)
        self.order[self.inside.pop(element_id)].remove(element_id)
        del self.elements[element_id]
        for nodes in self.lane_nodes.values():
            if element_id in nodes:
                nodes.remove(element_id)
        for each in list(self.elements.values()):
            if getattr(each, "default", "") == element_id:
                self.change(each.id, default="")

    def into_lane_of(self, node_id: str, other: str) -> None:
        """Put a node into the lane of another one."""
        lane = self.lane_of(other)
        if lane:
            self.into_lane(node_id, lane)

    def into_lane(self, node_id: str, lane: str) -> None:
        """Put a node into a lane, and out of all others."""
        if self.lane_of(node_id) == lane:
            return
        for nodes in self.lane_nodes.values():
            if node_id in nodes:
                nodes.remove(node_id)
        self.lane_nodes[lane].append(node_id)

    # -- Putting together ----------------------------------------------------------------------------------------------

    def finish(self) -> model.Definitions:
        """Return the chart, with a picture."""
        return drawn_like(self.whole(), self.before)

    def whole(self) -> model.Definitions:
        """Return the chart with the picture that it had, whether that still fits or not."""
        roots = tuple(
            self._together(each) if isinstance(each, model.Process) else each for each in self.definitions.elements
        )
        return replace(self.definitions, elements=tuple(self._without_loose_ends(each) for each in roots))

    def _together(self, place: Any) -> Any:
        elements = tuple(
            self._together(element) if isinstance(element, model.Container) else element
            for element in (self.elements[each] for each in self.order[place.id])
        )
        artifacts = tuple(each for each in place.artifacts if not self._dangles(each))
        lane_sets = tuple(self._lane_set(each) for each in place.lane_sets)
        if (elements, artifacts, lane_sets) == (place.elements, place.artifacts, place.lane_sets):
            return place
        return replace(place, elements=elements, artifacts=artifacts, lane_sets=lane_sets)

    def _lane_set(self, lane_set: model.LaneSet) -> model.LaneSet:
        return replace(lane_set, lanes=tuple(self._lane(lane) for lane in lane_set.lanes))

    def _lane(self, lane: model.Lane) -> model.Lane:
        inner = self._lane_set(lane.child_set) if lane.child_set is not None else None
        return replace(lane, nodes=tuple(self.lane_nodes[lane.id]), child_set=inner)

    def _gone(self) -> set[str]:
        before = {element.id for process in self.before.processes for element, _ in process.walk()}
        return before - self.elements.keys()

    def _dangles(self, artifact: model.Artifact) -> bool:
        return isinstance(artifact, model.Association) and bool({artifact.source, artifact.target} & self._gone())

    def _without_loose_ends(self, root: model.RootElement) -> model.RootElement:
        if not isinstance(root, model.Collaboration):
            return root
        gone = self._gone()
        kept = tuple(flow for flow in root.message_flows if not {flow.source, flow.target} & gone)
        return root if kept == root.message_flows else replace(root, message_flows=kept)
