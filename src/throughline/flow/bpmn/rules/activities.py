"""Rules about activities: tasks, sub-processes, loops."""

from __future__ import annotations

import re

from throughline.flow.bpmn.rules.drawing import (
    ACTIVITIES,
    SUBPROCESSES,
    Drawing,
    Element,
    kids,
    local,
    text,
)
from throughline.flow.bpmn.rules.registry import Found, rule

MIME = re.compile(r"[\w.+-]+/[\w.+*-]+(\s*;.*)?")
LANGUAGES = frozenset({"feel", "javascript", "groovy", "python", "juel", "xpath", "ruby", "js", "ecmascript", "jython"})


@rule("quantity", "10.3.2")
def quantity(drawing: Drawing) -> Found:
    """Activities need and give at least one token."""
    for name in sorted(ACTIVITIES):
        for node in drawing.all(name):
            for attribute in ("startQuantity", "completionQuantity"):
                if not _at_least(node.get(attribute, "1"), 1):
                    yield node, f"{attribute} of {node.get('id')!r} to be at least 1, but it is {node.get(attribute)}."


def _at_least(written: str, least: int) -> bool:
    try:
        return int(written) >= least
    except ValueError:
        return False


@rule("event-subprocess", "10.3.5.1")
def event_subprocess(drawing: Drawing) -> Found:
    """An event sub-process has one start event and no flows."""
    for node in drawing.all(*sorted(SUBPROCESSES)):
        if node.get("triggeredByEvent") != "true":
            continue
        if drawing.incoming.get(node) or drawing.outgoing.get(node):
            yield node, f"event sub-process {node.get('id')!r} to have no flows, but it has."
        starts = len(kids(node, "startEvent"))
        if starts != 1:
            yield node, f"event sub-process {node.get('id')!r} to have one start event, but it has {starts}."


@rule("ad-hoc", "10.3.5.3")
def ad_hoc(drawing: Drawing) -> Found:
    """An ad-hoc sub-process holds activities, and no start or end events."""
    for node in drawing.all("adHocSubProcess"):
        if not kids(node, *sorted(ACTIVITIES)):
            yield node, f"ad-hoc sub-process {node.get('id')!r} to hold an activity, but it holds none."
        for wrong in kids(node, "startEvent", "endEvent"):
            yield wrong, f"no {local(wrong)} in ad-hoc sub-process {node.get('id')!r}, but there is one."


@rule("loop-count", "10.3.8")
def loop_count(drawing: Drawing) -> Found:
    """A multi-instance activity says how many instances it has; a loop's maximum is no negative number."""
    for loop in drawing.all("multiInstanceLoopCharacteristics"):
        count, items = kids(loop, "loopCardinality"), kids(loop, "loopDataInputRef")
        foreign = any("}" in str(name) for name in loop.attrib) or kids(loop, "extensionElements")
        if not count and not items and not foreign and drawing.is_executable(loop):
            yield loop, f"{_owner(loop)} to say how many instances it has, but it has no number and no list."
        if count and items:
            yield loop, f"{_owner(loop)} to have a number or a list of instances, but it has both."
    for loop in drawing.all("standardLoopCharacteristics"):
        if not _at_least(loop.get("loopMaximum", "0"), 0):
            yield loop, f"the maximum of {_owner(loop)} to be 0 or more, but it is {loop.get('loopMaximum')}."


def _owner(loop: Element) -> str:
    parent = loop.getparent()
    return repr(None if parent is None else parent.get("id"))


@rule("loop-condition", "10.3.8")
def loop_condition(drawing: Drawing) -> Found:
    """The conditions of a loop are true or false, not numbers or texts."""
    for each in drawing.all("completionCondition", "loopCondition"):
        if _is_plain_value(text(each)):
            yield each, f"{local(each)} in line {each.sourceline} to be true or false, but it is {text(each)}."
    for behavior in drawing.all("complexBehaviorDefinition"):
        for each in kids(behavior, "condition"):
            if _is_plain_value(text(each)):
                yield each, f"the condition of a behaviour to be true or false, but it is {text(each)}."


def _is_plain_value(written: str) -> bool:
    """Say whether an expression is a number or a text and so never true."""
    return bool(re.fullmatch(r'=?\s*(-?[\d.]+|"[^"]*")', written))


@rule("loop-behavior", "10.3.8")
def loop_behavior(drawing: Drawing) -> Found:
    """A multi-instance activity has the events its behaviour throws."""
    for loop in drawing.all("multiInstanceLoopCharacteristics"):
        behavior = loop.get("behavior", "All")
        if behavior == "None" and not loop.get("noneBehaviorEventRef"):
            yield loop, f"{_owner(loop)} to name the event that each instance throws, but it does not."
        if behavior == "One" and not loop.get("oneBehaviorEventRef"):
            yield loop, f"{_owner(loop)} to name the event that the first instance throws, but it does not."
        if behavior == "Complex" and not kids(loop, "complexBehaviorDefinition"):
            yield loop, f"{_owner(loop)} to say when it throws events, but it does not."
        for each in kids(loop, "complexBehaviorDefinition"):
            if not kids(each, "condition"):
                yield loop, f"a behaviour of {_owner(loop)} to have a condition, but it has none."


