"""Putting a picture together: what is seen, in which order, in which frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.badges import badges
from throughline.flow.bpmn.render.captions import Caption, along
from throughline.flow.bpmn.render.geometry import Box, Point, around, number
from throughline.flow.bpmn.render.lines import draw_line, ends_of, reach_of, trimmed
from throughline.flow.bpmn.render.look import look_of, states
from throughline.flow.bpmn.render.marks import NO_MARK, Mark
from throughline.flow.bpmn.render.nodes import caption_of, draw_node, open_activity
from throughline.flow.bpmn.render.pools import BAND, draw_lane, draw_pool, name_over_lines
from throughline.flow.bpmn.render.scene import OPENED, Figure, Line, Scene, scene_of
from throughline.flow.bpmn.render.svg import FONT, escaped, quoted

MARGIN: Final = 14.0
BADGE_ROOM: Final = 11.0
FADED: Final = 0.35
STRETCH: Final = (900.0, 250.0)
"""A stretch of this size is legible in a card beside the timeline, and by scrolling on a phone."""


def render_svg(
    definitions: model.Definitions,
    marks: Mapping[str, Mark] | None = None,
    *,
    id_prefix: str = "",
    page: int | None = None,
    around: str = "",
    hops: int = 2,
    within: tuple[float, float] = STRETCH,
    title: str = "",
    colours: Mapping[str, str] | None = None,
) -> str:
    """
    Return one page of the chart as an SVG element.

    ``marks`` are by id of node or sequence flow; what a closed sub-process hides is marked on the sub-process.
    ``around`` names a node: only the stretch within ``hops`` flows of it is shown, what else lies there is faint.
    ``page`` counts from 0; without it the first page that shows ``around`` is taken, else the first. ``colours``
    (``LIGHT`` or ``DARK``) are put in place of the page's CSS variables, for files that stand alone. ``id_prefix``
    keeps the ids of several drawings on one page apart. A chart without positions is laid out first.

    Raises:
        LookupError: the chart has no such page, or nothing called ``around`` is on it.
    """
    shown = _with_positions(definitions)
    scene = _page_of(shown, page, around)
    seen = scene.visible(around) if around else ""
    if around and not seen:
        raise LookupError(f"Expected {around} to be drawn on this page, but it is not.")
    picture = _Picture(scene, lifted(marks or {}, scene), _Window(seen, hops, within))
    svg = picture.drawn(id_prefix=id_prefix, title=title)
    return palette.settle(svg, colours) if colours is not None else svg


def _with_positions(definitions: model.Definitions) -> model.Definitions:
    if any(diagram.plane is not None and diagram.plane.shapes for diagram in definitions.diagrams):
        return definitions
    from throughline.flow.bpmn.layout import lay_out

    return lay_out(definitions)


def _page_of(definitions: model.Definitions, page: int | None, around: str) -> Scene:
    """The page that is asked for, or the first that shows the node, or the first of all."""
    if not definitions.diagrams and not page:
        return scene_of(definitions, model.Plane())
    if page is not None:
        if not 0 <= page < len(definitions.diagrams):
            raise LookupError(f"Expected a page below {len(definitions.diagrams)}, but got {page}.")
        return scene_of(definitions, definitions.diagrams[page].plane or model.Plane())
    scenes = (scene_of(definitions, each.plane or model.Plane()) for each in definitions.diagrams)
    first = next(scenes)
    if not around or first.visible(around) == around:
        return first
    return next((scene for scene in scenes if scene.visible(around) == around), first)


def lifted(marks: Mapping[str, Mark], scene: Scene) -> dict[str, Mark]:
    """Return the marks with those of hidden nodes on the closed sub-process that hides them, unless it has its own."""
    found = dict(marks)
    for each, mark in marks.items():
        place = scene.visible(each)
        if place and place != each and (mark.here or mark.count or mark.incident):
            found.setdefault(place, mark)
    return found


@dataclass(frozen=True, slots=True)
class _Window:
    """The stretch that is asked for; an empty ``node`` asks for everything."""

    node: str
    hops: int
    size: tuple[float, float]

    def view(self, scene: Scene, box: Box) -> Box:
        """The part of the stretch's box that is shown: at most ``size``, the node as near to its middle as can be."""
        place = scene.figures[self.node].box
        x, width = _slid(place.cx, self.size[0], box.x, box.right)
        y, height = _slid(place.cy, self.size[1], box.y, box.bottom)
        return around((Box(x, y, width, height), place))

    def kept(self, scene: Scene) -> frozenset[str]:
        """The figures and lines in the stretch."""
        if not self.node:
            return frozenset((*scene.figures, *(line.id for line in scene.lines)))
        neighbours = _neighbours(scene)
        reached = {self.node}
        for _ in range(self.hops):
            reached |= {other for each in reached for other in neighbours.get(each, ())}
        lines = (line.id for line in scene.lines if set(ends_of(line)) <= reached)
        return frozenset((*reached, *lines))


