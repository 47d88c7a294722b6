"""
The first drawing of a new procedure: a lane, a start, a step, an end. It is laid out, can be published, and has room.
"""

from __future__ import annotations

from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

from django.utils.translation import gettext as _

from throughline.flow import bpmn
from throughline.flow.bpmn.layout import lay_out
from throughline.flow.bpmn.model import Definitions, Diagram, Shape

ROOM = (1000, 380)
"""The size of the pool, in the units of the drawing: what is dragged in must find its place inside it."""


def first_drawing(key: str, name: str, record_type: str) -> bytes:
    """Return the BPMN file that a new procedure begins with."""
    return bpmn.write(_with_room(lay_out(bpmn.read(_drawn(key, name, record_type).encode()))))


def _with_room(drawing: Definitions) -> Definitions:
    return replace(drawing, diagrams=tuple(_widened(diagram) for diagram in drawing.diagrams))


def _widened(diagram: Diagram) -> Diagram:
    if diagram.plane is None:
        return diagram
    frames = {shape.element: shape for shape in diagram.plane.shapes if shape.element in ("pool", "lane")}
    pool = frames["pool"].bounds
    elements = tuple(
        replace(shape, bounds=replace(shape.bounds, width=pool.x + ROOM[0] - shape.bounds.x, height=ROOM[1]))
        if isinstance(shape, Shape) and shape.element in frames and shape.bounds is not None and pool is not None
        else shape
        for shape in diagram.plane.elements
    )
    return replace(diagram, plane=replace(diagram.plane, elements=elements))


def _drawn(key: str, name: str, record_type: str) -> str:
    record = f" record={quoteattr(record_type)}" if record_type else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
    id="definitions" targetNamespace="urn:throughline:charts">
  <bpmn:collaboration id="collaboration">
    <bpmn:participant id="pool" name={quoteattr(name)} processRef="process"/>
  </bpmn:collaboration>
  <bpmn:process id="process" name={quoteattr(name)} isExecutable="true">
    <bpmn:extensionElements><tl:procedure key={quoteattr(key)}{record}/></bpmn:extensionElements>
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="lane" name={quoteattr(_("Sales"))}>
        <bpmn:extensionElements><tl:role key="sales"/></bpmn:extensionElements>
        <bpmn:flowNodeRef>start</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>first</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start" name={quoteattr(_("Start"))}><bpmn:outgoing>to_first</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="first" name={quoteattr(_("First step"))}>
      <bpmn:extensionElements>
        <tl:workItem due="duration(&quot;P1D&quot;)" clock="elapsed">
          <tl:guidance>{escape(_("Say here what to do, why, and what to ask."))}</tl:guidance>
        </tl:workItem>
      </bpmn:extensionElements>
      <bpmn:incoming>to_first</bpmn:incoming><bpmn:outgoing>to_end</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="end" name={quoteattr(_("Done"))}><bpmn:incoming>to_end</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="to_first" sourceRef="start" targetRef="first"/>
    <bpmn:sequenceFlow id="to_end" sourceRef="first" targetRef="end"/>
  </bpmn:process>
</bpmn:definitions>
"""
