"""Small charts written as text: ``a > b`` is an arrow, a prefix says what a node is."""

from __future__ import annotations

from itertools import pairwise

from throughline.flow import bpmn
from throughline.flow.bpmn.model import Definitions

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "x": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "task": "task",
}


def chart(*ways: str, extra: str = "", defined: str = "", procedure: str = "") -> Definitions:
    """
    Read a chart of one process from ways such as ``"start > x1 > a > end"``.

    The letters of a node's id before its digits say its kind (see ``KINDS``); anything else is a task. ``extra`` is XML
    of further elements of the process, ``defined`` of nodes whose ids are then not made here.
    """
    flows: list[str] = []
    nodes: dict[str, None] = {}
    for way in ways:
        steps = [step.strip() for step in way.split(">")]
        nodes |= dict.fromkeys(steps)
        for source, target in pairwise(steps):
            flow = f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"/>'
            if flow not in flows and f'id="{source}_{target}"' not in extra:
                flows.append(flow)
    made = [_node(node) for node in nodes if f'id="{node}"' not in defined]
    settings = f"<extensionElements>{procedure}</extensionElements>" if procedure else ""
    body = "".join([settings, defined, *made, *flows, extra])
    return bpmn.read(
        (
            '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t">'
            f'<process id="p" isExecutable="true">{body}</process></definitions>'
        ).encode()
    )


def _node(name: str) -> str:
    kind = KINDS.get(name.rstrip("0123456789"), "task")
    return f'<{kind} id="{name}" name="{name}"/>'
