"""A chart of 40 nodes and 10 FEEL expressions, as people draw them: decisions one after the other, and what follows."""

from __future__ import annotations

from collections.abc import Iterator

PARTS = 7
"""Each part: a decision of two ways, a user task on one, an action on the other, a merge, and a task after it."""
EACH = 5
"""Nodes of a part."""


def forty_nodes() -> bytes:
    """Return the chart: start, seven parts of five nodes, three closing tasks, end."""
    return drawn_parts(PARTS)


def drawn_parts(parts: int) -> bytes:
    """Return such a chart of any number of parts."""
    inner = "\n".join(_process(parts))
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1" '
        'id="forty" targetNamespace="bench">'
        f'<process id="forty" isExecutable="true">{inner}</process></definitions>'
    ).encode()


def _process(parts: int) -> Iterator[str]:
    yield '<startEvent id="start"/>'
    before = "start"
    for number in range(parts):
        yield from _part(number, before)
        before = f"after{number}"
    for number in range(3):
        yield _action(f"close{number}", f'"{number}: " + lead.name')
        yield _flow(before, f"close{number}")
        before = f"close{number}"
    yield '<endEvent id="end"/>'
    yield _flow(before, "end")


def _part(number: int, before: str) -> Iterator[str]:
    hot, call, nurture, merge, after = (f"{word}{number}" for word in ("hot", "call", "nurture", "merge", "after"))
    yield f'<exclusiveGateway id="{hot}" name="Hot?" default="{hot}-{nurture}"/>'
    yield f'<userTask id="{call}" name="Call"/><task id="{nurture}" name="Nurture"/>'
    yield f'<exclusiveGateway id="{merge}"/><task id="{after}" name="Note"/>'
    yield _flow(before, hot)
    yield _flow(hot, call, f'lead.score &gt; {number * 10} and lead.region = "EU" or count(lead.orders) &gt;= {number}')
    yield _flow(hot, nurture)
    yield _flow(call, merge) + _flow(nurture, merge) + _flow(merge, after)


def _action(name: str, text: str) -> str:
    value = text.replace('"', "&quot;")
    return (
        f'<serviceTask id="{name}"><extensionElements><tl:action name="record.note">'
        f'<tl:input name="text" value="{value}"/></tl:action></extensionElements></serviceTask>'
    )


def _flow(source: str, target: str, condition: str = "") -> str:
    inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
