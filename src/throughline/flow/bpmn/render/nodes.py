"""
Drawing nodes: activities, events, gateways, data and remarks.

Every function takes a figure and its look and returns SVG; :func:`draw_node` finds the right one by the class of the
element.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from throughline.flow.bpmn import model
from throughline.flow.bpmn.describe import event_kind
from throughline.flow.bpmn.render import icons, palette
from throughline.flow.bpmn.render.captions import Caption, below
from throughline.flow.bpmn.render.geometry import Box, number
from throughline.flow.bpmn.render.look import Look
from throughline.flow.bpmn.render.scene import Figure, Scene
from throughline.flow.bpmn.render.svg import circle, lines_of_text, path, picture, rectangle
from throughline.flow.bpmn.render.text import LINE_HEIGHT, width_of, wrap
from throughline.flow.bpmn.xml import Xml

Draw = Callable[[Figure, Look, Scene], str]

TEXT_SIZES: Final = (12.0, 11.0, 10.0)
ICON: Final = 15.0
MARKER: Final = 13.0
CORNER: Final = 9.0


def draw_node(figure: Figure, look: Look, scene: Scene) -> str:
    """Return the symbol of the element, without its caption."""
    for kind in type(figure.element).__mro__:
        if kind in DRAWN:
            return DRAWN[kind](figure, look, scene)
    return _plain(figure, look, scene)


def caption_of(figure: Figure, scene: Scene) -> Caption | None:
    """Return the name that stands outside the symbol, if the element has one there."""
    name = scene.name(figure.element).strip()
    if not name or not isinstance(figure.element, CAPTIONED):
        return None
    return below(name, figure.box, figure.label)


# --- activities -------------------------------------------------------------------------------------------------------
def _activity(figure: Figure, look: Look, scene: Scene) -> str:
    element = figure.element
    assert isinstance(element, model.Activity)
    box = figure.box
    body = _body(element, box, look)
    icon = icons.TASKS.get(element.kind_name)
    corner = picture(icon, box.x + 6, box.y + 6, ICON, look.sign, look.fill) if icon else ""
    signs = _markers(element, scene)
    name = _name_inside(scene.name(element), box, look, icon=icon is not None, markers=bool(signs))
    return body + corner + name + _marker_row(signs, box, look)


def _body(element: model.Activity, box: Box, look: Look) -> str:
    dash = "1.5 3" if isinstance(element, model.SubProcess) and element.triggered_by_event else ""
    width = 3.5 if isinstance(element, model.CallActivity) else 0
    outer = rectangle(box, radius=CORNER, more=look.paint(width=width, dash=dash))
    if not isinstance(element, model.Transaction):
        return outer
    return outer + rectangle(box.grown(-3.5), radius=CORNER - 3, more=look.paint(width=1.1, fill="none"))


def _name_inside(name: str, box: Box, look: Look, *, icon: bool, markers: bool) -> str:
    """The name in the middle beside the icon, smaller if it must be, cut if it still does not fit."""
    room = Box(box.x + 6, box.y + 4, box.width - 12, box.height - 8 - (MARKER + 2 if markers else 0))
    for size in TEXT_SIZES:
        lines = wrap(name, room.width, size)
        top = _top_beside_icon(lines, room, size) if icon else _centred(lines, room, size)
        if top is not None and not _cut(lines, name):
            return lines_of_text(lines, box.cx, top, size, colour=look.text)
    most = max(1, int((room.height - (ICON if icon else 0)) / (size * LINE_HEIGHT)))
    lines = wrap(name, room.width, size, most=most)
    top = room.y + ICON if icon else room.y + (room.height - len(lines) * size * LINE_HEIGHT) / 2
    return lines_of_text(lines, box.cx, top, size, colour=look.text)


def _centred(lines: Sequence[str], room: Box, size: float) -> float | None:
    """Where the text starts to stand in the middle, None if it is too high."""
    spare = room.height - len(lines) * size * LINE_HEIGHT
    return room.y + spare / 2 if spare >= 0 else None


def _top_beside_icon(lines: Sequence[str], room: Box, size: float) -> float | None:
    """Where the text starts so that its first line does not run into the icon in the upper left corner."""
    top = _centred(lines, room, size)
    if top is None or not lines:
        return top
    clear = room.cx - width_of(lines[0], size) / 2 > room.x + ICON + 2
    lowest = room.bottom - len(lines) * size * LINE_HEIGHT
    needed = top if clear else max(top, room.y + ICON + 1)
    return needed if needed <= lowest else None


def _cut(lines: Sequence[str], name: str) -> bool:
    return len(" ".join(lines).split()) > len(name.split())


def _markers(element: model.Activity, scene: Scene) -> list[icons.Icon]:
    signs = []
    if isinstance(element.loop, model.MultiInstance):
        signs.append(icons.SEQUENTIAL if element.loop.is_sequential else icons.PARALLEL)
    elif element.loop is not None:
        signs.append(icons.LOOP)
    if isinstance(element, model.SubProcess) and element.id not in scene.expanded:
        signs.append(icons.COLLAPSED)
    if (
        isinstance(element, model.CallActivity)
        and element.id not in scene.expanded
        and _calls_a_process(element, scene)
    ):
        signs.append(icons.COLLAPSED)
    if isinstance(element, model.AdHocSubProcess):
        signs.append(icons.AD_HOC)
    if element.is_for_compensation:
        signs.append(icons.COMPENSATION)
    return signs


def _calls_a_process(element: model.CallActivity, scene: Scene) -> bool:
    """A called process can be opened, a called global task cannot (BPMN 10.3.6)."""
    called = scene.elements.get(element.called_element)
    return not (isinstance(called, Xml) and called.name.startswith("global"))


def _marker_row(signs: Sequence[icons.Icon], box: Box, look: Look) -> str:
    step = MARKER + 4
    left = box.cx - (len(signs) * step - 4) / 2
    top = box.bottom - MARKER - 4
    return "".join(
        picture(sign, left + index * step, top, MARKER, look.sign, look.fill) for index, sign in enumerate(signs)
    )


def open_activity(figure: Figure, look: Look, scene: Scene) -> str:
    """Return the frame of a sub-process or called process whose inside is drawn on the same page."""
    element = figure.element
    assert isinstance(element, model.Activity)
    box = figure.box
    lines = wrap(scene.name(element), box.width - 24, 12, most=2, bold=True)
    name = lines_of_text(lines, box.x + 12, box.y + 7, 12, anchor="start", colour=look.text, bold=True)
    return _body(element, box, look) + name + _marker_row(_markers(element, scene), box, look)


# --- events -----------------------------------------------------------------------------------------------------------
def _event(figure: Figure, look: Look, scene: Scene) -> str:
    element = figure.element
    assert isinstance(element, model.Event)
    box = figure.box
    radius = min(box.width, box.height) / 2
    ends = isinstance(element, model.EndEvent)
    dash = "" if _interrupts(element) else "4 2.6"
    rings = circle(box.cx, box.cy, radius, look.paint(width=3 if ends else 0, dash=dash))
    if not isinstance(element, model.StartEvent | model.EndEvent):
        rings += circle(box.cx, box.cy, radius - 3, look.paint(width=1.2, dash=dash, fill="none"))
    icon = _trigger(element, scene)
    size = radius * (1.0 if ends or isinstance(element, model.StartEvent) else 0.92)
    return rings + (picture(icon, box.cx - size / 2, box.cy - size / 2, size, look.sign, look.fill) if icon else "")


def _interrupts(element: model.Event) -> bool:
    if isinstance(element, model.BoundaryEvent):
        return element.cancel_activity
    return not isinstance(element, model.StartEvent) or element.is_interrupting


def _trigger(element: model.Event, scene: Scene) -> icons.Icon | None:
    kind = event_kind(element, scene.definitions)
    if kind == "multiple" and isinstance(element, model.CatchEvent) and element.parallel_multiple:
        kind = "parallelMultiple"
    table = icons.THROW if isinstance(element, model.ThrowEvent) else icons.CATCH
    return table.get(kind)


# --- gateways ---------------------------------------------------------------------------------------------------------
def _gateway(figure: Figure, look: Look, _: Scene) -> str:
    box = figure.box
    cx, cy = number(box.cx), number(box.cy)
    diamond = f"M{cx} {number(box.y)}L{number(box.right)} {cy}L{cx} {number(box.bottom)}L{number(box.x)} {cy}z"
    body = path(diamond, look.paint() + ' stroke-linejoin="round"')
    element = figure.element
    if isinstance(element, model.EventBasedGateway):
        return body + _event_gateway(element, box, look)
    icon = icons.GATEWAYS.get(getattr(element, "kind_name", ""))
    if icon is None or (isinstance(element, model.ExclusiveGateway) and figure.shape.is_marker_visible is False):
        return body
    size = min(box.width, box.height) * 0.42
    return body + picture(icon, box.cx - size / 2, box.cy - size / 2, size, look.sign, look.fill, width=2.4)


def _event_gateway(element: model.EventBasedGateway, box: Box, look: Look) -> str:
    radius = min(box.width, box.height) * 0.27
    rings = circle(box.cx, box.cy, radius, look.paint(width=1.1))
    if not element.instantiate:
        rings += circle(box.cx, box.cy, radius - 2.2, look.paint(width=1.1))
    icon = icons.CATCH["parallelMultiple" if element.gateway_type == "Parallel" else "multiple"]
    size = radius * 1.1
    return rings + picture(icon, box.cx - size / 2, box.cy - size / 2, size, look.sign, look.fill, width=1.1)


# --- data and remarks -------------------------------------------------------------------------------------------------
def _data_object(figure: Figure, look: Look, scene: Scene) -> str:
    box = figure.box
    fold = min(12.0, box.width / 3)
    x, y, right, bottom = (number(each) for each in (box.x, box.y, box.right, box.bottom))
    corner = number(box.right - fold)
    page = f"M{x} {y}H{corner}L{right} {number(box.y + fold)}V{bottom}H{x}z"
    crease = f"M{corner} {y}V{number(box.y + fold)}H{right}"
    drawn = path(page, look.paint() + ' stroke-linejoin="round"') + path(crease, look.paint(width=1.2, fill="none"))
    if _is_collection(figure, scene):
        drawn += picture(icons.COLLECTION, box.cx - 6, box.bottom - 15, 12, look.sign, look.fill)
    if isinstance(figure.element, model.DataInput):
        drawn += picture(icons.INTO, box.x + 4, box.y + 4, 13, look.sign, look.fill)
    if isinstance(figure.element, model.DataOutput):
        drawn += picture(icons.OUT_OF, box.x + 4, box.y + 4, 13, look.sign, look.fill)
    return drawn


def _is_collection(figure: Figure, scene: Scene) -> bool:
    element = figure.element
    if isinstance(element, model.DataObjectReference):
        element = scene.elements.get(element.data_object_ref, element)
    return bool(getattr(element, "is_collection", False))


def _data_store(figure: Figure, look: Look, _: Scene) -> str:
    box = figure.box
    rise = min(box.height * 0.16, 9.0)
    x, right, half = number(box.x), number(box.right), number(box.width / 2)
    up, down = number(box.y + rise), number(box.bottom - rise)
    arc = f"A{half} {number(rise)} 0 0"
    can = f"M{x} {up}{arc} 1 {right} {up}V{down}{arc} 1 {x} {down}z"
    rings = "".join(
        f"M{x} {number(box.y + rise + step)}{arc} 0 {right} {number(box.y + rise + step)}" for step in (0, 4.5, 9)
    )
    return path(can, look.paint()) + path(rings, look.paint(width=1.2, fill="none"))


def _annotation(figure: Figure, look: Look, scene: Scene) -> str:
    box = figure.box
    reach = number(box.x + min(10, box.width))
    bracket = f"M{reach} {number(box.y)}H{number(box.x)}V{number(box.bottom)}H{reach}"
    most = max(1, int((box.height + 6) / (11 * LINE_HEIGHT)))
    lines = wrap(scene.name(figure.element).strip(), max(box.width - 12, 40), 11, most=max(most, 2))
    top = box.y + max((box.height - len(lines) * 11 * LINE_HEIGHT) / 2, 0)
    words = lines_of_text(lines, box.x + 8, top, 11, anchor="start", colour=look.text, halo=True)
    return path(bracket, f' fill="none" stroke="{look.stroke}" stroke-width="1.2"') + words


def _group(figure: Figure, look: Look, scene: Scene) -> str:
    line = f' fill="none" stroke="{palette.LANE_LINE}" stroke-width="1.5" stroke-dasharray="9 4 2 4"'
    lines = wrap(scene.name(figure.element).strip(), max(figure.box.width - 20, 40), 11, most=2)
    words = lines_of_text(lines, figure.box.cx, figure.box.y + 5, 11, colour=look.text, halo=True)
    return rectangle(figure.box, radius=10, more=line) + words


def _plain(figure: Figure, look: Look, scene: Scene) -> str:
    """Something the model keeps word for word, such as a task of a choreography: a frame with its name."""
    element, box = figure.element, figure.box
    if isinstance(element, Xml) and "onversation" in element.name:
        step = box.width / 4
        hexagon = (
            f"M{number(box.x)} {number(box.cy)}l{number(step)} {number(-box.height / 2)}h{number(2 * step)}"
            f"l{number(step)} {number(box.height / 2)}l{number(-step)} {number(box.height / 2)}h{number(-2 * step)}z"
        )
        caption = below(scene.name(element), box, figure.label)
        return path(hexagon, look.paint() + ' stroke-linejoin="round"') + caption.drawn(look.text)
    frame = rectangle(box, radius=0 if figure.shape.band_kind else CORNER, more=look.paint())
    return frame + _name_inside(scene.name(element), box, look, icon=False, markers=False)


CAPTIONED: Final = (
    model.Event,
    model.Gateway,
    model.DataObject,
    model.DataObjectReference,
    model.DataStoreReference,
    model.DataInput,
    model.DataOutput,
)

DRAWN: Final[dict[type, Draw]] = {
    model.Activity: _activity,
    model.Event: _event,
    model.Gateway: _gateway,
    model.DataObject: _data_object,
    model.DataObjectReference: _data_object,
    model.DataInput: _data_object,
    model.DataOutput: _data_object,
    model.DataStoreReference: _data_store,
    model.DataStore: _data_store,
    model.TextAnnotation: _annotation,
    model.Group: _group,
}
