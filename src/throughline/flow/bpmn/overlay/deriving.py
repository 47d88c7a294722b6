"""Finding out what was done to a chart, as an overlay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.overlay.carrying import bypass, insert, perform
from throughline.flow.bpmn.overlay.operations import Add, Bypass, Insert, Operation, Overlay, Remove, Set
from throughline.flow.bpmn.overlay.units import Units, differing, traits_of

WAYS_TO_SAY = ((True, True), (False, True), (False, False))
"""With or without saying that steps were bypassed, and put into ways; what takes the fewest operations is said."""


def derive(base: model.Definitions, edited: model.Definitions) -> Overlay:
    """Return what makes ``edited`` of ``base``: the shortest way to say it; nothing when only places differ."""
    wanted = Units(edited)
    said = [tuple(_said(base, wanted, bypasses, inserts)) for bypasses, inserts in WAYS_TO_SAY]
    shortest = min(len(each) for each in said)
    return Overlay(next(each for each in said if len(each) == shortest))


def _said(base: model.Definitions, wanted: Units, bypasses: bool, inserts: bool) -> list[Operation]:
    sketch = Sketch(base)
    found: list[Operation] = []
    if bypasses:
        found += _bypassed(sketch, wanted)
    if inserts:
        found += _inserted(sketch, wanted)
    now = Units(sketch.whole())
    for operation in chain(_rest(now, wanted), _arranged(now, wanted)):
        perform(now, operation)
        found.append(operation)
    return found


def _bypassed(sketch: Sketch, wanted: Units) -> Iterator[Bypass]:
    for key, element in list(sketch.elements.items()):
        if isinstance(element, model.FlowNode) and key in sketch.elements and key not in wanted.units:
            operation = Bypass(element=key, was=traits_of(element))
            try:
                bypass(sketch, operation)
            except NotEditable:
                continue
            yield operation


def _inserted(sketch: Sketch, wanted: Units) -> Iterator[Insert]:
    arriving: dict[str, list[model.SequenceFlow]] = {}
    leaving: dict[str, list[model.SequenceFlow]] = {}
    for flow in wanted.flows():
        arriving.setdefault(flow.target, []).append(flow)
        leaving.setdefault(flow.source, []).append(flow)
    for standing in list(sketch.flows()):
        steps = _chain(standing, sketch, wanted, arriving, leaving)
        before, way = standing.source, standing.id
        for node, onward in steps:
            operation = Insert(
                element=node, after=before, way=way, lanes=wanted.lanes_of(node), node=wanted.item(node),
                onward=replace(onward, target=""),
            )  # fmt: skip
            insert(sketch, operation, sketch.flow(way))
            yield operation
            before, way = node, onward.id


def _chain(
    standing: model.SequenceFlow,
    sketch: Sketch,
    wanted: Units,
    arriving: dict[str, list[model.SequenceFlow]],
    leaving: dict[str, list[model.SequenceFlow]],
) -> list[tuple[str, model.SequenceFlow]]:
    """Return the steps that were put into a way, one behind the other, each with the way that leads on from it."""
    now = wanted.item(standing.id)
    found: list[tuple[str, model.SequenceFlow]] = []
    if not isinstance(now, model.SequenceFlow) or now.source != standing.source:
        return found
    target = now.target
    place = wanted.units[standing.id].place
    while target != standing.target:
        ways = leaving.get(target, [])
        if target in sketch.elements or len(arriving[target]) != 1 or len(ways) != 1 or ways[0].id in sketch.elements:
            return []
        if wanted.units[target].place != place or wanted.units[ways[0].id].place != place:
            return []
        found.append((target, ways[0]))
        target = ways[0].target
    return found


# --- what is left over ------------------------------------------------------------------------------------------------
def _rank(item: object) -> int:
    """Elements that refer to others come after those, and go before them."""
    lines = model.SequenceFlow | model.Association | model.MessageFlow
    return 2 if isinstance(item, lines) else 1 if isinstance(item, model.BoundaryEvent) else 0


def _last(item: object) -> int:
    return 1 if isinstance(item, model.Lane | model.LaneSet) else -_rank(item)


def _rest(now: Units, wanted: Units) -> Iterator[Add | Set | Remove]:
    known = set(now.units)
    new = sorted((key for key in wanted.units if key not in known), key=lambda key: _rank(wanted.item(key)))
    for key in new:
        unit = wanted.units[key]
        yield Add(
            element=key, place=unit.place, slot=unit.slot, before=_before(key, wanted, known),
            lanes=wanted.lanes_of(key), what=unit.item,
        )  # fmt: skip
    for key in wanted.units:
        if key in known:
            yield from _changed(key, now, wanted)
    gone = sorted((key for key in now.units if key not in wanted.units), key=lambda key: _last(now.item(key)))
    for key in gone:
        if key in now.units:  # not gone with what it was inside of
            yield Remove(element=key, was=now.traits(key))


def _before(key: str, wanted: Units, known: set[str]) -> str:
    unit = wanted.units[key]
    siblings = wanted.order[unit.place, unit.slot]
    return next((each for each in siblings[siblings.index(key) :] if each in known), "")


def _changed(key: str, now: Units, wanted: Units) -> Iterator[Set]:
    before, after = now.units[key], wanted.units[key]
    if before.place != after.place:
        yield Set(element=key, aspect="place", was=before.place, now=after.place)
    if type(before.item) is not type(after.item):
        yield Set(element=key, aspect="", was=before.item, now=after.item)
    else:
        for aspect, was, value in differing(before.item, after.item):
            yield Set(element=key, aspect=aspect, was=was, now=value)
    lanes = now.lanes_of(key), wanted.lanes_of(key)
    if lanes[0] != lanes[1]:
        yield Set(element=key, aspect="lane", was=lanes[0], now=lanes[1])


def _arranged(now: Units, wanted: Units) -> Iterator[Set]:
    for key, unit in wanted.units.items():
        if isinstance(unit.item, model.FlowNode):
            was, ways = now.ways_of(key), wanted.ways_of(key)
            if was != ways:
                yield Set(element=key, aspect="ways", was=was, now=ways)
