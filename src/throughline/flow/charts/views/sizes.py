"""How large the shapes of derived charts are, from their words."""

from __future__ import annotations

from typing import Final

from throughline.flow.bpmn.render.text import LINE_HEIGHT, width_of, wrap
from throughline.flow.charts.views.figure import Shape, ShapeKind

SIZE: Final = 13.0
SMALL: Final = 11.5
WIDEST: Final = 190.0
PAD: Final = 12.0
ROW: Final = SMALL * LINE_HEIGHT + 3

_LEAST: Final = {
    ShapeKind.PROCESS: (120.0, 62.0), ShapeKind.ENTITY: (110.0, 54.0), ShapeKind.STORE: (130.0, 40.0),
    ShapeKind.CLASS: (150.0, 40.0), ShapeKind.STATE: (110.0, 44.0), ShapeKind.ACTOR: (84.0, 96.0),
    ShapeKind.USE_CASE: (140.0, 58.0), ShapeKind.HOUSE: (120.0, 84.0), ShapeKind.STATION: (140.0, 44.0),
    ShapeKind.QUEUE: (64.0, 76.0), ShapeKind.HEAD: (120.0, 48.0),
}  # fmt: skip
_POINTS: Final = {ShapeKind.START: 22.0, ShapeKind.END: 26.0}
_DIAMOND: Final = 40.0
_BAR: Final = (10.0, 64.0)
SIGN: Final = 46.0
"""The triangle of what waits, above its words."""


def name_lines(shape: Shape) -> tuple[str, ...]:
    """Return the name in lines as it is drawn."""
    return wrap(shape.name, WIDEST - 2 * PAD, SIZE, most=3, bold=True)


def size_of(shape: Shape) -> tuple[float, float]:
    """Return width and height that a shape needs."""
    if shape.kind in _POINTS:
        return _POINTS[shape.kind], _POINTS[shape.kind]
    if shape.kind is ShapeKind.DECISION:
        return _DIAMOND, _DIAMOND
    if shape.kind is ShapeKind.BAR:
        return _BAR
    least_width, least_height = _LEAST[shape.kind]
    if shape.kind is ShapeKind.QUEUE:  # its name is not drawn: it stands on the step behind it
        widest = max((width_of(row, SMALL) for row in shape.rows), default=0.0)
        return max(least_width, widest), max(least_height, SIGN + len(shape.rows) * SMALL * LINE_HEIGHT)
    names = name_lines(shape)
    widest = max((width_of(line, SIZE, bold=True) for line in names), default=0.0)
    rows = max((width_of(row, SMALL) for row in shape.rows), default=0.0)
    side = 34.0 if shape.kind is ShapeKind.STORE else 0.0
    swell = 1.35 if shape.kind is ShapeKind.USE_CASE else 1.0
    width = max(least_width, max(widest, rows) * swell + 2 * PAD + side)
    high = len(names) * SIZE * LINE_HEIGHT + 2 * PAD
    if shape.mark and shape.kind is ShapeKind.PROCESS:
        high += SMALL * LINE_HEIGHT + 4
    if shape.rows:
        high += len(shape.rows) * ROW + 8
    if shape.kind is ShapeKind.HOUSE:
        high += 26
    return min(width, 420.0), max(least_height, high)
