"""Charts that the tests of the operations change."""

from __future__ import annotations

from throughline.flow import bpmn
from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit import Template, template
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.bpmn.tests.charts import chart

_CHART = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
    xmlns:acme="http://acme.example/bpmn" id="d" targetNamespace="t">
  <bpmn:collaboration id="c"><bpmn:participant id="pool" name="First contact" processRef="p"/></bpmn:collaboration>
  <bpmn:process id="p" name="First contact" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="first-contact" record="lead"/></bpmn:extensionElements>
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane_sales" name="Sales">
        <bpmn:extensionElements><tl:role key="sales"/></bpmn:extensionElements>
        <bpmn:flowNodeRef>captured</bpmn:flowNodeRef><bpmn:flowNodeRef>call</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>late</bpmn:flowNodeRef><bpmn:flowNodeRef>reached</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>done</bpmn:flowNodeRef><bpmn:flowNodeRef>lost</bpmn:flowNodeRef>
      </bpmn:lane>
      <bpmn:lane id="lane_manager" name="Manager">
        <bpmn:extensionElements><tl:role key="manager"/></bpmn:extensionElements>
        <bpmn:flowNodeRef>tell</bpmn:flowNodeRef><bpmn:flowNodeRef>told</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="captured" name="Lead captured"/>
    <bpmn:userTask id="call" name="Call the lead" acme:colour="red">
      <bpmn:extensionElements><tl:workItem due="PT24H"/><acme:thing>kept</acme:thing></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:boundaryEvent id="late" attachedToRef="call" cancelActivity="false">
      <bpmn:timerEventDefinition id="late_timer">
        <bpmn:timeDuration>PT24H</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:serviceTask id="tell" name="Tell the manager"/>
    <bpmn:endEvent id="told" name="Told"/>
    <bpmn:exclusiveGateway id="reached" name="Reached?" default="no"/>
    <bpmn:endEvent id="done" name="Done"/>
    <bpmn:endEvent id="lost" name="Lost"/>
    <bpmn:sequenceFlow id="f1" sourceRef="captured" targetRef="call"/>
    <bpmn:sequenceFlow id="f2" sourceRef="call" targetRef="reached"/>
    <bpmn:sequenceFlow id="yes" name="Yes" sourceRef="reached" targetRef="done">
      <bpmn:conditionExpression>outcome = "reached"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="no" name="No" sourceRef="reached" targetRef="lost"/>
    <bpmn:sequenceFlow id="f5" sourceRef="late" targetRef="tell"/>
    <bpmn:sequenceFlow id="f6" sourceRef="tell" targetRef="told"/>
  </bpmn:process>
