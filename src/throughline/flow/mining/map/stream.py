"""
The value stream as SVG: a box per step with its data, and below it the ladder of waiting (up) and working (down).

Rows of boxes are broken so that the drawing stays readable on a page; the ladder is broken with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.geometry import number
from throughline.flow.bpmn.render.svg import escaped, quoted
from throughline.flow.bpmn.render.text import balanced

WIDTH, HEIGHT, GAP, ROW = 150.0, 118.0, 46.0, 236.0
PER_ROW, MARGIN, LADDER = 6, 16.0, 44.0
FILLS = {"yes": palette.DONE, "necessary": palette.HEAT[1], "waste": palette.LATE}


@dataclass(frozen=True, slots=True)
class StreamBox:
    """A step: its ``data`` lines, what stands on the ladder, and its worth (``yes``, ``necessary``, ``waste``, "")."""

    name: str
    data: tuple[str, ...]
    waiting: str
    working: str
    worth: str = ""


def draw_stream(boxes: Sequence[StreamBox], *, title: str) -> str:
    """Return the drawing."""
    across = min(len(boxes), PER_ROW)
    rows = -(-len(boxes) // PER_ROW)
    width = 2 * MARGIN + across * WIDTH + max(across, 1) * GAP
    height = 2 * MARGIN + rows * ROW - (ROW - HEIGHT - LADDER - 50)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="value-stream" viewBox="0 0 {number(width)} {number(height)}"'
        f' width="{number(width)}" height="{number(height)}" role="img" aria-label={quoted(title)}'
        ' font-family="inherit">'
    ]
    for place, box in enumerate(boxes):
        x = MARGIN + GAP + (place % PER_ROW) * (WIDTH + GAP)
        y = MARGIN + (place // PER_ROW) * ROW
        parts += [_box(box, x, y), _arrow(x, y), _ladder(box, x, y + HEIGHT + 34)]
    return "".join([*parts, "</svg>"])


def _box(box: StreamBox, x: float, y: float) -> str:
    lines = balanced(box.name, WIDTH - 20, 13, most=2) or (box.name,)
    fill = FILLS.get(box.worth, palette.FILL)
    frame = (
        f'<rect x="{number(x)}" y="{number(y)}" width="{WIDTH:g}" height="{HEIGHT:g}" fill="{palette.FILL}"'
        f' stroke="{palette.STROKE}" stroke-width="1.4"/>'
        f'<rect x="{number(x)}" y="{number(y)}" width="{WIDTH:g}" height="44" fill="{fill}" stroke="{palette.STROKE}"'
        ' stroke-width="1.4"/>'
    )
    top = y + (27 if len(lines) == 1 else 19)
    names = "".join(_text(line, x + WIDTH / 2, top + 16 * place, 13, bold=True) for place, line in enumerate(lines))
    data = "".join(_text(line, x + WIDTH / 2, y + 63 + 20 * place, 12) for place, line in enumerate(box.data))
    return frame + names + data


def _arrow(x: float, y: float) -> str:
    """The push arrow before a box."""
    middle, begin = y + HEIGHT / 2, x - GAP + 6
    shaft = f'<path d="M{number(begin)} {number(middle)}H{number(x - 12)}" stroke="{palette.STROKE}" stroke-width="5"'
    head = f"M{number(x - 4)} {number(middle)}L{number(x - 15)} {number(middle - 8)}V{number(middle + 8)}z"
    return f'{shaft} stroke-dasharray="7 4"/><path d="{head}" fill="{palette.STROKE}"/>'


def _ladder(box: StreamBox, x: float, y: float) -> str:
    left = x - GAP
    line = f"M{number(left)} {number(y)}H{number(x)}V{number(y + LADDER / 2)}H{number(x + WIDTH)}V{number(y)}"
    return (
        f'<path d="{line}" fill="none" stroke="{palette.STROKE}" stroke-width="1.4"/>'
        + _text(box.waiting, left + GAP / 2, y - 7, 11)
        + _text(box.working, x + WIDTH / 2, y + LADDER / 2 + 17, 11)
    )


def _text(text: str, x: float, y: float, size: float, *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{size:g}"{weight} text-anchor="middle"'
        f' fill="{palette.LABEL}">{escaped(text)}</text>'
    )
