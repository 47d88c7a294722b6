"""
Three ways to one drawing: what the origin changed since we took it, on top of what we changed here.

Theory of operation. A drawing is taken apart into *units*, each known by its id: the flow nodes and sequence flows of
the process (a sub-process with all that is inside it is one), and the messages and the like beside it. A unit that only
one side changed is taken from that side; what both changed alike is agreed; what both changed otherwise is a
*conflict*, and whoever pulls says for each whether theirs or ours is kept (ours, unless said). Which lane a node lies
in is such a question, too, but without conflict: ours stays. The drawing is put together again from the units; the ends
of flows give the nodes their incoming and outgoing references, and flows whose ends are gone go with them. Positions
come from the side a unit was taken from; when the origin brought or took nodes, all is laid out anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from throughline.flow import bpmn
from throughline.flow.bpmn.xml import BPMN
from throughline.flow.markup import parse

_REFERENCES = frozenset({f"{{{BPMN}}}incoming", f"{{{BPMN}}}outgoing"})
_FRAME = frozenset(
    f"{{{BPMN}}}{name}" for name in ("laneSet", "extensionElements", "documentation", "ioSpecification", "property")
)
_PROCESS, _FLOW, _LANE_REF = f"{{{BPMN}}}process", f"{{{BPMN}}}sequenceFlow", f"{{{BPMN}}}flowNodeRef"
THEIRS, OURS = "theirs", "ours"


@dataclass(frozen=True, slots=True)
class Clash:
    """A unit that both sides changed: its id, and what people call it."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Merge:
    """
    What came of it: the drawing, which units were taken from the origin, and where both sides had changed the same.

    ``problem`` says why nothing could be put together; the drawing is then ours.
    """

    drawing: bytes
    taken: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    problem: str = ""


def merge(base: bytes, theirs: bytes, ours: bytes, decided: Mapping[str, str] | None = None) -> Merge:
    """
    Return our drawing with what the origin changed from ``base`` to ``theirs``.

    ``decided``: by the id of a clash, ``theirs`` or ``ours``.
    """
    if _same(base, theirs) or _same(ours, theirs):
        return Merge(ours)
    if _same(base, ours):
        return Merge(theirs, tuple(_changed(base, theirs)))
    return _merged(_Drawing(base), _Drawing(theirs), _Drawing(ours), ours, decided or {})


def _same(one: bytes, other: bytes) -> bool:
    return one == other or bpmn.read(one) == bpmn.read(other)


def _changed(one: bytes, other: bytes) -> list[str]:
    before, after = _Drawing(one).units, _Drawing(other).units
    return [key for key in {**before, **after} if _text(before.get(key)) != _text(after.get(key))]


class _Drawing:
    """A drawing taken apart."""

    def __init__(self, content: bytes) -> None:
        self.root = parse(content)
        found = self.root.find(_PROCESS)
        self.process = self.root if found is None else found
        inside = [each for each in self.process if each.tag not in _FRAME and each.get("id")]
        beside = [
            each
            for each in self.root
            if each.get("id") and str(each.tag).startswith(f"{{{BPMN}}}") and each.tag not in (_PROCESS, _COLLABORATION)
        ]
        self.units: dict[str, etree._Element] = {str(each.get("id")): each for each in (*beside, *inside)}
        self.lanes = {str(lane.get("id")): lane for lane in self.process.iter(f"{{{BPMN}}}lane")}

    def lane_of(self, node: str) -> str:
        for key, lane in self.lanes.items():
            if any((ref.text or "").strip() == node for ref in lane.iter(_LANE_REF)):
                return key
        return ""

    def shapes(self) -> dict[str, etree._Element]:
        """The shapes and edges by the element they draw."""
        return {str(each.get("bpmnElement")): each for each in self.root.iter() if each.get("bpmnElement")}


_COLLABORATION = f"{{{BPMN}}}collaboration"


def _text(unit: etree._Element | None) -> bytes:
    """Return what a unit says, whatever its order of attributes and the flows that touch it."""
    if unit is None:
        return b""
    copy = deepcopy(unit)
    copy.tail = None
    for child in [each for each in copy if each.tag in _REFERENCES]:
        copy.remove(child)
    for each in copy.iter():
        each.tail = None
        if each.text is not None and not each.text.strip():
            each.text = None
    written: bytes = etree.tostring(copy, method="c14n2")
    return written


