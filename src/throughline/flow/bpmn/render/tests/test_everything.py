"""One drawing with every kind of figure and line that BPMN has: all of it is laid out, drawn and named."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from throughline.flow import bpmn
from throughline.flow.bpmn import Mark, model

SVG = "{http://www.w3.org/2000/svg}"
LOOPS = {
    "looped": "<standardLoopCharacteristics/>",
    "in_turn": '<multiInstanceLoopCharacteristics isSequential="true"/>',
    "at_once": "<multiInstanceLoopCharacteristics/>",
}
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
TASKS = ("task", "userTask", "manualTask", "serviceTask", "scriptTask", "sendTask", "receiveTask", "businessRuleTask")
TRIGGERS = ("message", "timer", "signal", "conditional", "link")


def everything() -> str:
    """Return the inside of the main process."""
    tasks = "".join(f'<{kind} id="{kind}" name="{kind}"/>' for kind in TASKS)
    loops = "".join(f'<task id="{name}" name="{name}">{marker}</task>' for name, marker in LOOPS.items())
    gateways = "".join(f'<{kind} id="{kind}" name="{kind}?"/>' for kind in GATEWAYS)
    waits = "".join(
        f'<intermediateCatchEvent id="on_{each}" name="on {each}"><{each}EventDefinition/></intermediateCatchEvent>'
        for each in TRIGGERS
    )
    both = "<messageEventDefinition/><signalEventDefinition/>"
    return f"""
      <laneSet id="lanes">
        <lane id="sales" name="Sales"><flowNodeRef>start</flowNodeRef><flowNodeRef>task</flowNodeRef></lane>
        <lane id="office" name="Back office"><flowNodeRef>userTask</flowNodeRef></lane></laneSet>
      <startEvent id="start" name="Lead captured"/>{tasks}{loops}{gateways}{waits}
      <intermediateCatchEvent id="all" name="all of them" parallelMultiple="true">{both}</intermediateCatchEvent>
      <intermediateCatchEvent id="any" name="any of them">{both}</intermediateCatchEvent>
      <eventBasedGateway id="first" instantiate="true" eventGatewayType="Parallel"/>
      <subProcess id="inside" name="Inside"><task id="inner" name="Inner"/></subProcess>
      <transaction id="deal" name="Deal"><task id="sign" name="Sign"/></transaction>
      <adHocSubProcess id="loose" name="Loose"><task id="any_time" name="Any time"/></adHocSubProcess>
      <subProcess id="react" name="React" triggeredByEvent="true">
        <startEvent id="told"><signalEventDefinition/></startEvent></subProcess>
      <callActivity id="call" name="Call" calledElement="other"/>
      <callActivity id="ask" name="Ask" calledElement="global"/>
      <task id="undo" name="Undo" isForCompensation="true"/>
      <boundaryEvent id="late" name="24 h" attachedToRef="userTask" cancelActivity="false"><timerEventDefinition/>
      </boundaryEvent>
      <boundaryEvent id="undone" attachedToRef="serviceTask"><compensateEventDefinition/></boundaryEvent>
      <dataObject id="object" isCollection="true"/>
      <dataObjectReference id="leads" name="Leads" dataObjectRef="object"/>
      <dataStoreReference id="store" name="Archive"/>
      <endEvent id="end" name="Done"><terminateEventDefinition/></endEvent>
      <sequenceFlow id="f1" name="first" sourceRef="start" targetRef="task"/>
      <sequenceFlow id="f2" name="if hot" sourceRef="task" targetRef="userTask">
        <conditionExpression>hot</conditionExpression></sequenceFlow>
      <sequenceFlow id="f3" sourceRef="userTask" targetRef="end"/>
      <textAnnotation id="note"><text>Call before noon, people are busy after that and do not like it</text>
      </textAnnotation>
      <association id="a1" sourceRef="userTask" targetRef="note"/>
      <association id="a2" sourceRef="undone" targetRef="undo" associationDirection="One"/>
      <association id="a3" sourceRef="scriptTask" targetRef="note" associationDirection="Both"/>
      <group id="group" categoryValueRef="phase"/>
    """


def file() -> bytes:
    """Return a collaboration of two open pools and a closed one, with message flows."""
    data = (
        '<ioSpecification id="io"><dataInput id="order" name="Order"/><dataOutput id="bill" name="Bill"/><inputSet/>'
        "<outputSet/></ioSpecification>"
    )
    inside = everything().replace(
        '<userTask id="userTask" name="userTask"/>',
        '<userTask id="userTask" name="userTask"><dataInputAssociation id="d1"><sourceRef>leads</sourceRef>'
        "<targetRef>x</targetRef></dataInputAssociation></userTask>",
    )
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:test">'
        '<category id="c"><categoryValue id="phase" value="First phase"/></category>'
        '<globalUserTask id="global" name="Global"/>'
        '<collaboration id="all_pools"><participant id="us" name="Us" processRef="main"/>'
        '<participant id="them" name="Them" processRef="other"/>'
        '<participant id="crowd" name="Customers"><participantMultiplicity minimum="0" maximum="9"/></participant>'
        '<messageFlow id="m1" name="offer" sourceRef="sendTask" targetRef="receive"/>'
        '<messageFlow id="m2" sourceRef="crowd" targetRef="start"/></collaboration>'
        f'<process id="main" name="Main">{data}{inside}</process>'
        '<process id="other" name="Other"><startEvent id="begin"/><receiveTask id="receive" name="Receive"/>'
        '<sequenceFlow id="g1" sourceRef="begin" targetRef="receive"/></process></definitions>'
    ).encode()


@pytest.fixture(scope="module")
def laid() -> model.Definitions:
    """The drawing, laid out."""
    return bpmn.lay_out(bpmn.read(file()))


@pytest.fixture(scope="module")
def picture(laid: model.Definitions) -> etree._Element:
    """The picture of it."""
    return etree.fromstring(bpmn.render_svg(laid))


def drawn(picture: etree._Element, attribute: str) -> set[str]:
    """Return the ids of all groups of one kind."""
    return {str(group.get(attribute)) for group in picture.iter(f"{SVG}g") if group.get(attribute)}


def colours(text: str, fill: str, stroke: str) -> bytes:
    """Return the laid out file with each shape and edge in these colours."""
    colour = f'xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" bioc:fill="{fill}" bioc:stroke="{stroke}"'
    return re.sub(r"<(\w+:BPMN(?:Shape|Edge)) ", rf"<\1 {colour} ", text).encode()


class TestEverything:
    def test_every_node_pool_and_lane_is_there(self, picture: etree._Element) -> None:
        nodes = drawn(picture, "data-node")

        wanted = {*TASKS, *LOOPS, *GATEWAYS, *(f"on_{each}" for each in TRIGGERS), "inside", "inner", "deal", "sign"}
        wanted |= {"loose", "react", "call", "ask", "undo", "late", "undone", "all", "any", "first", "start", "end"}
        assert wanted <= nodes
        assert {"us", "them", "crowd", "sales", "office"} <= nodes

    def test_every_line_is_there(self, picture: etree._Element) -> None:
        assert {"f1", "f2", "f3", "m1", "m2", "a1", "a2", "a3", "g1"} <= drawn(picture, "data-flow")

    def test_every_name_can_be_read(self, picture: etree._Element) -> None:
        words = " ".join(str(each.text) for each in picture.iter(f"{SVG}tspan"))

        for name in ("Sales", "Back office", "Customers", "Archive", "Leads", "if hot", "offer", "Call before noon"):
            assert name in words

    def test_a_part_of_it_names_the_pool_and_lane_it_lies_in(self, laid: model.Definitions) -> None:
        part = etree.fromstring(bpmn.render_svg(laid, around="userTask", hops=1))

        nodes = drawn(part, "data-node")
        assert {"userTask", "end", "late"} <= nodes
        assert "adHocSubProcess" not in nodes

    @pytest.mark.parametrize("fill", ["#123456", "#fed", "#11223344", "tomato"])
    def test_colours_of_other_tools_stay_readable(self, laid: model.Definitions, fill: str) -> None:
        coloured = bpmn.read(colours(bpmn.write(laid).decode(), fill, "#abcdef"))

        svg = bpmn.render_svg(coloured, {"task": Mark(done=True, here="MK")})

        assert svg.count(fill) > 20 or fill == "tomato"

    def test_a_page_that_is_not_there_is_refused(self, laid: model.Definitions) -> None:
        with pytest.raises(LookupError, match="Expected a page below 1, but got 7"):
            bpmn.render_svg(laid, page=7)

    def test_written_and_read_again_it_gives_the_same_picture(self, laid: model.Definitions) -> None:
        again = bpmn.read(bpmn.write(laid))

        assert again == laid
        assert bpmn.render_svg(again) == bpmn.render_svg(laid)
