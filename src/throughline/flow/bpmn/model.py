"""
A BPMN file as values: what is drawn, what it means, and where it lies on the page.

The classes follow the element names and the order of BPMN 2.0.2 (its sections are named at each group); every
instance is frozen, compared by value and free of references to other instances: elements name each other by id, as in
the file. An element without an id that the model needs is given one while reading. What the model has no type for
(choreographies, resources, vendor extensions) stays in ``rest`` and ``attributes`` word for word, so that a chart
from another tool loses nothing here.

Beside each field stands how it is written in XML (see :mod:`throughline.flow.bpmn.schema`). Line numbers serve
messages and do not take part in comparisons.

Throughline's own settings (``urn:throughline:bpmn:1``) are records of :mod:`throughline.flow.bpmn.extensions`,
reached through ``element.extensions``.
"""

# ruff: noqa: RUF009  the defaults are field specifiers, made once per class

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from throughline.flow.bpmn.extensions import NO_EXTENSIONS, Extensions
from throughline.flow.bpmn.markup import Markup
from throughline.flow.bpmn.schema import (
    attribute,
    child,
    children,
    content,
    element,
    flag,
    measure,
    reference,
    text_child,
    text_children,
    verbatim,
)
from throughline.flow.bpmn.xml import BIOC, BPMNDI, COLOR, DC, DI, TL, XSI, Pairs, Xml, clark

E = TypeVar("E")

OTHER_ROOT_ELEMENTS = (
    "choreography",
    "globalChoreographyTask",
    "globalConversation",
    "conversation",
    "correlationProperty",
    "endPoint",
    "extension",
    "globalBusinessRuleTask",
    "globalManualTask",
    "globalScriptTask",
    "globalTask",
    "globalUserTask",
    "partnerEntity",
    "partnerRole",
    "resource",
)
"""Root elements that are kept word for word."""


def _of_type(items: tuple[object, ...], kind: type[E]) -> tuple[E, ...]:
    return tuple(item for item in items if isinstance(item, kind))


# --- foundation (8.3) -------------------------------------------------------------------------------------------------
@element("documentation")
@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation(Markup):
    """Text about an element, for people."""

    text: str = content()
    text_format: str = attribute("textFormat", "text/plain")
    id: str = attribute("id")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseElement(Markup):
    """What every BPMN element has."""

    id: str = attribute("id")
    documentation: tuple[Documentation, ...] = children(Documentation)
    extensions: Extensions = child(Extensions, default=NO_EXTENSIONS)


@element("expression")
@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(BaseElement):
    """
    An expression and its language; an empty ``language`` means that of the definitions.

    ``type`` is the ``xsi:type`` without its prefix, usually ``tFormalExpression``.
    """

    body: str = content()
    type: str = attribute("type", codec="type", namespace=XSI)
    language: str = attribute("language")
    result_type: str = attribute("evaluatesToTypeRef")

    @property
    def text(self) -> str:
        """The body without surrounding white space and without a leading ``=``."""
        return self.body.strip().removeprefix("=").strip()


# --- common root elements (8.4, 10.4) ---------------------------------------------------------------------------------
@element("import")
@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Markup):
    """A file this one refers to."""

    namespace: str = attribute("namespace")
    location: str = attribute("location")
    import_type: str = attribute("importType")


@dataclass(frozen=True, slots=True, kw_only=True)
class RootElement(BaseElement):
    """A direct child of the definitions."""


