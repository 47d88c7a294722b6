"""
Overlays as JSON, for a database and for packs.

An element is written as its class and those of its fields that differ from their defaults, a kept fragment of another
tool as its tag and contents. Reading follows the plans of :mod:`throughline.flow.bpmn.schema` and refuses what does not
fit them: an overlay may come from a stranger's pack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final, cast

from throughline.flow.bpmn import extensions, model
from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.overlay.operations import Add, Bypass, Insert, Operation, Overlay, Remove, Set
from throughline.flow.bpmn.schema import Codec, Slot, plan_of
from throughline.flow.bpmn.xml import MAX_DEPTH, Xml

FORMAT: Final = 1
NAMES: Final[Mapping[str, type[Operation]]] = {
    "bypass": Bypass, "insert": Insert, "add": Add, "set": Set, "remove": Remove,
}  # fmt: skip
CLASSES: Final[Mapping[str, type[Markup]]] = {
    name: kind
    for module in (model, extensions)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, Markup)
}
PLAIN: Final[Mapping[Codec, tuple[type, ...]]] = {
    "text": (str,),
    "ref": (str,),
    "type": (str,),
    "bool": (bool, type(None)),
    "int": (int, type(None)),
    "number": (int, float, type(None)),
}
MOST: Final = 5000
"""So many operations an overlay has at most."""


class BadOverlay(ValueError):
    """What was read is no overlay; the text is one sentence for developers."""


def to_json(overlay: Overlay) -> dict[str, Any]:
    """Return an overlay as values that JSON has."""
    return {"format": FORMAT, "operations": [_written(each) for each in overlay.operations]}


def _written(operation: Operation) -> dict[str, Any]:
    name = next(name for name, kind in NAMES.items() if isinstance(operation, kind))
    members = {field.name: encode(getattr(operation, field.name)) for field in fields(operation)}
    return {"do": name, **members}


def encode(value: Any) -> Any:
    """Return a value of the model as JSON has it."""
    if isinstance(value, tuple):
        return [encode(each) for each in value]
    if isinstance(value, Xml):
        members = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
        return {"xml": value.tag, **{name: each for name, each in members.items() if each and name != "tag"}}
    if isinstance(value, Markup):
        different = {
            field.name: encode(getattr(value, field.name))
            for field in fields(value)
            if field.compare and getattr(value, field.name) != field.default
        }
        return {"is": type(value).__name__, **different}
    return value


# --- reading ----------------------------------------------------------------------------------------------------------
def from_json(content: Any) -> Overlay:
    """
    Return the overlay that these values are.

    Raises:
        BadOverlay: they are none.
    """
    given = _mapping(content, "an overlay")
    if given.get("format") != FORMAT:
        raise BadOverlay(f"Expected an overlay of format {FORMAT}, but it says {given.get('format')!r}.")
    listed = given.get("operations")
    if not isinstance(listed, list) or len(listed) > MOST:
        raise BadOverlay(f"Expected a list of at most {MOST} operations, but there is none.")
    return Overlay(tuple(_operation(each) for each in listed))


def _operation(content: Any) -> Operation:
    given = dict(_mapping(content, "an operation"))
    kind = NAMES.get(str(given.pop("do", "")))
    if kind is None or given.keys() != {field.name for field in fields(kind)}:
        raise BadOverlay("Expected an operation with all its members, but some are missing, or unknown.")
    members = {name: decode(value) for name, value in given.items()}
    for name, value in members.items():
        if not MEMBERS.get(name, _is_text)(value):
            raise BadOverlay(f"Expected another value as “{name}” of an operation.")
    made: Operation = cast("Any", kind)(**members)
    return made


def _mapping(content: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise BadOverlay(f"Expected {what}, but it is no set of names with values.")
    return content


def decode(value: Any, depth: int = 0) -> Any:
    """
    Return the value of the model that this is.

    Raises:
        BadOverlay: it is none.
    """
    if depth > MAX_DEPTH:
        raise BadOverlay("Expected an overlay that is not nested so deep.")
    if isinstance(value, list):
        return tuple(decode(each, depth + 1) for each in value)
    if not isinstance(value, dict):
        return value
    members = {str(name): decode(each, depth + 1) for name, each in value.items()}
    if "xml" in members:
        return _fragment(members)
    kind = CLASSES.get(str(members.pop("is", "")))
    if kind is None or not kind.tag:
        raise BadOverlay("Expected the class of an element, but it is none of BPMN.")
    slots = {slot.field: slot for slot in plan_of(cast("Any", kind)).written}
    for name, each in members.items():
        if not (fits(slots[name], each) if name in slots else KEPT.get(name, _never)(each)):
            raise BadOverlay(f"Expected “{name}” of <{kind.__name__}> to be something else.")
    return kind(**members)


def _fragment(members: dict[str, Any]) -> Xml:
    tag = members.pop("xml")
    if not _is_text(tag) or not all(FRAGMENT.get(name, _never)(each) for name, each in members.items()):
        raise BadOverlay("Expected a fragment with a tag, attributes, text and children.")
    return Xml(tag, **members)


def fits(slot: Slot, value: Any) -> bool:
    """Say whether a value may stand in a field of the model."""
    spec = slot.spec
    if spec.many:
        return isinstance(value, tuple) and all(_one_fits(slot, each) for each in value)
    return (value is None and slot.default is None) or _one_fits(slot, value)


def _one_fits(slot: Slot, value: Any) -> bool:
    kind = slot.spec.kind
    if kind == "verbatim":
        return isinstance(value, Xml)
    if kind == "children":
        family = tuple(CLASSES[base] if isinstance(base, str) else base for base in slot.spec.family)
        return isinstance(value, family)
    return type(value) in PLAIN[slot.spec.codec if kind != "text" else "text"]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _never(_: Any) -> bool:
    return False


def _are(what: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, tuple) and all(what(each) for each in value)


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(_is_text(each) for each in value)


def _is_fragment(value: Any) -> bool:
    return isinstance(value, Xml)


KEPT: Final[Mapping[str, Callable[[Any], bool]]] = {"attributes": _are(_is_pair), "rest": _are(_is_fragment)}
FRAGMENT: Final[Mapping[str, Callable[[Any], bool]]] = {
    "attributes": _are(_is_pair),
    "text": _is_text,
    "children": _are(_is_fragment),
    "tail": _is_text,
    "namespaces": _are(_is_pair),
}
MEMBERS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "was": lambda _: True,
    "now": lambda _: True,
    "lanes": _are(_is_text),
    "node": lambda value: isinstance(value, model.FlowNode),
    "onward": lambda value: isinstance(value, model.SequenceFlow),
    "what": lambda value: isinstance(value, model.BaseElement),
}
"""What the members of operations hold; all others hold text."""
