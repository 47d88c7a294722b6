"""How one node or flow is painted: from its mark, from the colours its file asks for, else as everything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.marks import Mark


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and line width."""

    fill: str = palette.FILL
    stroke: str = palette.STROKE
    text: str = palette.LABEL
    sign: str = palette.STROKE
    width: float = 1.5
    dash: str = ""

    def paint(self, *, width: float = 0, dash: str = "", fill: str = "") -> str:
        """Return the attributes of a filled and stroked shape."""
        line = dash or self.dash
        broken = f' stroke-dasharray="{line}"' if line else ""
        return f' fill="{fill or self.fill}" stroke="{self.stroke}" stroke-width="{width or self.width:g}"{broken}'


PLAIN: Final = Look()
CHANGED: Final = {
    "added": Look(palette.DONE, palette.DONE_STROKE, sign=palette.DONE_STROKE, width=2.5),
    "removed": Look(palette.LATE, palette.LATE_STROKE, sign=palette.LATE_STROKE, width=2, dash="5 4"),
    "changed": Look(palette.HEAT[2], palette.STROKE, width=2.5),
    "moved": Look(palette.HEAT[1], palette.HERE_STROKE, sign=palette.HERE_STROKE, width=2, dash="9 3"),
}
"""How what another version makes of an element is painted."""


def look_of(mark: Mark, drawn: model.DiagramElement) -> Look:
    """Return the look of a node: the most urgent that its mark says, else what the file asks for."""
    if mark.change:
        return CHANGED[mark.change]
    if mark.incident:
        return Look(palette.LATE, palette.LATE_STROKE, sign=palette.LATE_STROKE, width=2)
    if mark.here:
        return Look(palette.HERE, palette.HERE_STROKE, sign=palette.HERE_STROKE, width=2)
    if mark.heat:
        return Look(palette.HEAT[min(mark.heat, len(palette.HEAT) - 1)])
    if mark.done:
        return Look(palette.DONE, palette.DONE_STROKE, sign=palette.DONE_STROKE, width=1.6)
    fill, stroke = palette.chosen(drawn.fill), palette.chosen(drawn.stroke)
    if not fill and not stroke:
        return PLAIN
    if not fill:
        return Look(stroke=stroke, sign=stroke)
    ink = palette.readable_on(fill)
    return Look(fill, stroke or palette.STROKE, text=ink, sign=ink)


def states(mark: Mark) -> str:
    """Return the CSS classes of a mark, each with a blank before it."""
    said = {
        "is-here": mark.here,
        "is-done": mark.done,
        "is-overdue": mark.overdue,
        f"is-{mark.change}": mark.change,
        "has-incident": mark.incident,
        f"is-heat-{mark.heat}": mark.heat,
    }
    return "".join(f" {name}" for name, holds in said.items() if holds)
