"""
Writing a model as XML, by the same table that `read` uses.

The version of DMN, the prefixes, foreign attributes and extensions are those of the model. ``read(write(model))``
equals ``model``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from typing import cast

from lxml import etree

from throughline.flow.dmn import model as m
from throughline.flow.dmn.schema import SHAPES, VERSIONS, Attribute, Child, Choice, Part, Reference, Text


def write(model: m.Definitions, *, version: str | None = None) -> bytes:
    """
    Write the model as UTF-8 XML, indented by two spaces.

    ``version``: the version of DMN to write, by default the model's own. An editor that only knows DMN 1.3 reads any
    model written with ``version="1.3"`` whose expressions 1.3 knows (no boxed conditional, iteration or filter).
    """
    writer = _Writer(model, version or model.version)
    root = writer.root()
    _indent(root, 0)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


class _Writer:
    """Turns values into elements by the table of the schema."""

    def __init__(self, model: m.Definitions, version: str) -> None:
        self.model = model
        own, wanted = VERSIONS[model.version], VERSIONS[version]
        self.namespace = "{" + wanted.model + "}"
        self.renamed: Mapping[str, str] = {own.model: wanted.model}
        if own.diagram and wanted.diagram:
            self.renamed = {**self.renamed, own.diagram: wanted.diagram}

    def root(self) -> etree._Element:
        declared = {
            prefix or None: self.renamed.get(uri, uri) for prefix, uri in self.model.prefixes if prefix != "xml"
        }
        if self.namespace[1:-1] not in declared.values():
            declared[None if None not in declared else "dmn"] = self.namespace[1:-1]
        root = etree.Element(self.namespace + "definitions", nsmap=cast(Mapping[str, str], declared))
        self.fill(root, self.model)
        if self.model.diagrams is not None:
            self.foreign(root, self.model.diagrams)
        return root

    def fill(self, node: etree._Element, element: m.Element) -> None:
        parts = SHAPES[type(element)]
        for key in ("id", "label"):
            if (text := getattr(element, key)) is not None:
                node.set(key, text)
        for part in parts:
            if isinstance(part, Attribute):
                self.attribute(node, element, part)
        for name, value in element.attributes:
            node.set(name, value)
        if element.description is not None:
            etree.SubElement(node, self.namespace + "description").text = element.description
        if element.extensions:
            holder = etree.SubElement(node, self.namespace + "extensionElements")
            for extension in element.extensions:
                self.foreign(holder, extension)
        for part in parts:
            if not isinstance(part, Attribute):
                self.children(node, element, part)
        for other in element.others:
            self.foreign(node, other)

    def attribute(self, node: etree._Element, element: m.Element, part: Attribute) -> None:
        value = getattr(element, part.field)
        if value is None or (value == _default(type(element), part.field) and not part.required):
            return
        node.set(part.name, _attribute_text(value))

    def children(self, node: etree._Element, element: m.Element, part: Part) -> None:
        value = getattr(element, part.field)
        for each in value if getattr(part, "many", False) else (() if value is None else (value,)):
            self.child(node, each, part)

    def child(self, node: etree._Element, value: object, part: Part) -> None:
        match part:
            case Text():
                etree.SubElement(node, self.namespace + part.tag).text = str(value)
            case Reference():
                etree.SubElement(node, self.namespace + part.tag).set("href", str(value))
            case Child():
                assert isinstance(value, m.Element)
                self.fill(etree.SubElement(node, self.namespace + part.tag), value)
            case Choice():
                assert isinstance(value, m.Element)
                self.fill(etree.SubElement(node, self.namespace + _tag(part, value)), value)
            case Attribute():  # pragma: no cover - attributes are written before
                raise AssertionError(part)

    def foreign(self, parent: etree._Element, value: m.Foreign) -> None:
        nsmap = {prefix or None: self.renamed.get(uri, uri) for prefix, uri in value.namespaces}
        node = etree.SubElement(parent, self.clark(value.tag), nsmap=cast(Mapping[str, str], nsmap))
        for name, text in value.attributes:
            node.set(self.clark(name), text)
        node.text = value.text or None
        node.tail = value.tail or None
        for child in value.children:
            self.foreign(node, child)

    def clark(self, name: str) -> str:
        if not name.startswith("{"):
            return name
        uri, _, local = name[1:].partition("}")
        return "{" + self.renamed.get(uri, uri) + "}" + local


def _tag(part: Choice, value: m.Element) -> str:
    return next(tag for tag, kind in part.elements.items() if kind is type(value))


def _default(kind: type[m.Element], field: str) -> object:
    return next((each.default for each in fields(kind) if each.name == field), MISSING)


def _attribute_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value) if isinstance(value, Enum) else str(value)


def _indent(node: etree._Element, depth: int) -> None:
    """Put each child element on its own line, except where elements stand among words."""
    children: list[etree._Element] = list(node)
    if not children or node.text or any(child.tail for child in children):
        return
    node.text = "\n" + "  " * (depth + 1)
    for child in children:
        _indent(child, depth + 1)
        child.tail = "\n" + "  " * (depth + 1)
    children[-1].tail = "\n" + "  " * depth
