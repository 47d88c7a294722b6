"""Rules about ids and references: that they are there, unique, and point to the right kind of thing."""

from __future__ import annotations

from throughline.flow.bpmn.rules.drawing import (
    ACTIVITIES,
    CHOREOGRAPHY,
    DEFINITION,
    FLOW_NODES,
    SUBPROCESSES,
    Drawing,
    Element,
    kids,
    local,
    plain,
    text,
)
from throughline.flow.bpmn.rules.registry import Found, rule

EVENT_DEFINITIONS = frozenset(
    f"{kind}{DEFINITION}"
    for kind in (
        "message",
        "timer",
        "signal",
        "error",
        "escalation",
        "conditional",
        "compensate",
        "link",
        "cancel",
        "terminate",
    )
)
ITEM_AWARE = frozenset(
    {
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "dataInput",
        "dataOutput",
        "property",
        "inputDataItem",
        "outputDataItem",
        "dataStore",
    }
)
INTERACTION = (
    ACTIVITIES
    | frozenset({"participant"})
    | {"startEvent", "endEvent", "intermediateCatchEvent"}
    | {
        "intermediateThrowEvent",
        "boundaryEvent",
    }
)
ENDS: dict[tuple[str, str], frozenset[str]] = {
    ("sequenceFlow", "sourceRef"): FLOW_NODES,
    ("sequenceFlow", "targetRef"): FLOW_NODES,
    ("messageFlow", "sourceRef"): INTERACTION,
    ("messageFlow", "targetRef"): INTERACTION,
    ("messageFlow", "messageRef"): frozenset({"message"}),
    ("boundaryEvent", "attachedToRef"): ACTIVITIES,
    ("participant", "processRef"): frozenset({"process"}),
    ("process", "definitionalCollaborationRef"): frozenset({"collaboration", "globalConversation", "choreography"}),
    ("dataObjectReference", "dataObjectRef"): frozenset({"dataObject"}),
    ("dataStoreReference", "dataStoreRef"): frozenset({"dataStore"}),
    ("messageEventDefinition", "messageRef"): frozenset({"message"}),
    ("signalEventDefinition", "signalRef"): frozenset({"signal"}),
    ("errorEventDefinition", "errorRef"): frozenset({"error"}),
    ("escalationEventDefinition", "escalationRef"): frozenset({"escalation"}),
    ("compensateEventDefinition", "activityRef"): ACTIVITIES,
    ("sendTask", "messageRef"): frozenset({"message"}),
    ("receiveTask", "messageRef"): frozenset({"message"}),
    ("sendTask", "operationRef"): frozenset({"operation"}),
    ("receiveTask", "operationRef"): frozenset({"operation"}),
    ("serviceTask", "operationRef"): frozenset({"operation"}),
    ("group", "categoryValueRef"): frozenset({"categoryValue"}),
    ("message", "itemRef"): frozenset({"itemDefinition"}),
    ("signal", "structureRef"): frozenset({"itemDefinition"}),
    ("error", "structureRef"): frozenset({"itemDefinition"}),
    ("escalation", "structureRef"): frozenset({"itemDefinition"}),
    ("multiInstanceLoopCharacteristics", "oneBehaviorEventRef"): EVENT_DEFINITIONS,
    ("multiInstanceLoopCharacteristics", "noneBehaviorEventRef"): EVENT_DEFINITIONS,
    ("correlationSubscription", "correlationKeyRef"): frozenset({"correlationKey"}),
    ("correlationPropertyRetrievalExpression", "messageRef"): frozenset({"message"}),
    ("correlationPropertyBinding", "correlationPropertyRef"): frozenset({"correlationProperty"}),
    ("resourceParameterBinding", "parameterRef"): frozenset({"resourceParameter"}),
    ("ioBinding", "operationRef"): frozenset({"operation"}),
    ("ioBinding", "inputDataRef"): frozenset({"dataInput", "inputSet"}),
    ("ioBinding", "outputDataRef"): frozenset({"dataOutput", "outputSet"}),
    **{(name, "itemSubjectRef"): frozenset({"itemDefinition"}) for name in sorted(ITEM_AWARE)},
    **{
        (name, "default"): frozenset({"sequenceFlow"})
        for name in sorted(ACTIVITIES | {"exclusiveGateway", "inclusiveGateway", "complexGateway"})
    },
}
"""Which kinds of element an attribute may point to."""

