"""The small signs that a mark puts on a node: who is here, how many wait, what failed, how long it takes."""

from __future__ import annotations

from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.look import CHANGED
from throughline.flow.bpmn.render.marks import CHANGES, Mark
from throughline.flow.bpmn.render.svg import circle, lines_of_text, path, rectangle
from throughline.flow.bpmn.render.text import shorten, width_of

SIZE = 10.5
HEIGHT = 18.0
LONGEST_HERE = 74.0


def badges(box: Box, mark: Mark, *, has_border_events: bool = False) -> str:
    """Return all signs of the mark around the node's box; events on its lower border are left free."""
    note = _note(box, mark, at_right=has_border_events)
    return "".join((_here_or_count(box, mark), _done(box, mark), _incident(box, mark), _change(box, mark), note))


def _pill(text: str, right: float, cy: float, fill: str, colour: str) -> str:
    """A pill whose right end lies at ``right``."""
    width = max(width_of(text, SIZE, bold=True) + 11, HEIGHT)
    box = Box(right - width, cy - HEIGHT / 2, width, HEIGHT)
    border = f' fill="{fill}" stroke="{palette.CANVAS}" stroke-width="2"'
    words = lines_of_text((text,), box.cx, cy - SIZE * 0.64, SIZE, colour=colour, bold=True)
    return rectangle(box, radius=HEIGHT / 2, more=border) + words


def _here_or_count(box: Box, mark: Mark) -> str:
    text = mark.here or (str(mark.count) if mark.count else "")
    if not text:
        return ""
    late = bool(mark.overdue)
    shown = shorten(text, LONGEST_HERE, SIZE, bold=True)
    if mark.here and mark.count > 1:
        shown = f"{shown} · {mark.count}"
    fill, colour = (palette.ALARM, "#ffffff") if late else (palette.PRIMARY, palette.PRIMARY_TEXT)
    reach = width_of(shown, SIZE, bold=True) / 2 + 5
    right = box.right + min(10, reach) if box.width > 60 else box.cx + reach
    return f'<g class="tl-badge">{_pill(shown, right, box.y, fill, colour)}</g>'


def _done(box: Box, mark: Mark) -> str:
    """A tick on what is done; where a token is back on it, the token says enough."""
    if not mark.done or mark.here or mark.count or box.width <= 60:
        return ""
    x, y = box.right - 1, box.y + 1
    tick = f"M{number(x - 3.4)} {number(y + 0.2)}l2.4 2.5l4.4-5"
    line = f' fill="none" stroke="{palette.CANVAS}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'
    disc = circle(x, y, 7.5, f' fill="{palette.DONE_STROKE}" stroke="{palette.CANVAS}" stroke-width="1.5"')
    return f'<g class="tl-tick">{disc}{path(tick, line)}</g>'


def _incident(box: Box, mark: Mark) -> str:
    if not mark.incident:
        return ""
    x, y = box.x + (2 if box.width > 60 else box.width / 2), box.y - (0 if box.width > 60 else 6)
    triangle = f"M{number(x)} {number(y - 9)}l9.5 16.5h-19z"
    sign = path(
        triangle, f' fill="{palette.ALARM}" stroke="{palette.CANVAS}" stroke-width="1.6" stroke-linejoin="round"'
    )
    stick = path(
        f"M{number(x)} {number(y - 3.2)}v5M{number(x)} {number(y + 4.4)}v.1",
        ' stroke="#ffffff" stroke-width="1.9" stroke-linecap="round" fill="none"',
    )
    return f'<g class="tl-incident">{sign}{stick}</g>'


def _change(box: Box, mark: Mark) -> str:
    """The sign of what another version makes of the node, on a disc at its upper left corner."""
    if not mark.change:
        return ""
    x, y = box.x + 1, box.y + 1
    colour = CHANGED[mark.change].stroke
    disc = circle(x, y, 9, f' fill="{palette.CANVAS}" stroke="{colour}" stroke-width="2"')
    sign = lines_of_text((CHANGES[mark.change],), x, y - 9, 14, colour=palette.LABEL, bold=True)
    return f'<g class="tl-change">{disc}{sign}</g>'


def _note(box: Box, mark: Mark, *, at_right: bool) -> str:
    """The note and the number of late ones, on a card that hangs at the lower border."""
    parts = [mark.note] if mark.note else []
    if mark.overdue and not mark.here:
        parts.append(f"{mark.overdue} late")
    if not parts:
        return ""
    text = " · ".join(parts)
    width = width_of(text, SIZE) + 12
    x = box.x + 6 if box.width > 60 else box.cx - width / 2
    if at_right and box.width > 60:
        x = max(box.right - width + 8, box.cx + 12)
    card = Box(x, box.bottom - (9 if box.width > 60 else -20), width, 17)
    calm, urgent = (
        (palette.CARD, palette.LANE_LINE, palette.LABEL),
        (palette.LATE, palette.LATE_STROKE, palette.LATE_TEXT),
    )
    fill, line, colour = urgent if mark.overdue else calm
    paper = rectangle(card, radius=5, more=f' fill="{fill}" stroke="{line}"')
    words = lines_of_text((text,), card.cx, card.cy - SIZE * 0.64, SIZE, colour=colour)
    return f'<g class="tl-note">{paper}{words}</g>'
