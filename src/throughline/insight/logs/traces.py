"""
The traces of a log in XES (IEEE 1849), one by one.

Theory of operation. lxml is the judge of what a file says; but it makes an object of every attribute, and the events
that a tool writes differ in little but their values. So an element is parted into its values and its *shape*, the text
around them. lxml reads each shape once, with numbers in the place of the values, and by them says which attribute each
value is. What is no plain value (a comment, a nested attribute, other quotes, an entity of somebody's own) stays in the
shape, where lxml sees it.

A trace whose elements all have known shapes is not given to lxml; an empty trace with a number stands in for it. So
lxml reads the whole document around the traces, and only where a stand-in comes out as an element was there a trace,
and not a remark about one. Every other trace is left to lxml as it stands. The two ways are proven equal in
``tests/test_traces.py``.

A trace at a time is read and forgotten, so memory follows the events kept and not the file. Document types are refused,
so there are no entities to expand and nothing to fetch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from xml.sax.saxutils import unescape

from lxml import etree

from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Bounded, Limits

OF_MEMORY = 16
"""The part of the memory that the text of one trace may take: as a tree it takes some ten times as much."""
CHUNK = 1 << 16
LONGEST_PIECE = 1 << 20
"""Traces of more bytes are left to lxml."""
LONGEST_SHAPE = 10_000
MOST_SHAPES = 1_000
BEGIN, END = b"<trace>", b"</trace>"
STAND_IN = "throughline-stand-in"

_SAFELY: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False,
    "remove_comments": True, "remove_pis": True, "remove_blank_text": True,
}  # fmt: skip
_UNDECLARED = (etree.ErrorTypes.ERR_UNDECLARED_ENTITY, etree.ErrorTypes.WAR_UNDECLARED_ENTITY)


@dataclass(frozen=True, slots=True)
class Trace:
    """A case: its own attributes and those of each event, by key; nested attributes are left out."""

    attributes: dict[str, str]
    events: list[dict[str, str]]


def traces(stream: BinaryIO, name: str, limits: Limits) -> Iterator[Trace]:
    """
    Give the traces one by one, as they are read; ``name`` is what messages call the file.

    Raises:
        LogUnreadable: it is damaged, or XML, but no XES, or has a document type, or a trace that is too large for the
            memory.
    """
    most = limits.memory_bytes // OF_MEMORY
    bounded = Bounded(stream, most, f"{name} has a case of more than {most // 1_000_000:,} MB. Take smaller ones.")
    texts = _Texts(bounded)
    is_log = False
    for event, node in _elements(texts, name):
        if event == "start":
            if not is_log:
                _refuse_document_type(node, name)
                is_log = True
        elif node.tag.endswith("trace"):
            yield texts.taken(node) or _as_it_stands(node)
            bounded.begin_anew()
            _forget(node)
    if not is_log:
        raise LogUnreadable(f"{name} is XML, but no XES: it has no log inside.")


def _elements(texts: _Texts, name: str) -> Iterator[tuple[str, etree._Element]]:
    """The begins of logs and the ends of traces; those before a damage come before it is raised."""
    parser = etree.XMLPullParser(events=("start", "end"), tag=("{*}log", "{*}trace"), **_SAFELY)
    is_whole = False
    while not is_whole:
        text = texts.read()
        is_whole = not text
        damage = _damage_of(parser, text)
        yield from cast(Iterator[tuple[str, etree._Element]], parser.read_events())
        if damage:
            raise LogUnreadable(f"{name} is damaged or no XML (line {damage[0]}: {damage[1]}).")


def _damage_of(parser: etree.XMLPullParser, text: bytes) -> tuple[int | None, str] | None:
    """Give the parser the next text, or the end; return the line and kind of a damage."""
    try:
        if text:
            parser.feed(text)
        else:
            parser.close()
    except etree.XMLSyntaxError as problem:
        return problem.lineno, problem.msg
    undeclared = parser.feed_error_log.filter_types(_UNDECLARED)  # these end the parsing without being raised
    return next(((each.line, each.message) for each in undeclared), None)


def _forget(trace: etree._Element) -> None:
    trace.clear()
    parent = trace.getparent()
    while parent is not None and trace.getprevious() is not None:
        del parent[0]


def _refuse_document_type(node: etree._Element, name: str) -> None:
    info = node.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise LogUnreadable(f"{name} has a document type declaration, which XES does not need. Remove the DOCTYPE.")


def _as_it_stands(node: etree._Element) -> Trace:
    return Trace(_attributes(node), [_attributes(event) for event in node.iterchildren("{*}event")])


def _attributes(node: etree._Element) -> dict[str, str]:
    return {key: child.get("value", "") for child in node if (key := child.get("key")) is not None}


# --- traces of known shapes ------------------------------------------------------------------------------------------
_UTF_8 = re.compile(
    rb"""(\xef\xbb\xbf)?(<\?xml\s+version\s*=\s*(["'])1\.0\3(\s+encoding\s*=\s*(["'])utf-8\5)?"""
    rb"""(\s+standalone\s*=\s*["']\w+["'])?\s*\?>)?\s*<(?!\?xml\s)""",
    re.IGNORECASE,
)
_PLAIN = r'[^"<>&\x00-\x1f\ufffe\uffff]*'
_VALUE = re.compile(rf'value="({_PLAIN}(?:&(?:amp|lt|gt|quot|apos);{_PLAIN})*)"')
_LOOSE = re.compile(r"<[!?]|-->|\]\]>|\?>")
"""What begins or ends a remark: whether it does depends on what stands before it."""
_QUOTES = {"&quot;": '"', "&apos;": "'"}


class _Texts:
    """
    A stream as the parser is given it, some whole traces at a time: those of known shapes have stand-ins, and are kept
    until their stand-in comes out of the parser.
    """

    def __init__(self, stream: Bounded) -> None:
        self.stream = stream
        self.waiting = b""
        self.shapes = _Shapes()
        self.kept: dict[str, Trace] = {}
        self.count = 0
        self.is_plain: bool | None = None

    def read(self) -> bytes:
        """Return the next text; none at the end."""
        end = 0
        while not end and (chunk := self.stream.read(CHUNK)):
            self.waiting += chunk
            end = _end_of_traces(self.waiting)
        end = end or len(self.waiting)
        text, self.waiting = self.waiting[:end], self.waiting[end:]
        return self._with_stand_ins(text)

    def _with_stand_ins(self, text: bytes) -> bytes:
        if self.is_plain is None:
            self.is_plain = not _UTF_8.match(text)
        if STAND_IN.encode() in text:  # somebody else's: what was kept for a remark must not come out here
            self.is_plain = True
            self.kept.clear()
        if self.is_plain:
            return text
        *pieces, rest = text.split(END)
        told: list[bytes] = []
        for piece in pieces:
            before, begin, inside = piece.rpartition(BEGIN)
            stand_in = self._stand_in(inside) if begin else None
            told += before, stand_in or begin + inside + END
        return b"".join((*told, rest))

    def _stand_in(self, inside: bytes) -> bytes | None:
        """An empty trace of as many lines, if what is inside of one has known shapes."""
        trace = self.shapes.trace(inside)
        if trace is None:
            return None
        self.count += 1
        self.kept[str(self.count)] = trace
        lines = "\n" * inside.count(b"\n")
        return f'<trace {STAND_IN}="{self.count}"{lines}/>'.encode()

    def taken(self, node: etree._Element) -> Trace | None:
        """Return the trace that an element stands in for, if it does."""
        return self.kept.pop(node.get(STAND_IN, ""), None)


def _end_of_traces(text: bytes) -> int:
    """Where the last whole trace ends; 0 as long as one is awaited."""
    found = text.rfind(END)
    if found >= 0:
        return found + len(END)
    return len(text) if len(text) > LONGEST_PIECE else 0


class _Shapes:
    """
    What lxml says of the shapes of elements: which keys they have, and which of their values belongs to each; None of a
    shape with which that is not all.
    """

    def __init__(self) -> None:
        self.known: dict[str, tuple[tuple[str, int], ...] | None] = {}
        self.parser = etree.XMLParser(**_SAFELY)

    def trace(self, inside: bytes) -> Trace | None:
        """Return what stands inside of a trace, if all of it has known shapes."""
        try:
            head, *rest = inside.decode().split("<event>")
        except UnicodeDecodeError:
            return None
        own = self._attributes(f"<trace>{head}</trace>")
        if own is None:
            return None
        events: list[dict[str, str]] = []
        for text in rest:
            if (values := self._attributes(f"<event>{text}")) is None:
                return None
            events.append(values)
        return Trace(own, events)

    def _attributes(self, element: str) -> dict[str, str] | None:
        parts = _VALUE.split(element)
        shape, values = 'value=""'.join(parts[::2]), parts[1::2]
        if shape not in self.known:
            if len(self.known) >= MOST_SHAPES or len(shape) > LONGEST_SHAPE:
                return None
            self.known[shape] = self._learned(parts[::2])
        places = self.known[shape]
        if places is None:
            return None
        if "&" in element:
            values = [unescape(value, _QUOTES) for value in values]
        return {key: values[place] for key, place in places}

    def _learned(self, around: list[str]) -> tuple[tuple[str, int], ...] | None:
        first, *rest = around
        text = first + "".join(f'value="{place}"{each}' for place, each in enumerate(rest))
        if _LOOSE.search(text):
            return None
        try:
            node = etree.fromstring(text.encode(), self.parser)
        except etree.XMLSyntaxError:
            return None
        inside = list(node.iterdescendants())
        if any(each.tag in ("log", "trace", "event") for each in inside):
            return None
        if [each.get("value") for each in inside if "value" in each.attrib] != list(map(str, range(len(rest)))):
            return None
        keyed = [(key, child.get("value")) for child in node if (key := child.get("key")) is not None]
        places = {key: int(value) for key, value in keyed if value is not None}
        return tuple(places.items()) if len(places) == len(keyed) else None
