"""A chart taken apart into units that can be compared and changed one by one, and put together again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final, cast

from throughline.flow.bpmn import model
from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.overlay.operations import Traits

ROOT: Final = ""
"""The key of the file itself."""
HELD: Final[dict[type, tuple[str, ...]]] = {
    model.Definitions: ("elements",),
    model.Collaboration: ("participants", "message_flows", "artifacts"),
    model.Process: ("lane_sets", "elements", "artifacts"),
    model.SubProcess: ("lane_sets", "elements", "artifacts"),
    model.LaneSet: ("lanes",),
    model.Lane: ("child_set",),
}
"""Which fields of an element are units of their own."""
SINGLE: Final = "child_set"
MISSING: Final = object()
"""What is found where a path leads nowhere."""


def held(item: object) -> tuple[str, ...]:
    """Return the fields of an element that are units of their own."""
    return next((slots for kind, slots in HELD.items() if isinstance(item, kind)), ())


def bare(item: Any) -> Any:
    """Return an element without what is a unit of its own."""
    emptied: dict[str, Any] = {slot: None if slot == SINGLE else () for slot in held(item)}
    if isinstance(item, model.Lane):
        emptied["nodes"] = ()
    return replace(item, **emptied) if emptied else item


@dataclass(frozen=True, slots=True)
class Unit:
    """An element without the units inside it, and where it is: in field ``slot`` of the unit ``place``."""

    place: str
    slot: str
    item: Any


class Units:
    """
    The units of a chart by key: the id, or where it stands for what has none.

    ``order`` are the keys in each field of each unit; ``lane_nodes`` the nodes that each lane names.
    """

    def __init__(self, definitions: model.Definitions) -> None:
        self.whole = definitions
        self.units: dict[str, Unit] = {}
        self.order: dict[tuple[str, str], list[str]] = {}
        self.lane_nodes: dict[str, list[str]] = {}
        self._take_inside(definitions, ROOT)

    def _take(self, item: Any, place: str, slot: str) -> None:
        siblings = self.order.setdefault((place, slot), [])
        key = item.id if item.id and item.id not in self.units else f"{place}/{slot}/{len(siblings)}"
        siblings.append(key)
        self.units[key] = Unit(place, slot, bare(item))
        if isinstance(item, model.Lane):
            self.lane_nodes[key] = list(item.nodes)
        self._take_inside(item, key)

    def _take_inside(self, item: Any, key: str) -> None:
        for slot in held(item):
            inside = getattr(item, slot)
            for each in inside if slot != SINGLE else filter(None, [inside]):
                self._take(each, key, slot)

    # -- Looking -------------------------------------------------------------------------------------------------------

    def item(self, key: str) -> Any:
        """Return an element, None when there is none."""
        unit = self.units.get(key)
        return unit.item if unit is not None else None

    def lanes_of(self, node: str) -> tuple[str, ...]:
        """Return the lanes that name a node."""
        return tuple(sorted(lane for lane, nodes in self.lane_nodes.items() if node in nodes))

    def flows(self) -> Iterator[model.SequenceFlow]:
        """Give all sequence flows."""
        for unit in self.units.values():
            if isinstance(unit.item, model.SequenceFlow):
                yield unit.item

    def ways_of(self, node: str) -> tuple[str, ...]:
        """Return the ways out of a node, in the order in which they are looked at."""
        place = self.units[node].place
        inside = self.order.get((place, "elements"), [])
        return tuple(
            key for key in inside if isinstance(flow := self.item(key), model.SequenceFlow) and flow.source == node
        )

    def traits(self, key: str) -> Traits:
        """Return what an element is, as far as it matters to whoever takes it out."""
        return traits_of(self.item(key))

    # -- Changing ------------------------------------------------------------------------------------------------------

    def put(self, key: str, unit: Unit, before: str = "") -> None:
        """Add a unit, or replace the one of this key where it is."""
        if key not in self.units:
            siblings = self.order.setdefault((unit.place, unit.slot), [])
            siblings.insert(siblings.index(before) if before in siblings else len(siblings), key)
            if isinstance(unit.item, model.Lane):
                self.lane_nodes[key] = []
        self.units[key] = unit

    def remove(self, key: str) -> None:
        """Take a unit away with all that is inside it."""
        unit = self.units.pop(key)
        self.order[unit.place, unit.slot].remove(key)
        for slot in held(unit.item):
            for inner in list(self.order.get((key, slot), ())):
                self.remove(inner)
        self.lane_nodes.pop(key, None)
        for nodes in self.lane_nodes.values():
            if key in nodes:
                nodes.remove(key)

    def move(self, key: str, place: str) -> None:
        """Put a unit into another one."""
        unit = self.units[key]
        self.order[unit.place, unit.slot].remove(key)
        self.order.setdefault((place, unit.slot), []).append(key)
        self.units[key] = replace(unit, place=place)

    def into_lanes(self, node: str, lanes: tuple[str, ...]) -> None:
        """Let these lanes name a node, and no others."""
        for lane, nodes in self.lane_nodes.items():
            if node in nodes and lane not in lanes:
                nodes.remove(node)
            elif node not in nodes and lane in lanes:
                nodes.append(node)

    def arrange(self, node: str, ways: tuple[str, ...]) -> None:
        """Bring the ways out of a node into this order; those that are not named stay where they are."""
        inside = self.order[self.units[node].place, "elements"]
        known = [key for key in self.ways_of(node) if key in ways]
        wanted = iter([key for key in ways if key in known])
        inside[:] = [next(wanted) if key in known else key for key in inside]

    # -- Putting together ----------------------------------------------------------------------------------------------

    def together(self) -> model.Definitions:
        """Return the chart, with the picture that it had."""
        return replace(self.whole, elements=self._inside(ROOT, "elements"))

    def _inside(self, key: str, slot: str) -> Any:
        made = tuple(self._made(each) for each in self.order.get((key, slot), ()))
        return next(iter(made), None) if slot == SINGLE else made

    def _made(self, key: str) -> Any:
        item = self.units[key].item
        filled: dict[str, Any] = {slot: self._inside(key, slot) for slot in held(item)}
        if isinstance(item, model.Lane):
            filled["nodes"] = tuple(self.lane_nodes[key])
        return replace(item, **filled) if filled else item


def traits_of(item: Any) -> Traits:
    """Return what an element is, as far as it matters to whoever takes it out."""
    if isinstance(item, model.SequenceFlow):
        return (item.source, item.target, item.condition.text if item.condition else "")
    return (item.kind_name, getattr(item, "name", ""))


# --- aspects ----------------------------------------------------------------------------------------------------------
def differing(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Give the aspects in which two elements of one class differ: path of fields, before, after; as deep as can be."""
    for field in fields(old):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if not field.compare or before == after:
            continue
        name = f"{path}{field.name}"
        if isinstance(before, Markup) and type(before) is type(after):
            yield from differing(before, after, f"{name}.")
        else:
            yield name, before, after


def found_at(item: Any, aspect: str) -> Any:
    """Return what an aspect of an element is, ``MISSING`` when the path leads nowhere."""
    for name in aspect.split("."):
        item = getattr(item, name, MISSING) if isinstance(item, Markup) else MISSING
    return item


def with_aspect(item: Any, aspect: str, value: Any) -> Any:
    """Return the element with another aspect; the path must lead somewhere."""
    first, _, rest = aspect.partition(".")
    inner = with_aspect(getattr(item, first), rest, value) if rest else value
    return replace(cast("Any", item), **{first: inner})
