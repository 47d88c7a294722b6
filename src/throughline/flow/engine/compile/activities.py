"""Compiling activities: what one instance does, and how often it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from throughline.flow.bpmn import model as bpmn
from throughline.flow.bpmn.extensions import WorkItem
from throughline.flow.engine.chart import Definition, LoopRule
from throughline.flow.engine.compile.events import compile_definition
from throughline.flow.engine.elements import (
    ad_hoc_subprocess,
    business_rule_task,
    call_activity,
    receive_task,
    script_task,
    send_task,
    service_task,
    subprocess,
    task,
    user_task,
)
from throughline.flow.engine.elements.ad_hoc_subprocess import AdHocRule
from throughline.flow.engine.elements.business_rule_task import DecisionRule
from throughline.flow.engine.elements.call_activity import CallRule
from throughline.flow.engine.elements.script_task import ScriptRule
from throughline.flow.engine.elements.service_task import ActionRule
from throughline.flow.engine.elements.user_task import WorkRule
from throughline.flow.engine.timers import is_literal

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Node
    from throughline.flow.engine.compile.workshop import Workshop
    from throughline.flow.engine.formula import Formula


def compile_activity(shop: Workshop, element: bpmn.Activity, node: Node) -> None:
    """Give a node the behaviour of its activity."""
    node.outputs = shop.mappings(element.extensions.outputs, element.id)
    compile_one = next(compiler for kind, compiler in _COMPILERS if isinstance(element, kind))
    compile_one(shop, element, node)
    if shop.watches and not isinstance(element, bpmn.SubProcess):
        _watch(shop, element, node)
    if element.id in shop.by_hand and node.inside is None and not isinstance(element, bpmn.SubProcess):
        node.perform, node.phase = user_task.perform, "work"
    for name, value in (("startQuantity", element.start_quantity), ("completionQuantity", element.completion_quantity)):
        if value < 1:
            shop.problem(
                "quantity", element.id, f"Expected {name} of {element.id!r} to be at least 1, but it is {value}."
            )
    node.start_quantity, node.completion_quantity = element.start_quantity, element.completion_quantity
    node.for_compensation = element.is_for_compensation
    if element.loop is not None:
        node.loop = compile_loop(shop, element, element.loop)


# --- what one instance does -------------------------------------------------------------------------------------------
def _person(shop: Workshop, element: bpmn.Task, node: Node) -> None:
    node.perform, node.phase = user_task.perform, "work"
    if element.extensions.work_item is not None:
        node.rule = _work(shop, element, element.extensions.work_item)


def _work(shop: Workshop, element: bpmn.Activity, item: WorkItem) -> WorkRule:
    literal = item.due.strip() if is_literal(item.due.strip()) else None
    return WorkRule(
        assignee=shop.optional(item.assignee, element.id, "the assignee"),
        queue=shop.optional(item.queue, element.id, "the queue"),
        due=None if literal else shop.optional(item.due, element.id, "the due moment"),
        due_text=literal,
        clock=item.clock,
        calendar=item.calendar,
        priority=shop.optional(item.priority, element.id, "the priority"),
    )


def _service(shop: Workshop, element: bpmn.Task, node: Node) -> None:
    node.perform, node.phase = service_task.perform, "action"
    action = element.extensions.action
    if action is None:
        node.rule = ActionRule("", shop.mappings(element.extensions.inputs, element.id), element.result)
        return
    node.rule = ActionRule(
        action.name, shop.mappings((*element.extensions.inputs, *action.inputs), element.id), element.result
    )
    node.outputs = (*node.outputs, *shop.mappings(action.outputs, element.id))


def _send(shop: Workshop, element: bpmn.SendTask, node: Node) -> None:
    name = shop.message_name(element.message_ref, element.operation_ref)
    if element.extensions.action is not None or not name:
        _service(shop, element, node)
        return
    node.perform, node.complete = send_task.perform, send_task.complete
    node.definitions = (_task_message(shop, element, name),)
    node.outputs = shop.mappings(element.extensions.inputs, element.id)


def _receive(shop: Workshop, element: bpmn.ReceiveTask, node: Node) -> None:
    name = shop.message_name(element.message_ref, element.operation_ref)
    if not name:
        _person(shop, element, node)
        return
    node.perform, node.happen, node.phase = receive_task.perform, receive_task.happen, "event"
    node.definitions = (_task_message(shop, element, name),)


def _task_message(shop: Workshop, element: bpmn.Task, name: str) -> Definition:
    correlation = element.extensions.correlation
    key = None if correlation is None else shop.optional(correlation.key, element.id, "the correlation key")
    return Definition("message", name, key=key)


def _script(shop: Workshop, element: bpmn.ScriptTask, node: Node) -> None:
    node.perform, node.complete = script_task.perform, script_task.complete
    language = element.script_format.strip().lower()
    if language and "feel" not in language:
        shop.problem(
            "script",
            element.id,
            f"Expected script {element.id!r} to be FEEL, but its format is {element.script_format!r}.",
        )
    node.rule = ScriptRule(shop.formula(element.script.strip() or "null", element.id, "the script"), element.result)


def _decision(shop: Workshop, element: bpmn.BusinessRuleTask, node: Node) -> None:
    asked = element.extensions.decision
    if asked is None:
        _service(shop, element, node)
        return
    node.perform = business_rule_task.perform
    model = shop.decisions.get(asked.ref)
    if model is None and element.id in shop.by_hand:
        return
    if model is None:
        known = ", ".join(sorted(shop.decisions)) or "none"
        shop.problem(
            "decision",
            element.id,
            f"Expected {element.id!r} to ask a known decision table ({known}), but it asks {asked.ref!r}.",
        )
        return
    if asked.decision not in model.names:
        shop.problem(
            "decision",
            element.id,
            f"Expected a decision {asked.decision!r} in {asked.ref!r}, but it has {sorted(model.names)}.",
        )
    node.outputs = (*node.outputs, *shop.mappings(asked.outputs, element.id))
    node.rule = DecisionRule(
        asked.ref, asked.decision, model, asked.result or element.result, shop.mappings(asked.inputs, element.id)
    )


def _call(shop: Workshop, element: bpmn.CallActivity, node: Node) -> None:
    node.perform, node.phase = call_activity.perform, "call"
    called = element.called_element.rpartition(":")[2]
    if not called:
        shop.problem("call", element.id, f"Expected {element.id!r} to say which process it calls, but it does not.")
    node.rule = CallRule(called, shop.mappings(element.extensions.inputs, element.id))


def _ad_hoc(shop: Workshop, element: bpmn.AdHocSubProcess, node: Node) -> None:
    node.perform, node.phase = ad_hoc_subprocess.perform, "scope"
    completion = shop.expression(element.completion_condition, element.id, "the completion condition")
    node.rule = AdHocRule(element.ordering == "Sequential", completion, element.cancel_remaining)


def _subprocess(shop: Workshop, element: bpmn.SubProcess, node: Node) -> None:  # noqa: ARG001
    node.perform, node.phase = subprocess.perform, "scope"
    node.by_event = element.triggered_by_event
    node.transaction = isinstance(element, bpmn.Transaction)


def _task(shop: Workshop, element: bpmn.Activity, node: Node) -> None:  # noqa: ARG001
    node.perform = task.perform


_COMPILERS: tuple[tuple[type[bpmn.Activity], Callable[..., None]], ...] = (
    (bpmn.UserTask, _person),
    (bpmn.ManualTask, _person),
    (bpmn.ServiceTask, _service),
    (bpmn.SendTask, _send),
    (bpmn.ReceiveTask, _receive),
    (bpmn.ScriptTask, _script),
    (bpmn.BusinessRuleTask, _decision),
    (bpmn.CallActivity, _call),
    (bpmn.AdHocSubProcess, _ad_hoc),
    (bpmn.SubProcess, _subprocess),
    (bpmn.Activity, _task),
)


ACTING = (service_task.perform, send_task.perform, call_activity.perform)
"""What does something outside the case."""


def _watch(shop: Workshop, element: bpmn.Activity, node: Node) -> None:
    """Let an activity be waited for where the chart says what proves it, and do nothing where it would act."""
    if element.extensions.evidence:
        node.perform, node.complete, node.phase = user_task.perform, None, "work"
        if element.extensions.work_item is not None:
            node.rule = _work(shop, element, element.extensions.work_item)
    elif node.perform in ACTING:
        node.perform, node.phase = task.perform, "event"


# --- how often --------------------------------------------------------------------------------------------------------
def compile_loop(shop: Workshop, element: bpmn.Activity, loop: bpmn.LoopCharacteristics) -> LoopRule:
    """Compile a standard loop or multi-instance marker."""
    if isinstance(loop, bpmn.StandardLoop):
        return LoopRule(
            "standard",
            test_before=loop.test_before,
            maximum=None if loop.maximum is None else shop.formula(str(loop.maximum), element.id, "the loop's maximum"),
            condition=shop.expression(loop.condition, element.id, "the loop's condition"),
        )
    assert isinstance(loop, bpmn.MultiInstance)
    rule = LoopRule(
        "multi",
        sequential=loop.is_sequential,
        cardinality=shop.expression(loop.cardinality, element.id, "the number of instances"),
        collection=_collection(shop, element, loop),
        item=None if loop.input_item is None else loop.input_item.name or loop.input_item.id,
        output=None if loop.output_item is None else loop.output_item.name or loop.output_item.id,
        outputs=shop.data.get(loop.data_output_ref, loop.data_output_ref) or None,
        completion=shop.expression(loop.completion_condition, element.id, "the completion condition"),
        behavior=loop.behavior,
        one_event=_shared(shop, element, loop.one_event_ref),
        none_event=_shared(shop, element, loop.none_event_ref),
        complex=tuple(_complex(shop, element, each) for each in loop.complex_behaviors),
    )
    if rule.cardinality is None and rule.collection is None:
        shop.problem(
            "multi-instance",
            element.id,
            f"Expected {element.id!r} to say how many instances it has, but it has no number and no list.",
        )
    return rule


def _collection(shop: Workshop, element: bpmn.Activity, loop: bpmn.MultiInstance) -> Formula | None:
    reference = loop.data_input_ref
    if not reference:
        return None
    name = _input_source(shop, element, reference)
    return shop.formula(name, element.id, "the list of instances")


def _input_source(shop: Workshop, element: bpmn.Activity, reference: str) -> str:
    """
    Return the variable behind a reference: data of the process itself, or what is copied into the activity's input.
    """
    if reference in shop.data:
        return shop.data[reference]
    for association in element.data_inputs:
        if association.target == reference and association.sources:
            return shop.data.get(association.sources[0], association.sources[0])
    return reference


def _shared(shop: Workshop, element: bpmn.Activity, reference: str) -> Definition | None:
    for each in shop.definitions.elements:
        if isinstance(each, bpmn.EventDefinition) and each.id == reference:
            return compile_definition(shop, element, each)
    return None


def _complex(
    shop: Workshop, element: bpmn.Activity, behavior: bpmn.ComplexBehavior
) -> tuple[Formula, tuple[Definition, ...]]:
    condition = shop.expression(behavior.condition, element.id, "a behaviour's condition")
    return condition or shop.formula("false", element.id, "a behaviour"), behavior_events(shop, element, behavior)


def behavior_events(shop: Workshop, element: bpmn.Activity, behavior: bpmn.ComplexBehavior) -> tuple[Definition, ...]:
    """Compile the implicit throw events of a complex behaviour; the file keeps them as plain XML."""
    found: list[Definition | None] = []
    for part in (child for event in behavior.events for child in event.children):
        local = part.tag.rpartition("}")[2]
        attributes = {name.rpartition("}")[2]: value for name, value in part.attributes}
        if local == "eventDefinitionRef":
            found.append(_shared(shop, element, part.text.strip().rpartition(":")[2]))
        elif local in _IMPLICIT:
            made, reference = _IMPLICIT[local]
            found.append(compile_definition(shop, element, made(attributes.get(reference, "").rpartition(":")[2])))
    return tuple(each for each in found if each is not None)


_IMPLICIT: dict[str, tuple[Callable[[str], bpmn.EventDefinition], str]] = {
    "signalEventDefinition": (lambda ref: bpmn.SignalEventDefinition(signal_ref=ref), "signalRef"),
    "messageEventDefinition": (lambda ref: bpmn.MessageEventDefinition(message_ref=ref), "messageRef"),
    "escalationEventDefinition": (lambda ref: bpmn.EscalationEventDefinition(escalation_ref=ref), "escalationRef"),
    "errorEventDefinition": (lambda ref: bpmn.ErrorEventDefinition(error_ref=ref), "errorRef"),
}
