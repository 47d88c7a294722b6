"""How large things are drawn, and how much room their names need beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render.captions import BROADEST, MOST_LINES
from throughline.flow.bpmn.render.captions import SIZE as CAPTION_SIZE
from throughline.flow.bpmn.render.text import LINE_HEIGHT, balanced, width_of, wrap

TASK: Final = (100.0, 80.0)
EVENT: Final = (36.0, 36.0)
GATEWAY: Final = (50.0, 50.0)
DATA: Final = (36.0, 50.0)
STORE: Final = (50.0, 50.0)
NOTE_WIDTH: Final = 120.0
BORDER_NAME: Final = 60.0
"""How wide the name of one of several boundary events may be."""
WIDEST_TASK: Final = 160.0

Size = tuple[float, float]


def size_of(node: object, attached: Sequence[model.BoundaryEvent] = ()) -> Size:
    """Return width and height of a node that is drawn closed, with room for its boundary events and their names."""
    if isinstance(node, model.Event):
        return EVENT
    if isinstance(node, model.Gateway):
        return GATEWAY
    name = str(getattr(node, "name", ""))
    width = TASK[0]
    while width < WIDEST_TASK and len(wrap(name, width - 12, 12)) > 4:
        width += 15
    crowded = max(len(wrap(name, width - 12, 12)) - 2, 0) if attached else 0
    return max(width, border_width(attached)), TASK[1] + crowded * 14


def border_width(attached: Sequence[model.BoundaryEvent]) -> float:
    """Return the width that several boundary events need beside each other."""
    if len(attached) < 2:
        return 0.0
    return len(attached) * (EVENT[0] + 14 + max(caption_size(event.name, BORDER_NAME)[0] for event in attached))


def satellite_size(item: object) -> Size:
    """Return width and height of data or a remark that stands beside a node."""
    if isinstance(item, model.TextAnnotation):
        lines = wrap(item.text.strip(), NOTE_WIDTH - 12, CAPTION_SIZE)
        return NOTE_WIDTH, max(30.0, len(lines) * CAPTION_SIZE * LINE_HEIGHT + 6)
    return STORE if isinstance(item, model.DataStoreReference) else DATA


def caption_size(name: str, widest: float = BROADEST) -> Size:
    """Return width and height of a name that stands outside its symbol; nothing for no name."""
    lines = balanced(name.strip(), widest, CAPTION_SIZE, most=MOST_LINES) if name.strip() else ()
    if not lines:
        return 0.0, 0.0
    return max(width_of(line, CAPTION_SIZE) for line in lines) + 2, len(lines) * CAPTION_SIZE * LINE_HEIGHT
