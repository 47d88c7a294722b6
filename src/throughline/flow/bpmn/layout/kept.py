"""
Places that stay: what did not change keeps the place that somebody chose, and room is made for what is new.

Theory of operation. The pictures before are taken as sheets (``sheet``). What is gone is taken off; where a step was
taken out of a line, its two lines become one. A new step that was put into a line stands on the longest level stretch
of that line inside its lane; where the stretch is too short, everything beyond it moves on, and frames stretch. A new
step beside others (a second way, the exception of a step) takes the first free row behind the one it comes from, and
if its lane has none, the lane grows. A step that was moved, or changed its lane, is put anew. Lines whose ends changed
are drawn over the first of a few simple ways that meets no step (``ways``). Nothing is searched beyond that: when a
rule finds no place, or the result would lie on something else or outside its frame, nothing is kept, and the caller
lays the whole chart out instead (``lay_out``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.inventory import Inventory
from throughline.flow.bpmn.layout.places import straightened, tether
from throughline.flow.bpmn.layout.sheet import ACROSS, DOWN, Sheet
from throughline.flow.bpmn.layout.sizes import caption_size, size_of
from throughline.flow.bpmn.layout.ways import longest_run, longest_stretch, ways
from throughline.flow.bpmn.render.geometry import Box, Point, around

GAP: Final = 40.0
"""Between steps that follow each other."""
STEP: Final = 110.0
"""From one row to the next."""
ROWS: Final = 6
"""So many rows are tried before a lane grows, and so many places in the row that it grows by."""
EDGE: Final = 12.0
"""Between a step and the frame around it."""
LANE: Final = 130.0
REST: Final = " rest"
"""Behind a step's id, which has no blank, this names what is left of the line that the step was put into."""


class _NoRoom(Exception):
    """Something cannot be placed by these rules."""


def kept(
    before: model.Definitions, after: model.Definitions, chosen: Mapping[str, Box] | None = None
) -> model.Definitions | None:
    """
    Return ``after`` with the places of ``before`` for all that did not change; None when that cannot be done well.

    ``chosen``: where somebody has put what is new, or stands elsewhere in the chart. Groups and other artifacts stay
    where they are. Attributes of the pictures (colours) stay with what they show.
    """
    try:
        return _Arranging(before, after, chosen or {}).done()
    except _NoRoom:
        return None


