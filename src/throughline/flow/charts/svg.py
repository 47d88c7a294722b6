"""
Vector pictures of flow charts (``.svg``): what Creately, Mermaid, Visio and others draw when they save a picture.

Theory of operation. An SVG says nothing of shapes and arrows; it says what a pen does. Closed outlines are shapes, open
ones are lines; small filled ones at the end of a line are its arrowhead. Words belong to the innermost shape that they
lie on, else to the line beside which they stand. A frame around other shapes is a lane where it has a name (which a
narrow box along its side may hold). Ends of lines are joined to shapes by place later, as with every drawing
(``understand``). A picture without at least two shapes with words and one line is no chart and stays a picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from lxml import etree

from throughline.flow import markup
from throughline.flow.bpmn.render.geometry import Box, box_of
from throughline.flow.charts.outlines import (
    NEAR,
    SAME,
    Matrix,
    Outline,
    joined,
    moved,
    number,
    numbers,
    outlines_of,
    transform_of,
)
from throughline.flow.charts.sketch import Kind, Line, Point, Shape, Sketch, UnreadableDrawing

MOST_ELEMENTS: Final = 30_000
MOST_SHAPES: Final = 1_000
ARROWHEAD: Final = 20.0
"""A closed outline without words and at most so large, in pixels, is an arrowhead or a mark."""
LABEL_REACH: Final = 22.0
"""Words so near to a line, in pixels, are its own."""
SMALLEST: Final = 6.0
_HIDDEN: Final = frozenset(
    {"defs", "symbol", "clipPath", "mask", "marker", "pattern", "metadata", "title", "desc", "style", "script",
     "linearGradient", "radialGradient", "filter"}
)  # fmt: skip
_INHERITED: Final = ("fill", "stroke", "font-size", "text-anchor", "marker-end", "marker-start", "stroke-dasharray")
_WHITE: Final = frozenset({"none", "transparent", "white", "#fff", "#ffffff", "rgb(255,255,255)", "rgba(0,0,0,0)"})


def read_svg(content: bytes) -> tuple[Sketch, ...]:
    """
    Return the page that a vector picture shows.

    Raises:
        UnreadableDrawing: it is no SVG, or shows no chart: fewer than two shapes with words, or no line.
    """
    try:
        root = markup.parse(content)
    except etree.XMLSyntaxError as wrong:
        raise UnreadableDrawing(f"Expected a vector picture (SVG), but it cannot be read: {wrong}.") from wrong
    if _tag(root) != "svg":
        raise UnreadableDrawing(f"Expected a vector picture (SVG), but its root element is {_tag(root)}.")
    sketch = _Picture(root).sketch()
    if sum(bool(shape.text) for shape in sketch.shapes if shape.kind is not Kind.NOTE) < 2 or not sketch.lines:
        raise UnreadableDrawing("The picture shows no shapes with words that lines join. Trace it in the editor.")
    return (sketch,)


def _tag(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


# -- What a pen draws --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ink:
    """An outline on the page, with how it is painted."""

    outline: Outline
    style: Mapping[str, str]

    @property
    def is_seen(self) -> bool:
        """Whether its border or its inside stands out from the page."""
        return self.style.get("stroke", "none") not in _WHITE or self.style.get("fill", "black") not in _WHITE

    @property
    def box(self) -> Box:
        return box_of(self.outline.points)


@dataclass(slots=True)
class _Words:
    """A piece of text and where its middle is."""

    text: str
    at: Point
    size: float = 12.0

    @property
    def box(self) -> Box:
        width = max(len(self.text) * self.size * 0.5, self.size)
        return Box(self.at[0] - width / 2, self.at[1] - self.size / 2, width, self.size)


class _Page:
    """Walks the tree of an SVG and gathers outlines and words in the coordinates of the page."""

    def __init__(self, root: etree._Element) -> None:
        self._by_id = {each.get("id"): each for each in root.iter() if each.get("id")}
        self._left = MOST_ELEMENTS
        self.inks: list[_Ink] = []
        self.words: list[_Words] = []
        self._walk(root, SAME, {}, 0)

    def _walk(self, element: etree._Element, outer: Matrix, inherited: Mapping[str, str], depth: int) -> None:
        tag, style = _tag(element), _style(element, inherited)
        if not tag or tag in _HIDDEN or _is_hidden(element) or depth > 60:
            return
        self._left -= 1
        if self._left < 0:
            raise UnreadableDrawing(f"Expected at most {MOST_ELEMENTS:,} elements in the picture, but there are more.")
        matrix = joined(outer, transform_of(element.get("transform") or ""))
        if tag == "use":
            self._use(element, matrix, style, depth)
        elif tag == "text":
            self._write(element, matrix, style)
        elif tag == "foreignObject":
            self._quote(element, matrix)
        elif found := outlines_of(element, tag):
            self.inks += [_Ink(each.through(matrix), style) for each in found]
        else:
            if tag == "svg" and depth:
                matrix = joined(matrix, (1.0, 0.0, 0.0, 1.0, number(element, "x"), number(element, "y")))
            for child in element:
                self._walk(child, matrix, style, depth + 1)

    def _use(self, element: etree._Element, matrix: Matrix, style: Mapping[str, str], depth: int) -> None:
        named = element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
        found = self._by_id.get(named.removeprefix("#"))
        if found is not None:
            at = joined(matrix, (1.0, 0.0, 0.0, 1.0, number(element, "x"), number(element, "y")))
            children = list(found) if _tag(found) == "symbol" else [found]
            for child in children:
                self._walk(child, at, style, depth + 1)

    def _write(self, element: etree._Element, matrix: Matrix, style: Mapping[str, str]) -> None:
        text = " ".join(" ".join(str(part) for part in element.itertext()).split())
        lines = [each for each in element.iter() if _tag(each) in ("text", "tspan") and each.get("y") is not None]
        if not text:
            return
        size = (numbers(style.get("font-size", "")) or [12.0])[0]
        ys = [number(each, "y") for each in lines] or [0.0]
        drop = sum(_drop(each, size) for each in element.iter() if _tag(each) == "tspan")
        first = next((each for each in element.iter() if each.get("x") is not None), element)
        longest = max((len(" ".join(str(part).split())) for part in element.itertext()), default=0)
        width = longest * size * 0.5
        shift = {"middle": 0.0, "end": -width / 2}.get(_style(first, style).get("text-anchor", ""), width / 2)
        at = number(first, "x") + shift, (min(ys) + max(ys) + drop) / 2 - size * 0.35
        self.words.append(_Words(text, moved(matrix, at), size))

    def _quote(self, element: etree._Element, matrix: Matrix) -> None:
        text = " ".join(" ".join(str(part) for part in element.itertext()).split())
        width, height = number(element, "width"), number(element, "height")
        if text:
            at = number(element, "x") + width / 2, number(element, "y") + height / 2
            self.words.append(_Words(text, moved(matrix, at)))


def _drop(line: etree._Element, size: float) -> float:
    given = line.get("dy") or ""
    found = numbers(given)
    return 0.0 if not found else found[0] * size if given.strip().endswith("em") else found[0]


def _style(element: etree._Element, inherited: Mapping[str, str]) -> dict[str, str]:
    found = dict(inherited)
    said = dict(part.split(":", 1) for part in (element.get("style") or "").split(";") if ":" in part)
    given = {name.strip(): value.strip().removesuffix("!important").strip() for name, value in said.items()}
    for name in _INHERITED:
        value = given.get(name) or element.get(name)
        if value:
            found[name] = value.strip().lower().replace(" ", "")
    if element.get("class"):
        found.setdefault("stroke", "styled")  # by a style sheet, which is not read: taken as seen
    return found


def _is_hidden(element: etree._Element) -> bool:
    style = (element.get("style") or "").replace(" ", "")
    return "display:none" in style or "visibility:hidden" in style or element.get("display") == "none"


# -- What it means -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Form:
    """A closed outline on its way to a shape."""

    ink: _Ink
    box: Box
    texts: list[_Words] = field(default_factory=list)
    holds: list[_Form] = field(default_factory=list)

    @property
    def area(self) -> float:
        return self.box.width * self.box.height


@dataclass(slots=True)
class _Stroke:
    """An open outline on its way to a line."""

    points: list[Point]
    style: Mapping[str, str]
    at_end: bool = False
    at_start: bool = False
    texts: list[_Words] = field(default_factory=list)


class _Picture:
    def __init__(self, root: etree._Element) -> None:
        page = _Page(root)
        seen = [ink for ink in page.inks if ink.is_seen]
        boxes = [(ink, ink.box) for ink in seen]
        closed = [(ink, box) for ink, box in boxes if ink.outline.closed or _is_area(ink)]
        heads = [box for ink, box in closed if max(box.width, box.height) <= ARROWHEAD]
        self._forms = _nested(_forms(closed, page.words))
        drawn = [(_stroke(ink), box) for ink, box in boxes if _is_stroke(ink, box) and not self._is_inside(box)]
        open_heads = [box for _, box in drawn if _is_open_head(box, drawn)]
        self._strokes = _merged([stroke for stroke, box in drawn if box not in open_heads])
        heads += open_heads
        if len(self._strokes) > MOST_SHAPES:
            raise UnreadableDrawing(f"Expected at most {MOST_SHAPES:,} lines in the picture, but there are more.")
        for stroke in self._strokes:
            _point(stroke, heads)
        self._loose = [each for each in self._give_words(_once(page.words)) if not self._names(each)]
        self._give_headers()

    def _is_inside(self, box: Box) -> bool:
        """Return whether something is drawn on a shape: a mark of it."""
        middle = (box.cx, box.cy)
        return any(
            not form.holds and form.box.holds(middle) and form.box.grown(1).cut(box) == box for form in self._forms
        )

    def _names(self, words: _Words) -> bool:
        """Give words that stand beside a round shape or diamond without words to it, and say whether there is one."""
        near = [
            (_apart(words.box, form.box), place)
            for place, form in enumerate(self._forms)
            if not form.texts and not form.holds and _kind(form)[0] in (Kind.EVENT, Kind.DECISION)
        ]
        distance, place = min(near, default=(math.inf, 0))
        if distance <= LABEL_REACH:
            self._forms[place].texts.append(words)
        return distance <= LABEL_REACH

    def _give_words(self, words: Iterable[_Words]) -> Iterator[_Words]:
        """Give each piece of text to the shape or line that it belongs to; give back what belongs to none."""
        for each in words:
            around = sorted((form for form in self._forms if form.box.holds(each.at)), key=lambda form: form.area)
            leaf = next((form for form in around if not form.holds), None)
            stroke = None if leaf is not None else self._beside(each)
            if leaf is not None:
                leaf.texts.append(each)
            elif stroke is not None:
                stroke.texts.append(each)
            elif around and _is_at_edge(each, around[0].box):
                around[0].texts.append(each)
            else:
                yield each

    def _beside(self, words: _Words) -> _Stroke | None:
        near = ((_distance(words.box, stroke.points), place) for place, stroke in enumerate(self._strokes))
        distance, place = min(near, default=(math.inf, 0))
        return self._strokes[place] if distance <= LABEL_REACH else None

    def _give_headers(self) -> None:
        """Give the words of a narrow box along the side of a nameless frame to the frame."""
        for frame in [form for form in self._forms if form.holds and not form.texts]:
            header = next((form for form in self._forms if _is_header(form, frame)), None)
            if header is not None:
                frame.texts, header.texts = header.texts, []
                self._forms.remove(header)

    def sketch(self) -> Sketch:
        shapes = [_shape(form, place) for place, form in enumerate(self._forms)]
        notes = [_note(each, place) for place, each in enumerate(self._loose)]
        lines = [_line(stroke, place) for place, stroke in enumerate(self._strokes)]
        blunt = sum(not (stroke.at_end or stroke.at_start) for stroke in self._strokes)
        said = f"{blunt} of {len(lines)} lines have no arrowhead; they lead the way in which they were drawn."
        return Sketch("", (*shapes, *notes), tuple(lines), (said,) if blunt else ())


def _once(words: Sequence[_Words]) -> list[_Words]:
    """Return each piece of text once: some tools write it twice, the first as a halo."""
    return list({(each.text, round(each.at[0]), round(each.at[1])): each for each in words}.values())


def _apart(one: Box, other: Box) -> float:
    across = max(one.x - other.right, other.x - one.right, 0.0)
    return math.hypot(across, max(one.y - other.bottom, other.y - one.bottom, 0.0))


def _is_open_head(box: Box, drawn: Sequence[tuple[_Stroke, Box]]) -> bool:
    """Return whether a small stroke is the arrowhead of a longer one: that one ends on it."""
    if max(box.width, box.height) > ARROWHEAD:
        return False
    length = math.hypot(box.width, box.height)
    return any(
        math.hypot(other.width, other.height) > length
        and any(box.grown(2).holds(end) for end in (stroke.points[0], stroke.points[-1]))
        for stroke, other in drawn
    )


def _is_area(ink: _Ink) -> bool:
    """Return whether an open outline is filled, so that it shows as a shape."""
    fill = ink.style.get("fill", "black")
    return fill not in _WHITE and len(ink.outline.corners) > 2 and ink.style.get("stroke", "none") in _WHITE


def _is_stroke(ink: _Ink, box: Box) -> bool:
    is_open = not ink.outline.closed and not _is_area(ink)
    return is_open and ink.style.get("stroke", "none") not in _WHITE and max(box.width, box.height) > SMALLEST


def _forms(closed: Sequence[tuple[_Ink, Box]], words: Sequence[_Words]) -> list[_Form]:
    """Return the shapes: each once, though its border and its inside may be drawn apart, without page and marks."""
    page = box_of([point for ink, _ in closed for point in ink.outline.points]) if closed else Box(0, 0, 0, 0)
    found: list[_Form] = []
    for ink, box in closed:
        small = max(box.width, box.height) <= ARROWHEAD
        if min(box.width, box.height) < SMALLEST or (small and not any(box.holds(each.at) for each in words)):
            continue
        if any(_is_same(box, form.box) for form in found):
            continue
        found.append(_Form(ink, box))
        if len(found) > MOST_SHAPES:
            raise UnreadableDrawing(f"Expected at most {MOST_SHAPES:,} shapes in the picture, but there are more.")
    whole = [form for form in found if _is_same(form.box, page) and len(found) > 2]
    inner = [form for form in found if form not in whole]
    return inner if whole and not _is_frame(whole[0], inner, words) else found


def _is_frame(form: _Form, others: Sequence[_Form], words: Sequence[_Words]) -> bool:
    """Return whether the outermost shape is drawn on purpose: it has a border, and words along its edge of its own."""
    mine = [each for each in words if _is_at_edge(each, form.box) and not any(o.box.holds(each.at) for o in others)]
    return form.ink.style.get("stroke", "none") not in _WHITE and bool(mine)


def _is_same(one: Box, other: Box) -> bool:
    return all(abs(a - b) <= 4 for a, b in zip(one, other, strict=True))


def _nested(forms: list[_Form]) -> list[_Form]:
    for form in forms:
        around = [
            other
            for other in forms
            if other is not form and other.area > 1.5 * form.area and other.box.grown(3).cut(form.box) == form.box
        ]
        if around:
            min(around, key=lambda other: other.area).holds.append(form)
    return forms


def _stroke(ink: _Ink) -> _Stroke:
    style = ink.style
    has = {name: style.get(name, "none") != "none" for name in ("marker-end", "marker-start")}
    return _Stroke(list(ink.outline.points), style, has["marker-end"], has["marker-start"])


def _merged(strokes: list[_Stroke]) -> list[_Stroke]:
    """Return the lines, those drawn as several strokes from end to end put together."""
    ends: dict[tuple[int, int], list[int]] = {}
    for place, stroke in enumerate(strokes):
        for point in (stroke.points[0], stroke.points[-1]):
            ends.setdefault(_grid(point), []).append(place)
    kept: dict[int, _Stroke] = dict(enumerate(strokes))
    place_of = {place: place for place in kept}
    for meeting in ends.values():
        if len(meeting) != 2 or meeting[0] == meeting[1]:
            continue
        one, other = (_root(place_of, place) for place in meeting)
        whole = _chain(kept[one], kept[other]) if one != other else None
        if whole is not None:
            kept[one] = whole
            place_of[other] = one
            del kept[other]
    return list(kept.values())


def _root(place_of: Mapping[int, int], place: int) -> int:
    while place_of[place] != place:
        place = place_of[place]
    return place


def _grid(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])


def _chain(one: _Stroke, other: _Stroke) -> _Stroke | None:
    """Return two strokes as one where the second begins at the end of the first, or the other way round."""
    for first, second in ((one, other), (other, one)):
        meets = math.dist(first.points[-1], second.points[0]) <= 2 * NEAR
        if meets and not first.at_end and not second.at_start:
            return replace(first, points=[*first.points, *second.points], at_end=second.at_end)
    return None


def _point(stroke: _Stroke, heads: Sequence[Box]) -> None:
    """Note at which ends of a line an arrowhead lies that is drawn as a shape of its own."""
    stroke.at_end = stroke.at_end or any(head.grown(4).holds(stroke.points[-1]) for head in heads)
    stroke.at_start = stroke.at_start or any(head.grown(4).holds(stroke.points[0]) for head in heads)


def _distance(box: Box, points: Sequence[Point]) -> float:
    """Return how far a line runs from a box; 0 where it runs through."""
    return min((_from_box(box, one, other) for one, other in pairwise(points)), default=math.inf)


def _from_box(box: Box, one: Point, other: Point) -> float:
    steps = max(2, min(200, int(math.dist(one, other) / 4)))
    points = ((one[0] + (other[0] - one[0]) * n / steps, one[1] + (other[1] - one[1]) * n / steps)
              for n in range(steps + 1))  # fmt: skip
    return min(math.hypot(max(box.x - x, 0.0, x - box.right), max(box.y - y, 0.0, y - box.bottom)) for x, y in points)


def _is_at_edge(words: _Words, box: Box) -> bool:
    return words.at[1] - box.y <= 48 or words.at[0] - box.x <= 48


def _is_header(form: _Form, frame: _Form) -> bool:
    if form is frame or not form.texts or form.holds:
        return False
    mine, around = form.box, frame.box
    upright = abs(mine.height - around.height) <= 6 and mine.width <= 0.25 * around.width
    level = abs(mine.width - around.width) <= 6 and mine.height <= 0.25 * around.height
    return (upright or level) and mine.grown(6).meets(around)


def _shape(form: _Form, place: int) -> Shape:
    kind, sure = _kind(form)
    texts = sorted(form.texts, key=lambda each: (round(each.at[1]), each.at[0]))
    box = form.box
    return Shape(
        id=f"s{place + 1}", text=" ".join(each.text for each in texts), kind=kind, sure=sure,
        x=box.x, y=box.y, width=box.width, height=box.height,
    )  # fmt: skip


def _kind(form: _Form) -> tuple[Kind, bool]:
    if form.holds:
        return (Kind.LANE if form.texts else Kind.GROUP), False
    outline, box = form.ink.outline, form.box
    corners = outline.corners
    if len(corners) == 4 and all(_is_middle(corner, box) for corner in corners):
        return Kind.DECISION, True
    if outline.is_round:
        return (Kind.STORE, True) if _has_straight_sides(outline, box) else (Kind.EVENT, True)
    if len(corners) == 4 and not outline.is_round and _leans(corners, box):
        return Kind.DATA, True
    return Kind.STEP, True


def _is_middle(corner: Point, box: Box) -> bool:
    across, down = abs(corner[0] - box.cx) / max(box.width, 1), abs(corner[1] - box.cy) / max(box.height, 1)
    return (across < 0.12 and down > 0.38) or (down < 0.12 and across > 0.38)


def _leans(corners: Sequence[Point], box: Box) -> bool:
    """Return whether four corners are those of a parallelogram: level above and below, its sides leaning one way."""
    tops = sorted(x for x, y in corners if abs(y - box.y) < 2)
    feet = sorted(x for x, y in corners if abs(y - box.bottom) < 2)
    if len(tops) != 2 or len(feet) != 2:
        return False
    lean = tops[0] - feet[0]
    return abs(lean) > 0.05 * box.width and abs(lean - (tops[1] - feet[1])) < 4


def _has_straight_sides(outline: Outline, box: Box) -> bool:
    """Return whether a round shape is a drum: upright at both sides."""

    def upright(x: float) -> bool:
        return any(
            abs(one[0] - x) < 2 and abs(other[0] - x) < 2 and abs(one[1] - other[1]) > 0.4 * box.height
            for one, other in pairwise((*outline.points, outline.points[0]))
        )  # fmt: skip

    return upright(box.x) and upright(box.right) and box.width < 3 * box.height


def _note(words: _Words, place: int) -> Shape:
    box = words.box
    return Shape(
        id=f"t{place + 1}", text=words.text, kind=Kind.NOTE, x=box.x, y=box.y, width=box.width, height=box.height
    )


def _line(stroke: _Stroke, place: int) -> Line:
    points = stroke.points if stroke.at_end or not stroke.at_start else stroke.points[::-1]
    return Line(
        id=f"l{place + 1}",
        text=" ".join(each.text for each in stroke.texts),
        start=points[0],
        end=points[-1],
        dashed=stroke.style.get("stroke-dasharray", "none") not in ("none", "0"),
    )
