"""
Every FEEL text of a scope, with what it is for and the names it may use beside the data of the case.

One list serves all checks of data: syntax, unbound names, unknown fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from throughline.flow.bpmn import extensions as tl
from throughline.flow.bpmn import model as bpmn
from throughline.flow.check.scopes import Scope, label
from throughline.flow.feel import Expression, compile_expression

_ISO = re.compile(r"^(R\d*/.+|-?P[\dTYMWDHS.,]+|\d{4}-\d\d-\d\d.*)$")
"""A repetition, a duration or a date as plain ISO 8601, which stands where FEEL may also stand (BPMN 2.0.2 §10.5.5)."""


When = Literal["before", "after", "while"]


@dataclass(frozen=True, slots=True)
class Text:
    """
    One FEEL text.

    ``element``: where it is written. ``use``: what it is for, as a person would say it. ``extra``: names it may use
    beside the data of the case; None when they cannot be known here. ``when``: whether it is worked out before the
    element does its work, after it, or again and again while it waits.
    """

    element: str
    text: str
    use: str
    extra: frozenset[str] | None = frozenset()
    when: When = "before"


@lru_cache(maxsize=4096)
def compiled(text: str, names: frozenset[str]) -> Expression:
    """
    The expression of ``text`` where ``names`` are known. Kept, for a chart is checked at every edit and most of its
    texts stay as they are. Raises FeelSyntaxError.
    """
    return compile_expression(text, names)


_RESULT = frozenset({"result"})
_MESSAGE = frozenset({"message"})


def texts_of(scope: Scope) -> Iterator[Text]:
    """Every FEEL text written in ``scope``, inner scopes left out."""
    yield from (text for text in _all_texts(scope) if text.text and not _ISO.match(text.text))


def _all_texts(scope: Scope) -> Iterator[Text]:
    for flow in scope.flows.values():
        if flow.condition is not None:
            source = scope.nodes.get(flow.source)
            after = f" after {label(source)}" if source else ""
            yield Text(flow.id, flow.condition.text, f"the condition{after}", when="after")
    for node in scope.nodes.values():
        yield from _texts_of_node(scope, node)


def _texts_of_node(scope: Scope, node: bpmn.FlowNode) -> Iterator[Text]:
    at = label(node)
    settings = node.extensions
    if settings.action is not None:
        yield from (Text(node.id, i.value, f"{i.name} of {at}") for i in settings.action.inputs)
        yield from (Text(node.id, o.value, f"{o.name} of {at}", _RESULT, "after") for o in settings.action.outputs)
    if settings.decision is not None:
        yield from (Text(node.id, i.value, f"{i.name} of {at}") for i in settings.decision.inputs)
        yield from (Text(node.id, o.value, f"{o.name} of {at}", _RESULT, "after") for o in settings.decision.outputs)
    if settings.work_item is not None:
        yield from _texts_of_work(node.id, at, settings.work_item)
    yield from (Text(node.id, e.where, f"the evidence of {at}", None) for e in settings.evidence)
    if settings.trigger is not None:
        yield Text(node.id, settings.trigger.where, f"the trigger of {at}", None)
    if settings.correlation is not None:
        yield Text(node.id, settings.correlation.key, f"the key of {at}")
    yield from (Text(node.id, e.that, f"what {at} expects", _MESSAGE, "after") for e in settings.expects)
    yield from (Text(node.id, o.value, f"{o.name} of {at}", _MESSAGE | _RESULT, "after") for o in settings.outputs)
    if isinstance(node, bpmn.ScriptTask) and node.script_format.lower() in ("", "feel"):
        yield Text(node.id, node.script.strip().removeprefix("=").strip(), f"the script of {at}")
    if isinstance(node, bpmn.Event):
        yield from _texts_of_event(scope, node, at)
    if isinstance(node, bpmn.Activity) and node.loop is not None:
        yield from _texts_of_loop(node.id, node.loop, at)


def _texts_of_work(element: str, at: str, work: tl.WorkItem) -> Iterator[Text]:
    yield Text(element, work.assignee, f"who does {at}")
    yield Text(element, work.queue, f"the queue of {at}")
    yield Text(element, work.due, f"when {at} is due")
    yield Text(element, work.priority, f"the priority of {at}")


def _texts_of_event(scope: Scope, event: bpmn.Event, at: str) -> Iterator[Text]:
    for definition in scope.definitions.triggers(event):
        if isinstance(definition, bpmn.TimerEventDefinition):
            for timer in (definition.date, definition.cycle, definition.duration):
                if timer is not None:
                    yield Text(event.id, timer.text, f"the time of {at}")
        elif isinstance(definition, bpmn.ConditionalEventDefinition) and definition.condition is not None:
            yield Text(event.id, definition.condition.text, f"the condition of {at}", when="while")


def _texts_of_loop(element: str, loop: bpmn.LoopCharacteristics, at: str) -> Iterator[Text]:
    inside = frozenset({"loopCounter", "numberOfInstances", "numberOfCompletedInstances", "numberOfActiveInstances"})
    if isinstance(loop, bpmn.StandardLoop) and loop.condition is not None:
        yield Text(element, loop.condition.text, f"the loop of {at}", inside, "after")
    elif isinstance(loop, bpmn.MultiInstance):
        if loop.cardinality is not None:
            yield Text(element, loop.cardinality.text, f"the repetition of {at}", inside)
        if loop.completion_condition is not None:
            yield Text(element, loop.completion_condition.text, f"the repetition of {at}", inside, "after")
