"""Charts that tests draw in a few lines: steps with ids, joined by arrows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tl="urn:throughline:bpmn:1"
    id="definitions" targetNamespace="urn:test">"""

ARROW = re.compile(r" >(?:\[(.*?)\])? ")


def chart(*elements: str, key: str = "test", record: str = "lead", more: str = "") -> bytes:
    """Return a BPMN file of one process. ``more``: further root elements (messages, signals, errors, processes)."""
    settings = f'<bpmn:extensionElements><tl:procedure key="{key}" record="{record}"/></bpmn:extensionElements>'
    body = "\n".join(elements)
    process = f'<bpmn:process id="process" name="Test" isExecutable="true">{settings}{body}</bpmn:process>'
    return f"{HEAD}{more}{process}</bpmn:definitions>".encode()


def flows(*pairs: str) -> str:
    """
    Return sequence flows from ``a > b > c``; ``a >[condition] b`` puts a condition on an arrow.

    The id of each flow is ``a_b``.
    """
    drawn = []
    for pair in pairs:
        source, *rest = ARROW.split(pair)
        for condition, target in zip(rest[::2], rest[1::2], strict=True):
            inner = _condition(condition) if condition else ""
            ends = f'id="{source}_{target}" sourceRef="{source}" targetRef="{target}"'
            drawn.append(f"<bpmn:sequenceFlow {ends}>{inner}</bpmn:sequenceFlow>")
            source = target
    return "\n".join(drawn)


def _condition(text: str) -> str:
    return f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:conditionExpression>'


def attributes_of(values: Mapping[str, str]) -> str:
    """Return attributes as XML, whatever characters their values have."""
    return " ".join(f"{name}={quoteattr(value)}" for name, value in values.items())


def tl(kind: str, inside: str = "", /, **values: str) -> str:
    """Return a setting, an element of the tl: namespace."""
    return f"<tl:{kind} {attributes_of(values)}>{inside}</tl:{kind}>"


def element(kind: str, id: str, settings: str = "", inside: str = "", /, **attributes: str) -> str:
    """Return an element with tl: settings, further children and attributes; its name is its id, in words."""
    attributes.setdefault("name", id.replace("_", " ").capitalize())
    written = attributes_of(attributes)
    extension = f"<bpmn:extensionElements>{settings}</bpmn:extensionElements>" if settings else ""
    return f'<bpmn:{kind} id="{id}" {written}>{extension}{inside}</bpmn:{kind}>'


def start(id: str = "start", settings: str = "", inside: str = "") -> str:
    """Return a start event."""
    return element("startEvent", id, settings, inside)


def captured(where: str = "") -> str:
    """Return a start event that captured leads set off."""
    return start("captured", tl("trigger", event="lead.captured", where=where))


def end(id: str = "end", inside: str = "") -> str:
    """Return an end event."""
    return element("endEvent", id, "", inside)


def work(id: str, *outcomes: str, fields: str = "", evidence: str = "", **settings: str) -> str:
    """Return a user task with these outcomes; FEEL as it is written, not escaped."""
    settings.setdefault("queue", '"sales"')
    offered = "".join(tl("outcome", value=value, label=value.capitalize()) for value in outcomes)
    guidance = "<tl:guidance>Be kind.</tl:guidance>"
    return element("userTask", id, tl("workItem", guidance + offered + fields, **settings) + evidence)


def action(
    id: str, name: str, inputs: Mapping[str, str] | None = None, outputs: Mapping[str, str] | None = None
) -> str:
    """Return a service task that asks for an action."""
    given = "".join(tl("input", name=n, value=v) for n, v in (inputs or {}).items())
    taken = "".join(tl("output", name=n, value=v) for n, v in (outputs or {}).items())
    return element("serviceTask", id, tl("action", given + taken, name=name))


def deadline(id: str, at: str, duration: str, interrupting: bool = True) -> str:
    """Return a timer on the border of ``at``."""
    wait = f'<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{escape(duration)}</bpmn:timeDuration>'
    timer = f"<bpmn:timerEventDefinition>{wait}</bpmn:timerEventDefinition>"
    return element("boundaryEvent", id, "", timer, attachedToRef=at, cancelActivity=str(interrupting).lower())


def message(id: str, name: str) -> str:
    """Return a message, a root element."""
    return f'<bpmn:message id="{id}" name="{name}"/>'


def catch(id: str, message_id: str, settings: str = "") -> str:
    """Return an intermediate event that waits for a message."""
    return element("intermediateCatchEvent", id, settings, f'<bpmn:messageEventDefinition messageRef="{message_id}"/>')
