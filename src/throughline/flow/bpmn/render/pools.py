"""Drawing pools and lanes: quiet frames with their names in a band, upright where the pool lies flat."""

from __future__ import annotations

from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.render import palette
from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.scene import Figure, Scene
from throughline.flow.bpmn.render.svg import lines_of_text, path, rectangle
from throughline.flow.bpmn.render.text import LINE_HEIGHT, wrap

BAND: Final = 30.0
SIZE: Final = 12.0
LOWEST_NAMED: Final = 44.0
"""A lane of which less is seen goes without its name."""


def draw_pool(figure: Figure, scene: Scene, box: Box) -> str:
    """Return a participant's frame; ``box`` is the part of it that is seen."""
    element = figure.element
    name = scene.name(element)
    closed = isinstance(element, model.Participant) and not _has_content(element, scene)
    fill = palette.chosen(figure.shape.fill) or palette.LANE
    frame = rectangle(box, radius=4, more=f' fill="{fill}" stroke="{palette.LANE_LINE}" stroke-width="1.3"')
    if closed:
        lines = wrap(name, max(box.width - 16, 30), SIZE, most=3, bold=True)
        top = box.cy - len(lines) * SIZE * LINE_HEIGHT / 2
        return frame + lines_of_text(lines, box.cx, top, SIZE, bold=True) + _multiplicity(element, box)
    return frame + _band(name, box, flat=lies_flat(figure), bold=True, line=True) + _multiplicity(element, box)


def draw_lane(figure: Figure, scene: Scene, box: Box, *, named: bool = True) -> str:
    """Return a lane's frame; the part of it in ``box`` is seen."""
    fill = palette.chosen(figure.shape.fill) or (palette.LANE if _stands_alone(figure, scene) else "none")
    frame = rectangle(box, more=f' fill="{fill}" stroke="{palette.LANE_LINE}" stroke-width="1"')
    if not named:
        return frame
    return frame + _band(scene.name(figure.element), box, flat=lies_flat(figure), bold=False, line=False)


def _stands_alone(figure: Figure, scene: Scene) -> bool:
    frames = (each for each in scene.figures.values() if isinstance(each.element, model.Participant | model.Lane))
    return not any(each is not figure and each.box.grown(1).holds((figure.box.cx, figure.box.cy)) for each in frames)


def name_over_lines(figure: Figure, scene: Scene, box: Box) -> str:
    """Return the name of a lane that is cut, on a strip of background that keeps faint lines off it."""
    if box.height < LOWEST_NAMED or not lies_flat(figure):
        return ""
    strip = rectangle(Box(box.x + 1, box.y + 1, BAND - 3, box.height - 2), more=f' fill="{palette.CANVAS}"')
    return strip + _band(scene.name(figure.element), box, flat=True, bold=False, line=False)


def lies_flat(figure: Figure) -> bool:
    """Return whether the way goes from left to right in this pool or lane."""
    said = figure.shape.is_horizontal
    return figure.box.width >= figure.box.height if said is None else said


def _band(name: str, box: Box, *, flat: bool, bold: bool, line: bool) -> str:
    along = box.height if flat else box.width
    lines = wrap(name, max(along - 12, 20), SIZE, most=2, bold=bold)
    size = SIZE if len(lines) < 2 else SIZE - 1
    middle = BAND / 2 - (len(lines) - 1) * size * LINE_HEIGHT / 2
    colour = palette.LABEL if bold else palette.MUTED
    if not flat:
        words = lines_of_text(lines, box.cx, box.y + middle - size * 0.62, size, colour=colour, bold=bold)
        rule = f"M{number(box.x)} {number(box.y + BAND)}H{number(box.right)}"
    else:
        words = "".join(
            lines_of_text(
                (text,),
                box.x + middle + index * size * LINE_HEIGHT,
                box.cy - size * LINE_HEIGHT / 2,
                size,
                colour=colour,
                bold=bold,
                turned=True,
            )
            for index, text in enumerate(lines)
        )
        rule = f"M{number(box.x + BAND)} {number(box.y)}V{number(box.bottom)}"
    return words + (path(rule, f' stroke="{palette.LANE_LINE}" stroke-width="1.3"') if line else "")


def _has_content(element: model.Participant, scene: Scene) -> bool:
    process = scene.elements.get(element.process_ref)
    if not isinstance(process, model.Process):
        return False
    inside = [item.id for item in process.elements] + [lane.id for lane in process.lanes]
    return any(each in scene.figures for each in inside)


def _multiplicity(element: object, box: Box) -> str:
    many = getattr(element, "multiplicity", None)
    if many is None or many.maximum < 2:
        return ""
    bars = "".join(f"M{number(box.cx + step)} {number(box.bottom - 16)}v10" for step in (-4, 0, 4))
    return path(bars, f' stroke="{palette.STROKE}" stroke-width="1.6"')