def _merged(base: _Drawing, theirs: _Drawing, ours: _Drawing, as_it_is: bytes, decided: Mapping[str, str]) -> Merge:
    taken, clashes = [], []
    for key in list(dict.fromkeys([*base.units, *theirs.units, *ours.units])):
        before, there, here = (_text(each.units.get(key)) for each in (base, theirs, ours))
        if there in (before, here):
            continue
        if here != before:
            clashes.append(Clash(key, _label(theirs.units.get(key), ours.units.get(key), base.units.get(key))))
            if decided.get(key) != THEIRS:
                continue
        taken.append(key)
    if not taken:
        return Merge(as_it_is, (), tuple(clashes))
    _take(taken, theirs, ours)
    _take_lanes(taken, theirs, ours)
    _drop_loose_flows(ours)
    _refer(ours)
    written: bytes = etree.tostring(ours.root, xml_declaration=True, encoding="UTF-8")
    try:
        definitions = bpmn.read(written)
    except bpmn.Unreadable as problem:
        return Merge(as_it_is, (), tuple(clashes), f"The two drawings cannot be put together: {problem}")
    if any((key in base.units) != (key in theirs.units) for key in taken):
        definitions = bpmn.lay_out(definitions)
    return Merge(bpmn.write(definitions), tuple(taken), tuple(clashes))


def _label(*units: etree._Element | None) -> str:
    for unit in units:
        if unit is not None and unit.get("name"):
            return str(unit.get("name"))
    flow = next((unit for unit in units if unit is not None and unit.tag == _FLOW), None)
    return "" if flow is None else f"{flow.get('sourceRef')} → {flow.get('targetRef')}"


def _take(taken: Iterable[str], theirs: _Drawing, ours: _Drawing) -> None:
    their_shapes, our_shapes = theirs.shapes(), ours.shapes()
    for key in taken:
        there, here = theirs.units.get(key), ours.units.get(key)
        if there is None:
            assert here is not None
            _remove(here)
            if key in our_shapes:
                _remove(our_shapes[key])
            continue
        copy = deepcopy(there)
        if here is not None:
            parent = here.getparent()
            assert parent is not None
            parent.replace(here, copy)
        elif there.getparent() is theirs.process:
            ours.process.append(copy)
        else:
            ours.root.insert(0, copy)
        if key in their_shapes and key not in our_shapes and our_shapes:
            plane = next(iter(our_shapes.values())).getparent()
            assert plane is not None
            plane.append(deepcopy(their_shapes[key]))
        ours.units[key] = copy


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _take_lanes(taken: Iterable[str], theirs: _Drawing, ours: _Drawing) -> None:
    """Put nodes that came into the lane they lie in there, if it is here, and take those that went out of theirs."""
    there = {key for key, unit in _within(ours)}
    for lane in ours.lanes.values():
        for ref in [each for each in lane.iter(_LANE_REF) if (each.text or "").strip() not in there]:
            _remove(ref)
    for key in taken:
        unit = theirs.units.get(key)
        if unit is None or unit.tag == _FLOW or ours.lane_of(key) or key not in there:
            continue
        beside = ours.lanes.get(theirs.lane_of(key), next(iter(ours.lanes.values()), None))
        if beside is not None:
            etree.SubElement(beside, _LANE_REF).text = key


def _within(drawing: _Drawing) -> list[tuple[str, etree._Element]]:
    return [(str(each.get("id")), each) for each in drawing.process if each.get("id") and each.tag not in _FRAME]


def _drop_loose_flows(drawing: _Drawing) -> None:
    there = {key for key, _ in _within(drawing)}
    for key, unit in _within(drawing):
        needed = {end for name in ("sourceRef", "targetRef", "attachedToRef") if (end := unit.get(name))}
        if not needed <= there:
            _remove(unit)
            shape = drawing.shapes().get(key)
            if shape is not None:
                _remove(shape)


def _refer(drawing: _Drawing) -> None:
    """Write anew which flows come in and go out of each node."""
    flows = [unit for _, unit in _within(drawing) if unit.tag == _FLOW]
    for key, node in _within(drawing):
        if node.tag == _FLOW:
            continue
        for old in [each for each in node if each.tag in _REFERENCES]:
            node.remove(old)
        place = sum(1 for each in node if each.tag in _FRAME)
        wanted = [("incoming", flow) for flow in flows if flow.get("targetRef") == key]
        wanted += [("outgoing", flow) for flow in flows if flow.get("sourceRef") == key]
        for offset, (name, flow) in enumerate(wanted):
            reference = etree.Element(f"{{{BPMN}}}{name}")
            reference.text = str(flow.get("id"))
            node.insert(place + offset, reference)