</bpmn:definitions>
"""

FIRST_CONTACT: model.Definitions = bpmn.read(bpmn.write(lay_out(bpmn.read(_CHART.encode()))))
PLAIN: model.Definitions = bpmn.read(
    chart(
        """
        <bpmn:startEvent id="begin" name="Begin"/>
        <bpmn:task id="one" name="One"/>
        <bpmn:endEvent id="end" name="End"/>
        <bpmn:sequenceFlow id="begin_one" sourceRef="begin" targetRef="one"/>
        <bpmn:sequenceFlow id="one_end" sourceRef="one" targetRef="end"/>
        """
    )
)
"""A chart without lanes, pools and a picture."""
GROUPED: model.Definitions = bpmn.read(
    chart(
        """
        <bpmn:startEvent id="begin" name="Begin"/>
        <bpmn:subProcess id="order" name="Order">
          <bpmn:startEvent id="opened" name="Opened"/>
          <bpmn:userTask id="pick" name="Pick"/>
          <bpmn:subProcess id="packing" name="Packing"><bpmn:userTask id="wrap" name="Wrap"/></bpmn:subProcess>
          <bpmn:sequenceFlow id="opened_pick" sourceRef="opened" targetRef="pick"/>
          <bpmn:sequenceFlow id="pick_packing" sourceRef="pick" targetRef="packing"/>
          <bpmn:textAnnotation id="with_care"><bpmn:text>With care</bpmn:text></bpmn:textAnnotation>
          <bpmn:association id="with_care_wrap" sourceRef="with_care" targetRef="wrap"/>
        </bpmn:subProcess>
        <bpmn:boundaryEvent id="sold_out" name="Sold out" attachedToRef="order"/>
        <bpmn:subProcess id="sorry" name="Say sorry"><bpmn:userTask id="ring" name="Ring"/></bpmn:subProcess>
        <bpmn:endEvent id="end" name="End"/>
        <bpmn:sequenceFlow id="begin_order" sourceRef="begin" targetRef="order"/>
        <bpmn:sequenceFlow id="order_end" sourceRef="order" targetRef="end"/>
        <bpmn:sequenceFlow id="sold_out_sorry" sourceRef="sold_out" targetRef="sorry"/>
        <bpmn:textAnnotation id="by_hand"><bpmn:text>By hand</bpmn:text></bpmn:textAnnotation>
        <bpmn:association id="by_hand_wrap" sourceRef="by_hand" targetRef="wrap"/>
        <bpmn:association id="by_hand_order" sourceRef="by_hand" targetRef="order"/>
        <bpmn:association id="by_hand_end" sourceRef="by_hand" targetRef="end"/>
        """
    )
)
"""A chart with groups of steps inside each other, an exception that leads to another group, and notes."""
MAIL: Template = template(
    {
        "element": "bpmn:UserTask",
        "name": "Write a mail",
        "extensions": [
            {
                "$type": "tl:WorkItem",
                "due": 'duration("P1D")',
                "clock": "elapsed",
                "outcomes": [{"$type": "tl:Outcome", "value": "sent", "label": "Sent"}],
            }
        ],
    }
)
TELL: Template = template(
    {
        "element": "bpmn:ServiceTask",
        "name": "Notify the manager",
        "extensions": [
            {
                "$type": "tl:Action",
                "name": "notify.manager",
                "inputs": [{"$type": "tl:Input", "name": "title", "value": '"Late"'}],
            }
        ],
    }
)
WAIT: Template = template(
    {
        "element": "bpmn:IntermediateCatchEvent",
        "event": "bpmn:TimerEventDefinition",
        "name": "Wait",
        "timer": {"timeDuration": "P1D"},
    }
)
END: Template = template({"element": "bpmn:EndEvent", "name": "Over"})
SCRIPT: Template = template(
    {
        "element": "bpmn:ScriptTask",
        "name": "Count",
        "attributes": {"scriptFormat": "feel", "script": "1 + 1", "tl:result": "n"},
    }
)
START: Template = template({"element": "bpmn:StartEvent", "name": "By hand"})


def ways(definitions: model.Definitions) -> set[str]:
    """Return the flows as ``source > target``."""
    return {f"{flow.source} > {flow.target}" for process in definitions.processes for flow in process.flows}


def ids(definitions: model.Definitions) -> set[str]:
    """Return the ids of all flow elements."""
    return {item.id for process in definitions.processes for item, _ in process.walk()}


def lane_of(definitions: model.Definitions, node: str) -> list[str]:
    """Return the names of the lanes that a node is in."""
    return [lane.name for process in definitions.processes for lane in process.lanes if node in lane.nodes]


def exceptions_of(definitions: model.Definitions, node: str) -> list[str]:
    """Return the ids of the boundary events of a step."""
    found = [item for process in definitions.processes for item, _ in process.walk()]
    return [item.id for item in found if isinstance(item, model.BoundaryEvent) and item.attached_to == node]


def element(definitions: model.Definitions, element_id: str) -> model.FlowElement:
    """Return the flow element of an id."""
    return next(item for process in definitions.processes for item, _ in process.walk() if item.id == element_id)
