"""Writing SVG elements as text: escaped, rounded to a tenth, without what equals its default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.icons import Icon
from throughline.flow.bpmn.render.palette import CANVAS, LABEL
from throughline.flow.bpmn.render.text import LINE_HEIGHT

FONT: Final = (
    "'Inter Variable',Inter,'Helvetica Neue',Arial,'Liberation Sans','Noto Sans',"
    "'Noto Sans CJK SC','PingFang SC',sans-serif"
)


def quoted(value: str) -> str:
    """Return the value as an attribute value with its quotes."""
    return quoteattr(value)


def escaped(value: str) -> str:
    """Return the value as element text."""
    return escape(value)


def rectangle(box: Box, *, radius: float = 0, more: str = "") -> str:
    """Return a rect."""
    corner = f' rx="{number(radius)}"' if radius else ""
    return (
        f'<rect x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
        f"{corner}{more}/>"
    )


def circle(cx: float, cy: float, radius: float, more: str = "") -> str:
    """Return a circle."""
    return f'<circle cx="{number(cx)}" cy="{number(cy)}" r="{number(radius)}"{more}/>'


def path(data: str, more: str = "") -> str:
    """Return a path."""
    return f'<path d="{data}"{more}/>'


def lines_of_text(
    lines: Sequence[str],
    x: float,
    top: float,
    size: float,
    *,
    anchor: str = "middle",
    colour: str = LABEL,
    bold: bool = False,
    halo: bool = False,
    turned: bool = False,
) -> str:
    """
    Return the lines under each other, the first one's upper side at ``top``.

    ``halo`` draws them twice, first broad in the colour of the background, so that a line below does not run through
    the letters. ``turned`` writes upwards, for names of lanes; ``x`` and ``top`` are then those of the turned text's
    middle line.
    """
    if not lines:
        return ""
    step = size * LINE_HEIGHT
    first = top + size * 0.98
    spans = "".join(
        f'<tspan x="{number(x)}" y="{number(first + index * step)}">{escaped(line)}</tspan>'
        for index, line in enumerate(lines)
    )
    weight = ' font-weight="600"' if bold else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    turn = f' transform="rotate(-90 {number(x)} {number(top + size * LINE_HEIGHT / 2)})"' if turned else ""
    head = f'<text font-size="{number(size)}"{place}{weight}{turn} stroke="none"'
    under = (
        f'<text font-size="{number(size)}"{place}{weight}{turn} fill="{CANVAS}" stroke="{CANVAS}" stroke-width="3.5"'
        f' stroke-linejoin="round" aria-hidden="true">{spans}</text>'
        if halo
        else ""
    )
    return f'{under}{head} fill="{colour}">{spans}</text>'


def picture(  # noqa: PLR0917  a place and two colours, as everywhere here
    icon: Icon, x: float, y: float, size: float, colour: str, behind: str, *, width: float = 1.3
) -> str:
    """Return an icon with its upper left corner at x, y, ``size`` wide; lines keep their width at any size."""
    scale = size / 16
    parts = []
    stroke = f' stroke="{colour}" stroke-width="{number(width / scale)}" stroke-linejoin="round" stroke-linecap="round"'
    if icon.line:
        parts.append(path(icon.line, f' fill="none"{stroke}'))
    if icon.hollow:
        parts.append(path(icon.hollow, f' fill="{behind}"{stroke}'))
    if icon.solid:
        parts.append(path(icon.solid, f' fill="{colour}" stroke="none"'))
    return f'<g transform="translate({number(x)} {number(y)}) scale({scale:.3f})">{"".join(parts)}</g>'
