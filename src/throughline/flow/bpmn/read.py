"""
Reading BPMN 2.0 XML into the model.

The reader follows the plans of :mod:`throughline.flow.bpmn.schema`: an attribute or child element that the class
knows becomes a field, everything else is kept word for word. It is lenient about what many tools get wrong and a
person can still see in the drawing (missing ids, prefixes before references, numbers with a comma, drafts'
namespaces), says so in ``Definitions.warnings``, and refuses only what cannot be understood at all. Whether a chart
makes sense is not asked here but in ``flow/check``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

from lxml import etree

from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.model import Definitions, FlowNode, Process, ReadWarning, SequenceFlow
from throughline.flow.bpmn.schema import Codec, Plan, Slot, plan_of
from throughline.flow.bpmn.xml import (
    BPMN,
    FORMER_NAMESPACES,
    MAX_DEPTH,
    USUAL_PREFIXES,
    XML,
    XSI,
    Pairs,
    Unreadable,
    clark,
    fragment,
    free_prefix,
    is_indented,
    line_of,
    parse,
)

M = TypeVar("M", bound=Markup)

REPEATED: Final = frozenset({clark(BPMN, "incoming"), clark(BPMN, "outgoing")})
"""Children of flow nodes that say again what the sequence flows say; the writer makes them anew."""

ABSTRACT: Final = frozenset(
    clark(BPMN, name)
    for name in (
        "flowElement",
        "flowNode",
        "rootElement",
        "eventDefinition",
        "artifact",
        "loopCharacteristics",
        "activity",
    )
)
"""Heads of substitution groups: an ``xsi:type`` says which element is meant."""

TYPE: Final = clark(XSI, "type")
BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def read(data: bytes | str) -> Definitions:
    """
    Read a BPMN 2.0 file.

    Raises:
        Unreadable: with the line and one sentence, when the file is not well formed or holds no BPMN definitions.
    """
    root = _definitions_of(parse(data))
    return _Reader(root).definitions()


def _definitions_of(root: etree._Element) -> etree._Element:
    _modernise(root)
    wanted = clark(BPMN, "definitions")
    found = root if root.tag == wanted else next(root.iter(wanted), None)
    if found is None:
        name = etree.QName(root).localname
        raise Unreadable(line_of(root), f"Expected BPMN 2.0 definitions, but the file holds <{name}>.")
    return found


def _modernise(root: etree._Element) -> None:
    """
    Rename what is written in another way to the elements of BPMN 2.0.

    That is: elements in the namespaces of drafts or in none at all, and abstract elements whose ``xsi:type`` says
    what they are.
    """
    renamed = dict(FORMER_NAMESPACES)
    if root.tag == "definitions":
        renamed[""] = BPMN
    for node in root.iter(etree.Element):
        tag = str(node.tag)
        namespace, _, name = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
        if namespace in renamed:
            node.tag = clark(renamed[namespace], name)
        elif tag in ABSTRACT and TYPE in node.attrib:
            kind = str(node.attrib.pop(TYPE)).rpartition(":")[2]
            node.tag = clark(BPMN, kind[1].lower() + kind[2:]) if len(kind) > 2 else tag


class _Reader:
    """One reading of one file: the ids it holds, whether one is the file's own besides, and the warnings so far."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        written = [str(value).strip() for value in cast("list[Any]", root.xpath("//@id"))]
        self.ids = set(written)
        own = str(root.get("id", "")).strip()
        self.shares_id = own != "" and written.count(own) > 1
        self.warnings: list[ReadWarning] = []
        self.prefixes: dict[str | None, str] = dict(root.nsmap)
        self.uris = set(self.prefixes.values())
        self.decoders: dict[Codec, Callable[[str], Any]] = {
            "text": str,
            "bool": _boolean,
            "int": lambda text: int(text.strip()),
            "number": _number,
            "ref": self.reference,
            "type": lambda text: text.strip().rpartition(":")[2],
        }

    def definitions(self) -> Definitions:
        """Read the root element and name what has no id."""
        found = self.markup(Definitions, self.root, 0)
        found = replace(found, namespaces=_namespaces(self.prefixes))
        if self.shares_id:
            found = self.told_apart(found)
        return replace(_named(found, self), warnings=tuple(self.warnings))

    def told_apart(self, found: Definitions) -> Definitions:
        """Give the file an id of its own: nothing refers to it, but tools take a diagram for one of the file."""
        made = _Namer(self).new_id("definitions")
        self.warn(self.root, f'The file has the id "{found.id}", like something in it, and is called "{made}" here.')
        return replace(found, id=made)

    def warn(self, node: etree._Element, message: str) -> None:
        """Keep a warning with the line of the element."""
        self.warnings.append(ReadWarning(line_of(node), message))

    def markup(self, cls: type[M], node: etree._Element, depth: int) -> M:
        """Read an element as an instance of the class."""
        if depth > MAX_DEPTH:
            raise Unreadable(line_of(node), f"Elements are nested more than {MAX_DEPTH} deep.")
        plan = plan_of(cast("Any", cls))
        values: dict[str, Any] = {"line": line_of(node)}
        foreign = self.attributes(plan, node, values)
        if foreign:
            values["attributes"] = foreign
        mixed = plan.text is not None and not is_indented(node)
        if plan.text is not None and mixed and node.text:
            values[plan.text.field] = node.text
        if len(node):
            self.children(cls, node, values, depth, mixed=mixed)
        return cls(**values)

    def attributes(self, plan: Plan, node: etree._Element, values: dict[str, Any]) -> Pairs:
        """Read known attributes into ``values`` and return the others, by name: their order means nothing."""
        foreign = []
        for key, value in node.attrib.items():
            slot = plan.attributes.get(str(key))
            if slot is None or not self.attribute(slot, node, str(value), values):
                foreign.append((str(key), str(value)))
                self.declare(str(key), node)
        return tuple(sorted(foreign))

    def declare(self, name: str, node: etree._Element) -> None:
        """Keep the prefix of a foreign attribute that is declared further in, as if it were declared at the top."""
        uri = name[1:].rpartition("}")[0]
        if uri and uri not in self.uris and uri not in USUAL_PREFIXES and uri != XML:
            prefix = next((each for each, declared in node.nsmap.items() if each and declared == uri), "ns")
            self.prefixes[free_prefix(prefix, self.prefixes)] = uri
            self.uris.add(uri)

    def attribute(self, slot: Slot, node: etree._Element, text: str, values: dict[str, Any]) -> bool:
        """Read one attribute; False if it is not of its type, and is then kept as written."""
        codec = slot.spec.codec
        try:
            values[slot.field] = self.decoders[codec](text)
        except ValueError:
            name = f"{slot.spec.names[0]} of <{etree.QName(node).localname}>"
            self.warn(node, f'Expected {name} to be a {codec}, but it is "{text[:40]}".')
            return False
        return True

    def children(
        self, cls: type[Markup], node: etree._Element, values: dict[str, Any], depth: int, *, mixed: bool
    ) -> None:
        """Read child elements into ``values``; those without a place go to ``rest``."""
        plan = plan_of(cast("Any", cls))
        lists: dict[str, list[Any]] = {}
        is_node = issubclass(cls, FlowNode)
        for item in node:
            tag = str(item.tag)
            if is_node and tag in REPEATED:
                continue
            slot, read_as = plan.children.get(tag, (None, None))
            if slot is None or (not slot.spec.many and slot.field in values):
                lists.setdefault("rest", []).append(fragment(item, mixed=mixed))
                if slot is not None:
                    name = etree.QName(item).localname
                    self.warn(item, f"Expected one <{name}>, but there are more; the first counts.")
                continue
            value = self.child(slot, read_as, item, depth)
            if slot.spec.many:
                lists.setdefault(slot.field, []).append(value)
            else:
                values[slot.field] = value
        values.update((name, tuple(items)) for name, items in lists.items())

    def child(self, slot: Slot, read_as: type | None, node: etree._Element, depth: int) -> Any:
        """Read one child element as its slot says."""
        if slot.spec.kind == "verbatim":
            return fragment(node)
        if slot.spec.kind == "texts":
            text = node.text or "" if len(node) == 0 else "".join(str(part) for part in node.itertext())
            return self.decoders[slot.spec.codec](text)
        return self.markup(cast("type[Markup]", read_as), node, depth + 1)

    def reference(self, text: str) -> str:
        """Return the id that is meant: a prefix is dropped if only the rest is an id of this file."""
        name = text.strip()
        if ":" in name and name not in self.ids:
            local = name.rpartition(":")[2]
            return local if local in self.ids else name
        return name


