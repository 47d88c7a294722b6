"""The rules that can be broken in several ways: each way, in the smallest drawing that does, and its message."""

from __future__ import annotations

import pytest

from throughline.flow.bpmn.rules import RULES as KNOWN
from throughline.flow.bpmn.rules import violations

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:test" id="d">'
)
TYPES = '<itemDefinition id="text" structureRef="xs:string"/><itemDefinition id="number" structureRef="xs:int"/>'
LISTS = '<itemDefinition id="texts" structureRef="xs:string" isCollection="true"/>'
MESSAGE = '<message id="m" name="m" itemRef="text"/>'
OFFER = (
    '<interface id="i" name="i"><operation id="o" name="o"><inMessageRef>m</inMessageRef>'
    "<outMessageRef>m</outMessageRef></operation></interface>"
)


def messages(rule: str, inside: str, roots: str = "") -> str:
    """Return what one rule says of a process with this inside and these root elements."""
    xml = f'{HEAD}{roots}<process id="p" isExecutable="true">{inside}</process></definitions>'
    return " ".join(each.message for each in violations(xml) if each.rule == rule)


def flow(source: str, target: str) -> str:
    """Return a sequence flow."""
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'


def many(inner: str = "", attributes: str = "") -> str:
    """Return a task of many instances."""
    marker = f"<multiInstanceLoopCharacteristics {attributes}>{inner}</multiInstanceLoopCharacteristics>"
    return f'<task id="t">{marker}</task>'


def catch(name: str, inner: str = '<signalEventDefinition signalRef="s"/>') -> str:
    """Return a catching event."""
    return f'<intermediateCatchEvent id="{name}">{inner}</intermediateCatchEvent>'


def behind(target: str, more: str = "", attributes: str = "") -> str:
    """Return an event-based gateway with this element and a timer behind it."""
    timer = catch("other", "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>")
    return f'<eventBasedGateway id="g" {attributes}/>{timer}{target}{flow("g", "a")}{flow("g", "other")}{more}'


ON_MESSAGE = '<messageEventDefinition messageRef="m"/>'


def takes_part(attributes: str) -> str:
    """Return a collaboration whose participant takes part so often."""
    part = f"<participantMultiplicity {attributes}/>"
    return f'<collaboration id="c"><participant id="a">{part}</participant></collaboration>'


DATA_TASK = (
    '<{kind} id="t" {ref}><ioSpecification><dataInput id="in" itemSubjectRef="{type}"/>'
    '<dataOutput id="out" itemSubjectRef="{type}"/>{more}</ioSpecification></{kind}>'
)
SETS = (
    "<inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>"
)
INPUT = '<ioSpecification><dataInput id="{}" itemSubjectRef="{}"/><inputSet/><outputSet/></ioSpecification>'
UNDONE = (
    '<task id="t"/><boundaryEvent id="b" attachedToRef="t"><compensateEventDefinition/></boundaryEvent>'
    '<task id="u" isForCompensation="true"/>'
)


def data_of(association: str) -> str:
    """Return a task with this association, an input and an output, in a process with an input of its own."""
    inner = DATA_TASK.format(kind="task", ref="", type="text", more=SETS)
    return (
        '<ioSpecification><dataInput id="p_in"/><inputSet/><outputSet/></ioSpecification>'
        '<dataObject id="x" itemSubjectRef="text"/>' + inner.replace("</task>", f"{association}</task>")
    )


