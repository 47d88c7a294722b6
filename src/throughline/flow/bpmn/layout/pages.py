"""Pools under each other, lanes with their bands, message flows between them, and all of it as diagram interchange."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.layout.places import Placed, exit_name, place, straightened
from throughline.flow.bpmn.layout.routes import Exit
from throughline.flow.bpmn.layout.sizes import caption_size
from throughline.flow.bpmn.render.geometry import Box, Point
from throughline.flow.bpmn.render.text import width_of

BAND: Final = 30.0
CORNER: Final = (160.0, 80.0)
"""Where the first pool starts, as editors leave room for their palette."""
BETWEEN: Final = 60.0
APART: Final = 36.0
CLOSED: Final = 60.0
NARROWEST: Final = 300.0
TRACK: Final = 14.0


@dataclass(slots=True)
class _Sheet:
    """What lies on one page: boxes, captions and lines by id, in drawing order."""

    placed: Placed
    frames: dict[str, Box]


def lay_out(definitions: model.Definitions) -> model.Definitions:
    """
    Return the chart with positions for everything that can be drawn; earlier ones are replaced.

    A collaboration becomes one page with its pools under each other; every process that no pool shows has a page of
    its own. Choreographies and groups, whose place only their author knows, have none.
    """
    diagrams = [_collaboration_page(definitions, each) for each in definitions.collaborations if each.participants]
    shown = {pool.process_ref for each in definitions.collaborations for pool in each.participants}
    diagrams += [_process_page(definitions, each) for each in definitions.processes if each.id not in shown]
    return replace(definitions, diagrams=tuple(diagrams))


# --- one process ------------------------------------------------------------------------------------------------------
def _process_page(definitions: model.Definitions, process: model.Process) -> model.Diagram:
    placed, frames = _lane_frames(process, ())
    sheet = _Sheet(Placed(), {})
    _put(sheet, placed, frames, *CORNER)
    return _diagram(definitions, process.id, sheet)


def _lane_frames(process: model.Process, exits: Sequence[Exit]) -> tuple[Placed, dict[str, Box]]:
    """The process with the frames of its lanes, at the origin."""
    lanes = [lane for lane_set in process.lane_sets for lane in lane_set.lanes]
    leaves = [leaf for lane in lanes for leaf in _leaves(lane)]
    placed = place(process, leaves, [_name_height(leaf.name) for leaf in leaves], exits)
    if not lanes:
        return placed, {}
    depth = max(_depth(lane) for lane in lanes)
    moved = Placed(width=placed.width + depth * BAND, height=placed.height)
    moved.add(placed, depth * BAND, 0)
    frames: dict[str, Box] = {}
    borders = dict(zip((leaf.id for leaf in leaves), placed.lanes, strict=True))
    for lane in lanes:
        _frame(lane, 0, moved.width, borders, frames)
    return moved, frames


def _leaves(lane: model.Lane) -> list[model.Lane]:
    if lane.child_set is None or not lane.child_set.lanes:
        return [lane]
    return [leaf for child in lane.child_set.lanes for leaf in _leaves(child)]


def _depth(lane: model.Lane) -> int:
    children = lane.child_set.lanes if lane.child_set is not None else ()
    return 1 + max((_depth(child) for child in children), default=0)


def _name_height(name: str) -> float:
    """How high a lane must be for its upright name, which may take two lines."""
    return min(width_of(name, 12) + 20, 260.0) if width_of(name, 12) < 150 else width_of(name, 12) / 2 + 50


def _frame(
    lane: model.Lane, x: float, right: float, borders: dict[str, tuple[float, float]], frames: dict[str, Box]
) -> tuple[float, float]:
    """Place a lane around its inner ones; returns where it starts and how high it is."""
    children = lane.child_set.lanes if lane.child_set is not None else ()
    if children:
        frames[lane.id] = Box(x, 0, 0, 0)  # before the inner ones, which lie on it
        spans = [_frame(child, x + BAND, right, borders, frames) for child in children]
        top, bottom = spans[0][0], spans[-1][0] + spans[-1][1]
        borders[lane.id] = top, bottom - top
    top, height = borders[lane.id]
    frames[lane.id] = Box(x, top, right - x, height)
    return top, height


def _put(sheet: _Sheet, placed: Placed, frames: dict[str, Box], x: float, y: float) -> None:
    sheet.placed.add(placed, x, y)
    for each, box in frames.items():
        sheet.frames[each] = box._replace(x=box.x + x, y=box.y + y)


# --- pools ------------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Pool:
    """A participant with what is drawn inside; nothing in a closed one."""

    id: str
    name: str
    process: model.Process | None
    placed: Placed
    frames: dict[str, Box]

    @property
    def height(self) -> float:
        """How high the pool must be for its content and its name."""
        return max(self.placed.height, _name_height(self.name)) if self.process is not None else CLOSED

    @property
    def inset(self) -> float:
        """How far below the pool's border the content starts; lanes start at the border."""
        return 0.0 if self.frames else (self.height - self.placed.height) / 2


