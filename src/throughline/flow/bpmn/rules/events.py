"""Rules about events: what may stand where, and what must be said."""

from __future__ import annotations

import re

from throughline.flow.bpmn.rules.drawing import (
    SUBPROCESSES,
    XSI_TYPE,
    Drawing,
    Element,
    kids,
    local,
    text,
)
from throughline.flow.bpmn.rules.registry import Found, rule
from throughline.flow.bpmn.rules.triggers import ANYWHERE, Allowed, allowed_boundary, allowed_start


def _allowed(event: Element) -> Allowed:
    """Return what an event may be where it stands."""
    name, parent = local(event), event.getparent()
    if name == "startEvent":
        return allowed_start(
            in_subprocess=parent is not None and local(parent) in SUBPROCESSES,
            by_event=parent is not None and parent.get("triggeredByEvent") == "true",
            interrupting=event.get("isInterrupting", "true") == "true",
        )
    if name == "boundaryEvent":
        return allowed_boundary(interrupting=event.get("cancelActivity", "true") == "true")
    return ANYWHERE[name]


@rule("event-trigger", "10.5.2")
def event_trigger(drawing: Drawing) -> Found:
    """An event has a trigger that makes sense where it stands."""
    for event in drawing.all(
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"
    ):
        allowed, none, what = _allowed(event)
        triggers = drawing.triggers(event)
        if not triggers and not none and not kids(event, "eventDefinitionRef"):
            yield event, f"{what} {event.get('id')!r} to say what it waits for, but it does not."
        for trigger in triggers:
            if trigger not in allowed:
                yield event, f"{what} {event.get('id')!r} to be no {trigger} event, but it is one."


@rule("event-flows", "10.5.1")
def event_flows(drawing: Drawing) -> Found:
    """Start events are only left, end events only reached, others in between are both."""
    for event in drawing.all("startEvent"):
        if drawing.incoming.get(event):
            yield event, f"start event {event.get('id')!r} to have no way in, but it has one."
        if not drawing.outgoing.get(event):
            yield event, f"start event {event.get('id')!r} to have a way out, but it has none."
    for event in drawing.all("endEvent"):
        if drawing.outgoing.get(event):
            yield event, f"end event {event.get('id')!r} to have no way out, but it has one."
        if not drawing.incoming.get(event):
            yield event, f"end event {event.get('id')!r} to have a way in, but it has none."
    yield from _intermediate(drawing)
    yield from _boundary(drawing)


def _intermediate(drawing: Drawing) -> Found:
    for event in drawing.all("intermediateCatchEvent", "intermediateThrowEvent"):
        links = "link" in drawing.triggers(event)
        catches = local(event) == "intermediateCatchEvent"
        needs_in, needs_out = not (links and catches), not (links and not catches)
        ways_in, ways_out = drawing.incoming.get(event, []), drawing.outgoing.get(event, [])
        if needs_in and not ways_in:
            yield event, f"event {event.get('id')!r} to have a way in, but it has none."
        if needs_out and not ways_out:
            yield event, f"event {event.get('id')!r} to have a way out, but it has none."
        if not needs_in and ways_in:
            yield event, f"catching link {event.get('id')!r} to have no way in, but it has one."
        if not needs_out and ways_out:
            yield event, f"throwing link {event.get('id')!r} to have no way out, but it has one."


def _boundary(drawing: Drawing) -> Found:
    for event in drawing.all("boundaryEvent"):
        compensates = "compensate" in drawing.triggers(event)
        if drawing.incoming.get(event):
            yield event, f"boundary event {event.get('id')!r} to have no way in, but it has one."
        if compensates and drawing.outgoing.get(event):
            yield event, f"compensation event {event.get('id')!r} to have an association, but it has a flow."
        if not compensates and not drawing.outgoing.get(event):
            yield event, f"boundary event {event.get('id')!r} to have a way out, but it has none."


@rule("parallel-multiple", "10.5.2")
def parallel_multiple(drawing: Drawing) -> Found:
    """Only an event with several triggers can wait for all of them."""
    for event in drawing.all("startEvent", "intermediateCatchEvent", "boundaryEvent"):
        if event.get("parallelMultiple") == "true" and len(drawing.triggers(event)) < 2:
            yield event, f"event {event.get('id')!r} to wait for several triggers at once, but it has fewer than two."


# --- transactions and compensation ------------------------------------------------------------------------------------
@rule("cancel-outside-transaction", "10.3.5.2")
def cancel_outside_transaction(drawing: Drawing) -> Found:
    """Cancel events belong to transactions: the end event inside, the boundary event at the border."""
    for event in drawing.all("endEvent", "boundaryEvent"):
        if "cancel" not in drawing.triggers(event):
            continue
        around = event.getparent() if local(event) == "endEvent" else drawing.find(event.get("attachedToRef"))
        if around is None or not _in_transaction(around, deep=local(event) == "endEvent"):
            yield event, f"cancel event {event.get('id')!r} at a transaction, but it is elsewhere."


