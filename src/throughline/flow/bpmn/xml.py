"""
XML as the BPMN reader and writer see it: names of namespaces, verbatim fragments, and a parser that trusts nobody.

A chart carries more than BPMN: settings of the tool that drew it, notes, vendor extensions. What the model has no
type for is kept as :class:`Xml`, a frozen tree that is compared by value and written back as it was read. Files
arrive from strangers, so parsing resolves no entities, opens no network, and has limits on size and depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from lxml import etree

from throughline.flow import markup

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
DI: Final = "http://www.omg.org/spec/DD/20100524/DI"
XML: Final = "http://www.w3.org/XML/1998/namespace"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
TL: Final = "urn:throughline:bpmn:1"
BIOC: Final = "http://bpmn.io/schema/bpmn/biocolor/1.0"
COLOR: Final = "http://www.omg.org/spec/BPMN/non-normative/color/1.0"

USUAL_PREFIXES: Final = {
    BPMN: "bpmn",
    BPMNDI: "bpmndi",
    DC: "dc",
    DI: "di",
    XSI: "xsi",
    TL: "tl",
    BIOC: "bioc",
    COLOR: "color",
}

FORMER_NAMESPACES: Final = {
    "http://schema.omg.org/spec/BPMN/2.0": BPMN,
    "http://www.omg.org/spec/BPMN/20100501": BPMN,
    "http://www.omg.org/spec/BPMN/20100501/MODEL": BPMN,
    "http://www.omg.org/bpmn20": BPMN,
    "http://www.omg.org/spec/BPMN/2.0": BPMN,
    "http://www.omg.org/spec/BPMN/20100501/DI": BPMNDI,
    "http://bpmndi.org": BPMNDI,
}
"""Namespaces of the drafts of BPMN 2.0 that old tools still write. Read as their successor, written as it."""

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 150

Pairs = tuple[tuple[str, str], ...]


class Unreadable(ValueError):
    """
    The bytes are no BPMN file that can be read.

    ``line`` counts from 1; 0 when no line can be named. ``reason`` is one sentence for the person who chose the file.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"Line {line}: {reason}" if line else reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Xml:
    """
    An element kept as it was read.

    Names are in Clark notation (``{namespace}local``). ``tail`` is the text after the element inside its parent, kept
    where content is mixed. ``namespaces`` are prefixes declared on the element itself, because attribute values may
    use them.
    """

    tag: str
    attributes: Pairs = ()
    text: str = ""
    children: tuple[Xml, ...] = ()
    tail: str = ""
    namespaces: Pairs = field(default=(), compare=False)

    @property
    def name(self) -> str:
        """The local name, without the namespace."""
        return self.tag.rpartition("}")[2]

    def get(self, attribute: str, default: str = "") -> str:
        """Return the value of the attribute with this Clark name, else ``default``."""
        return next((value for name, value in self.attributes if name == attribute), default)


def clark(namespace: str, name: str) -> str:
    """Return ``{namespace}name``."""
    return f"{{{namespace}}}{name}"


def free_prefix(wanted: str, declared: Mapping[str | None, str]) -> str:
    """Return the wanted prefix, numbered if the file uses it for something else."""
    prefix, number = wanted, 0
    while prefix in declared:
        number += 1
        prefix = f"{wanted}{number}"
    return prefix


def line_of(node: etree._Element) -> int:
    """Return the line where the element starts, 0 if unknown."""
    line = node.sourceline
    return line if isinstance(line, int) else 0


def parse(data: bytes | str) -> etree._Element:
    """
    Return the root element of the file.

    Comments, processing instructions and entity declarations have no meaning in a chart: the first two are dropped,
    the last are refused. A file whose declared encoding is wrong is tried as UTF-8 and then as Windows-1252, which is
    how the tools that write such declarations encode.

    Raises:
        Unreadable: not well formed, too large, too deep, or with entities of its own.
    """
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise Unreadable(
            0, f"The file has {len(raw) // 1024 // 1024} MB; at most {MAX_BYTES // 1024 // 1024} can be read."
        )
    if not raw.strip():
        raise Unreadable(0, "The file is empty.")
    if isinstance(data, str):
        return _checked(_parsed(_without_declaration(data)))
    try:
        root = _parsed(_trimmed(raw))
    except Unreadable as problem:
        root = _parsed_otherwise(raw, problem)
    return _checked(root)


def _parsed_otherwise(raw: bytes, problem: Unreadable) -> etree._Element:
    """Parse once more without the file's own word on its encoding; the first problem stands if that does not help."""
    try:
        return _parsed(_without_declaration(_decoded(raw)))
    except Unreadable:
        raise problem from None


def _parsed(raw: bytes) -> etree._Element:
    try:
        return markup.parse(raw)
    except etree.XMLSyntaxError as problem:
        line = problem.lineno or 0
        raise Unreadable(line, f"The file is not well-formed XML: {_sentence(problem.msg or '')}") from problem


def _sentence(message: str) -> str:
    text = re.sub(r",? ?line \d+, column \d+( \([^)]*\))?", "", message).strip().rstrip(".")
    return f"{text}." if text else "it cannot be parsed."


def _trimmed(raw: bytes) -> bytes:
    """White space before the XML declaration is an error to a parser and an accident of some exporters."""
    return raw.lstrip() if raw[:1].isspace() else raw


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _without_declaration(text: str) -> bytes:
    return re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text, count=1).lstrip("\ufeff").lstrip().encode()


def _checked(root: etree._Element) -> etree._Element:
    info = root.getroottree().docinfo
    if info.internalDTD is not None and list(info.internalDTD.entities()):  # type: ignore[attr-defined]  # lxml-stubs lacks it
        raise Unreadable(1, "The file declares XML entities of its own, which charts never need.")
    return root


def fragment(node: etree._Element, *, mixed: bool = False) -> Xml:
    """
    Return the element as a value.

    White space that only indents is dropped. ``mixed`` keeps the text after the element.
    """
    children = [child for child in node if isinstance(child.tag, str)]
    indented = is_indented(node)
    return Xml(
        tag=str(node.tag),
        attributes=tuple((str(name), str(value)) for name, value in node.attrib.items()),
        text="" if indented else (node.text or ""),
        children=tuple(fragment(child, mixed=not indented) for child in children),
        tail=(node.tail or "") if mixed else "",
        namespaces=_own_namespaces(node),
    )


def is_indented(node: etree._Element) -> bool:
    """Return whether the text between the child elements is nothing but line breaks and indentation."""
    texts = [node.text or "", *(child.tail or "" for child in node)]
    return len(node) > 0 and not any(text.strip() for text in texts) and any("\n" in text for text in texts)


def _own_namespaces(node: etree._Element) -> Pairs:
    parent = node.getparent()
    outer = {} if parent is None else parent.nsmap
    own = node.nsmap
    if own == outer:
        return ()
    return tuple(sorted((prefix or "", uri) for prefix, uri in own.items() if outer.get(prefix) != uri))


def build(parent: etree._Element, value: Xml) -> etree._Element:
    """Append the kept element to ``parent``."""
    declared = {prefix or None: uri for prefix, uri in value.namespaces}
    node = etree.SubElement(parent, value.tag, nsmap=cast("dict[str, str]", declared))
    for name, text in value.attributes:
        node.set(name, text)
    node.text = value.text or None
    node.tail = value.tail or None
    for child in value.children:
        build(node, child)
    return node
