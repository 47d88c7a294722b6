"""Putting an overlay onto a base, and saying where the two do not go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.picture import drawn_like
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.overlay import carrying
from throughline.flow.bpmn.overlay.coding import KEPT, fits
from throughline.flow.bpmn.overlay.deriving import derive
from throughline.flow.bpmn.overlay.operations import (
    EARLY,
    Add,
    Bypass,
    Insert,
    Operation,
    Overlay,
    Remove,
    Set,
)
from throughline.flow.bpmn.overlay.units import MISSING, ROOT, Units, found_at, held, traits_of
from throughline.flow.bpmn.overlay.wording import aspect_word, label, quoted, said
from throughline.flow.bpmn.schema import plan_of

Choice = Literal["variant", "base"]
VARIANT: Final[Choice] = "variant"
BASE: Final[Choice] = "base"
BOTH: Final[tuple[Choice, ...]] = (VARIANT, BASE)
ONLY_BASE: Final[tuple[Choice, ...]] = (BASE,)
ENDS: Final = ("source", "target", "attached_to")
"""Aspects that name another element, which must be there."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """
    Where an overlay does not find what it expects.

    ``key`` names it in decisions; ``element`` is the id, ``label`` what people call it. ``sentence``: what the variant
    wants, what the base says, and what to do. ``was``, ``now`` and ``found`` are what the base said, what the variant
    says, and what the base says meanwhile, in few words. ``choices``: what can be decided; where the variant's word
    cannot hold any more, only the base's.
    """

    key: str
    element: str
    label: str
    aspect: str
    sentence: str
    choices: tuple[Choice, ...]
    was: str = ""
    now: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """The effective chart, in which the base's word holds wherever nobody has decided, and the open conflicts."""

    chart: model.Definitions
    conflicts: tuple[Conflict, ...]


def apply(
    base: model.Definitions,
    overlay: Overlay,
    *,
    decided: Mapping[str, str] | None = None,
    like: model.Definitions | None = None,
) -> Applied:
    """
    Return the chart that a variant of ``base`` is.

    ``decided``: for conflicts by their key, whether the ``variant``'s word holds or the ``base``'s. ``like``: a chart
    whose places are taken as far as they fit, instead of those of the base.
    """
    if not overlay.operations:
        return Applied(base, ())
    applying = _Applying(base, overlay, decided or {})
    chart = applying.chart()
    others = (base,) if like is None else (like, base)
    return Applied(drawn_like(chart, *others), tuple(applying.conflicts))


def rebase(
    overlay: Overlay,
    base: model.Definitions,
    *,
    decided: Mapping[str, str] | None = None,
    like: model.Definitions | None = None,
) -> tuple[Overlay, Applied]:
    """Return the overlay that says the same over another base, as far as it can be said, and what comes of it."""
    applied = apply(base, overlay, decided=decided, like=like)
    return derive(base, applied.chart), applied


def key_of(operation: Operation) -> str:
    """Return what names an operation in decisions."""
    name = type(operation).__name__.lower()
    return f"{name}:{operation.element}" + (f":{operation.aspect}" if isinstance(operation, Set) else "")


