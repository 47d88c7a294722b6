"""
A chart that left for draw.io and comes back changed: what stayed is what it was, what is new is understood.

Theory of operation. The file carries the chart that was sent; drawing that one again says which shapes and lines left.
Those that are still there keep everything draw.io has no words for: settings, what is inside a sub-process, the step at
whose border an event sits. Those that are gone go, with what hung on them. A shape that looks otherwise now, and every
new shape and line, is what ``understand`` makes of it, in the lane and sub-process in which it lies; a new band is a
lane of the steps in it. A line that joins other shapes now leads there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from throughline.flow.bpmn import model
from throughline.flow.charts.sketch import Doubt, Fate, Line, Shape, Sketch
from throughline.flow.charts.understand import Understood


@dataclass(frozen=True, slots=True)
class Changed:
    """The chart as it is now, without places; ``kept`` counts what stayed as it was sent."""

    chart: model.Definitions
    kept: int
    fates: tuple[Fate, ...]
    doubts: tuple[Doubt, ...]


def changed(sent: model.Definitions, left: Sketch, back: Sketch, understood: Understood) -> Changed:
    """Return ``sent`` with the changes between the drawing that left and the one that came back."""
    return _Changing(sent, left, back, understood).changed()


class _Changing:
    def __init__(self, sent: model.Definitions, left: Sketch, back: Sketch, understood: Understood) -> None:
        self._sent = sent
        self._left = {shape.id: shape for shape in left.shapes}
        self._shapes = {shape.id: shape for shape in back.shapes}
        self._lines = {line.id: line for line in back.lines}
        self._known = {*self._left, *(line.id for line in left.lines)}
        self._gone = self._known - self._shapes.keys() - self._lines.keys()
        self._understood = understood
        self._made = {fate.drawn: fate.element for fate in understood.fates if fate.element}
        self._drawn = {element: drawn for drawn, element in self._made.items()}
        (process,) = understood.chart.processes
        self._read = {each.id: each for each in (*process.elements, *process.artifacts)}
        self._fates: dict[str, Fate] = {}
        self._kept = 0
        self._nodes: set[str] = set()
        self._bands: list[model.Lane] = []
        self._containers = self._boxes()

    def _boxes(self) -> dict[str, Shape]:
        """Return the shapes of sub-processes that are still there, by id."""
        walked = (element for process in self._sent.processes for element, _ in process.walk())
        inner = (element.id for element in walked if isinstance(element, model.SubProcess))
        return {key: self._shapes[key] for key in inner if key in self._shapes}

    def changed(self) -> Changed:
        self._nodes = self._standing()
        main = max(self._sent.processes, key=lambda each: (each.extensions.procedure is not None, len(each.elements)))
        elements = tuple(
            self._process(each, is_main=each.id == main.id) if isinstance(each, model.Process) else self._root(each)
            for each in self._sent.elements
        )
        stores = tuple(each for each in self._understood.chart.elements if self._is_new_store(each))
        for drawn in (*self._shapes, *self._lines):
            self._fates.setdefault(drawn, self._left_out(drawn))
        chart = replace(self._sent, elements=(*stores, *elements), diagrams=())
        if self._bands and not main.lane_sets:
            chart = _in_a_pool(chart, main.id)
        return Changed(chart, self._kept, tuple(self._fates.values()), self._asked())

    def _standing(self) -> set[str]:
        """Return the ids of nodes that will be there, new ones included."""
        walked = [element for process in self._sent.processes for element, _ in process.walk()]
        gone = {element.id for element in walked if self._goes(element)}
        old = {element.id for element in walked if isinstance(element, model.FlowNode)} - gone
        new = {
            made
            for drawn, made in self._made.items()
            if drawn not in self._known and isinstance(self._read.get(made), model.FlowNode)
        }
        return old | new

    def _goes(self, element: model.FlowElement) -> bool:
        host = element.attached_to if isinstance(element, model.BoundaryEvent) else ""
        return element.id in self._gone or host in self._gone

    # -- Containers ----------------------------------------------------------------------------------------------------

    def _root(self, element: model.RootElement) -> model.RootElement:
        if not isinstance(element, model.Collaboration):
            return element
        flows = tuple(each for each in element.message_flows if each.id not in self._gone)
        people = tuple(each for each in element.participants if each.id not in self._gone)
        return replace(element, message_flows=flows, participants=people)

    def _process(self, process: model.Process, *, is_main: bool) -> model.Process:
        new = "" if is_main else "-"
        made = replace(process, elements=self._elements(process, new), artifacts=self._artifacts(process, new))
        if is_main:
            self._see_bands(made)
        kept = tuple(self._lane_set(each, made) for each in process.lane_sets)
        return replace(made, lane_sets=self._with_bands(kept) if is_main else kept)

    def _elements(self, container: model.Container, place: str) -> tuple[model.FlowElement, ...]:
        """Return what is in a container; ``place`` is its id where new shapes lie in it, empty for the main process."""
        stay = [self._element(each) for each in container.elements if not self._goes(each)]
        return (*(each for each in stay if each is not None), *self._added(place))

    def _element(self, element: model.FlowElement) -> model.FlowElement | None:
        if isinstance(element, model.SequenceFlow):
            return self._flow(element)
        shape = self._shapes.get(element.id)
        if shape is None:
            return element  # not drawn: data objects and the like
        now = self._looking_otherwise(element, shape)
        self._kept += now is element
        if isinstance(now, model.SubProcess):
            now = replace(now, elements=self._elements(now, now.id), artifacts=self._artifacts(now, now.id))
        self._fates[shape.id] = Fate(shape.id, shape.text, _tag(now), element=now.id)
        return replace(now, name=shape.text) if shape.text != self._left[shape.id].text else now

    def _looking_otherwise(self, element: model.FlowElement, shape: Shape) -> model.FlowElement:
        """Return what a shape is that was drawn anew in another form; else the element as it was."""
        before = self._left[shape.id]
        made = self._read.get(self._made.get(shape.id, ""))
        if (before.kind, before.event) == (shape.kind, shape.event) or not isinstance(made, model.FlowNode):
            return element
        return replace(made, id=element.id)

    def _flow(self, flow: model.SequenceFlow) -> model.SequenceFlow | None:
        line = self._lines.get(flow.id)
        if line is None:
            return flow if {flow.source, flow.target} <= self._nodes else None
        source, target = self._end(line.source) or flow.source, self._end(line.target) or flow.target
        if not {source, target} <= self._nodes:
            return None
        self._kept += (source, target) == (flow.source, flow.target)
        self._fates[line.id] = Fate(line.id, line.text, "sequenceFlow", element=flow.id)
        return replace(flow, name=line.text, source=source, target=target)

    def _end(self, drawn: str) -> str:
        """Return the id of what a line ends at: its own for what was sent, the understood one for what is new."""
        return drawn if drawn in self._known else self._made.get(drawn, "")

    # -- What is new ---------------------------------------------------------------------------------------------------

    def _added(self, place: str) -> list[model.FlowElement]:
        """Return the new steps, data and arrows of a container."""
        if place == "-":
            return []
        found: list[model.FlowElement] = []
        for shape in self._new_shapes():
            made = self._read.get(self._made.get(shape.id, ""))
            if isinstance(made, model.FlowElement) and self._place(shape) == place:
                found += [each for key, each in self._read.items() if key == f"{made.id}_object"]  # type: ignore[misc]
                found.append(made)
                self._fates[shape.id] = Fate(shape.id, shape.text, _tag(made), element=made.id)
        return [*found, *(flow for line in self._new_lines() if (flow := self._new_flow(line, place)) is not None)]

    def _new_shapes(self) -> list[Shape]:
        return [shape for key, shape in self._shapes.items() if key not in self._known]

    def _new_lines(self) -> list[Line]:
        return [line for key, line in self._lines.items() if key not in self._known]

    def _place(self, shape: Shape) -> str:
        """Return the id of the innermost sub-process in which a shape lies; empty for none."""
        around = [(box.area, key) for key, box in self._containers.items() if box.holds(*shape.middle)]
        return min(around, default=(0.0, ""))[1]

    def _new_flow(self, line: Line, place: str) -> model.SequenceFlow | None:
        read = self._read.get(self._made.get(line.id, ""))
        ends = [self._end(line.source), self._end(line.target)]
        if isinstance(read, model.SequenceFlow):  # its ends as they were found by place
            ends = [
                end or self._end(self._drawn.get(found, ""))
                for end, found in zip(ends, (read.source, read.target), strict=True)
            ]
        if not set(ends) <= self._nodes or [self._container_of(end) for end in ends] != [place, place]:
            return None
        made = read.id if isinstance(read, model.SequenceFlow) else f"f_{line.id}"
        name = read.name if isinstance(read, model.SequenceFlow) else line.text
        self._fates[line.id] = Fate(line.id, line.text, "sequenceFlow", element=made)
        return model.SequenceFlow(id=made, name=name, source=ends[0], target=ends[1])

    def _container_of(self, node: str) -> str:
        for process in self._sent.processes:
            for element, holder in process.walk():
                if element.id == node:
                    return "" if isinstance(holder, model.Process) else holder.id
        shape = self._shapes.get(self._drawn.get(node, ""))
        return self._place(shape) if shape is not None else ""

    def _artifacts(self, container: model.Container, place: str) -> tuple[model.Artifact, ...]:
        old: list[model.Artifact] = []
        for each in container.artifacts:
            drawn = self._shapes.get(each.id) or self._lines.get(each.id)
            ends = {each.source, each.target} if isinstance(each, model.Association) else set()
            if each.id in self._gone or ends & self._gone:
                continue
            if drawn is not None:
                self._fates[each.id] = Fate(each.id, drawn.text, _tag(each), element=each.id)
            if isinstance(each, model.TextAnnotation) and drawn is not None:
                old.append(replace(each, text=drawn.text))
            else:
                old.append(each)
        return (*old, *(self._new_notes() if place == "" else ()))

    def _new_notes(self) -> list[model.Artifact]:
        found: list[model.Artifact] = []
        for shape in self._new_shapes():
            made = self._read.get(self._made.get(shape.id, ""))
            if isinstance(made, model.TextAnnotation):
                found.append(made)
                self._fates[shape.id] = Fate(shape.id, shape.text, _tag(made), element=made.id)
        return found

    def _is_new_store(self, element: model.RootElement) -> bool:
        return isinstance(element, model.DataStore) and element.id not in {each.id for each in self._sent.elements}

    # -- Lanes ---------------------------------------------------------------------------------------------------------

    def _lane_set(self, lane_set: model.LaneSet, process: model.Process) -> model.LaneSet:
        lanes = tuple(self._lane(lane, process) for lane in lane_set.lanes if lane.id not in self._gone)
        return replace(lane_set, lanes=lanes)

    def _lane(self, lane: model.Lane, process: model.Process) -> model.Lane:
        shape = self._shapes.get(lane.id)
        if shape is None:
            return lane
        self._fates[lane.id] = Fate(lane.id, shape.text, "lane", element=lane.id)
        below = self._lane_set(lane.child_set, process) if lane.child_set is not None else None
        held = {node for node in lane.nodes if node in self._nodes}
        for node in process.nodes:
            drawn = self._shapes.get(node.id) or self._shapes.get(self._drawn.get(node.id, ""))
            if drawn is not None and not isinstance(node, model.BoundaryEvent):
                held = held | {node.id} if shape.holds(*drawn.middle) else held - {node.id}
        held -= {node for band in self._bands for node in band.nodes}
        order = [node.id for node in process.nodes if node.id in held]
        return replace(lane, name=shape.text or lane.name, nodes=tuple(order), child_set=below)

    def _see_bands(self, process: model.Process) -> None:
        """Find the bands that were added, with the steps in each."""
        lanes = {lane.id: lane for each in self._understood.chart.processes for lane in each.lanes}
        for shape in self._new_shapes():
            read = lanes.get(self._made.get(shape.id, ""))
            if read is None:
                continue
            nodes = tuple(node.id for node in process.nodes if self._lies_in(node, shape))
            self._bands.append(replace(read, nodes=nodes, child_set=None))
            self._fates[shape.id] = Fate(shape.id, shape.text, "lane", element=read.id)

    def _lies_in(self, node: model.FlowNode, band: Shape) -> bool:
        """Say whether a step lies in a band; an exception lies where its step does."""
        key = node.attached_to if isinstance(node, model.BoundaryEvent) else node.id
        drawn = self._shapes.get(key) or self._shapes.get(self._drawn.get(key, ""))
        return drawn is not None and band.holds(*drawn.middle)

    def _with_bands(self, kept: tuple[model.LaneSet, ...]) -> tuple[model.LaneSet, ...]:
        """Return the lanes with the bands that were added, from the top down."""
        if not self._bands:
            return kept
        first = kept[0] if kept else model.LaneSet(id="lanes")
        lanes = sorted((*first.lanes, *self._bands), key=self._height)
        return (replace(first, lanes=tuple(lanes)), *kept[1:])

    def _height(self, lane: model.Lane) -> float:
        shape = self._shapes.get(lane.id) or self._shapes.get(self._drawn.get(lane.id, ""))
        return shape.y if shape is not None else 0.0

    # -- What is said --------------------------------------------------------------------------------------------------

    def _left_out(self, drawn: str) -> Fate:
        shape, line = self._shapes.get(drawn), self._lines.get(drawn)
        text = shape.text if shape is not None else line.text if line is not None else ""
        if drawn in self._known:
            return Fate(drawn, text, "participant" if shape is not None else "association")
        if line is not None:
            return Fate(drawn, text, "", "It joins steps of different sub-processes, or something that is no step.")
        return Fate(drawn, text, "", "It is no step, data or note that could be added.")

    def _asked(self) -> tuple[Doubt, ...]:
        """Return the questions about what is new; what was sent needs none."""
        return tuple(doubt for doubt in self._understood.doubts if self._is_about_new(doubt))

    def _is_about_new(self, doubt: Doubt) -> bool:
        subject = doubt.key.partition(":")[2].removesuffix(":source").removesuffix(":target")
        is_drawn = subject in self._shapes or subject in self._lines
        return is_drawn and subject not in self._known and doubt.kind != "several-exits"


def _in_a_pool(chart: model.Definitions, process_id: str) -> model.Definitions:
    """Lanes lie in a pool (BPMN 2.0.2, 9.3): make one where a process with lanes has none."""
    process = next(each for each in chart.processes if each.id == process_id)
    if any(pool.process_ref == process_id for each in chart.collaborations for pool in each.participants):
        return chart
    pool = model.Participant(id=f"{process_id}_pool", name=process.name, process_ref=process_id)
    made = model.Collaboration(id=f"{process_id}_collaboration", participants=(pool,))
    return replace(chart, elements=(made, *chart.elements))


def _tag(element: model.BaseElement) -> str:
    """Return the name of an element in BPMN: ``userTask``."""
    name = type(element).__name__
    return name[0].lower() + name[1:]
