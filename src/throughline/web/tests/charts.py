"""Drawings for tests."""

from __future__ import annotations

from throughline.flow import bpmn
from throughline.flow.bpmn.layout import lay_out

_CALL_FIRST = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
    id="d" targetNamespace="t">
  <bpmn:process id="p" name="Call first" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="call-first" record="lead"/></bpmn:extensionElements>
    <bpmn:startEvent id="captured" name="Lead captured">
      <bpmn:extensionElements><tl:trigger event="lead.captured"/></bpmn:extensionElements>
      <bpmn:outgoing>f1</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:userTask id="call" name="Make first contact">
      <bpmn:extensionElements>
        <tl:workItem assignee="lead.owner" queue="&quot;sales&quot;" due="duration(&quot;PT24H&quot;)" clock="elapsed">
          <tl:guidance>Ask who decides.</tl:guidance>
          <tl:outcome value="reached" label="Reached"/>
          <tl:outcome value="missed" label="No answer"/>
          <tl:field name="note" label="What was said" type="text" required="true"/>
          <tl:field name="budget" label="Budget" type="number"/>
        </tl:workItem>
      </bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="end" name="Done"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="captured" targetRef="call"/>
    <bpmn:sequenceFlow id="f2" sourceRef="call" targetRef="end"/>
  </bpmn:process>
</bpmn:definitions>
"""

CALL_FIRST = bpmn.write(lay_out(bpmn.read(_CALL_FIRST.encode())))