def _boolean(text: str) -> bool:
    value = BOOLEANS.get(text.strip().lower())
    if value is None:
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    value = float(text.strip().replace(",", "."))
    if not -1e7 < value < 1e7:
        raise ValueError(text)
    return value


def _namespaces(prefixes: Mapping[str | None, str]) -> Pairs:
    """The prefixes without those that the writer declares by itself."""
    return tuple(
        sorted(
            (prefix or "", uri)
            for prefix, uri in prefixes.items()
            if uri not in FORMER_NAMESPACES and (prefix or "").rstrip("0123456789") != USUAL_PREFIXES.get(uri)
        )
    )


def _named(found: Definitions, reader: _Reader) -> Definitions:
    """Give ids to the flow nodes, sequence flows and processes that have none."""
    inside = (item for process in found.processes for item, _ in process.walk())
    if not any(map(_nameless, (*found.processes, *inside))):
        return found
    namer = _Namer(reader)
    elements = tuple(namer.named(item) if isinstance(item, Process) else item for item in found.elements)
    return replace(found, elements=elements)


def _nameless(item: object) -> bool:
    return isinstance(item, FlowNode | SequenceFlow | Process) and not item.id


class _Namer:
    """Numbers elements without an id by their kind: ``sequenceFlow_1``, ``sequenceFlow_2`` …"""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.taken = set(reader.ids)
        self.numbers: Counter[str] = Counter()

    def named(self, item: Any) -> Any:
        """Return the element with ids, also inside."""
        if _nameless(item):
            made = self.new_id(item.kind_name)
            message = f'<{item.kind_name}> has no id and is called "{made}" here.'
            self.reader.warnings.append(ReadWarning(item.line, message))
            item = replace(item, id=made)
        if hasattr(item, "elements"):
            item = replace(item, elements=tuple(self.named(inner) for inner in item.elements))
        return item

    def new_id(self, kind: str) -> str:
        """Return an id that the file does not use."""
        while True:
            self.numbers[kind] += 1
            made = f"{kind}_{self.numbers[kind]}"
            if made not in self.taken:
                return made