class _Arranging:
    """The pictures of a chart on their way to a changed one."""

    def __init__(self, before: model.Definitions, after: model.Definitions, chosen: Mapping[str, Box]) -> None:
        self.definitions, self.chosen = after, chosen
        self.was, self.now = Inventory.of(before), Inventory.of(after)
        self.riders = self.was.riders() | self.now.riders()
        ends = {each.id: (each.source, each.target) for each in self.was.flows.values()}
        frames = self.was.frames | self.now.frames
        self.sheets = [
            Sheet(each, each.plane, frames=frames - _closed(each.plane), riders=self.riders, ends=ends)
            for each in before.diagrams
            if each.plane is not None
        ]
        self.never = {each for each in self.was.nodes if not self._is_placed(each)}
        self.targets: dict[str, str] = {}
        self.fresh: set[str] = set()
        self.drawn: set[str] = set()
        self.joined: set[str] = set()

    def done(self) -> model.Definitions:
        """Return the chart with its pictures."""
        if self.now.others - self.was.others or not self.sheets:
            raise _NoRoom
        self._add_lanes()
        self._join_healed()
        gone = self._take_off()
        for node in self._pending():
            self._place(node)
        self._resize()
        self._draw_lines()
        self._require_room()
        return replace(self.definitions, diagrams=tuple(self._finished(sheet, gone) for sheet in self.sheets))

    def _sheet_of(self, each: str) -> Sheet:
        found = next((sheet for sheet in self.sheets if each in sheet.boxes), None)
        if found is None:
            raise _NoRoom
        return found

    def _is_placed(self, each: str) -> bool:
        return any(each in sheet.boxes for sheet in self.sheets)

    # -- What is gone --------------------------------------------------------------------------------------------------

    def _take_off(self) -> set[str]:
        """Take off what is gone, or stands elsewhere in the chart now; return what is gone for good."""
        gone = self.was.everything() - self.now.everything()
        moved = {each for each in self.now.nodes.keys() & self.was.nodes.keys() if self._is_moved(each)}
        moved |= {rider for rider, host in self.now.riders().items() if host in moved}
        for sheet in self.sheets:
            for each in gone | moved:
                sheet.remove(each)
        self.never -= moved
        return gone

    def _is_moved(self, node: str) -> bool:
        lane = self.was.lanes.get(node)
        if self.was.inside[node] != self.now.inside[node] or (lane is not None and lane != self.now.lanes.get(node)):
            return True
        came, comes = self.was.before(node), self.now.before(node)
        led, leads = self.was.behind(node), self.now.behind(node)
        return bool(came and comes and led and leads) and not came & comes and not led & leads

    def _join_healed(self) -> None:
        """Where a step was taken out of a line, what led to it and what led on become one line."""
        out = self.was.nodes.keys() - self.now.nodes.keys()
        for flow in self.now.flows.values():
            old = self.was.flows.get(flow.id)
            if old is None or old.target not in out or old.source != flow.source:
                continue
            on = next((e for e in self.was.flows.values() if (e.source, e.target) == (old.target, flow.target)), None)
            sheet = next((sheet for sheet in self.sheets if flow.id in sheet.lines), None)
            if on is None or sheet is None or on.id not in sheet.lines:
                continue
            first, second = sheet.lines[flow.id], sheet.lines[on.id]
            if abs(first[-1][1] - second[0][1]) < 1:
                sheet.lines[flow.id] = straightened([*first[:-1], *second[1:]])
                sheet.tied[flow.id] = flow.source, flow.target
                self.joined.add(flow.id)

    # -- Lanes ---------------------------------------------------------------------------------------------------------

    def _add_lanes(self) -> None:
        lanes = [lane for row in self.now.sets for lane in row]
        known = {lane for row in self.was.sets for lane in row}
        if known - set(lanes):
            raise _NoRoom
        for lane in lanes:
            if lane not in known:
                self._add_lane(lane, self.now.lane_above(lane))

    def _add_lane(self, lane: str, above: str) -> None:
        sheet = self._sheet_of(above)
        if lane in self.chosen:
            for each in sheet.holding(above):
                sheet.boxes[each] = around([sheet.boxes[each], self.chosen[lane]])
            sheet.boxes[lane] = self.chosen[lane]
            return
        upper = sheet.boxes[above]
        sheet.spread(DOWN, upper.bottom + 1, LANE)
        for each in sheet.holding(above):
            frame = sheet.boxes[each]
            sheet.boxes[each] = frame._replace(height=max(frame.height, upper.bottom + LANE - frame.y))
        sheet.boxes[lane] = upper._replace(y=upper.bottom, height=LANE)

    # -- New steps -----------------------------------------------------------------------------------------------------

    def _pending(self) -> Iterator[str]:
        """Give the nodes that need a place, each once something beside it has one."""
        waiting = [each for each in self.now.nodes if not self._is_placed(each) and each not in self.never]
        while waiting:
            ready = next((each for each in waiting if self._neighbour(each)), waiting[0])
            waiting.remove(ready)
            yield ready

    def _neighbour(self, node: str) -> str:
        """The node with a place that a node comes from, or sits on; empty for none."""
        near = [self.riders[node]] if node in self.riders else []
        near += [flow.source for flow in self.now.flows.values() if flow.target == node]
        return next((each for each in near if self._is_placed(each)), "")

    def _place(self, node: str) -> None:
        found, near = self.now.nodes[node], self._neighbour(node)
        if isinstance(found, model.Container):
            raise _NoRoom
        self.fresh.add(node)
        if node in self.chosen:
            self._sheet_of(near or self.now.home(node)).boxes[node] = self.chosen[node]
        elif not near:
            self._place_alone(node)
        elif node in self.riders:
            self._place_on(node, near)
        elif not self._place_in_line(node):
            self._place_beside(node, near)
        self._name(node)

    def _name(self, node: str) -> None:
        """Write the name of an event or a gateway below it, of an exception beside its way."""
        sheet, found = self._sheet_of(node), self.now.nodes[node]
        width, height = caption_size(found.name) if isinstance(found, model.Event | model.Gateway) else (0.0, 0.0)
        box = sheet.boxes[node]
        x = box.cx + 3 if node in self.riders else box.cx - width / 2
        if width:
            sheet.captions[node] = Box(x, box.bottom + 4, width, height)

    def _size(self, node: str) -> tuple[float, float]:
        sitting = [self.now.nodes[each] for each, host in self.now.riders().items() if host == node]
        return size_of(self.now.nodes[node], [each for each in sitting if isinstance(each, model.BoundaryEvent)])

    def _frame(self, sheet: Sheet, node: str) -> Box | None:
        """The frame that a node has to stay in: its lane, or the open sub-process or the pool around it."""
        return sheet.boxes.get(self.now.home(node))

    # -- ... in a line

    def _place_in_line(self, node: str) -> bool:
        """Put a node onto the line that it was put into; False when there is none with a level stretch."""
        found = self._line_into(node)
        if found is None:
            return False
        sheet, flow, line, target = found
        width, height = self._size(node)
        run = longest_run(sheet.lines[line], self._frame(sheet, node), height)
        if run is None:
            return False
        start, end = sheet.lines[line][run], sheet.lines[line][run + 1]
        lacking = width + 2 * GAP - (end[0] - start[0])
        if lacking > 0:
            at = min((end[0], start[0] + 1), key=lambda each: sheet.across(ACROSS, each))
            sheet.spread(ACROSS, at, lacking)
        points = sheet.lines.pop(line)
        (left, level), (right, _level) = points[run], points[run + 1]
        box = Box((left + right - width) / 2, level - height / 2, width, height)
        sheet.boxes[node] = box
        sheet.lines[flow] = straightened([*points[: run + 1], (box.x, level)])
        sheet.lines[node + REST] = straightened([(box.right, level), *points[run + 1 :]])
        sheet.tied |= {flow: (sheet.tied[line][0], node), node + REST: (node, sheet.tied[line][1])}
        self.drawn.add(flow)
        self.targets[node] = target
        return True

    def _line_into(self, node: str) -> tuple[Sheet, str, str, str] | None:
        """The flow that leads to a node, the line that it takes the beginning of, and where that line led."""
        for flow in self.now.flows.values():
            if flow.target != node or not self._is_placed(flow.source):
                continue
            old, sheet = self.was.flows.get(flow.id), self._sheet_of(flow.source)
            if old is not None and old.source == flow.source and flow.id in sheet.lines:
                return sheet, flow.id, flow.id, old.target
            if flow.source + REST in sheet.lines:
                return sheet, flow.id, flow.source + REST, self.targets[flow.source]
        return None

    # -- ... beside others

    def _place_on(self, node: str, host: str) -> None:
        """Put a boundary event onto the lower border of its step, as far right as there is room."""
        sheet = self._sheet_of(host)
        box, (width, height) = sheet.boxes[host], self._size(node)
        taken = [sheet.boxes[each] for each, of in self.now.riders().items() if of == host and each in sheet.boxes]
        x = box.right - width - 14
        while x > box.x:
            spot = Box(x, box.bottom - height / 2, width, height)
            if not any(each.meets(spot) for each in taken):
                sheet.boxes[node] = spot
                return
            x -= width + 10
        raise _NoRoom

    def _place_beside(self, node: str, near: str) -> None:
        """Put a node into the first free row behind the one it comes from; its lane grows if there is none."""
        sheet = self._sheet_of(near)
        source, (width, height) = sheet.boxes[near], self._size(node)
        frame = self._frame(sheet, node)
        x, first = source.right + GAP + 10, source.cy
        if near in sheet.riders:
            first += STEP
        if frame is not None and not frame.y < first < frame.bottom:
            first = frame.cy
        for row in range(ROWS):
            box = Box(x, first + row * STEP - height / 2, width, height)
            if frame is not None and not frame.y <= box.y - EDGE < box.bottom + EDGE <= frame.bottom:
                break
            if sheet.is_free(box.grown(EDGE - 2)):
                self._put(sheet, node, box)
                return
        if frame is None:
            raise _NoRoom
        sheet.spread(DOWN, frame.bottom - 1, height + 2 * EDGE)
        row_of_its_own = [Box(x + place * (width + GAP), frame.bottom + EDGE, width, height) for place in range(ROWS)]
        free = next((box for box in row_of_its_own if sheet.is_free(box.grown(EDGE - 4))), None)
        if free is None:
            raise _NoRoom
        self._put(sheet, node, free)

    def _place_alone(self, node: str) -> None:
        """Put a node that nothing leads to below the others of its frame, at the left."""
        home = self.now.home(node)
        near = [each for each in self.now.nodes if self._is_placed(each) and self.now.home(each) == home]
        sheet = self._sheet_of(near[0] if near else home)
        width, height = self._size(node)
        frame = self._frame(sheet, node)
        boxes = [sheet.boxes[each] for each in near if each in sheet.boxes]
        if not boxes:
            self._put(sheet, node, Box(sheet.boxes[home].x + 2 * GAP, sheet.boxes[home].cy - height / 2, width, height))
            return
        x, lowest = min(each.x for each in boxes), max(each.bottom for each in boxes)
        box = Box(x, lowest + GAP, width, height)
        lacking = 0.0 if frame is None else box.bottom + EDGE + 20 - frame.bottom
        if frame is not None and lacking > 0:
            sheet.spread(DOWN, frame.bottom - 1, lacking)
        self._put(sheet, node, box)

    def _put(self, sheet: Sheet, node: str, box: Box) -> None:
        frame = self._frame(sheet, node)
        lacking = 0.0 if frame is None else box.right + EDGE + 20 - frame.right
        if frame is not None and lacking > 0:
            sheet.spread(ACROSS, frame.right - 1, lacking)
        sheet.boxes[node] = box

    # -- Sizes and lines -----------------------------------------------------------------------------------------------

    def _resize(self) -> None:
        """A step of another kind keeps its middle."""
        for each, node in self.now.nodes.items():
            old = self.was.nodes.get(each)
            if old is None or each in self.fresh or each in self.never or size_of(old) == size_of(node):
                continue
            sheet = self._sheet_of(each)
            box, (width, height) = sheet.boxes[each], self._size(each)
            sheet.boxes[each] = Box(box.cx - width / 2, box.cy - height / 2, width, height)
            sheet.torn.add(each)
            sheet.captions.pop(each, None)
            self._name(each)

    def _draw_lines(self) -> None:
        for flow in self.now.flows.values():
            if not {flow.source, flow.target} & self.never:
                self._draw(flow)
        for sheet in self.sheets:
            for node in self.targets:
                sheet.lines.pop(node + REST, None)
            for each in sheet.lines.keys() - self.now.flows.keys():
                self._tie(sheet, each)

    def _tie(self, sheet: Sheet, line: str) -> None:
        """Draw a line that is no flow (to data, a note, another pool) anew when what it ends at stands elsewhere."""
        one, other = sheet.tied[line]
        if not {one, other} & self.fresh:
            return
        if one not in sheet.boxes or other not in sheet.boxes:
            raise _NoRoom
        sheet.lines[line] = tether(sheet.boxes[one], sheet.boxes[other])

    def _draw(self, flow: model.SequenceFlow) -> None:
        sheet = self._sheet_of(flow.source)
        if flow.target not in sheet.boxes:
            raise _NoRoom
        if not {flow.source, flow.target} & sheet.torn and self._is_drawn(sheet, flow):
            return
        sheet.lines[flow.id] = self._routed(sheet, flow)
        self._name_line(sheet, flow)

    def _is_drawn(self, sheet: Sheet, flow: model.SequenceFlow) -> bool:
        """Say whether a flow has its line: its own, or its part of one that a step was put into or taken out of."""
        if flow.id in self.drawn:
            self._name_line(sheet, flow)
            return True
        if self.targets.get(flow.source) == flow.target and flow.source + REST in sheet.lines:
            sheet.lines[flow.id] = sheet.lines.pop(flow.source + REST)
            self._name_line(sheet, flow)
            return True
        if {flow.source, flow.target} & self.fresh:
            return False
        if flow.id in self.joined:
            self._name_line(sheet, flow)
            return sheet.is_clear(sheet.lines[flow.id], besides=(flow.source, flow.target))
        old = self.was.flows.get(flow.id)
        same = old is not None and (old.source, old.target) == (flow.source, flow.target)
        return same and flow.id in sheet.lines

    def _routed(self, sheet: Sheet, flow: model.SequenceFlow) -> list[Point]:
        besides = {flow.source, flow.target, sheet.riders.get(flow.source, "")}
        besides |= {rider for rider, host in sheet.riders.items() if host in {flow.source, flow.target}}
        for points in ways(sheet.boxes[flow.source], sheet.boxes[flow.target], sits=flow.source in sheet.riders):
            if sheet.is_clear(points, besides=besides):
                return points
        raise _NoRoom

    def _name_line(self, sheet: Sheet, flow: model.SequenceFlow) -> None:
        """Write the name of a flow that has another line now beside its longest stretch."""
        width, height = caption_size(flow.name)
        sheet.captions.pop(flow.id, None)
        if width:
            (x, y), (end, last) = longest_stretch(sheet.lines[flow.id])
            sheet.captions[flow.id] = (
                Box((x + end - width) / 2, y - height - 3, width, height)
                if abs(y - last) < 1
                else Box(x + 6, (y + last - height) / 2, width, height)
            )

    # -- The end -------------------------------------------------------------------------------------------------------

    def _require_room(self) -> None:
        """Refuse what would lie on something else or outside of its frame."""
        for node in self.fresh:
            sheet = self._sheet_of(node)
            box, host = sheet.boxes[node], sheet.riders.get(node, "")
            others = sheet.boxes.keys() - sheet.frames - {node, host}
            others -= {each for each, of in sheet.riders.items() if of == node}
            if any(sheet.boxes[each].meets(box) for each in others):
                raise _NoRoom
            frame = self._frame(sheet, node)
            if frame is not None and not host and frame.cut(box) != box:
                raise _NoRoom

    def _finished(self, sheet: Sheet, gone: set[str]) -> model.Diagram:
        new: dict[str, model.Shape | model.Edge] = {}
        lanes = {lane for row in self.now.sets for lane in row}
        for each in sheet.boxes:
            is_exclusive = isinstance(self.now.nodes.get(each), model.ExclusiveGateway)
            new[each] = model.Shape(
                id=f"{each}_shape",
                element=each,
                is_horizontal=True if each in lanes else None,
                is_marker_visible=True if is_exclusive else None,
            )
        for each in sheet.lines:
            new[each] = model.Edge(id=f"{each}_edge", element=each)
        elements = tuple(self._marked(item) for item in sheet.elements(gone, new))
        return replace(sheet.diagram, plane=replace(sheet.plane, elements=elements))

    def _marked(self, item: model.DiagramElement) -> model.DiagramElement:
        """A gateway that has become a decision shows its cross."""
        became = isinstance(self.now.nodes.get(item.element), model.ExclusiveGateway)
        if not became or isinstance(self.was.nodes.get(item.element), model.ExclusiveGateway):
            return item
        return replace(item, is_marker_visible=True) if isinstance(item, model.Shape) else item


def _closed(plane: model.Plane) -> set[str]:
    """Return the groups of steps that are drawn closed: they stand as steps do."""
    return {shape.element for shape in plane.shapes if shape.is_expanded is False}
