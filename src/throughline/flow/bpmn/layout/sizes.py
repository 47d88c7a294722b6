"""How large things are drawn, and how much room their names need beside them."""

from __future__ import annotations

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
PER_BOUNDARY_EVENT: Final = 56.0
WIDEST_TASK: Final = 160.0

Size = tuple[float, float]


def size_of(node: object, attached: int = 0) -> Size:
    """
    Return width and height of a node whose inside is not drawn; ``attached`` boundary events need room at its border.
    """
    if isinstance(node, model.Event):
        return EVENT
    if isinstance(node, model.Gateway):
        return GATEWAY
    name = str(getattr(node, "name", ""))
    width = TASK[0]
    while width < WIDEST_TASK and len(wrap(name, width - 12, 12)) > 4:
        width += 15
    return max(width, attached * PER_BOUNDARY_EVENT), TASK[1]


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