def _in_transaction(around: Element, *, deep: bool) -> bool:
    if local(around) == "transaction":
        return True
    return deep and any(local(each) == "transaction" for each in around.iterancestors())


@rule("compensation-handler", "10.7.1")
def compensation_handler(drawing: Drawing) -> Found:
    """A compensation boundary event is joined to one activity that is there for compensation."""
    for event in drawing.all("boundaryEvent"):
        if "compensate" not in drawing.triggers(event):
            continue
        joined = [
            drawing.find(each.get("targetRef"))
            for each in drawing.all("association")
            if each.get("sourceRef") == event.get("id")
        ]
        if not joined:
            yield event, f"compensation event {event.get('id')!r} to lead to an activity, but it leads nowhere."
        for target in joined:
            if target is None or target.get("isForCompensation") != "true":
                yield event, f"{event.get('id')!r} to lead to an activity for compensation, but it leads to another."
    for activity in (each for each in drawing.elements if each.get("isForCompensation") == "true"):
        if drawing.incoming.get(activity) or drawing.outgoing.get(activity):
            yield activity, f"{activity.get('id')!r} to have no flows since it is for compensation, but it has."


# --- links ------------------------------------------------------------------------------------------------------------
@rule("link-pair", "10.5.5")
def link_pair(drawing: Drawing) -> Found:
    """A throwing link has one catching link of its name in its scope, and a catching link has a throwing one."""
    links = [(event, one) for event, one in drawing.events() if local(one) == "linkEventDefinition"]
    for event, definition in links:
        catches = local(event) == "intermediateCatchEvent"
        partners = [
            other
            for other, each in links
            if each.get("name") == definition.get("name")
            and (local(other) == "intermediateCatchEvent") is not catches
            and other.getparent() is event.getparent()
        ]
        if local(event) not in ("intermediateCatchEvent", "intermediateThrowEvent"):
            continue
        if not partners and not _joined_by_ids(drawing, definition):
            yield (
                event,
                f"link {definition.get('name')!r} of {event.get('id')!r} to have its other end, but it has none.",
            )
        if not catches and len(partners) > 1:
            yield event, f"link {definition.get('name')!r} to lead to one place, but it leads to {len(partners)}."


def _joined_by_ids(drawing: Drawing, definition: Element) -> bool:
    ends = [drawing.find(text(each)) for each in kids(definition, "source", "target")]
    return any(each is not None and local(each) == "linkEventDefinition" for each in ends)


# --- what must be said ------------------------------------------------------------------------------------------------
NEEDED = {
    "messageEventDefinition": ("messageRef", "a message"),
    "signalEventDefinition": ("signalRef", "a signal"),
}


@rule("event-reference", "10.5.5")
def event_reference(drawing: Drawing) -> Found:
    """In a process that runs, a message or signal event says which one."""
    for event, definition in drawing.events():
        attribute, what = NEEDED.get(local(definition), ("", ""))
        if attribute and drawing.is_executable(event) and not definition.get(attribute):
            yield event, f"event {event.get('id')!r} to name {what}, but it does not."


@rule("event-operation", "10.5.5", portable=True)
def event_operation(drawing: Drawing) -> Found:
    """In a process that runs, a message event names the operation that takes or sends the message."""
    for event, definition in drawing.events():
        sends = local(definition) == "messageEventDefinition" and drawing.is_executable(event)
        if sends and not kids(definition, "operationRef") and not definition.get("operationRef"):
            yield event, f"message event {event.get('id')!r} to name an operation, but it does not."


@rule("error-code", "10.5.5")
def error_code(drawing: Drawing) -> Found:
    """What an end event throws has a code, if the process runs."""
    codes = {
        "errorEventDefinition": ("errorRef", "errorCode"),
        "escalationEventDefinition": ("escalationRef", "escalationCode"),
    }
    for event, definition in drawing.events():
        reference, code = codes.get(local(definition), ("", ""))
        if (
            not reference
            or not drawing.is_executable(event)
            or local(event) not in ("endEvent", "intermediateThrowEvent")
        ):
            continue
        target = drawing.find(definition.get(reference))
        if target is not None and not target.get(code):
            yield event, f"what {event.get('id')!r} throws to have a code, but {target.get('id')!r} has none."


