"""Compiling events: their definitions, and which behaviour their position in the chart gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from throughline.flow.bpmn import model as bpmn
from throughline.flow.engine.chart import Definition, Expectation
from throughline.flow.engine.timers import BadTimer, TimerKind, TimerRule, check_literal, is_literal

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Trigger
    from throughline.flow.engine.compile.workshop import Workshop

KINDS: dict[str, Trigger] = {
    "message": "message",
    "timer": "timer",
    "signal": "signal",
    "conditional": "conditional",
    "error": "error",
    "escalation": "escalation",
    "compensate": "compensate",
    "link": "link",
    "cancel": "cancel",
    "terminate": "terminate",
}


def compile_definitions(shop: Workshop, event: bpmn.Event) -> tuple[Definition, ...]:
    """Compile what an event waits for or throws."""
    return tuple(compile_definition(shop, event, each) for each in shop.definitions.triggers(event))


def compile_definition(shop: Workshop, event: bpmn.FlowNode, definition: bpmn.EventDefinition) -> Definition:
    """Compile one event definition of an event (or of the activity that throws it)."""
    compiled = _COMPILERS[definition.trigger](shop, event, definition)
    if event.extensions.correlation is not None:
        compiled.key = shop.optional(event.extensions.correlation.key, event.id, "the correlation key")
    return compiled


def _message(shop: Workshop, event: bpmn.FlowNode, definition: bpmn.MessageEventDefinition) -> Definition:
    compiled = Definition("message", shop.message_name(definition.message_ref, definition.operation_ref))
    if definition.extensions.correlation is not None:
        compiled.key = shop.optional(definition.extensions.correlation.key, event.id, "the correlation key")
    return compiled


def _signal(shop: Workshop, _event: bpmn.FlowNode, definition: bpmn.SignalEventDefinition) -> Definition:
    signal = shop.signals.get(definition.signal_ref)
    return Definition("signal", definition.signal_ref if signal is None else signal.name or signal.id)


def _error(shop: Workshop, _event: bpmn.FlowNode, definition: bpmn.ErrorEventDefinition) -> Definition:
    error = shop.errors.get(definition.error_ref)
    code = definition.error_ref if error is None else error.code or error.name or error.id
    return Definition("error", code=code or None)


def _escalation(
    shop: Workshop,
    _event: bpmn.FlowNode,
    definition: bpmn.EscalationEventDefinition,
) -> Definition:
    escalation = shop.escalations.get(definition.escalation_ref)
    code = definition.escalation_ref if escalation is None else escalation.code or escalation.name or escalation.id
    return Definition("escalation", code=code or None)


def _conditional(shop: Workshop, event: bpmn.FlowNode, definition: bpmn.ConditionalEventDefinition) -> Definition:
    return Definition("conditional", condition=shop.expression(definition.condition, event.id, "the condition"))


def _compensate(
    _shop: Workshop,
    _event: bpmn.FlowNode,
    definition: bpmn.CompensateEventDefinition,
) -> Definition:
    return Definition("compensate", activity=definition.activity_ref or None)


def _link(_shop: Workshop, _event: bpmn.FlowNode, definition: bpmn.LinkEventDefinition) -> Definition:
    return Definition("link", definition.name)


def _plain(_shop: Workshop, _event: bpmn.FlowNode, definition: bpmn.EventDefinition) -> Definition:
    return Definition(KINDS[definition.trigger])


def _timer(shop: Workshop, event: bpmn.FlowNode, definition: bpmn.TimerEventDefinition) -> Definition:
    kinds: tuple[tuple[TimerKind, bpmn.Expression | None], ...] = (
        ("date", definition.date),
        ("cycle", definition.cycle),
        ("duration", definition.duration),
    )
    for kind, expression in kinds:
        if expression is not None and expression.text:
            rule = TimerRule(kind, expression.text, None, definition.clock, definition.calendar)
            _complete_timer(shop, event, rule)
            return Definition("timer", timer=rule)
    return Definition("timer")


def _complete_timer(shop: Workshop, event: bpmn.FlowNode, rule: TimerRule) -> None:
    if not is_literal(rule.text):
        rule.formula = shop.formula(rule.text, event.id, "the timer")
        return
    try:
        check_literal(rule)
    except BadTimer as problem:
        shop.problem("timer", event.id, f"Expected timer {event.id!r} to hold a {rule.kind}, but {problem}.")


_COMPILERS: dict[str, Callable[..., Definition]] = {
    "message": _message,
    "timer": _timer,
    "signal": _signal,
    "error": _error,
    "escalation": _escalation,
    "conditional": _conditional,
    "compensate": _compensate,
    "link": _link,
    "cancel": _plain,
    "terminate": _plain,
}


def expectations(shop: Workshop, node: bpmn.FlowNode) -> tuple[Expectation, ...]:
    """Compile what a plausible message fulfils."""
    return tuple(
        Expectation(shop.formula(each.that, node.id, "an expectation"), each.otherwise)
        for each in node.extensions.expects
    )