def _slid(middle: float, length: float, low: float, high: float) -> tuple[float, float]:
    """Where a window of at most ``length`` around ``middle`` starts between two limits, and how long it is."""
    if high - low <= length:
        return low, high - low
    return min(max(middle - length / 2, low), high - length), length


def _holds(view: Box, box: Box) -> bool:
    return box.cut(view) == box


def _neighbours(scene: Scene) -> dict[str, set[str]]:
    """
    The nodes one flow away from each.

    What happens when a boundary event fires is another story, often told far below: a stretch follows it only
    backwards.
    """
    found: dict[str, set[str]] = {}
    for line in scene.lines:
        source, target = ends_of(line)
        if isinstance(line.element, model.SequenceFlow) and source in scene.figures and target in scene.figures:
            found.setdefault(target, set()).add(source)
            if not isinstance(scene.figures[source].element, model.BoundaryEvent):
                found.setdefault(source, set()).add(target)
    for each, figure in scene.figures.items():
        if isinstance(figure.element, model.BoundaryEvent) and figure.element.attached_to in scene.figures:
            found.setdefault(each, set()).add(figure.element.attached_to)
            found.setdefault(figure.element.attached_to, set()).add(each)
    return found


class _Picture:
    """One drawing of one scene."""

    def __init__(self, scene: Scene, marks: Mapping[str, Mark], window: _Window) -> None:
        self.scene = scene
        self.marks = marks
        self.window = window
        self.whole = not window.node
        self.kept = window.kept(scene)
        self.hosts = {
            each.element.attached_to for each in scene.figures.values() if isinstance(each.element, model.BoundaryEvent)
        }
        self.points = {id(line): trimmed(line, scene) for line in scene.lines}
        self.captions: dict[str, Caption | None] = {
            each: caption_of(figure, scene) for each, figure in scene.figures.items()
        }
        self.frame = self.measured()

    # --- what is seen
    def measured(self) -> Box:
        """The area that everything kept covers, with a margin."""
        box = around(self.covered())
        if self.whole:
            return box.grown(MARGIN)
        view = self.window.view(self.scene, box)
        self.kept = self.kept_within(view)
        return self.with_room_for_names(around(self.covered()).cut(view.grown(MARGIN)).grown(MARGIN))

    def kept_within(self, view: Box) -> frozenset[str]:
        """What of the stretch lies in the view as a whole."""
        inside = {each for each in self.kept & set(self.scene.figures) if _holds(view, self.scene.figures[each].box)}
        lines = {line.id for line in self.scene.lines if line.id in self.kept and set(ends_of(line)) <= inside}
        return frozenset(inside | lines | {self.window.node})

    def covered(self) -> Iterable[Box]:
        """The areas of everything kept with names and badges."""
        for each, figure in self.scene.figures.items():
            if each in self.kept:
                yield from self.reach_of_figure(figure)
        for line in self.scene.lines:
            if line.id in self.kept:
                yield reach_of(self.points[id(line)])
                caption = self.caption_of_line(line)
                yield from [caption.box] if caption else []

    def reach_of_figure(self, figure: Figure) -> Iterable[Box]:
        """The areas of a figure with its caption and badges."""
        yield figure.box
        caption = self.captions[figure.id]
        if caption is not None:
            yield caption.box
        mark = self.marks.get(figure.id, NO_MARK)
        if mark.here or mark.count or mark.done:
            yield figure.box.grown(BADGE_ROOM)
        if mark.note or mark.overdue:
            yield Box(figure.box.x, figure.box.bottom, 1, BADGE_ROOM if figure.box.width > 60 else 40)

    def with_room_for_names(self, box: Box) -> Box:
        """Lanes that are cut keep their names at the left side of the stretch."""
        lanes = [figure for figure in self.scene.figures.values() if isinstance(figure.element, model.Lane)]
        return (
            Box(box.x - BAND, box.y, box.width + BAND, box.height)
            if any(figure.box.meets(box) for figure in lanes)
            else box
        )

    def seen(self, box: Box) -> bool:
        """Whether the area is in the frame."""
        return self.whole or box.meets(self.frame)

    def caption_of_line(self, line: Line) -> Caption | None:
        """The name along a line, if it has one."""
        name = self.scene.name(line.element).strip()
        return along(name, self.points[id(line)], line.label) if name else None

    # --- the layers
    def drawn(self, *, id_prefix: str, title: str) -> str:
        """The whole picture."""
        layers = (
            self.pools(),
            self.open_parts(),
            self.lines(),
            self.nodes(),
            self.captions_of_lines(),
            self.names_of_cut_lanes(),
        )
        head = self.head(id_prefix, title)
        return f'{head}<g font-family="{FONT}">{"".join("".join(layer) for layer in layers)}</g></svg>'

    def head(self, id_prefix: str, title: str) -> str:
        """The opening tag with title and description."""
        frame = self.frame
        view = " ".join(number(value) for value in frame)
        name, words = id_prefix + "chart-title", id_prefix + "chart-words"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="tl-chart" role="img" viewBox="{view}"'
            f' width="{number(frame.width)}" height="{number(frame.height)}"'
            f" aria-labelledby={quoted(f'{name} {words}')}>"
            f"<title id={quoted(name)}>{escaped(title or self.title())}</title>"
            f"<desc id={quoted(words)}>{escaped(self.words())}</desc>"
        )

    def title(self) -> str:
        """The name of the first named process, pool or file."""
        definitions = self.scene.definitions
        pools = [pool.name for each in definitions.collaborations for pool in each.participants]
        names = [process.name for process in definitions.processes] + pools + [definitions.name]
        return next((name for name in names if name), "Flow chart")

    def words(self) -> str:
        """The chart and its marks in a few words."""
        steps = [each for each in self.scene.figures.values() if isinstance(each.element, model.Activity)]
        said = [f"{len(steps)} steps" if len(steps) != 1 else "1 step"]
        for each, mark in self.marks.items():
            figure = self.scene.figures.get(each)
            if figure is not None and (mark.here or mark.incident or mark.count):
                said.append(f"{self.name(figure)}: {', '.join(mark.words())}")
        return ". ".join(said) + "."

    def name(self, figure: Figure) -> str:
        """The element's name on one line, or its id."""
        return " ".join(self.scene.name(figure.element).split()) or figure.id

    def pools(self) -> Iterable[str]:
        """Participants and lanes, outer ones first."""
        frames = [
            each for each in self.scene.figures.values() if isinstance(each.element, model.Participant | model.Lane)
        ]
        for figure in sorted(frames, key=lambda each: -each.box.width * each.box.height):
            if self.seen(figure.box) and not (isinstance(figure.element, model.Participant) and figure.shape.band_kind):
                yield self.frame_of(figure)

    def frame_of(self, figure: Figure) -> str:
        """A pool or lane, cut to the frame if only a stretch is shown."""
        pool = isinstance(figure.element, model.Participant)
        if pool and not self.whole:
            return ""
        if pool:
            body = draw_pool(figure, self.scene, figure.box)
        else:
            body = draw_lane(figure, self.scene, self.seen_part(figure), named=self.whole)
        kind = "tl-pool" if pool else "tl-lane"
        return f"<g class={quoted(kind)} data-node={quoted(figure.id)}>{body}</g>"

    def seen_part(self, figure: Figure) -> Box:
        """The part of a lane that lies in the frame."""
        return figure.box if self.whole else figure.box.cut(self.frame.grown(-1))

    def names_of_cut_lanes(self) -> Iterable[str]:
        """The names of lanes of which a stretch is shown, at its left side and above the lines."""
        for figure in self.scene.figures.values():
            if isinstance(figure.element, model.Lane) and not self.whole and self.seen(figure.box):
                yield name_over_lines(figure, self.scene, self.seen_part(figure))

    def open_parts(self) -> Iterable[str]:
        """Sub-processes drawn open and groups, outer ones first."""
        parts = [each for each in self.scene.figures.values() if self.is_open(each)]
        for figure in sorted(parts, key=lambda each: -each.box.width * each.box.height):
            if self.seen(figure.box):
                yield self.node(figure)

    def is_open(self, figure: Figure) -> bool:
        """Whether other things are drawn inside the figure."""
        return isinstance(figure.element, model.Group) or self.is_expanded(figure)

    def is_expanded(self, figure: Figure) -> bool:
        """Whether the figure is an activity drawn open."""
        return isinstance(figure.element, OPENED) and figure.id in self.scene.expanded

    def lines(self) -> Iterable[str]:
        """All lines, the taken ones above the others."""
        for line in sorted(self.scene.lines, key=lambda each: self.marks.get(each.id, NO_MARK).done):
            points = self.points[id(line)]
            if self.seen(reach_of(points)):
                yield self.line(line, points)

    def line(self, line: Line, points: list[Point]) -> str:
        """One line as a group."""
        mark = self.marks.get(line.id, NO_MARK)
        faint = "" if line.id in self.kept else f' opacity="{FADED}"'
        kind = f"tl-flow tl-{line.element.tag.rpartition('}')[2]}{states(mark)}"
        body = draw_line(line, points, mark, self.scene)
        return f"<g class={quoted(kind)} data-flow={quoted(line.id)}{faint}>{body}</g>"

    def nodes(self) -> Iterable[str]:
        """All nodes, those on the border of others last."""
        rest = [
            each
            for each in self.scene.figures.values()
            if not self.is_open(each) and not isinstance(each.element, model.Lane)
            if not isinstance(each.element, model.Participant) or each.shape.band_kind
        ]
        for figure in sorted(rest, key=lambda each: isinstance(each.element, model.BoundaryEvent)):
            if self.seen(figure.box):
                yield self.node(figure)

    def node(self, figure: Figure) -> str:
        """One node as a group: title, symbol, caption, badges."""
        mark = self.marks.get(figure.id, NO_MARK)
        look = look_of(mark, figure.shape)
        body = (open_activity if self.is_expanded(figure) else draw_node)(figure, look, self.scene)
        caption = self.captions[figure.id]
        name = caption.drawn(palette.LABEL) if caption is not None else ""
        kind = f"tl-node tl-{figure.element.tag.rpartition('}')[2]}{states(mark)}"
        here = " data-here" + '=""' if mark.here else ""
        faint = "" if figure.id in self.kept or self.is_open(figure) else f' opacity="{FADED}"'
        said = ", ".join((self.name(figure), *mark.words()))
        return (
            f"<g class={quoted(kind)} data-node={quoted(figure.id)}{here}{faint}><title>{escaped(said)}</title>"
            f"{body}{name}{badges(figure.box, mark, has_border_events=figure.id in self.hosts)}</g>"
        )

    def captions_of_lines(self) -> Iterable[str]:
        """The names along lines, above everything."""
        for line in self.scene.lines:
            caption = self.caption_of_line(line)
            if caption is not None and self.seen(caption.box):
                faint = "" if line.id in self.kept else f' opacity="{FADED}"'
                yield f'<g class="tl-caption"{faint}>{caption.drawn(palette.LABEL)}</g>'