class _Applying:
    """One overlay on its way onto one base; ``left_out`` are elements that it would have brought."""

    def __init__(self, base: model.Definitions, overlay: Overlay, decided: Mapping[str, str]) -> None:
        self.base = Units(base)
        self.early = [each for each in overlay.operations if isinstance(each, EARLY)]
        self.late = [each for each in overlay.operations if not isinstance(each, EARLY)]
        self.decided = decided
        self.conflicts: list[Conflict] = []
        self.left_out: set[str] = set()
        self.sketch = Sketch(base)
        self.units = self.base

    def chart(self) -> model.Definitions:
        """Carry out all operations, and return the chart."""
        for early in self.early:
            if isinstance(early, Bypass):
                self.bypass(early)
            else:
                self.insert(early)
        self.units = Units(self.sketch.whole())
        for late in self.late:
            verbs: dict[type, Any] = {Add: self.add, Set: self.change, Remove: self.remove}
            verbs[type(late)](late)
        return self.units.together()

    def asked(
        self, operation: Operation, sentence: str, choices: tuple[Choice, ...], name: str = "", **words: str
    ) -> bool:
        """Say whether the variant's word holds: as decided, else not, and that is an open conflict."""
        key = key_of(operation)
        choice = self.decided.get(key)
        if choice in choices:
            return choice == VARIANT
        aspect = aspect_word(operation.aspect) if isinstance(operation, Set) else ""
        told = "Keep the variant's word, or take the base's." if len(choices) > 1 else "Take the base's word."
        shown = name or label(operation.element, self.units, self.base)
        self.conflicts.append(Conflict(key, operation.element, shown, aspect, f"{sentence} {told}", choices, **words))
        return False

    # -- The flow as a whole -------------------------------------------------------------------------------------------

    def bypass(self, operation: Bypass) -> None:
        """Take a step out, unless it has become another one."""
        step = self.sketch.elements.get(operation.element)
        if not isinstance(step, model.FlowNode):
            return
        if traits_of(step) != operation.was and not self.asked(operation, self._other_step(operation, step), BOTH):
            return
        try:
            carrying.bypass(self.sketch, operation)
        except NotEditable as refused:
            self.asked(operation, f"The variant leaves this step out, but it cannot: {refused}", ONLY_BASE)

    def _other_step(self, operation: Bypass | Remove, item: Any) -> str:
        was = operation.was[-1] if len(operation.was) == 2 else ""
        name = label(operation.element, self.base)
        if was and was != name:
            return f"The variant leaves out {quoted(was)}, which the base calls {quoted(name)} now."
        what = "way" if isinstance(item, model.SequenceFlow) else "step"
        return f"The variant leaves out the {what} {quoted(name)}, which the base has changed meanwhile."

    def insert(self, operation: Insert) -> None:
        """Put a step into the way it was in, or into the only one that leaves the same step now."""
        name = operation.node.name or operation.element
        if operation.element in self.sketch.elements or operation.onward.id in self.sketch.elements:
            sentence = f"The variant adds {quoted(name)}, but the base has a step of this id already."
            self._leave_out(operation, sentence, name, operation.onward.id)
            return
        way = self.sketch.elements.get(operation.way)
        if not isinstance(way, model.SequenceFlow) or way.source != operation.after:
            onward = self.sketch.outgoing(operation.after)
            way = onward[0] if len(onward) == 1 else None
        if way is None:
            if operation.after not in self.left_out:
                after = label(operation.after, self.base)
                sentence = f"The variant puts {quoted(name)} behind {quoted(after)}, but the base has no such way now."
                self.asked(operation, sentence, ONLY_BASE, name)
            self.left_out |= {operation.element, operation.onward.id}
            return
        carrying.insert(self.sketch, operation, way)

    def _leave_out(self, operation: Operation, sentence: str, name: str, *also: str) -> None:
        self.asked(operation, sentence, ONLY_BASE, name)
        self.left_out |= {operation.element, *also}

    # -- Element by element --------------------------------------------------------------------------------------------

    def add(self, operation: Add) -> None:
        """Add an element where it belongs, if that is still there."""
        what = operation.what
        name = getattr(what, "name", "") or operation.element
        needs = {operation.place, *(getattr(what, end, "") for end in ENDS)} - {ROOT}
        if needs & self.left_out:
            self.left_out.add(operation.element)
            return
        standing = self.units.item(operation.element)
        if standing is not None:
            if standing != what:
                sentence = f"The variant adds {quoted(name)}, but the base has an element of this id already."
                self._leave_out(operation, sentence, name)
            return
        missing = sorted(each for each in needs if each not in self.units.units)
        if missing or operation.slot not in held(self._holder(operation.place)):
            known = label(missing[0], self.base) if missing else operation.slot
            sentence = f"The variant adds {quoted(name)}, which needs {quoted(known)}, but the base has that no more."
            self._leave_out(operation, sentence, name)
            return
        lanes = tuple(lane for lane in operation.lanes if lane in self.units.lane_nodes)
        if operation.lanes and not lanes:
            others = list(self.units.lane_nodes)
            sentence = f"The variant puts {quoted(name)} into a lane that the base has no more; its first lane is left."
            if not self.asked(operation, sentence, BOTH if others else ONLY_BASE, name):
                self.left_out.add(operation.element)
                return
            lanes = tuple(others[:1])
        carrying.perform(self.units, replace(operation, lanes=lanes))

    def _holder(self, place: str) -> Any:
        return self.units.whole if place == ROOT else self.units.item(place)

    def change(self, operation: Set) -> None:
        """Make one aspect what the variant says, if the base says what it said."""
        item = self.units.item(operation.element)
        if item is None:
            self.asked(operation, self._gone(operation), ONLY_BASE)
            return
        if operation.aspect == "ways":
            carrying.perform(self.units, operation)
            return
        found = self._found(operation, item)
        if found == operation.now:
            return
        if self._cannot(operation, item, found):
            return
        words = {
            "was": said(operation.was, self.base),
            "now": said(operation.now, self.units, self.base),
            "found": said(found, self.units),
        }
        if found != operation.was:
            sentence = (
                f"{quoted(label(operation.element, self.units))}: the variant has {quoted(words['now'])} as "
                f"{aspect_word(operation.aspect)} where the base had {quoted(words['was'])}; "
                f"the base has {quoted(words['found'])} now."
            )
            if not self.asked(operation, sentence, BOTH, **words):
                return
        carrying.perform(self.units, operation)

    def _found(self, operation: Set, item: Any) -> Any:
        if operation.aspect == "place":
            return self.units.units[operation.element].place
        if operation.aspect == "lane":
            return self.units.lanes_of(operation.element)
        return item if not operation.aspect else found_at(item, operation.aspect)

    def _gone(self, operation: Set) -> str:
        name = label(operation.element, self.base)
        return f"The variant changes the {aspect_word(operation.aspect)} of {quoted(name)}, which the base has no more."

    def _cannot(self, operation: Set, item: Any, found: Any) -> bool:
        """Say whether the aspect cannot be what the variant says, which is then a conflict."""
        needed = self._needed(operation)
        if needed & self.left_out:
            return True
        missing = sorted(each for each in needed if each not in self.units.units)
        name, word = label(operation.element, self.units), aspect_word(operation.aspect)
        if missing:
            known = label(missing[0], self.base)
            sentence = (
                f"The variant changes the {word} of {quoted(name)} to {quoted(known)}, which the base has no more."
            )
        elif found is MISSING or not _may_hold(item, operation):
            sentence = f"The variant changes the {word} of {quoted(name)}, but the base has nothing of this kind there."
        else:
            return False
        self.asked(operation, sentence, ONLY_BASE, now=said(operation.now, self.base))
        return True

    def _needed(self, operation: Set) -> set[str]:
        if operation.aspect == "lane":
            return set(operation.now)
        if operation.aspect in (*ENDS, "default", "place"):
            return {operation.now} - {""}
        return set()

    def remove(self, operation: Remove) -> None:
        """Take an element away, unless the base has made another one of it or leads to it in a new way."""
        item = self.units.item(operation.element)
        if item is None:
            return
        if traits_of(item) != operation.was and not self.asked(operation, self._other_step(operation, item), BOTH):
            return
        touching = [key for key in self._touching(operation.element) if not self._is_note(key)]
        inside = self.units.lane_nodes.get(operation.element, ())
        name = quoted(label(operation.element, self.units))
        if inside:
            first = quoted(label(inside[0], self.units))
            self.asked(operation, f"The variant has no lane {name}, but the base has {first} in it now.", ONLY_BASE)
            return
        if touching:
            new = quoted(label(touching[0], self.units))
            if not self.asked(operation, f"The variant leaves out {name}, but the base has {new} at it now.", BOTH):
                return
        self._drop(operation.element)

    def _touching(self, key: str) -> list[str]:
        """The elements that cannot be without this one."""
        return [
            each for each, unit in self.units.units.items() if any(getattr(unit.item, end, "") == key for end in ENDS)
        ]

    def _is_note(self, key: str) -> bool:
        return not isinstance(self.units.item(key), model.FlowElement)

    def _drop(self, key: str) -> None:
        while touching := self._touching(key):
            self._drop(touching[0])
        self.units.remove(key)


def _may_hold(item: Any, operation: Set) -> bool:
    """Say whether the class of the element has this aspect and lets it be this value."""
    if operation.aspect in ("place", "lane"):
        return isinstance(operation.now, str if operation.aspect == "place" else tuple)
    if operation.aspect == "id":
        return False
    if not operation.aspect:
        return isinstance(operation.now, model.FlowElement) and operation.now.id == operation.element
    path, _, name = operation.aspect.rpartition(".")
    holder = found_at(item, path) if path else item
    slot = next((each for each in plan_of(cast("Any", type(holder))).written if each.field == name), None)
    if slot is None:
        return name in KEPT and KEPT[name](operation.now)
    return fits(slot, operation.now)