@rule("timer-definition", "10.5.5")
def timer_definition(drawing: Drawing) -> Found:
    """A timer says one thing: a date, a duration or a cycle, and in a form that can be read."""
    for event, definition in drawing.events():
        if local(definition) != "timerEventDefinition":
            continue
        said = kids(definition, "timeDate", "timeDuration", "timeCycle")
        if len(said) > 1 or (not said and drawing.is_executable(event)):
            yield event, f"timer {event.get('id')!r} to say one of date, duration and cycle, but it says {len(said)}."
        for each in said:
            if drawing.is_executable(event) and not _readable(local(each), text(each)):
                yield (
                    event,
                    f"{local(each)} of timer {event.get('id')!r} to be ISO 8601 or FEEL, but it is {text(each)!r}.",
                )


_ISO = {
    "timeDate": re.compile(r"[+-]?\d{4,}-\d\d-\d\d(T.*)?"),
    "timeDuration": re.compile(r"-?P(?=.)[0-9YMWDTHS.,]+"),
    "timeCycle": re.compile(
        r"R-?\d*/.+|-?P(?=.)[0-9YMWDTHS.,]+|([\d*?,/LW#-]+|[A-Z]{3}(-[A-Z]{3})?)( ([\w*?,/#-]+)){4,6}"
    ),
}
_EXPRESSION = re.compile(r"[=$#{(+.\[\"]|\b[a-z]\w*\s*$")


def _readable(kind: str, written: str) -> bool:
    """
    Say whether a timer's text can mean something: ISO 8601, or an expression of any language (a name, a call, a
    path).
    """
    return bool(_ISO[kind].fullmatch(written) or _EXPRESSION.search(written))


@rule("condition-missing", "10.5.5")
def condition_missing(drawing: Drawing) -> Found:
    """A conditional event has a condition."""
    for event, definition in drawing.events():
        if local(definition) == "conditionalEventDefinition" and not kids(definition, "condition"):
            yield event, f"conditional event {event.get('id')!r} to have a condition, but it has none."


@rule("informal-expression", "10.3.1", portable=True)
def informal_expression(drawing: Drawing) -> Found:
    """In a process that runs, expressions are formal: marked as ``tFormalExpression``, not text for people."""
    names = ("conditionExpression", "condition", "completionCondition", "loopCondition", "loopCardinality")
    more = ("timeDate", "timeCycle", "activationCondition", "from", "to", "messagePath", "dataPath", "transformation")
    for each in drawing.all(*names, *more):
        if drawing.is_executable(each) and "FormalExpression" not in (each.get(XSI_TYPE) or ""):
            yield each, f"{local(each)} in line {each.sourceline} to be a formal expression, but it is text for people."


@rule("empty-expression", "8.4.8")
def empty_expression(drawing: Drawing) -> Found:
    """A path or condition that the engine needs is not empty."""
    for each in drawing.all("condition", "messagePath", "dataPath", "conditionExpression"):
        needed = drawing.is_executable(each) or local(each) in ("messagePath", "dataPath")
        if needed and not text(each):
            yield each, f"{local(each)} in line {each.sourceline} to say something, but it is empty."


@rule("thrown-without-code", "10.5.5", portable=True)
def thrown_without_code(drawing: Drawing) -> Found:
    """In a process that runs, what throws an error or escalation says which one."""
    for event, definition in drawing.events():
        attribute = {"errorEventDefinition": "errorRef", "escalationEventDefinition": "escalationRef"}.get(
            local(definition)
        )
        throws = local(event) in ("endEvent", "intermediateThrowEvent") and drawing.is_executable(event)
        if attribute and throws and not definition.get(attribute):
            yield event, f"what {event.get('id')!r} throws to have a code, but it names nothing."


@rule("compensated-activity", "10.7.1")
def compensated_activity(drawing: Drawing) -> Found:
    """A compensation names an activity of its own scope, or of the scope its event sub-process reacts in."""
    for event, definition in drawing.events():
        target = (
            drawing.find(definition.get("activityRef")) if local(definition) == "compensateEventDefinition" else None
        )
        if target is None:
            continue
        scopes = [event.getparent()]
        if scopes[0] is not None and scopes[0].get("triggeredByEvent") == "true":
            scopes.append(scopes[0].getparent())
        if target.getparent() not in scopes:
            yield event, f"{event.get('id')!r} to undo an activity of its scope, but {target.get('id')!r} is elsewhere."


@rule("boundary-place", "10.5.4")
def boundary_place(drawing: Drawing) -> Found:
    """A boundary event lies beside its activity, which is no event sub-process."""
    for event in drawing.all("boundaryEvent"):
        host = drawing.find(event.get("attachedToRef"))
        if host is None:
            continue
        if host.getparent() is not event.getparent():
            yield event, f"boundary event {event.get('id')!r} beside its activity, but it lies in another scope."
        if host.get("triggeredByEvent") == "true":
            yield event, f"boundary event {event.get('id')!r} at an activity, but it is at an event sub-process."
