"""
How a field of the model is written in XML, said once and used both ways.

The model's classes name, beside each field, the attribute or child element that carries it
(``attribute("isInterrupting", ...)``, ``children(Lane)``). :func:`plan_of` collects what a class says into a
:class:`Plan`; the reader and the writer are two interpreters of the same plan, so what one of them knows the other
cannot forget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, Final, Literal, TypeVar

from throughline.flow.bpmn.xml import BPMN, clark

Codec = Literal["text", "bool", "int", "number", "ref", "type"]
Kind = Literal["attribute", "text", "children", "texts", "verbatim"]

T = TypeVar("T", bound=type)
_SPEC: Final = "xml"
_members: dict[type, list[type]] = {}
_named: dict[str, type] = {}


@dataclass(frozen=True, slots=True)
class Spec:
    """Where a field is found: ``names`` are Clark names of attributes or child elements."""

    kind: Kind
    names: tuple[str, ...] = ()
    codec: Codec = "text"
    family: tuple[type | str, ...] = ()
    many: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of one class with its spec and default."""

    field: str
    spec: Spec
    default: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """All slots of a class: attributes by name, children by tag, and both in the order in which they are written."""

    tag: str
    attributes: dict[str, Slot]
    children: dict[str, tuple[Slot, type | None]]
    written: tuple[Slot, ...]
    text: Slot | None


def element(name: str, namespace: str = BPMN) -> Callable[[T], T]:
    """Mark a class of the model as the one for the element ``name``."""

    def register(cls: T) -> T:
        cls.tag = clark(namespace, name)  # type: ignore[attr-defined]
        for base in cls.__mro__:
            _members.setdefault(base, []).append(cls)
        _named[cls.__name__] = cls
        return cls

    return register


def attribute(name: str, default: Any = "", *, codec: Codec = "text", namespace: str = "") -> Any:
    """Give a field that is an XML attribute; one that equals its default is not written."""
    spec = Spec("attribute", (clark(namespace, name) if namespace else name,), codec)
    return field(default=default, metadata={_SPEC: spec})


def measure(name: str) -> Any:
    """Give a field that is a length or position; it is always written, because its schema demands it."""
    return field(default=0.0, metadata={_SPEC: Spec("attribute", (name,), "number", required=True)})


def flag(name: str, default: bool | None = False) -> Any:
    """Give a field that is a true or false attribute; None stands for *not said*."""
    return attribute(name, default, codec="bool")


def reference(name: str) -> Any:
    """Give a field that is an attribute naming another element by its id."""
    return attribute(name, codec="ref")


def content() -> Any:
    """Give a field that is the text of the element itself."""
    return field(default="", metadata={_SPEC: Spec("text")})


def child(*family: type | str, name: str = "", default: Any = None) -> Any:
    """
    Give a field that is at most one child element of one of these classes.

    ``name`` is the element's name where the role decides it and not the class, as for expressions. A class that is
    defined later is given by its name.
    """
    names = (clark(BPMN, name),) if name else ()
    return field(default=default, metadata={_SPEC: Spec("children", names, family=family)})


def children(*family: type) -> Any:
    """Give a field that is all child elements of these classes, in document order."""
    return field(default=(), metadata={_SPEC: Spec("children", family=family, many=True)})


def text_child(name: str, codec: Codec = "text", namespace: str = BPMN) -> Any:
    """Give a field that is the text of one child element."""
    return field(default="", metadata={_SPEC: Spec("texts", (clark(namespace, name),), codec)})


def text_children(name: str, codec: Codec = "ref") -> Any:
    """Give a field that is the texts of all child elements of that name."""
    return field(default=(), metadata={_SPEC: Spec("texts", (clark(BPMN, name),), codec, many=True)})


def verbatim(*names: str, namespace: str = BPMN) -> Any:
    """Give a field that keeps the child elements of these names as they are."""
    spec = Spec("verbatim", tuple(clark(namespace, name) for name in names), many=True)
    return field(default=(), metadata={_SPEC: spec})


@cache
def plan_of(cls: Any) -> Plan:
    """Return how instances of the class are read and written."""
    slots = tuple(
        Slot(each.name, each.metadata[_SPEC], None if each.default is MISSING else each.default)
        for each in fields(cls)
        if _SPEC in each.metadata
    )
    by_tag: dict[str, tuple[Slot, type | None]] = {}
    for slot in slots:
        for tag, read_as in accepted(slot.spec):
            by_tag.setdefault(tag, (slot, read_as))
    return Plan(
        tag=cls.tag,
        attributes={slot.spec.names[0]: slot for slot in slots if slot.spec.kind == "attribute"},
        children=by_tag,
        written=slots,
        text=next((slot for slot in slots if slot.spec.kind == "text"), None),
    )


def accepted(spec: Spec) -> list[tuple[str, type | None]]:
    """The child tags that a slot takes, with the class each is read as."""
    if spec.kind == "attribute":
        return []
    family = [_named[base] if isinstance(base, str) else base for base in spec.family]
    if spec.names:
        return [(name, family[0] if family else None) for name in spec.names]
    return [(member.tag, member) for base in family for member in _members.get(base, [])]  # type: ignore[attr-defined]