TEXTS: dict[tuple[str, str], frozenset[str]] = {
    ("participant", "interfaceRef"): frozenset({"interface"}),
    ("process", "supportedInterfaceRef"): frozenset({"interface"}),
    ("partnerEntity", "participantRef"): frozenset({"participant"}),
    ("partnerRole", "participantRef"): frozenset({"participant"}),
    **{
        (name, "resourceRef"): frozenset({"resource"})
        for name in ("resourceRole", "performer", "humanPerformer", "potentialOwner")
    },
    ("operation", "inMessageRef"): frozenset({"message"}),
    ("operation", "outMessageRef"): frozenset({"message"}),
    ("operation", "errorRef"): frozenset({"error"}),
    ("lane", "flowNodeRef"): FLOW_NODES,
    ("messageEventDefinition", "operationRef"): frozenset({"operation"}),
    ("linkEventDefinition", "source"): frozenset({"linkEventDefinition"}),
    ("linkEventDefinition", "target"): frozenset({"linkEventDefinition"}),
    ("dataInputAssociation", "sourceRef"): ITEM_AWARE,
    ("dataInputAssociation", "targetRef"): ITEM_AWARE,
    ("dataOutputAssociation", "sourceRef"): ITEM_AWARE,
    ("dataOutputAssociation", "targetRef"): ITEM_AWARE,
    ("inputSet", "dataInputRefs"): frozenset({"dataInput"}),
    ("inputSet", "optionalInputRefs"): frozenset({"dataInput"}),
    ("inputSet", "whileExecutingInputRefs"): frozenset({"dataInput"}),
    ("inputSet", "outputSetRefs"): frozenset({"outputSet"}),
    ("outputSet", "dataOutputRefs"): frozenset({"dataOutput"}),
    ("outputSet", "optionalOutputRefs"): frozenset({"dataOutput"}),
    ("outputSet", "whileExecutingOutputRefs"): frozenset({"dataOutput"}),
    ("outputSet", "inputSetRefs"): frozenset({"inputSet"}),
    ("correlationKey", "correlationPropertyRef"): frozenset({"correlationProperty"}),
    ("multiInstanceLoopCharacteristics", "loopDataInputRef"): ITEM_AWARE,
    ("multiInstanceLoopCharacteristics", "loopDataOutputRef"): ITEM_AWARE,
    **{
        (name, "eventDefinitionRef"): EVENT_DEFINITIONS
        for name in ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
    },
}
"""Which kinds of element the text of a child element may point to."""

REQUIRED = {
    "sequenceFlow": ("sourceRef", "targetRef"),
    "messageFlow": ("sourceRef", "targetRef"),
    "association": ("sourceRef", "targetRef"),
    "boundaryEvent": ("attachedToRef",),
}
"""Attributes that an element cannot be without."""


@rule("missing-id", "8.3.1")
def missing_id(drawing: Drawing) -> Found:
    """Nodes, processes and participants have an id, or nothing could refer to them."""
    for name in sorted(FLOW_NODES | {"process", "participant"}):
        for each in drawing.all(name):
            if not each.get("id"):
                yield each, f"the {name} in line {each.sourceline} to have an id, but it has none."


@rule("duplicate-id", "8.3.1")
def duplicate_id(drawing: Drawing) -> Found:
    """An id belongs to one element."""
    seen: dict[str, Element] = {}
    for each in drawing.elements:
        key = each.get("id")
        if key and key in seen:
            yield each, f"id {key!r} to belong to one element, but {local(seen[key])} and {local(each)} have it."
        elif key:
            seen[key] = each


@rule("missing-reference", "8.4")
def missing_reference(drawing: Drawing) -> Found:
    """What joins two things names both."""
    for name, attributes in REQUIRED.items():
        for each in drawing.all(name):
            for attribute in attributes:
                if not each.get(attribute):
                    yield each, f"{name} {each.get('id')!r} to say its {attribute}, but it does not."


@rule("reference", "8.4")
def wrong_reference(drawing: Drawing) -> Found:
    """A reference points to an element of the file, of a kind that makes sense there."""
    for (name, attribute), kinds in ENDS.items():
        for each in drawing.all(name):
            value = each.get(attribute)
            if value:
                yield from _judge(drawing, each, attribute, value, kinds)
    for (name, child), kinds in TEXTS.items():
        for each in drawing.all(name):
            for reference in kids(each, child):
                if text(reference):
                    yield from _judge(drawing, each, child, text(reference), kinds)