@element("itemDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDefinition(RootElement):
    """The structure of data; ``structure`` may carry a prefix of the file."""

    structure: str = attribute("structureRef")
    is_collection: bool = flag("isCollection")
    item_kind: str = attribute("itemKind", "Information")


@element("message")
@dataclass(frozen=True, slots=True, kw_only=True)
class Message(RootElement):
    """What passes between participants; cases receive it by ``name``."""

    name: str = attribute("name")
    item_ref: str = reference("itemRef")


@element("signal")
@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(RootElement):
    """What everybody who listens hears."""

    name: str = attribute("name")
    structure_ref: str = reference("structureRef")


@element("error")
@dataclass(frozen=True, slots=True, kw_only=True)
class Error(RootElement):
    """A fault that ends an activity; it is caught by ``code``."""

    name: str = attribute("name")
    code: str = attribute("errorCode")
    structure_ref: str = reference("structureRef")


@element("escalation")
@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation(RootElement):
    """A call for attention that need not end anything; it is caught by ``code``."""

    name: str = attribute("name")
    code: str = attribute("escalationCode")
    structure_ref: str = reference("structureRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataState(BaseElement):
    """The state a data object is in where it is drawn."""

    name: str = attribute("name")


@element("dataStore")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataStore(RootElement):
    """Where data outlives the process."""

    name: str = attribute("name")
    capacity: int | None = attribute("capacity", None, codec="int")
    is_unlimited: bool = flag("isUnlimited", True)
    item_ref: str = reference("itemSubjectRef")
    state: DataState | None = child(DataState, name="dataState")


@element("categoryValue")
@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryValue(BaseElement):
    """The text of a group."""

    value: str = attribute("value")


@element("category")
@dataclass(frozen=True, slots=True, kw_only=True)
class Category(RootElement):
    """Values that groups are named by."""

    name: str = attribute("name")
    values: tuple[CategoryValue, ...] = children(CategoryValue)


@element("operation")
@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(BaseElement):
    """An operation of an interface, with the messages it takes and gives."""

    name: str = attribute("name")
    implementation: str = attribute("implementationRef")
    in_message_ref: str = text_child("inMessageRef", "ref")
    out_message_ref: str = text_child("outMessageRef", "ref")
    error_refs: tuple[str, ...] = text_children("errorRef")


@element("interface")
@dataclass(frozen=True, slots=True, kw_only=True)
class Interface(RootElement):
    """Operations a participant offers."""

    name: str = attribute("name")
    implementation: str = attribute("implementationRef")
    operations: tuple[Operation, ...] = children(Operation)


# --- event definitions (10.5.5) ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefinition(RootElement):
    """What an event waits for or throws. A direct child of the definitions is shared by reference."""

    @property
    def trigger(self) -> str:
        """The kind of event: ``message``, ``timer``, ``error`` …"""
        return self.kind_name.removesuffix("EventDefinition")


@element("messageEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEventDefinition(EventDefinition):
    """A message, by reference."""

    message_ref: str = reference("messageRef")
    operation_ref: str = text_child("operationRef", "ref")


@element("timerEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class TimerEventDefinition(EventDefinition):
    """A moment, a span or a repetition; ``clock`` says whether spans count elapsed or business time of ``calendar``."""

    clock: str = attribute("clock", "elapsed", namespace=TL)
    calendar: str = attribute("calendar", "default", namespace=TL)
    date: Expression | None = child(Expression, name="timeDate")
    cycle: Expression | None = child(Expression, name="timeCycle")
    duration: Expression | None = child(Expression, name="timeDuration")


@element("signalEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEventDefinition(EventDefinition):
    """A signal, by reference."""

    signal_ref: str = reference("signalRef")


@element("errorEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEventDefinition(EventDefinition):
    """An error, by reference; none means any."""

    error_ref: str = reference("errorRef")


@element("escalationEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationEventDefinition(EventDefinition):
    """An escalation, by reference; none means any."""

    escalation_ref: str = reference("escalationRef")


@element("conditionalEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalEventDefinition(EventDefinition):
    """A condition over data."""

    condition: Expression | None = child(Expression, name="condition")


@element("compensateEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class CompensateEventDefinition(EventDefinition):
    """Undoing of an activity, or of all in the scope when none is named."""

    activity_ref: str = reference("activityRef")
    wait_for_completion: bool = flag("waitForCompletion", True)


@element("linkEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEventDefinition(EventDefinition):
    """A jump to the catching event of the same ``name``."""

    name: str = attribute("name")
    sources: tuple[str, ...] = text_children("source")
    target: str = text_child("target", "ref")


@element("cancelEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class CancelEventDefinition(EventDefinition):
    """The cancellation of a transaction."""


@element("terminateEventDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateEventDefinition(EventDefinition):
    """The end of everything in the scope."""


# --- data and its mappings (10.4) -------------------------------------------------------------------------------------
@element("dataInput")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataInput(BaseElement):
    """Data that an activity, event or process needs."""

    name: str = attribute("name")
    item_ref: str = reference("itemSubjectRef")
    is_collection: bool = flag("isCollection")
    state: DataState | None = child(DataState, name="dataState")


@element("dataOutput")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataOutput(BaseElement):
    """Data that an activity, event or process gives."""

    name: str = attribute("name")
    item_ref: str = reference("itemSubjectRef")
    is_collection: bool = flag("isCollection")
    state: DataState | None = child(DataState, name="dataState")


@element("inputSet")
@dataclass(frozen=True, slots=True, kw_only=True)
class InputSet(BaseElement):
    """Inputs that together allow a start."""

    name: str = attribute("name")
    inputs: tuple[str, ...] = text_children("dataInputRefs")
    optional: tuple[str, ...] = text_children("optionalInputRefs")
    while_executing: tuple[str, ...] = text_children("whileExecutingInputRefs")
    output_sets: tuple[str, ...] = text_children("outputSetRefs")


@element("outputSet")
@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSet(BaseElement):
    """Outputs that belong together."""

    name: str = attribute("name")
    outputs: tuple[str, ...] = text_children("dataOutputRefs")
    optional: tuple[str, ...] = text_children("optionalOutputRefs")
    while_executing: tuple[str, ...] = text_children("whileExecutingOutputRefs")
    input_sets: tuple[str, ...] = text_children("inputSetRefs")


@element("ioSpecification")
@dataclass(frozen=True, slots=True, kw_only=True)
class IoSpecification(BaseElement):
    """The inputs and outputs of an activity or process."""

    inputs: tuple[DataInput, ...] = children(DataInput)
    outputs: tuple[DataOutput, ...] = children(DataOutput)
    input_sets: tuple[InputSet, ...] = children(InputSet)
    output_sets: tuple[OutputSet, ...] = children(OutputSet)


@element("assignment")
@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(BaseElement):
    """One value copied by a data association."""

    source: Expression | None = child(Expression, name="from")
    target: Expression | None = child(Expression, name="to")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAssociation(BaseElement):
    """Data moving from ``sources`` to ``target``."""

    sources: tuple[str, ...] = text_children("sourceRef")
    target: str = text_child("targetRef", "ref")
    transformation: Expression | None = child(Expression, name="transformation")
    assignments: tuple[Assignment, ...] = children(Assignment)


@element("dataInputAssociation")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataInputAssociation(DataAssociation):
    """Data moving into an activity or throwing event."""


@element("dataOutputAssociation")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataOutputAssociation(DataAssociation):
    """Data moving out of an activity or catching event."""


@element("property")
@dataclass(frozen=True, slots=True, kw_only=True)
class Property(BaseElement):
    """Data of a process, activity or event that is not drawn."""

    name: str = attribute("name")
    item_ref: str = reference("itemSubjectRef")
    state: DataState | None = child(DataState, name="dataState")


# --- loops (10.3.8) ---------------------------------------------------------------------------------------------------
@element("inputDataItem")
@dataclass(frozen=True, slots=True, kw_only=True)
class InputDataItem(DataInput):
    """The name under which an instance sees its item of the collection."""


@element("outputDataItem")
@dataclass(frozen=True, slots=True, kw_only=True)
class OutputDataItem(DataOutput):
    """The name under which an instance gives its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopCharacteristics(BaseElement):
    """How often an activity is done."""


@element("standardLoopCharacteristics")
@dataclass(frozen=True, slots=True, kw_only=True)
class StandardLoop(LoopCharacteristics):
    """Again while the condition holds, tested before or after each time, at most ``maximum`` times."""

    test_before: bool = flag("testBefore")
    maximum: int | None = attribute("loopMaximum", None, codec="int")
    condition: Expression | None = child(Expression, name="loopCondition")


@element("complexBehaviorDefinition")
@dataclass(frozen=True, slots=True, kw_only=True)
class ComplexBehavior(BaseElement):
    """When a multi-instance activity throws which event."""

    condition: Expression | None = child(Expression, name="condition")
    events: tuple[Xml, ...] = verbatim("event")


@element("multiInstanceLoopCharacteristics")
@dataclass(frozen=True, slots=True, kw_only=True)
class MultiInstance(LoopCharacteristics):
    """Once per item or ``cardinality`` times, one after the other or all at once."""

    is_sequential: bool = flag("isSequential")
    behavior: str = attribute("behavior", "All")
    one_event_ref: str = reference("oneBehaviorEventRef")
    none_event_ref: str = reference("noneBehaviorEventRef")
    cardinality: Expression | None = child(Expression, name="loopCardinality")
    data_input_ref: str = text_child("loopDataInputRef", "ref")
    data_output_ref: str = text_child("loopDataOutputRef", "ref")
    input_item: InputDataItem | None = child(InputDataItem)
    output_item: OutputDataItem | None = child(OutputDataItem)
    complex_behaviors: tuple[ComplexBehavior, ...] = children(ComplexBehavior)
    completion_condition: Expression | None = child(Expression, name="completionCondition")


# --- flow elements ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowElement(BaseElement):
    """What a process or sub-process is made of."""

    name: str = attribute("name")
    auditing: tuple[Xml, ...] = verbatim("auditing", "monitoring", "categoryValueRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode(FlowElement):
    """What sequence flows connect. Incoming and outgoing flows are those of the scope that name it."""


@element("sequenceFlow")
@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFlow(FlowElement):
    """The way from one node to the next, taken if the condition holds."""

    source: str = reference("sourceRef")
    target: str = reference("targetRef")
    is_immediate: bool | None = flag("isImmediate", None)
    condition: Expression | None = child(Expression, name="conditionExpression")


@element("dataObject")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataObject(FlowElement):
    """Data of the process."""

    item_ref: str = reference("itemSubjectRef")
    is_collection: bool = flag("isCollection")
    state: DataState | None = child(DataState, name="dataState")


@element("dataObjectReference")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataObjectReference(FlowElement):
    """A data object as drawn in one place."""

    data_object_ref: str = reference("dataObjectRef")
    item_ref: str = reference("itemSubjectRef")
    state: DataState | None = child(DataState, name="dataState")


@element("dataStoreReference")
@dataclass(frozen=True, slots=True, kw_only=True)
class DataStoreReference(FlowElement):
    """A data store as drawn in one place."""

    data_store_ref: str = reference("dataStoreRef")
    item_ref: str = reference("itemSubjectRef")
    state: DataState | None = child(DataState, name="dataState")


# --- events (10.5) ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Event(FlowNode):
    """
    Something that happens.

    ``definitions`` are those written in the event, ``definition_refs`` name shared ones (see ``Definitions.triggers``).
    """

    properties: tuple[Property, ...] = children(Property)
    data_inputs: tuple[DataInput, ...] = children(DataInput)
    data_outputs: tuple[DataOutput, ...] = children(DataOutput)
    data_associations: tuple[DataAssociation, ...] = children(DataAssociation)
    input_sets: tuple[InputSet, ...] = children(InputSet)
    output_sets: tuple[OutputSet, ...] = children(OutputSet)
    definitions: tuple[EventDefinition, ...] = children(EventDefinition)
    definition_refs: tuple[str, ...] = text_children("eventDefinitionRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchEvent(Event):
    """An event that is waited for; ``parallel_multiple`` waits for all of several definitions."""

    parallel_multiple: bool = flag("parallelMultiple")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrowEvent(Event):
    """An event that is made to happen."""


@element("startEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class StartEvent(CatchEvent):
    """Where a case or sub-process starts; ``is_interrupting`` counts in event sub-processes."""

    is_interrupting: bool = flag("isInterrupting", True)


@element("intermediateCatchEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class IntermediateCatchEvent(CatchEvent):
    """A wait on the way."""


@element("boundaryEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryEvent(CatchEvent):
    """An event on the border of an activity, which it ends if ``cancel_activity``."""

    attached_to: str = reference("attachedToRef")
    cancel_activity: bool = flag("cancelActivity", True)


@element("intermediateThrowEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class IntermediateThrowEvent(ThrowEvent):
    """Something told on the way."""


@element("endEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class EndEvent(ThrowEvent):
    """Where a way ends."""


@element("implicitThrowEvent")
@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitThrowEvent(ThrowEvent):
    """The event that a multi-instance activity throws; never drawn."""


# --- gateways (10.6) --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway(FlowNode):
    """Where ways part or meet."""

    direction: str = attribute("gatewayDirection", "Unspecified")


@element("exclusiveGateway")
@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusiveGateway(Gateway):
    """One way."""

    default: str = reference("default")


@element("inclusiveGateway")
@dataclass(frozen=True, slots=True, kw_only=True)
class InclusiveGateway(Gateway):
    """One or more ways."""

    default: str = reference("default")


@element("parallelGateway")
@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelGateway(Gateway):
    """All ways."""


@element("complexGateway")
@dataclass(frozen=True, slots=True, kw_only=True)
class ComplexGateway(Gateway):
    """Ways by a condition of its own."""

    default: str = reference("default")
    activation: Expression | None = child(Expression, name="activationCondition")


@element("eventBasedGateway")
@dataclass(frozen=True, slots=True, kw_only=True)
class EventBasedGateway(Gateway):
    """The way whose event happens first."""

    instantiate: bool = flag("instantiate")
    gateway_type: str = attribute("eventGatewayType", "Exclusive")


# --- activities (10.3) ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(FlowNode):
    """
    Work.

    ``result`` (``tl:result``) names the case variable that takes what the activity gives, where its kind gives
    something.
    """

    is_for_compensation: bool = flag("isForCompensation")
    start_quantity: int = attribute("startQuantity", 1, codec="int")
    completion_quantity: int = attribute("completionQuantity", 1, codec="int")
    default: str = reference("default")
    result: str = attribute("result", namespace=TL)
    io: IoSpecification | None = child(IoSpecification)
    properties: tuple[Property, ...] = children(Property)
    data_inputs: tuple[DataInputAssociation, ...] = children(DataInputAssociation)
    data_outputs: tuple[DataOutputAssociation, ...] = children(DataOutputAssociation)
    resources: tuple[Xml, ...] = verbatim("resourceRole", "performer", "humanPerformer", "potentialOwner")
    loop: LoopCharacteristics | None = child(LoopCharacteristics)


@element("task")
@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Activity):
    """Work that is not parted further."""


@element("userTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class UserTask(Task):
    """Work of a person with the system."""

    implementation: str = attribute("implementation", "##unspecified")
    renderings: tuple[Xml, ...] = verbatim("rendering")


@element("manualTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class ManualTask(Task):
    """Work of a person without the system."""


@element("serviceTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTask(Task):
    """Work of the system."""

    implementation: str = attribute("implementation", "##WebService")
    operation_ref: str = reference("operationRef")


@element("sendTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class SendTask(Task):
    """A message sent."""

    implementation: str = attribute("implementation", "##WebService")
    message_ref: str = reference("messageRef")
    operation_ref: str = reference("operationRef")


@element("receiveTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveTask(Task):
    """A message awaited."""

    implementation: str = attribute("implementation", "##WebService")
    instantiate: bool = flag("instantiate")
    message_ref: str = reference("messageRef")
    operation_ref: str = reference("operationRef")


@element("scriptTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTask(Task):
    """A script that the engine runs."""

    script_format: str = attribute("scriptFormat")
    script: str = text_child("script")


@element("businessRuleTask")
@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessRuleTask(Task):
    """A decision asked."""

    implementation: str = attribute("implementation", "##unspecified")


@element("callActivity")
@dataclass(frozen=True, slots=True, kw_only=True)
class CallActivity(Activity):
    """Another process, done here."""

    called_element: str = reference("calledElement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact(BaseElement):
    """What is drawn for people only (8.4.1)."""


@element("association")
@dataclass(frozen=True, slots=True, kw_only=True)
class Association(Artifact):
    """A dotted line; from a compensation event to its handler it has a meaning."""

    source: str = reference("sourceRef")
    target: str = reference("targetRef")
    direction: str = attribute("associationDirection", "None")


@element("textAnnotation")
@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnnotation(Artifact):
    """A remark."""

    text: str = text_child("text")
    text_format: str = attribute("textFormat", "text/plain")


@element("group")
@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Artifact):
    """A frame around things that belong together, named by a category value."""

    category_value_ref: str = reference("categoryValueRef")


@element("lane")
@dataclass(frozen=True, slots=True, kw_only=True)
class Lane(BaseElement):
    """Who does what: ``nodes`` are the ids of the flow nodes inside."""

    name: str = attribute("name")
    partition_ref: str = reference("partitionElementRef")
    partition: tuple[Xml, ...] = verbatim("partitionElement")
    nodes: tuple[str, ...] = text_children("flowNodeRef")
    child_set: LaneSet | None = child("LaneSet", name="childLaneSet")


@element("laneSet")
@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSet(BaseElement):
    """Lanes side by side."""

    name: str = attribute("name")
    lanes: tuple[Lane, ...] = children(Lane)


# --- containers (10.3.5, 10.7) ----------------------------------------------------------------------------------------
class Container:
    """What holds flow elements: a process or a sub-process."""

    __slots__ = ()

    id: str
    lane_sets: tuple[LaneSet, ...]
    elements: tuple[FlowElement, ...]
    artifacts: tuple[Artifact, ...]

    @property
    def nodes(self) -> tuple[FlowNode, ...]:
        """The flow nodes directly inside, in document order."""
        return _of_type(self.elements, FlowNode)

    @property
    def flows(self) -> tuple[SequenceFlow, ...]:
        """The sequence flows directly inside, in document order."""
        return _of_type(self.elements, SequenceFlow)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes of all lane sets, an outer lane before those inside it."""
        return tuple(lane for lane_set in self.lane_sets for lane in _lanes_of(lane_set))

    def walk(self) -> Iterator[tuple[FlowElement, Container]]:
        """Give every flow element with the container it is directly in, outer ones first."""
        for item in self.elements:
            yield item, self
            if isinstance(item, Container):
                yield from item.walk()


def _lanes_of(lane_set: LaneSet) -> Iterator[Lane]:
    for lane in lane_set.lanes:
        yield lane
        if lane.child_set is not None:
            yield from _lanes_of(lane.child_set)


@element("subProcess")
@dataclass(frozen=True, slots=True, kw_only=True)
class SubProcess(Activity, Container):
    """Work drawn in detail; with ``triggered_by_event`` it is an event sub-process, which its start event starts."""

    triggered_by_event: bool = flag("triggeredByEvent")
    lane_sets: tuple[LaneSet, ...] = children(LaneSet)
    elements: tuple[FlowElement, ...] = children(FlowElement)
    artifacts: tuple[Artifact, ...] = children(Artifact)


@element("transaction")
@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction(SubProcess):
    """Work that can be cancelled as a whole."""

    method: str = attribute("method", "##Compensate")


@element("adHocSubProcess")
@dataclass(frozen=True, slots=True, kw_only=True)
class AdHocSubProcess(SubProcess):
    """Work whose order people choose, done when the condition holds."""

    ordering: str = attribute("ordering", "Parallel")
    cancel_remaining: bool = flag("cancelRemainingInstances", True)
    completion_condition: Expression | None = child(Expression, name="completionCondition")


@element("process")
@dataclass(frozen=True, slots=True, kw_only=True)
class Process(RootElement, Container):
    """A process; ``is_executable`` is None when the file does not say."""

    name: str = attribute("name")
    is_executable: bool | None = flag("isExecutable", None)
    is_closed: bool = flag("isClosed")
    process_type: str = attribute("processType", "None")
    collaboration_ref: str = reference("definitionalCollaborationRef")
    interface_refs: tuple[str, ...] = text_children("supportedInterfaceRef")
    io: IoSpecification | None = child(IoSpecification)
    io_bindings: tuple[Xml, ...] = verbatim("ioBinding", "auditing", "monitoring")
    properties: tuple[Property, ...] = children(Property)
    lane_sets: tuple[LaneSet, ...] = children(LaneSet)
    elements: tuple[FlowElement, ...] = children(FlowElement)
    artifacts: tuple[Artifact, ...] = children(Artifact)


# --- collaboration (9) ------------------------------------------------------------------------------------------------
@element("participantMultiplicity")
@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantMultiplicity(BaseElement):
    """How many of a participant take part."""

    minimum: int = attribute("minimum", 0, codec="int")
    maximum: int = attribute("maximum", 1, codec="int")


@element("participant")
@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(BaseElement):
    """Who takes part, with a process or as a closed box."""

    name: str = attribute("name")
    process_ref: str = reference("processRef")
    interface_refs: tuple[str, ...] = text_children("interfaceRef")
    multiplicity: ParticipantMultiplicity | None = child(ParticipantMultiplicity)


@element("messageFlow")
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFlow(BaseElement):
    """A message from one participant, or a node of it, to another."""

    name: str = attribute("name")
    source: str = reference("sourceRef")
    target: str = reference("targetRef")
    message_ref: str = reference("messageRef")


@element("collaboration")
@dataclass(frozen=True, slots=True, kw_only=True)
class Collaboration(RootElement):
    """Participants and what passes between them."""

    name: str = attribute("name")
    is_closed: bool = flag("isClosed")
    participants: tuple[Participant, ...] = children(Participant)
    message_flows: tuple[MessageFlow, ...] = children(MessageFlow)
    artifacts: tuple[Artifact, ...] = children(Artifact)


# --- diagram interchange (12) -----------------------------------------------------------------------------------------
@element("Bounds", DC)
@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds(Markup):
    """A rectangle in the diagram's units, about pixels at 96 per inch; y grows downwards."""

    x: float = measure("x")
    y: float = measure("y")
    width: float = measure("width")
    height: float = measure("height")

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.x + self.width

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@element("waypoint", DI)
@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint(Markup):
    """A point of an edge."""

    x: float = measure("x")
    y: float = measure("y")


@element("BPMNLabel", BPMNDI)
@dataclass(frozen=True, slots=True, kw_only=True)
class Label(Markup):
    """Where the name of a shape or edge is written."""

    id: str = attribute("id")
    style: str = reference("labelStyle")
    bounds: Bounds | None = child(Bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagramElement(Markup):
    """A picture of the BPMN element with id ``element``."""

    id: str = attribute("id")
    element: str = reference("bpmnElement")

    @property
    def fill(self) -> str:
        """The background colour a person chose, else empty."""
        return self.attribute(clark(COLOR, "background-color")) or self.attribute(clark(BIOC, "fill"))

    @property
    def stroke(self) -> str:
        """The line colour a person chose, else empty."""
        return self.attribute(clark(COLOR, "border-color")) or self.attribute(clark(BIOC, "stroke"))


@element("BPMNShape", BPMNDI)
@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(DiagramElement):
    """A node, pool, lane, data object or artifact on the page. None means that the file does not say."""

    is_horizontal: bool | None = flag("isHorizontal", None)
    is_expanded: bool | None = flag("isExpanded", None)
    is_marker_visible: bool | None = flag("isMarkerVisible", None)
    is_message_visible: bool | None = flag("isMessageVisible", None)
    band_kind: str = attribute("participantBandKind")
    choreography_shape: str = reference("choreographyActivityShape")
    bounds: Bounds | None = child(Bounds)
    label: Label | None = child(Label)


@element("BPMNEdge", BPMNDI)
@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(DiagramElement):
    """A flow or association on the page, from its source to its target."""

    source_element: str = reference("sourceElement")
    target_element: str = reference("targetElement")
    message_visible_kind: str = attribute("messageVisibleKind")
    waypoints: tuple[Waypoint, ...] = children(Waypoint)
    label: Label | None = child(Label)


@element("BPMNPlane", BPMNDI)
@dataclass(frozen=True, slots=True, kw_only=True)
class Plane(Markup):
    """The page of a process, collaboration or sub-process, named by ``element``."""

    id: str = attribute("id")
    element: str = reference("bpmnElement")
    elements: tuple[DiagramElement, ...] = children(DiagramElement)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes in drawing order."""
        return _of_type(self.elements, Shape)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges in drawing order."""
        return _of_type(self.elements, Edge)


@element("BPMNDiagram", BPMNDI)
@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram(Markup):
    """A page with its plane and its label styles."""

    id: str = attribute("id")
    name: str = attribute("name")
    documentation: str = attribute("documentation")
    resolution: float | None = attribute("resolution", None, codec="number")
    plane: Plane | None = child(Plane)
    styles: tuple[Xml, ...] = verbatim("BPMNLabelStyle", namespace=BPMNDI)


# --- the file ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ReadWarning:
    """Something in a file that was read otherwise than written, or not at all."""

    line: int
    message: str


@element("definitions")
@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions(BaseElement):
    """
    A whole file.

    ``namespaces`` are the prefixes declared at the top, without the usual ones. ``warnings`` tell what the reader had
    to guess; they do not take part in comparisons.
    """

    name: str = attribute("name")
    target_namespace: str = attribute("targetNamespace")
    expression_language: str = attribute("expressionLanguage")
    type_language: str = attribute("typeLanguage")
    exporter: str = attribute("exporter")
    exporter_version: str = attribute("exporterVersion")
    imports: tuple[Import, ...] = children(Import)
    elements: tuple[RootElement, ...] = children(RootElement)
    others: tuple[Xml, ...] = verbatim(*OTHER_ROOT_ELEMENTS)
    diagrams: tuple[Diagram, ...] = children(Diagram)
    namespaces: Pairs = ()
    warnings: tuple[ReadWarning, ...] = field(default=(), compare=False, repr=False)

    @property
    def processes(self) -> tuple[Process, ...]:
        """The processes, in document order."""
        return _of_type(self.elements, Process)

    @property
    def collaborations(self) -> tuple[Collaboration, ...]:
        """The collaborations, in document order."""
        return _of_type(self.elements, Collaboration)

    @property
    def messages(self) -> dict[str, Message]:
        """The messages by id."""
        return {item.id: item for item in _of_type(self.elements, Message)}

    @property
    def signals(self) -> dict[str, Signal]:
        """The signals by id."""
        return {item.id: item for item in _of_type(self.elements, Signal)}

    @property
    def errors(self) -> dict[str, Error]:
        """The errors by id."""
        return {item.id: item for item in _of_type(self.elements, Error)}

    @property
    def escalations(self) -> dict[str, Escalation]:
        """The escalations by id."""
        return {item.id: item for item in _of_type(self.elements, Escalation)}

    def triggers(self, event: Event) -> tuple[EventDefinition, ...]:
        """
        Return the event's definitions: those written in it, then those it refers to, as far as the file holds them.
        """
        if not event.definition_refs:
            return event.definitions
        shared = {item.id: item for item in _of_type(self.elements, EventDefinition)}
        return event.definitions + tuple(shared[ref] for ref in event.definition_refs if ref in shared)
