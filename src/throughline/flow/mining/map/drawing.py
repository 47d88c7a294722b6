"""The map as SVG: boxes for activities, arcs whose width says how often, everything a link to the cases behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.geometry import number
from throughline.flow.bpmn.render.svg import escaped, quoted
from throughline.flow.bpmn.render.text import balanced, width_of
from throughline.flow.mining.map.layout import Arc, Layout, Point, Size, lay_out

START, END = "▶", "■"
"""The names of the two nodes at which cases begin and end; no activity is called so."""

NAME_SIZE, FIGURE_SIZE, LINE = 13.0, 11.5, 16.0
WIDEST, PADDING = 190.0, 14.0
THINNEST, THICKEST, HEAD = 1.2, 7.0, 8.0
ROUND = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """
    What is shown of one activity or arc. ``figure``: the words beside it; ``weight``: 0 to 1, how wide an arc is;
    ``heat``: 0 (none) to 3; ``url``: where a click leads; ``title``: what it says to those who do not see it.
    """

    figure: str
    weight: float = 0.0
    heat: int = 0
    url: str = ""
    title: str = ""


def draw_map(
    activities: Mapping[str, Look], arcs: Mapping[Arc, Look], counts: Mapping[Arc, float], *, title: str
) -> str:
    """
    Return the SVG of a map. ``counts``: how often each arc was taken, which decides its place; arcs from ``START`` and
    to ``END`` say where cases begin and end.
    """
    names = {name: _lines(name) for name in activities}
    sizes = {START: Size(ROUND, ROUND), **{name: _size(lines, activities[name]) for name, lines in names.items()}}
    sizes[END] = Size(ROUND, ROUND)
    layout = lay_out(sizes, counts)
    width, height = number(layout.width), number(layout.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow-map" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="group" aria-label={quoted(title)} font-family="inherit">'
    ]
    order = sorted(arcs, key=lambda arc: arcs[arc].weight)
    parts += [_arc(place, layout.ways[arc], arcs[arc]) for place, arc in enumerate(order)]
    parts += [_figure(layout.ways[arc], arcs[arc]) for arc in order if arcs[arc].figure]
    parts += [_activity(lines, sizes[name], layout.centres[name], activities[name]) for name, lines in names.items()]
    parts += [_end(node, layout) for node in (START, END)]
    return "".join([*parts, "</svg>"])


def arc_order(arcs: Mapping[Arc, Look]) -> list[Arc]:
    """Return the arcs in the order of their ``data-flow`` numbers in the drawing."""
    return sorted(arcs, key=lambda arc: arcs[arc].weight)


def _lines(name: str) -> tuple[str, ...]:
    return balanced(name, WIDEST - 2 * PADDING, NAME_SIZE, most=3) or (name,)


def _size(lines: tuple[str, ...], look: Look) -> Size:
    widest = max([width_of(line, NAME_SIZE, bold=True) for line in lines] + [width_of(look.figure, FIGURE_SIZE)])
    return Size(max(widest + 2 * PADDING, 84.0), LINE * (len(lines) + bool(look.figure)) + 14)


def _words(content: str, kind: str = "flow-map__words") -> str:
    """Words that belong to a link beside them: its name says the same, and clicks go through to it."""
    return f'<g class="{kind}" aria-hidden="true" pointer-events="none">{content}</g>'


def _linked(look: Look, content: str, kind: str) -> str:
    label = f"<title>{escaped(look.title)}</title>" if look.title else ""
    if not look.url:
        return f'<g class="{kind}">{label}{content}</g>'
    return f'<a class="{kind}" href={quoted(look.url)} aria-label={quoted(look.title)}>{label}{content}</a>'


def _activity(lines: tuple[str, ...], size: Size, centre: Point, look: Look) -> str:
    x, y = centre[0] - size.width / 2, centre[1] - size.height / 2
    box = (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(size.width)}" height="{number(size.height)}" rx="8"'
        f' fill="{palette.HEAT[min(look.heat, 3)]}" stroke="{palette.STROKE}" stroke-width="1.4"/>'
    )
    texts = [
        _text(line, centre[0], y + 20 + LINE * place, NAME_SIZE, palette.LABEL, bold=True)
        for place, line in enumerate(lines)
    ]
    if look.figure:
        texts.append(_text(look.figure, centre[0], y + 20 + LINE * len(lines) - 1, FIGURE_SIZE, palette.LABEL))
    return _linked(look, box, "flow-map__step") + _words("".join(texts))


def _text(text: str, x: float, y: float, size: float, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{size:g}"{weight} text-anchor="middle"'
        f' fill="{colour}">{escaped(text)}</text>'
    )


def _arc(place: int, way: tuple[Point, ...], look: Look) -> str:
    width = THINNEST + (THICKEST - THINNEST) * look.weight
    colour = (palette.STROKE, palette.STROKE, palette.HERE_STROKE, palette.LATE_STROKE)[min(look.heat, 3)]
    tip, before = way[-1], way[-2]
    reach = HEAD + width * 0.9
    is_loop = way[0][0] == tip[0] != before[0]
    short = _short_of(tip, before, reach * 0.8, is_loop=is_loop)
    curve = _loop((*way[:-1], short)) if is_loop else _curve((*way[:-1], short))
    line = (
        f'<path data-flow="{place}" d="{curve}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"'
        f' stroke-opacity="{0.5 + 0.5 * look.weight:.2f}"/>'
    )
    head = _head(tip, short, reach, colour)
    catch = f'<path d="{curve}" fill="none" stroke="transparent" stroke-width="{max(width, 12):g}"/>'
    return _linked(look, line + head + catch, "flow-map__arc")


def _short_of(tip: Point, before: Point, length: float, *, is_loop: bool) -> Point:
    if is_loop:
        return (tip[0] + length, tip[1] + 1)
    return (tip[0], tip[1] - length if before[1] < tip[1] else tip[1] + length)


def _curve(points: tuple[Point, ...]) -> str:
    parts = [f"M{_at(points[0])}"]
    for one, other in pairwise(points):
        half = (one[1] + other[1]) / 2
        parts.append(f"C{_at((one[0], half))} {_at((other[0], half))} {_at(other)}")
    return "".join(parts)


def _loop(points: tuple[Point, ...]) -> str:
    """The line of an arc from a node to itself."""
    start, *bends = points
    return f"M{_at(start)}C{' '.join(map(_at, bends))}"


def _head(tip: Point, base: Point, length: float, colour: str) -> str:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    whole = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / whole, dy / whole
    foot, half = (tip[0] - dx * length, tip[1] - dy * length), length * 0.42
    left, right = (foot[0] - dy * half, foot[1] + dx * half), (foot[0] + dy * half, foot[1] - dx * half)
    return f'<path d="M{_at(tip)}L{_at(left)}L{_at(right)}z" fill="{colour}"/>'


def _figure(way: tuple[Point, ...], look: Look) -> str:
    x, y = _middle(way)
    width = width_of(look.figure, FIGURE_SIZE) + 8
    plate = (
        f'<rect x="{number(x - width / 2)}" y="{number(y - 9)}" width="{number(width)}" height="17" rx="4"'
        f' fill="{palette.CANVAS}" fill-opacity="0.88"/>'
    )
    return _words(plate + _text(look.figure, x, y + 4, FIGURE_SIZE, palette.LABEL), "flow-map__figure")


def _middle(way: tuple[Point, ...]) -> Point:
    """Where the figure of an arc stands: half-way, a little later on arcs upwards, which often have one beside them."""
    if len(way) % 2:
        return way[len(way) // 2]
    one, other = way[len(way) // 2 - 1], way[len(way) // 2]
    part = 0.5 if other[1] > one[1] else 0.68
    return (one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part)


def _end(node: str, layout: Layout) -> str:
    x, y = layout.centres[node]
    ring = (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{ROUND / 2:g}" fill="{palette.CANVAS}" stroke="{palette.STROKE}"'
    )
    if node == START:
        sign = f'<path d="M{_at((x - 4, y - 6))}L{_at((x + 7, y))}L{_at((x - 4, y + 6))}z" fill="{palette.STROKE}"/>'
        return f'<g aria-hidden="true">{ring} stroke-width="1.5"/>{sign}</g>'
    sign = f'<rect x="{number(x - 5)}" y="{number(y - 5)}" width="10" height="10" rx="1" fill="{palette.STROKE}"/>'
    return f'<g aria-hidden="true">{ring} stroke-width="3"/>{sign}</g>'


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
