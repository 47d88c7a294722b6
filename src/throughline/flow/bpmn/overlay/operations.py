"""What an overlay consists of. Plain values; elements carry no other elements inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from throughline.flow.bpmn import model
from throughline.flow.bpmn.markup import Markup

Traits = tuple[str, ...]
"""What an element was when it was taken out: kind and name of a step; source, target and condition of a way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass:
    """Take a step out; what led to it leads on to what follows it. Exceptions of the step go with it."""

    element: str
    was: Traits


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """Put a step into a way: ``way``, which leaves ``after``, leads to ``node``, and ``onward`` from there to where it
    led. ``onward`` names no target."""

    element: str
    after: str
    way: str
    lanes: tuple[str, ...]
    node: model.FlowNode
    onward: model.SequenceFlow


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """
    Add an element to ``place`` (the key of a unit), to its field ``slot``, before the element ``before`` if that is
    there. ``lanes``: the lanes that name it.
    """

    element: str
    place: str
    slot: str
    before: str
    lanes: tuple[str, ...]
    what: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """
    Make one aspect of an element ``now`` what it is here; it ``was`` otherwise in the base.

    ``aspect`` is a path of fields (``extensions.work_item.due``), or a word of units: ``place``, ``lane``, ``ways``
    (the order of the ways out), empty for the element as a whole.
    """

    element: str
    aspect: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Take an element away, with what is inside it."""

    element: str
    was: Traits


Operation = Bypass | Insert | Add | Set | Remove
EARLY = (Bypass, Insert)
"""These work on the flow as a whole, and come before all others."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a variant does otherwise than its base, in the order in which it is done."""

    operations: tuple[Operation, ...] = ()