RULES: list[tuple[str, str, str, str]] = [
    ("quantity", '<task id="t" startQuantity="many"/>', "", "to be at least 1, but it is many"),
    (
        "event-subprocess",
        '<subProcess id="r" triggeredByEvent="true"><startEvent id="s"/></subProcess><task id="t"/>' + flow("t", "r"),
        "",
        "event sub-process 'r' to have no flows, but it has",
    ),
    (
        "ad-hoc",
        '<adHocSubProcess id="a"><task id="t"/><endEvent id="e"/></adHocSubProcess>',
        "",
        "no endEvent in ad-hoc",
    ),
    (
        "loop-count",
        many("<loopCardinality>3</loopCardinality><loopDataInputRef>x</loopDataInputRef>"),
        "",
        "a number or a list of instances, but it has both",
    ),
    (
        "loop-count",
        '<task id="t"><standardLoopCharacteristics loopMaximum="-1"/></task>',
        "",
        "to be 0 or more, but it is -1",
    ),
    (
        "loop-condition",
        many('<complexBehaviorDefinition id="c"><condition>5</condition></complexBehaviorDefinition>'),
        "",
        "the condition of a behaviour to be true or false, but it is 5",
    ),
    ("loop-behavior", many(attributes='behavior="None"'), "", "to name the event that each instance throws"),
    ("loop-behavior", many(attributes='behavior="Complex"'), "", "to say when it throws events"),
    (
        "loop-behavior",
        many('<complexBehaviorDefinition id="c"/>', 'behavior="Complex"'),
        "",
        "a behaviour of",
    ),
    (
        "resource-role",
        '<userTask id="t"><performer id="r"><resourceParameterBinding parameterRef="x"/></performer></userTask>',
        "",
        "role 'r' to name the resource whose parameters it binds",
    ),
    ("script", '<scriptTask id="t" scriptFormat="feel"/>', "", "script task 't' to have a script, but it has none"),
    ("script", '<scriptTask id="t"><script>1</script></scriptTask>', "", "script 't' to say its language"),
    (
        "multiplicity",
        "",
        takes_part('minimum="few"'),
        "to be two whole numbers, but it is not",
    ),
    (
        "multiplicity",
        "",
        takes_part('minimum="-1"'),
        "it says -1 to 1",
    ),
    (
        "message-flow-event",
        '<startEvent id="s"/><endEvent id="e"/>',
        '<collaboration id="c"><messageFlow id="f" sourceRef="s" targetRef="e"/></collaboration>',
        "to leave something that sends, but it leaves a startEvent",
    ),
    (
        "message-flow-event",
        '<startEvent id="s"/><endEvent id="e"/>',
        '<collaboration id="c"><messageFlow id="f" sourceRef="s" targetRef="e"/></collaboration>',
        "to reach something that receives, but it reaches a endEvent",
    ),
    (
        "message-flow-task",
        '<receiveTask id="t"/>',
        '<collaboration id="c"><participant id="q"/><messageFlow id="f" sourceRef="t" targetRef="q"/></collaboration>',
        "not to leave a receiveTask, but it does",
    ),
    (
        "choreography-participants",
        "",
        '<choreography id="c"><choreographyTask id="t" initiatingParticipantRef="z"><participantRef>a</participantRef>'
        "<participantRef>b</participantRef></choreographyTask></choreography>",
        "'t'",
    ),
    (
        "data-set",
        '<task id="t"><ioSpecification><dataInput id="in"/><inputSet><dataInputRefs>in</dataInputRefs>'
        "<optionalInputRefs>other</optionalInputRefs></inputSet><outputSet/></ioSpecification></task>",
        "",
        "'other' of optionalInputRefs to be among",
    ),
    ("event-flows", f'<startEvent id="s"/><task id="t"/>{flow("t", "s")}', "", "start event 's' to have no way in"),
    ("event-flows", catch("c"), "", "event 'c' to have a way in, but it has none"),
    ("event-flows", catch("c"), "", "event 'c' to have a way out, but it has none"),
    (
        "event-flows",
        catch("c", '<linkEventDefinition name="x"/>') + f'<task id="t"/>{flow("t", "c")}',
        "",
        "catching link 'c' to have no way in, but it has one",
    ),
    (
        "event-flows",
        '<intermediateThrowEvent id="c"><linkEventDefinition name="x"/></intermediateThrowEvent><task id="t"/>'
        + flow("c", "t"),
        "",
        "throwing link 'c' to have no way out, but it has one",
    ),
    (
        "start-without-end",
        '<task id="t"/><endEvent id="e"/>' + flow("t", "e"),
        "",
        "'p' to have a start event since it has an end event, but it has none",
    ),
    (
        "event-gateway",
        behind('<receiveTask id="a" messageRef="m"/>' + catch("b", ON_MESSAGE), flow("g", "b")),
        MESSAGE,
        "'g' to lead to message events or receive tasks, but it leads to both",
    ),
    (
        "event-gateway",
        behind(catch("a", '<linkEventDefinition name="x"/>')),
        "",
        "behind a gateway to wait for something, but it is a link event",
    ),
    (
        "event-gateway",
        behind(catch("a") + '<task id="t"/>', flow("t", "a")),
        "",
        "'a' to be reached from its gateway alone, but it has other ways in",
    ),
    (
        "event-gateway",
        behind(
            '<receiveTask id="a" messageRef="m"/><boundaryEvent id="b" attachedToRef="a"><errorEventDefinition/>'
            "</boundaryEvent>"
        ),
        MESSAGE,
        "receive task 'a' behind a gateway to have no boundary event, but it has one",
    ),
    (
        "event-gateway",
        behind(catch("a"), '<task id="t"/>' + flow("t", "g"), 'instantiate="true"'),
        "",
        "'g' to have no way in since it creates cases, but it has one",
    ),
    (
        "event-gateway",
        behind(catch("a"), attributes='eventGatewayType="Parallel"'),
        "",
        "parallel event-based gateway 'g' to create cases, but it does not",
    ),
    (
        "event-gateway",
        behind(catch("a"), attributes='eventGatewayType="Parallel" instantiate="true"'),
        "",
        "'g'",
    ),
    (
        "flow-crosses-scope",
        '<task id="a"/><task id="b"/><subProcess id="s">' + flow("a", "b") + "</subProcess>",
        "",
        "to lie where its ends are, but it lies elsewhere",
    ),
    (
        "task-data",
        DATA_TASK.format(kind="sendTask", ref='messageRef="m"', type="text", more="<inputSet/><inputSet/><outputSet/>"),
        TYPES + MESSAGE,
        "to have one set of inputs and of outputs, but it has more",
    ),
    (
        "task-data",
        DATA_TASK.format(kind="sendTask", ref='messageRef="m"', type="text", more='<dataInput id="in2"/>' + SETS),
        TYPES + MESSAGE,
        "send task 't' to have one input, but it has more",
    ),
    (
        "task-data",
        DATA_TASK.format(kind="receiveTask", ref='messageRef="m"', type="text", more='<dataOutput id="o2"/>' + SETS),
        TYPES + MESSAGE,
        "receive task 't' to have one output, but it has more",
    ),
    (
        "task-data",
        DATA_TASK.format(kind="receiveTask", ref='messageRef="m"', type="number", more=SETS),
        TYPES + MESSAGE,
        "dataOutput of 't' to have the type of its message, but it does not",
    ),
    (
        "loop-data",
        many('<loopDataInputRef>x</loopDataInputRef><inputDataItem id="n" itemSubjectRef="texts"/>')
        + '<dataObject id="x" itemSubjectRef="texts"/>',
        TYPES + LISTS,
        "inputDataItem of 't' to be one item, but it is a collection",
    ),
    (
        "loop-data",
        many('<loopDataInputRef>x</loopDataInputRef><inputDataItem id="n" itemSubjectRef="text"/>')
        + '<dataObject id="x" itemSubjectRef="text"/>',
        TYPES,
        "loopDataInputRef of 't' to be a list, but it is one item",
    ),
    (
        "compensation-handler",
        '<task id="t"/><boundaryEvent id="b" attachedToRef="t"><compensateEventDefinition/></boundaryEvent>'
        '<task id="u"/><association id="a" sourceRef="b" targetRef="u"/>',
        "",
        "'b' to lead to an activity for compensation, but it leads to another",
    ),
    (
        "compensation-handler",
        f'<task id="u" isForCompensation="true"/><task id="v"/>{flow("u", "v")}',
        "",
        "'u' to have no flows since it is for compensation, but it has",
    ),
    (
        "link-pair",
        "".join(
            f'<intermediateCatchEvent id="c{number}"><linkEventDefinition name="x"/></intermediateCatchEvent>'
            for number in (1, 2)
        )
        + '<intermediateThrowEvent id="t"><linkEventDefinition name="x"/></intermediateThrowEvent>',
        "",
        "link 'x' to lead to one place, but it leads to 2",
    ),
    (
        "boundary-place",
        '<subProcess id="r" triggeredByEvent="true"/><boundaryEvent id="b" attachedToRef="r"><errorEventDefinition/>'
        "</boundaryEvent>",
        "",
        "boundary event 'b' at an activity, but it is at an event sub-process",
    ),
    (
        "import",
        "",
        '<import namespace="urn:x" importType="http://www.w3.org/2001/XMLSchema"/>',
        "an import of 'urn:x' to say where it is, but it does not",
    ),
    (
        "import",
        "",
        '<import namespace="urn:x" location="x.bpmn" importType="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        "a chart to hold all it refers to, but it imports 'x.bpmn'",
    ),
    (
        "event-data",
        '<startEvent id="s"><dataOutput id="o" itemSubjectRef="number"/><messageEventDefinition messageRef="m"/>'
        "</startEvent>",
        TYPES + MESSAGE,
        "data of event 's' to have the type of what it carries, but it does not",
    ),
    (
        "event-data",
        '<startEvent id="s"><dataOutput id="o" itemSubjectRef="text"/><messageEventDefinition messageRef="m"/>'
        '<messageEventDefinition messageRef="m"/></startEvent>',
        TYPES + MESSAGE,
        "event 's' to have data for each trigger, but it has 1",
    ),
    (
        "association-type",
        '<dataObject id="x" itemSubjectRef="number"/><task id="t"><ioSpecification><dataInput id="i" '
        'itemSubjectRef="text"/><inputSet><dataInputRefs>i</dataInputRefs></inputSet><outputSet/></ioSpecification>'
        '<dataInputAssociation id="a"><sourceRef>x</sourceRef><targetRef>i</targetRef></dataInputAssociation></task>',
        TYPES,
        "both ends of 'a' to have one type, but they have two",
    ),
    (
        "event-flows",
        '<task id="t"/><boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>'
        + flow("t", "b"),
        "",
        "boundary event 'b' to have no way in, but it has one",
    ),
    (
        "event-trigger",
        '<subProcess id="x"><startEvent id="s"><signalEventDefinition/></startEvent></subProcess>',
        "",
        "start of a sub-process 's' to be no signal event, but it is one",
    ),
    (
        "event-flows",
        UNDONE + flow("b", "u"),
        "",
        "compensation event 'b' to have an association, but it has a flow",
    ),
    (
        "association-direction",
        data_of(
            "<dataInputAssociation id='a'><sourceRef>x</sourceRef><targetRef>out</targetRef></dataInputAssociation>"
        ),
        TYPES,
        "targetRef of 'a' to be a dataInput, but it is a dataOutput",
    ),
    (
        "association-direction",
        data_of(
            "<dataInputAssociation id='a'><sourceRef>x</sourceRef><targetRef>p_in</targetRef></dataInputAssociation>"
        ),
        TYPES,
        "targetRef of 'a' to belong to 't', but it does not",
    ),
    (
        "association-type",
        data_of(
            "<dataInputAssociation id='a'><sourceRef>x</sourceRef><sourceRef>x</sourceRef><targetRef>in</targetRef>"
            "</dataInputAssociation>"
        ),
        TYPES,
        "association 'a' to transform its 2 sources, but it does not",
    ),
    (
        "association-type",
        '<dataObject id="y" itemSubjectRef="number"/><dataObjectReference id="drawn" dataObjectRef="y"/>'
        + data_of(
            "<dataInputAssociation id='a'><sourceRef>drawn</sourceRef><targetRef>in</targetRef></dataInputAssociation>"
        ),
        TYPES,
        "both ends of 'a' to have one type, but they have two",
    ),
    (
        "call-data",
        '<callActivity id="t" calledElement="q">' + INPUT.format("in", "number") + "</callActivity>",
        TYPES + '<process id="q">' + INPUT.format("theirs", "text") + "</process>",
        "dataInputs of 't' to have the types of what it calls, but they do not",
    ),
    (
        "service-binding",
        INPUT.format("in", "number") + '<ioBinding operationRef="o" inputDataRef="in"/>',
        TYPES + MESSAGE + OFFER,
        "inputDataRef of 'p' to have its message's type, but it has another",
    ),
]
"""Rule, inside of the process, root elements, and a part of the message."""
QUIET: list[tuple[str, str, str, str]] = [
    (
        "cancel-outside-transaction",
        "a cancel end event inside a transaction",
        '<transaction id="x"><endEvent id="e"><cancelEventDefinition/></endEvent></transaction>',
        "",
    ),
    (
        "cancel-outside-transaction",
        "a cancel end event in a sub-process of a transaction",
        '<transaction id="x"><subProcess id="y"><endEvent id="e"><cancelEventDefinition/></endEvent></subProcess>'
        "</transaction>",
        "",
    ),
    (
        "compensation-handler",
        "an activity for compensation without flows",
        UNDONE + '<association id="a" sourceRef="b" targetRef="u"/>',
        "",
    ),
    (
        "link-pair",
        "a link at the start, which is a matter of another rule",
        '<startEvent id="s"><linkEventDefinition name="x"/></startEvent>',
        "",
    ),
    (
        "compensated-activity",
        "a compensation that names no activity",
        '<endEvent id="e"><compensateEventDefinition/></endEvent>',
        "",
    ),
    (
        "compensated-activity",
        "an activity of the scope that an event sub-process reacts in",
        '<task id="t"/><subProcess id="r" triggeredByEvent="true"><endEvent id="e">'
        '<compensateEventDefinition activityRef="t"/></endEvent></subProcess>',
        "",
    ),
    (
        "boundary-place",
        "a boundary event without an activity, which is a matter of another rule",
        '<boundaryEvent id="b" attachedToRef="nowhere"/>',
        "",
    ),
    (
        "lone-condition",
        "a conditional way out beside another",
        '<task id="t"/><endEvent id="a"/><endEvent id="b"/><sequenceFlow id="f" sourceRef="t" targetRef="a">'
        "<conditionExpression>x</conditionExpression></sequenceFlow>" + flow("t", "b"),
        "",
    ),
    (
        "event-gateway",
        "a parallel one that creates cases and waits for messages",
        '<eventBasedGateway id="g" instantiate="true" eventGatewayType="Parallel"/>'
        + catch("a", ON_MESSAGE)
        + catch("b", ON_MESSAGE)
        + flow("g", "a")
        + flow("g", "b"),
        MESSAGE,
    ),
    ("reference", "an empty one", '<laneSet id="s"><lane id="l"><flowNodeRef/></lane></laneSet>', ""),
    (
        "reference",
        "an element of a file that is imported",
        '<task id="t"/><sequenceFlow id="f" sourceRef="t" targetRef="other:x"/>',
        '<import namespace="urn:x" location="x.xsd" importType="http://www.w3.org/2001/XMLSchema"/>',
    ),
    (
        "shared-definition",
        "one that stands in the definitions",
        '<startEvent id="s"><eventDefinitionRef>shared</eventDefinitionRef></startEvent>',
        '<signalEventDefinition id="shared"/>',
    ),
    ("misplaced-property", "one of a task", '<task id="t"><property id="x"/></task>', ""),
    ("must-understand", "an extension of ours", "", '<extension mustUnderstand="true" definition="tl:procedure"/>'),
    ("multiplicity", "two to four", "", takes_part('minimum="2" maximum="4"')),
    (
        "message-flow-inside",
        "ends that lie in no process",
        "",
        '<collaboration id="c"><textAnnotation id="n"/><messageFlow id="f" sourceRef="n" targetRef="n"/>'
        "</collaboration>",
    ),
    (
        "called-collaboration",
        "a global conversation",
        "",
        '<globalConversation id="g"/><collaboration id="c"><callConversation id="k" calledCollaborationRef="g"/>'
        "</collaboration>",
    ),
    (
        "conversation-link",
        "a participant and a conversation",
        "",
        '<collaboration id="c"><participant id="a"/><conversation id="k"/>'
        '<conversationLink id="l" sourceRef="a" targetRef="k"/></collaboration>',
    ),
    (
        "data-set-pair",
        "sets that name each other",
        '<task id="t"><ioSpecification><inputSet id="i"><outputSetRefs>o</outputSetRefs></inputSet>'
        '<outputSet id="o"><inputSetRefs>i</inputSetRefs></outputSet></ioSpecification></task>',
        "",
    ),
    (
        "association-direction",
        "a task that says nothing of its data",
        '<dataObject id="x"/><task id="t"><property id="in"/><dataInputAssociation id="a"><sourceRef>x</sourceRef>'
        "<targetRef>in</targetRef></dataInputAssociation></task>",
        "",
    ),
    (
        "association-type",
        "two types with a transformation between them",
        '<dataObject id="y" itemSubjectRef="number"/>'
        + data_of(
            "<dataInputAssociation id='a'><sourceRef>y</sourceRef><targetRef>in</targetRef>"
            "<transformation>string(y)</transformation></dataInputAssociation>"
        ),
        TYPES,
    ),
    (
        "association-type",
        "two types with an assignment between them",
        '<dataObject id="y" itemSubjectRef="number"/>'
        + data_of(
            "<dataInputAssociation id='a'><sourceRef>y</sourceRef><targetRef>in</targetRef>"
            "<assignment><from>y</from><to>in</to></assignment></dataInputAssociation>"
        ),
        TYPES,
    ),
    (
        "event-data",
        "data in the type of the message",
        '<startEvent id="s"><dataOutput id="o" itemSubjectRef="text"/>' + ON_MESSAGE + "</startEvent>",
        TYPES + MESSAGE,
    ),
    (
        "service-binding",
        "data in the type of the message",
        INPUT.format("in", "text") + '<ioBinding operationRef="o" inputDataRef="in"/>',
        TYPES + MESSAGE + OFFER,
    ),
    ("data-state-name", "data without a state", '<dataObjectReference id="r" name="Order [paid]"/>', ""),
    (
        "event-trigger",
        "a reference to what is no trigger, which is a matter of another rule",
        '<startEvent id="s"><eventDefinitionRef>m</eventDefinitionRef></startEvent>',
        MESSAGE,
    ),
    (
        "loop-condition",
        "an expression",
        many(
            "<completionCondition>done</completionCondition>"
            '<complexBehaviorDefinition id="c"><condition>late</condition></complexBehaviorDefinition>'
        ),
        "",
    ),
    ("receiving-start", "one without a way in", '<receiveTask id="t" instantiate="true"/>', ""),
]
"""Rule, what it lets pass, inside of the process, and root elements."""


@pytest.mark.req("A10")
class TestEachWayToBreakARule:
    @pytest.mark.parametrize(("rule", "inside", "roots", "message"), RULES, ids=[f"{r[0]}: {r[3]}" for r in RULES])
    def test_is_found_and_said(self, rule: str, inside: str, roots: str, message: str) -> None:
        assert message in messages(rule, inside, roots)

    @pytest.mark.parametrize(("rule", "inside", "roots"), [(q[0], *q[2:]) for q in QUIET], ids=[q[1] for q in QUIET])
    def test_is_not_seen_where_there_is_none(self, rule: str, inside: str, roots: str) -> None:
        assert messages(rule, inside, roots) == ""

    def test_belongs_to_a_rule_there_is(self) -> None:
        assert {each[0] for each in (*RULES, *QUIET)} <= {rule.name for rule in KNOWN}
