"""The process that kernel_memory.py runs on both sides, as BPMN. Imports nothing, so that a peer can read it too."""

from __future__ import annotations

LEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="lead_file" targetNamespace="bench">
 <process id="lead" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="score"/>
  {score}
  <sequenceFlow id="b" sourceRef="score" targetRef="hot"/>
  <exclusiveGateway id="hot" default="d"/>
  <sequenceFlow id="c" sourceRef="hot" targetRef="call">
   <conditionExpression xsi:type="tFormalExpression">score &gt;= 50</conditionExpression></sequenceFlow>
  <sequenceFlow id="d" sourceRef="hot" targetRef="nurture"/>
  <task id="nurture"/><sequenceFlow id="e" sourceRef="nurture" targetRef="cold"/><endEvent id="cold"/>
  <userTask id="call"/><sequenceFlow id="f" sourceRef="call" targetRef="end"/><endEvent id="end"/>
  <boundaryEvent id="late" attachedToRef="call" cancelActivity="true"><timerEventDefinition id="t">
   <timeDuration xsi:type="tFormalExpression">{due}</timeDuration></timerEventDefinition></boundaryEvent>
  <sequenceFlow id="g" sourceRef="late" targetRef="escalate"/>
  <task id="escalate"/><sequenceFlow id="h" sourceRef="escalate" targetRef="lost"/><endEvent id="lost"/>
 </process></definitions>"""

SERVICE = """<serviceTask id="score"><extensionElements><tl:action name="lead.score">
   <tl:output name="score" value="result.score"/></tl:action></extensionElements></serviceTask>"""
"""The step that gives a score, as we write it."""

SCRIPT = """<scriptTask id="score"><script>score = 80</script></scriptTask>"""
"""The same for an engine whose scripts are Python."""


FEEL = """<scriptTask id="score" scriptFormat="feel" tl:result="score"><script>80</script></scriptTask>"""
"""The same for ours, so that both give the score in a script."""


def lead_process(*, score: str, due: str) -> bytes:
    """Return the chart with this scoring step and this text for the duration of 24 hours."""
    return LEAD.format(score=score, due=due).encode()
