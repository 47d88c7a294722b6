"""
A BPMN file as the rules look at it: the elements as they are written, with ids, parents and flows at hand.

The typed model forgives and completes (it gives missing ids, takes unknown elements word for word); rules must see
what stands in the file. So they work on the XML tree, through this thin view.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from lxml import etree

from throughline.flow.bpmn.xml import BPMN, TL, parse

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Element = etree._Element

ACTIVITIES = frozenset(
    {
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
    }
)
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway", "eventBasedGateway"})
EVENTS = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
    }
)
CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
CHOREOGRAPHY = frozenset({"choreographyTask", "subChoreography", "callChoreography"})
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS | CHOREOGRAPHY
DEFINITION = "EventDefinition"


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def kids(element: Element, *names: str) -> list[Element]:
    """Return the BPMN children of these names, or all BPMN children."""
    return [
        each
        for each in element.iterchildren(etree.Element)
        if str(each.tag).startswith(f"{{{BPMN}}}") and (not names or local(each) in names)
    ]


def text(element: Element | None) -> str:
    """Return the text of an element without white space around it."""
    return "" if element is None or element.text is None else element.text.strip()


def plain(reference: str) -> str:
    """Return a reference without its prefix."""
    return reference.strip().rpartition(":")[2]


class Drawing:
    """A file as written. Raises Unreadable when it is no XML."""

    def __init__(self, data: bytes | str) -> None:
        self.root = parse(data)

    @cached_property
    def elements(self) -> list[Element]:
        """All BPMN elements in document order."""
        return [each for each in self.root.iter(etree.Element) if str(each.tag).startswith(f"{{{BPMN}}}")]

    @cached_property
    def by_name(self) -> dict[str, list[Element]]:
        """The elements by name."""
        found: dict[str, list[Element]] = {}
        for each in self.elements:
            found.setdefault(local(each), []).append(each)
        return found

    @cached_property
    def by_id(self) -> dict[str, Element]:
        """The elements by id; the first of several."""
        found: dict[str, Element] = {}
        for each in self.elements:
            key = each.get("id")
            if key:
                found.setdefault(key, each)
        return found

    def all(self, *names: str) -> Iterator[Element]:
        """Give the elements of these names in document order per name."""
        for name in names:
            yield from self.by_name.get(name, ())

    def find(self, reference: str | None) -> Element | None:
        """Return what a reference points to, None if it is not in the file."""
        return None if not reference else self.by_id.get(reference.strip(), self.by_id.get(plain(reference)))

    @cached_property
    def is_ours(self) -> bool:
        """Whether the file holds a Throughline procedure: then the product supplies what other engines need written."""
        return next(self.root.iter(f"{{{TL}}}procedure"), None) is not None

    # --- flows --------------------------------------------------------------------------------------------------------
    @cached_property
    def outgoing(self) -> dict[Element, list[Element]]:
        """The sequence flows that leave a node."""
        return self._flows("sourceRef")

    @cached_property
    def incoming(self) -> dict[Element, list[Element]]:
        """The sequence flows that reach a node."""
        return self._flows("targetRef")

    def _flows(self, end: str) -> dict[Element, list[Element]]:
        found: dict[Element, list[Element]] = {}
        for flow in self.all("sequenceFlow"):
            node = self.find(flow.get(end))
            if node is not None:
                found.setdefault(node, []).append(flow)
        return found

    def process_of(self, element: Element) -> Element | None:
        """Return the process an element lies in."""
        return next((each for each in element.iterancestors(f"{{{BPMN}}}process")), None)

    def is_executable(self, element: Element) -> bool:
        """Say whether an element belongs to a process that is meant to run."""
        process = self.process_of(element)
        return process is not None and process.get("isExecutable") == "true"

    # --- events -------------------------------------------------------------------------------------------------------
    def definitions(self, event: Element) -> list[Element]:
        """Return the event definitions of an event, those it refers to included."""
        found = [each for each in kids(event) if local(each).endswith(DEFINITION)]
        for reference in kids(event, "eventDefinitionRef"):
            target = self.find(text(reference))
            if target is not None and local(target).endswith(DEFINITION):
                found.append(target)
        return found

    def triggers(self, event: Element) -> list[str]:
        """Return the kinds of an event's definitions: ``message``, ``timer`` ..."""
        return [local(each).removesuffix(DEFINITION) for each in self.definitions(event)]

    def events(self) -> Iterator[tuple[Element, Element]]:
        """Give each event definition with the event it is used in."""
        for event in self.all(*sorted(EVENTS)):
            for definition in self.definitions(event):
                yield event, definition

    # --- data ---------------------------------------------------------------------------------------------------------
    def item_of(self, element: Element | None) -> Element | None:
        """Return the item definition of a piece of data, a message, signal, error or escalation."""
        if element is None:
            return None
        if local(element) == "dataObjectReference":
            return self.item_of(self.find(element.get("dataObjectRef")))
        for attribute in ("itemSubjectRef", "itemRef", "structureRef"):
            if local(element) != "itemDefinition" and element.get(attribute):
                return self.find(element.get(attribute))
        return None

    def same_type(self, one: Element | None, other: Element | None) -> bool:
        """Say whether two item definitions mean the same: the same one, or the same structure."""
        if one is None or other is None or one is other:
            return True
        first, second = one.get("structureRef"), other.get("structureRef")
        return bool(first) and first == second