@rule("resource-role", "10.3.1")
def resource_role(drawing: Drawing) -> Found:
    """A role is named by a resource or by an expression, not by both."""
    for each in drawing.all("resourceRole", "performer", "humanPerformer", "potentialOwner"):
        if kids(each, "resourceRef") and kids(each, "resourceAssignmentExpression"):
            yield each, f"role {each.get('id')!r} to name a resource or an expression, but it names both."
        if kids(each, "resourceParameterBinding") and not kids(each, "resourceRef"):
            yield each, f"role {each.get('id')!r} to name the resource whose parameters it binds, but it does not."


@rule("script", "10.3.3")
def script(drawing: Drawing) -> Found:
    """A script says in which language it is written, and a language says that there is a script."""
    for task in drawing.all("scriptTask", "globalScriptTask"):
        language = task.get("scriptFormat") or task.get("scriptLanguage") or ""
        written = any(text(each) for each in kids(task, "script"))
        if language and not MIME.fullmatch(language) and language.lower() not in LANGUAGES:
            yield task, f"the format of script {task.get('id')!r} to be a media type, but it is {language!r}."
        if language and not written and drawing.is_executable(task):
            yield task, f"script task {task.get('id')!r} to have a script, but it has none."
        if written and not language and not drawing.is_ours:
            yield task, f"script {task.get('id')!r} to say its language, but it does not."


@rule("media-type", "8.4.1")
def media_type(drawing: Drawing) -> Found:
    """Documentation and annotations have a media type."""
    for each in drawing.all("documentation", "textAnnotation"):
        written = each.get("textFormat")
        if written is not None and not MIME.fullmatch(written):
            yield each, f"textFormat of {local(each)} {each.get('id')!r} to be a media type, but it is {written!r}."


@rule("uri", "8.3.1")
def uri(drawing: Drawing) -> Found:
    """Languages, namespaces and implementations are URIs."""
    for each in drawing.elements:
        for attribute in ("language", "expressionLanguage", "typeLanguage", "targetNamespace", "implementation"):
            written = each.get(attribute)
            if written and not written.startswith("##") and not _is_uri(written):
                yield each, f"{attribute} of {local(each)} to be a URI, but it is {written!r}."


def _is_uri(written: str) -> bool:
    allowed = re.fullmatch(r"[\w.:/?#@!$&'()*+,;=~%{}-]+", written)
    return bool(allowed) and not re.search(r"%(?![0-9A-Fa-f]{2})", written)


@rule("call-target", "10.3.6")
def call_target(drawing: Drawing) -> Found:
    """In a process that runs, a call activity says what it calls."""
    for call in drawing.all("callActivity"):
        foreign = any("}" in str(name) for name in call.attrib) or kids(call, "extensionElements")
        if drawing.is_executable(call) and not call.get("calledElement") and not foreign:
            yield call, f"{call.get('id')!r} to say what it calls, but it does not."


@rule("resource-parameter", "10.3.1")
def resource_parameter(drawing: Drawing) -> Found:
    """A bound parameter belongs to the resource of the role."""
    for each in drawing.all("resourceRole", "performer", "humanPerformer", "potentialOwner"):
        resource = next((drawing.find(text(one)) for one in kids(each, "resourceRef")), None)
        for binding in kids(each, "resourceParameterBinding"):
            parameter = drawing.find(binding.get("parameterRef"))
            if parameter is not None and resource is not None and parameter.getparent() is not resource:
                yield (
                    binding,
                    f"parameter {parameter.get('id')!r} to belong to {resource.get('id')!r}, but it does not.",
                )


@rule("called-process", "10.3.6")
def called_process(drawing: Drawing) -> Found:
    """A process that is called has a plain start."""
    for call in drawing.all("callActivity"):
        process = drawing.find(call.get("calledElement"))
        if process is None or local(process) != "process":
            continue
        starts = kids(process, "startEvent")
        if starts and all(drawing.definitions(each) for each in starts):
            yield (
                call,
                f"process {process.get('id')!r} called by {call.get('id')!r} to have a plain start, but it has none.",
            )


@rule("receiving-start", "10.3.3")
def receiving_start(drawing: Drawing) -> Found:
    """A receive task that creates cases stands at the beginning."""
    for task in drawing.all("receiveTask"):
        parent = task.getparent()
        if task.get("instantiate") != "true" or parent is None:
            continue
        flows = drawing.incoming.get(task, [])
        sources = [drawing.find(flow.get("sourceRef")) for flow in flows]
        if any(each is None or local(each) not in ("eventBasedGateway",) for each in sources):
            yield task, f"{task.get('id')!r} to have no way in since it creates cases, but it has one."
