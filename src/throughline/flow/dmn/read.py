"""
Reading a model from XML.

The parser expands no entities, loads no DTD, opens no connection and follows no file; a document with a DOCTYPE, of
more than `MAXIMUM_BYTES` or nested deeper than 200 elements is refused. What the schema knows becomes the values of
`model`; everything else is kept as `Foreign`.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, cast

from lxml import etree

from throughline.flow import markup
from throughline.flow.dmn import model as m
from throughline.flow.dmn.schema import (
    SHAPES,
    VERSION_OF_NAMESPACE,
    VERSIONS,
    Attribute,
    Child,
    Choice,
    Part,
    Reference,
    Text,
)

MAXIMUM_BYTES = 16 * 1024 * 1024
MAXIMUM_DEPTH = 100

_COMMON = ("id", "label")


class Unreadable(Exception):
    """The file is not a DMN model: ``reason`` is a sentence for the user, ``line`` where it shows (1 is the first)."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def read(xml: bytes) -> m.Definitions:
    """
    Read a DMN 1.1 to 1.5 model.

    Raises:
        Unreadable: the bytes are not well-formed XML, not DMN, or an element lacks what it cannot do without.
    """
    root = _parse(xml)
    name = etree.QName(root)
    version = VERSION_OF_NAMESPACE.get(name.namespace or "")
    if version is None or name.localname != "definitions":
        raise Unreadable(
            _line(root),
            f"Expected a DMN 1.1 to 1.5 model, but the outermost element is <{name.localname}> "
            f"in the namespace “{name.namespace or ''}”.",
        )
    reader = _Reader(name.namespace or "", VERSIONS[version].diagram)
    return reader.definitions(root, version)


def _parse(xml: bytes) -> etree._Element:
    if len(xml) > MAXIMUM_BYTES:
        raise Unreadable(1, f"Expected at most {MAXIMUM_BYTES} bytes, but the file has {len(xml)}.")
    try:
        root = markup.parse(xml)
    except etree.XMLSyntaxError as problem:
        raise Unreadable(max(problem.lineno or 1, 1), f"This is not well-formed XML: {problem.msg}.") from problem
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable(1, "Expected no DOCTYPE, but the file declares one.")
    return root