def _judge(drawing: Drawing, element: Element, what: str, value: str, kinds: frozenset[str]) -> Found:
    target = drawing.find(value)
    where = f"{what} of {local(element)} {element.get('id') or ''}".strip()
    if target is None:
        outside = what == "structureRef" or (":" in value and drawing.by_name.get("import"))
        if not outside:
            yield element, f"{where} to name something in the file, but there is no {plain(value)!r}."
    elif local(target) not in kinds:
        wanted = " or ".join(sorted(kinds)) if len(kinds) < 4 else "the right kind of element"
        yield element, f"{where} to be {wanted}, but {plain(value)!r} is a {local(target)}."


@rule("association", "8.4.1")
def association_ends(drawing: Drawing) -> Found:
    """An association joins two elements of the file."""
    for each in drawing.all("association"):
        for end in ("sourceRef", "targetRef"):
            if each.get(end) and drawing.find(each.get(end)) is None:
                yield each, f"{end} of association {each.get('id')!r} to be in the file, but it is not."


@rule("called-element", "10.3.6")
def called_element(drawing: Drawing) -> Found:
    """A call activity calls a process or a global task, if what it calls is in the file."""
    callable_ = {"process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask"}
    for each in drawing.all("callActivity"):
        target = drawing.find(each.get("calledElement"))
        if target is not None and local(target) not in callable_ | {"globalBusinessRuleTask"}:
            yield each, f"{each.get('id')!r} to call a process or global task, but it calls a {local(target)}."


@rule("shared-definition", "10.5.5")
def shared_definition(drawing: Drawing) -> Found:
    """A shared event definition stands directly in the definitions."""
    for reference in drawing.all("eventDefinitionRef"):
        target = drawing.find(text(reference))
        parent = None if target is None else target.getparent()
        if target is not None and parent is not None and local(parent) != "definitions":
            yield (
                reference,
                f"event definition {text(reference)!r} to stand in the definitions, but it is inside one event.",
            )


@rule("choreography-in-process", "11")
def choreography_in_process(drawing: Drawing) -> Found:
    """Choreography activities belong to choreographies."""
    for each in drawing.all(*sorted(CHOREOGRAPHY)):
        parent = each.getparent()
        if parent is not None and local(parent) in SUBPROCESSES | {"process"}:
            yield each, f"{local(each)} in a choreography, but it is in a {local(parent)}."


@rule("misplaced-property", "10.4.1")
def misplaced_property(drawing: Drawing) -> Found:
    """Properties belong to processes, activities and events."""
    for each in drawing.all("property"):
        parent = each.getparent()
        if parent is not None and local(parent) not in FLOW_NODES | {"process"}:
            yield each, f"property {each.get('id')!r} in a process, activity or event, but it is in {local(parent)}."


IMPORTS = frozenset(
    {
        "http://www.w3.org/2001/XMLSchema",
        "http://www.w3.org/2001/XMLSchema.xsd",
        "http://www.w3.org/TR/wsdl20/",
        "http://www.w3.org/ns/wsdl",
        "http://schemas.xmlsoap.org/wsdl/",
        "http://www.omg.org/spec/BPMN/20100524/MODEL",
    }
)
"""What a BPMN file may import, besides decision models."""


@rule("import", "8.2.2")
def imports(drawing: Drawing) -> Found:
    """An import says of what kind it is and where, and a chart holds the processes it refers to."""
    for each in drawing.all("import"):
        kind, location = each.get("importType") or "", each.get("location") or ""
        if kind not in IMPORTS and "/DMN/" not in kind:
            yield each, f"an import of a known kind, but {location!r} is of kind {kind!r}."
        if not location:
            yield each, f"an import of {each.get('namespace')!r} to say where it is, but it does not."
        elif kind.endswith("/BPMN/20100524/MODEL"):
            yield each, f"a chart to hold all it refers to, but it imports {location!r}."


@rule("must-understand", "8.2.3")
def must_understand(drawing: Drawing) -> Found:
    """An extension that must be understood is one of ours."""
    for each in drawing.all("extension"):
        if each.get("mustUnderstand") == "true" and not (each.get("definition") or "").startswith("tl:"):
            yield each, f"no extension that must be understood, but there is {each.get('definition')!r}."
