"""Names beside small symbols and along lines: where they stand, and in how many lines."""

from __future__ import annotations

from dataclasses import dataclass

from throughline.flow.bpmn.render.geometry import Box, Point, middle_of
from throughline.flow.bpmn.render.svg import lines_of_text
from throughline.flow.bpmn.render.text import LINE_HEIGHT, balanced, width_of

SIZE = 11.0
BROADEST = 96.0
MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Caption:
    """Lines of a name with their place; ``x`` is the middle, or the left side if ``from_left``."""

    lines: tuple[str, ...]
    x: float
    top: float
    from_left: bool = False

    @property
    def box(self) -> Box:
        """The area the lines cover."""
        width = max((width_of(line, SIZE) for line in self.lines), default=0)
        return Box(
            self.x if self.from_left else self.x - width / 2, self.top, width, len(self.lines) * SIZE * LINE_HEIGHT
        )

    def drawn(self, colour: str) -> str:
        """Return the text with a halo."""
        anchor = "start" if self.from_left else "middle"
        return lines_of_text(self.lines, self.x, self.top, SIZE, anchor=anchor, colour=colour, halo=True)


def below(name: str, box: Box, label: Box | None, room: float = 5) -> Caption:
    """Return the caption of a symbol: where the file puts it, else under the symbol."""
    if label is None:
        return Caption(balanced(name, BROADEST, SIZE, most=MOST_LINES), box.cx, box.bottom + room)
    return placed(name, label)


def placed(name: str, label: Box) -> Caption:
    """
    Return the caption in the middle of the place the file gives, which may have been measured in another typeface.
    """
    lines = balanced(name, max(label.width + 8, 46), SIZE, most=MOST_LINES + 2)
    height = len(lines) * SIZE * LINE_HEIGHT
    top = label.y + max((label.height - height) / 2, 0) if label.height > height else label.y
    return Caption(lines, label.cx, top)


def along(name: str, points: list[Point], label: Box | None) -> Caption:
    """
    Return the caption of a line: where the file puts it, else above its longest level stretch or right of a steep one.
    """
    if label is not None:
        return placed(name, label)
    (x, y), level = middle_of(points)
    lines = balanced(name, BROADEST, SIZE, most=3)
    height = len(lines) * SIZE * LINE_HEIGHT
    return Caption(lines, x, y - height - 3) if level else Caption(lines, x + 6, y - height / 2, from_left=True)