class _Reader:
    """Turns elements into values by the table of the schema."""

    def __init__(self, namespace: str, diagram: str | None) -> None:
        self.namespace = "{" + namespace + "}"
        self.diagram = diagram

    def definitions(self, root: etree._Element, version: str) -> m.Definitions:
        values = self.values(root, m.Definitions)
        others: tuple[m.Foreign, ...] = values.pop("others")
        wanted = None if self.diagram is None else "{" + self.diagram + "}DMNDI"
        values["diagrams"] = next((other for other in others if other.tag == wanted), None)
        values["others"] = tuple(other for other in others if other is not values["diagrams"])
        prefixes = sorted((prefix or "", uri) for prefix, uri in root.nsmap.items())
        return m.Definitions(version=version, prefixes=tuple(prefixes), **values)

    def element(self, node: etree._Element, kind: type[m.Element]) -> m.Element:
        if sum(1 for _ in node.iterancestors()) > MAXIMUM_DEPTH:
            raise Unreadable(_line(node), f"Expected at most {MAXIMUM_DEPTH} nested elements, but there are more.")
        return kind(**self.values(node, kind))

    def values(self, node: etree._Element, kind: type[m.Element]) -> dict[str, Any]:
        parts = SHAPES[kind]
        values = self.attributes(node, parts)
        values.update(self.children(node, parts))
        for part in parts:
            self.complete(node, kind, part, values)
        return values

    def attributes(self, node: etree._Element, parts: tuple[Part, ...]) -> dict[str, Any]:
        known = {part.name: part for part in parts if isinstance(part, Attribute)}
        values: dict[str, Any] = {}
        foreign: list[tuple[str, str]] = []
        for key, text in ((str(key), str(text)) for key, text in node.attrib.items()):
            if key in _COMMON:
                values[key] = text
            elif part := known.get(key):
                values[part.field] = _parsed(node, part, text)
            else:
                foreign.append((key, text))
        values["attributes"] = tuple(foreign)
        return values

    def children(self, node: etree._Element, parts: tuple[Part, ...]) -> dict[str, Any]:
        known: dict[str, Part] = {}
        for part in parts:
            if isinstance(part, Choice):
                known.update(dict.fromkeys(part.elements, part))
            elif not isinstance(part, Attribute):
                known[part.tag] = part
        values: dict[str, Any] = {"extensions": (), "others": ()}
        for child in node:
            tag = str(child.tag).removeprefix(self.namespace)
            if tag == "description" and "description" not in values:
                values["description"] = _text(child)
            elif tag == "extensionElements":
                values["extensions"] += tuple(_foreign(each) for each in child)
            elif tag in known:
                self.add(child, tag, known[tag], values)
            else:
                values["others"] += (_foreign(child),)
        return values

    def add(self, child: etree._Element, tag: str, part: Part, values: dict[str, Any]) -> None:
        value = self.value(child, tag, part)
        if getattr(part, "many", False):
            values[part.field] = (*values.get(part.field, ()), value)
        elif part.field in values:
            raise Unreadable(_line(child), f"Expected one <{tag}>, but there is a second one.")
        else:
            values[part.field] = value

    def value(self, child: etree._Element, tag: str, part: Part) -> object:
        match part:
            case Text():
                return _text(child)
            case Reference():
                return _href(child)
            case Child():
                return self.element(child, part.element)
            case Choice():
                return self.element(child, part.elements[tag])
            case Attribute():  # pragma: no cover - attributes are no children
                raise AssertionError(part)

    def complete(self, node: etree._Element, kind: type[m.Element], part: Part, values: dict[str, Any]) -> None:
        """Check that what an element cannot do without is there, and fill in a name where it may be empty."""
        if part.field in values:
            return
        what = part.name if isinstance(part, Attribute) else getattr(part, "tag", "")
        if getattr(part, "required", False):
            kindly = "a" if isinstance(part, Attribute) else "an element"
            raise Unreadable(_line(node), f"Expected <{_local(node)}> to have {kindly} “{what}”, but it has none.")
        if part.field == "name" and _mandatory(kind, "name"):
            values["name"] = ""


def _mandatory(kind: type[m.Element], field: str) -> bool:
    return any(each.name == field and each.default is MISSING for each in fields(kind))


def _parsed(node: etree._Element, part: Attribute, text: str) -> object:
    try:
        return part.parse(text)
    except ValueError as problem:
        raise Unreadable(
            _line(node), f"Expected {part.name} of <{_local(node)}> to be {problem}, but it is “{text}”."
        ) from problem


def _href(node: etree._Element) -> str:
    href = node.get("href")
    if href is None:
        raise Unreadable(_line(node), f"Expected <{_local(node)}> to have a “href”, but it has none.")
    return str(href)


def _text(node: etree._Element) -> str:
    return "".join(str(piece) for piece in node.itertext())


def _foreign(node: etree._Element, *, tail: str = "") -> m.Foreign:
    """Keep an element; blanks between its children count only where there are words among them."""
    children = tuple(node)
    worded = not children or any(_worded(piece) for piece in (node.text, *(child.tail for child in children)))
    parent = node.getparent()
    outer = {} if parent is None else parent.nsmap
    return m.Foreign(
        tag=str(node.tag),
        attributes=tuple((str(key), str(value)) for key, value in node.attrib.items()),
        text=str(node.text or "") if worded else "",
        children=tuple(_foreign(child, tail=str(child.tail or "") if worded else "") for child in children),
        tail=tail,
        namespaces=tuple(sorted((prefix or "", uri) for prefix, uri in node.nsmap.items() if outer.get(prefix) != uri)),
    )


def _worded(text: str | None) -> bool:
    return bool(text and text.strip())


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _line(node: etree._Element) -> int:
    return cast("int | None", node.sourceline) or 1