@dataclass(slots=True)
class _Message:
    """
    A message flow between an upper and a lower pool: the part inside each, and the level where it crosses between.
    """

    flow: model.MessageFlow
    upper: int
    lower: int
    above: list[Point]
    below: list[Point]
    track: int = 0


def _collaboration_page(definitions: model.Definitions, collaboration: model.Collaboration) -> model.Diagram:
    pools = _pools(definitions, collaboration)
    width = max([NARROWEST, *(pool.placed.width + BAND for pool in pools)])
    messages = _messages(collaboration, pools, width)
    sheet = _Sheet(Placed(), {})
    x, y = CORNER
    for index, pool in enumerate(pools):
        sheet.frames[pool.id] = Box(x, y, width, pool.height)
        spare = width - BAND - pool.placed.width
        wide = {each: box._replace(width=box.width + spare) for each, box in pool.frames.items()}
        _put(sheet, pool.placed, wide, x + BAND, y + pool.inset)
        _stretch(wide, sheet, y, pool.height)
        y += pool.height + _space_below(index, messages)
    for message in messages:
        _draw_message(message, pools, sheet)
    return _diagram(definitions, collaboration.id, sheet)


def _pools(definitions: model.Definitions, collaboration: model.Collaboration) -> list[_Pool]:
    """The participants, each laid out with the ends of its message flows."""
    processes = {process.id: process for process in definitions.processes if process.nodes}
    owners = [processes.get(each.process_ref) for each in collaboration.participants]
    inside = [_ids_inside(owner) for owner in owners]
    places = {each.id: index for index, each in enumerate(collaboration.participants)}
    places |= {node: index for index, nodes in enumerate(inside) for node in nodes}
    exits: list[list[Exit]] = [[] for _ in owners]
    for flow in collaboration.message_flows:
        start, end = places.get(flow.source), places.get(flow.target)
        if start is None or end is None or start == end:
            continue
        for node, here, there in ((flow.source, start, end), (flow.target, end, start)):
            if node in inside[here]:
                exits[here].append(Exit(flow.id, node, upward=there < here))
    pools = []
    for each, owner, leaving in zip(collaboration.participants, owners, exits, strict=True):
        placed, frames = _lane_frames(owner, leaving) if owner is not None else (Placed(), {})
        pools.append(_Pool(each.id, each.name, owner, placed, frames))
    return pools


def _ids_inside(owner: model.Process | None) -> set[str]:
    return set() if owner is None else {item.id for item, _ in owner.walk()}


def _messages(collaboration: model.Collaboration, pools: Sequence[_Pool], width: float) -> list[_Message]:
    """The message flows between two pools with their tracks, those that run straight without one."""
    places = {pool.id: index for index, pool in enumerate(pools)}
    for index, pool in enumerate(pools):
        places |= dict.fromkeys(pool.placed.boxes, index)
    found: list[_Message] = []
    for flow in collaboration.message_flows:
        start, end = places.get(flow.source), places.get(flow.target)
        if start is None or end is None or start == end:
            continue
        ends = [(start, flow.source), (end, flow.target)]
        (upper, top), (lower, bottom) = sorted(ends)
        above = _inner_part(pools[upper], flow.id, top, downward=True)
        below = _inner_part(pools[lower], flow.id, bottom, downward=False)
        middle = [(width / 2 + 20 * len(found), 0.0)]
        found.append(_Message(flow, upper, lower, above or below[-1:] or middle, below or above[-1:] or middle))
    _give_tracks(found)
    return found


def _inner_part(pool: _Pool, flow: str, end: str, *, downward: bool) -> list[Point]:
    """The part from a node to the border, moved beside the pool's name; nothing when the pool itself is the end."""
    if end == pool.id:
        return []
    name = exit_name(Exit(flow, end, upward=not downward))
    points = pool.placed.lines.pop(name, None)
    if points is None:  # a node inside a sub-process: straight out
        box = pool.placed.boxes[end]
        points = [(box.cx, box.bottom if downward else box.y), (box.cx, pool.placed.height if downward else 0.0)]
    return [(x + BAND, y) for x, y in points]


