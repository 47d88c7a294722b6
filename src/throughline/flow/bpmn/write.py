"""
Writing the model as BPMN 2.0 XML: the reader's plans, interpreted the other way.

``read(write(definitions)) == definitions`` for every model that was read, and for every one that was made with ids.
What equals its default is not written. The incoming and outgoing flows of nodes are derived from the sequence flows.
Prefixes are those of the file that was read; the usual ones (``bpmn``, ``bpmndi``, ``dc``, ``di``, ``xsi``, ``tl``)
stand in where it declares none, so that a chart opens in other editors as if it had been made there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, cast

from lxml import etree

from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.model import Definitions, FlowNode, SequenceFlow
from throughline.flow.bpmn.schema import Codec, Slot, plan_of
from throughline.flow.bpmn.xml import (
    BIOC,
    BPMN,
    BPMNDI,
    COLOR,
    DC,
    DI,
    TL,
    USUAL_PREFIXES,
    XSI,
    build,
    clark,
    free_prefix,
)

ALWAYS_DECLARED: Final = (BPMN, BPMNDI, DC, DI, XSI, TL)
FLOWS_FOLLOW: Final = "auditing"
"""BPMN's schema puts incoming and outgoing after what every flow element has; ``auditing`` is the last of that."""


def write(definitions: Definitions) -> bytes:
    """Return the file as UTF-8 with an XML declaration, indented by two spaces."""
    prefixes = _prefixes(definitions)
    root = etree.Element(definitions.tag, nsmap=cast("dict[str, str]", prefixes))
    _Writer(definitions, prefixes).fill(root, definitions)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _prefixes(definitions: Definitions) -> dict[str | None, str]:
    declared: dict[str | None, str] = {prefix or None: uri for prefix, uri in definitions.namespaces}
    bound = set(declared.values())
    for uri in (*ALWAYS_DECLARED, *_colour_namespaces(definitions)):
        if uri not in bound:
            declared[free_prefix(USUAL_PREFIXES[uri], declared)] = uri
    return declared


def _colour_namespaces(definitions: Definitions) -> list[str]:
    planes = [diagram.plane for diagram in definitions.diagrams if diagram.plane is not None]
    names = {name for plane in planes for item in plane.elements for name, _ in item.attributes}
    return [uri for uri in (BIOC, COLOR) if any(name.startswith(clark(uri, "")) for name in names)]


class _Writer:
    """One writing of one model: its prefixes, and the flows at each node."""

    def __init__(self, definitions: Definitions, prefixes: dict[str | None, str]) -> None:
        self.bpmn_prefix = next(prefix for prefix, uri in prefixes.items() if uri == BPMN)
        self.incoming: dict[str, list[str]] = defaultdict(list)
        self.outgoing: dict[str, list[str]] = defaultdict(list)
        for process in definitions.processes:
            for item, _ in process.walk():
                if isinstance(item, SequenceFlow):
                    self.incoming[item.target].append(item.id)
                    self.outgoing[item.source].append(item.id)
        self.encoders: dict[Codec, Callable[[Any], str]] = {
            "text": str,
            "bool": lambda value: "true" if value else "false",
            "int": str,
            "number": number_text,
            "ref": str,
            "type": self.type_name,
        }
        self.writers: dict[str, Callable[[etree._Element, Slot, Any], None]] = {
            "attribute": self.attribute,
            "text": self.text,
            "children": self.children,
            "texts": self.texts,
            "verbatim": self.verbatim,
        }

    def fill(self, node: etree._Element, value: Markup) -> None:
        """Write the fields of the value into the element."""
        for slot in plan_of(cast("Any", type(value))).written:
            given = getattr(value, slot.field)
            if slot.spec.required or given != slot.default:
                self.writers[slot.spec.kind](node, slot, given)
            if slot.field == FLOWS_FOLLOW and isinstance(value, FlowNode):
                self.flows(node, value)
        for name, text in value.attributes:
            node.set(name, text)
        for kept in value.rest:
            build(node, kept)

    def attribute(self, node: etree._Element, slot: Slot, value: Any) -> None:
        """Write an attribute."""
        node.set(slot.spec.names[0], self.encoders[slot.spec.codec](value))

    def text(self, node: etree._Element, slot: Slot, value: Any) -> None:  # noqa: ARG002  one signature for all kinds
        """Write the text of the element."""
        node.text = value

    def children(self, node: etree._Element, slot: Slot, value: Any) -> None:
        """Write child elements, each by its own plan."""
        for item in value if slot.spec.many else (value,):
            self.fill(etree.SubElement(node, slot.spec.names[0] if slot.spec.names else item.tag), item)

    def texts(self, node: etree._Element, slot: Slot, value: Any) -> None:
        """Write child elements that hold nothing but text."""
        for item in value if slot.spec.many else (value,):
            etree.SubElement(node, slot.spec.names[0]).text = self.encoders[slot.spec.codec](item)

    def verbatim(self, node: etree._Element, slot: Slot, value: Any) -> None:  # noqa: ARG002  as above
        """Write kept child elements."""
        for item in value:
            build(node, item)

    def flows(self, node: etree._Element, value: FlowNode) -> None:
        """Write which sequence flows come in and go out."""
        for name, flows in (("incoming", self.incoming), ("outgoing", self.outgoing)):
            for flow in flows.get(value.id, ()):
                etree.SubElement(node, clark(BPMN, name)).text = flow

    def type_name(self, value: str) -> str:
        """Return the ``xsi:type`` with the file's prefix for BPMN."""
        return f"{self.bpmn_prefix}:{value}" if self.bpmn_prefix else value


def number_text(value: float) -> str:
    """Return the shortest text that reads as the same number, whole ones without a point."""
    return str(int(value)) if value == int(value) else repr(value)