def _give_tracks(messages: Sequence[_Message]) -> None:
    """Give flows that would run over each other between two pools levels of their own."""
    taken: dict[int, list[list[tuple[float, float]]]] = {}
    for message in messages:
        one, other = sorted((message.above[-1][0], message.below[-1][0]))
        tracks = taken.setdefault(message.upper, [])
        free = (index for index, spans in enumerate(tracks) if all(other < a - 8 or b + 8 < one for a, b in spans))
        message.track = next(free, len(tracks))
        if message.track == len(tracks):
            tracks.append([])
        if other - one > 1:
            tracks[message.track].append((one, other))


def _space_below(index: int, messages: Sequence[_Message]) -> float:
    """The height between a pool and the next one."""
    here = [message for message in messages if message.upper == index]
    tracks = max((message.track + 1 for message in here), default=0)
    names = max((caption_size(message.flow.name)[1] for message in here), default=0.0)
    return max(BETWEEN if here else APART, 32 + tracks * TRACK + names)


def _draw_message(message: _Message, pools: Sequence[_Pool], sheet: _Sheet) -> None:
    upper, lower = sheet.frames[pools[message.upper].id], sheet.frames[pools[message.lower].id]
    flow, x = message.flow, upper.x
    names = caption_size(flow.name)[1]
    level = upper.bottom + 18 + names + message.track * TRACK
    top, bottom = upper.y + pools[message.upper].inset, lower.y + pools[message.lower].inset
    down = [(x + px, top + py) for px, py in message.above[:-1]]
    up = [(x + px, bottom + py) for px, py in message.below[:-1]]
    first, last = x + message.above[-1][0], x + message.below[-1][0]
    down = down or [(first, upper.bottom)]
    up = up or [(last, lower.y)]
    points = straightened([*down, (first, level), (last, level), *reversed(up)])
    starts_above = flow.source in sheet.placed.boxes and sheet.placed.boxes[flow.source].cy < level
    starts_above = starts_above or (flow.source in sheet.frames and sheet.frames[flow.source].cy < level)
    sheet.placed.lines[flow.id] = points if starts_above else points[::-1]
    width, height = caption_size(flow.name)
    if not width:
        return
    roomy = abs(last - first) > width
    sheet.placed.captions[flow.id] = (
        Box((first + last - width) / 2, level - height - 3, width, height)
        if roomy
        else Box(first + 6, level - height - 2, width, height)
    )


def _stretch(frames: dict[str, Box], sheet: _Sheet, y: float, height: float) -> None:
    """Let the last lanes reach down to the border of a pool that its name makes higher."""
    if not frames:
        return
    lowest = max(sheet.frames[each].bottom for each in frames)
    for each in frames:
        box = sheet.frames[each]
        if box.bottom == lowest:
            sheet.frames[each] = box._replace(height=y + height - box.y)


# --- diagram interchange ----------------------------------------------------------------------------------------------
def _diagram(definitions: model.Definitions, element: str, sheet: _Sheet) -> model.Diagram:
    elements = (*_shapes(definitions, sheet), *_edges(sheet))
    plane = model.Plane(id=f"{element}_plane", element=element, elements=elements)
    return model.Diagram(id=f"{element}_diagram", plane=plane)


def _shapes(definitions: model.Definitions, sheet: _Sheet) -> Iterator[model.Shape]:
    kinds: dict[str, object] = {
        item.id: item for process in definitions.processes for item, _ in process.walk() if item.id
    }
    for each, box in sheet.frames.items():
        yield model.Shape(id=f"{each}_shape", element=each, is_horizontal=True, bounds=_bounds(box))
    for each, box in sorted(sheet.placed.boxes.items(), key=lambda pair: _depth_of(pair[0], kinds)):
        kind = kinds.get(each)
        yield model.Shape(
            id=f"{each}_shape",
            element=each,
            is_expanded=True if isinstance(kind, model.SubProcess) else None,
            is_marker_visible=True if isinstance(kind, model.ExclusiveGateway) else None,
            bounds=_bounds(box),
            label=_label_of(sheet.placed.captions.get(each)),
        )


def _depth_of(each: str, kinds: dict[str, object]) -> int:
    """Boundary events are drawn after what they sit on."""
    return 1 if isinstance(kinds.get(each), model.BoundaryEvent) else 0


def _edges(sheet: _Sheet) -> Iterator[model.Edge]:
    for each, points in sheet.placed.lines.items():
        yield model.Edge(
            id=f"{each}_edge",
            element=each,
            waypoints=tuple(model.Waypoint(x=_round(x), y=_round(y)) for x, y in points),
            label=_label_of(sheet.placed.captions.get(each)),
        )


def _label_of(box: Box | None) -> model.Label | None:
    return None if box is None else model.Label(bounds=_bounds(box))


def _bounds(box: Box) -> model.Bounds:
    return model.Bounds(x=_round(box.x), y=_round(box.y), width=_round(box.width), height=_round(box.height))


def _round(value: float) -> float:
    return float(round(value))
