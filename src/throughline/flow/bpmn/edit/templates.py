"""
New steps from the step catalogue: its documents, as the chart editor takes them, made into elements of the model.

A document says the BPMN element and what is set on it::

    {"element": "bpmn:UserTask", "name": "Call", "event": "bpmn:TimerEventDefinition", "timer": {"timeDuration": "P1D"},
     "attributes": {"scriptFormat": "feel"}, "extensions": [{"$type": "tl:WorkItem", "due": "…", "outcomes": [{…}]}]}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from throughline.flow.bpmn import extensions, model
from throughline.flow.bpmn.edit.sketch import NotEditable
from throughline.flow.bpmn.schema import plan_of

NODES: dict[str, type[model.FlowNode]] = {
    f"bpmn:{cls.__name__}": cls
    for cls in (
        model.Task, model.UserTask, model.ManualTask, model.ServiceTask, model.SendTask, model.ReceiveTask,
        model.ScriptTask, model.BusinessRuleTask, model.CallActivity, model.StartEvent, model.EndEvent,
        model.IntermediateCatchEvent, model.IntermediateThrowEvent, model.ExclusiveGateway, model.ParallelGateway,
        model.InclusiveGateway, model.EventBasedGateway,
    )
}  # fmt: skip
"""The kinds of steps that can be added; groups of steps are drawn."""
EVENTS: dict[str, type[model.EventDefinition]] = {
    f"bpmn:{cls.__name__}": cls
    for cls in (
        model.TimerEventDefinition, model.MessageEventDefinition, model.SignalEventDefinition,
        model.ConditionalEventDefinition, model.ErrorEventDefinition, model.TerminateEventDefinition,
    )
}  # fmt: skip
TIMES = {"timeDuration": "duration", "timeDate": "date", "timeCycle": "cycle"}
RECORDS: dict[str, tuple[type[Any], str]] = {
    "tl:WorkItem": (extensions.WorkItem, "work_item"),
    "tl:Action": (extensions.Action, "action"),
    "tl:Decision": (extensions.Decision, "decision"),
    "tl:Trigger": (extensions.Trigger, "trigger"),
    "tl:ValueAdding": (extensions.ValueAdding, "value_adding"),
}
PARTS: dict[str, type[Any]] = {
    "tl:Input": extensions.Input,
    "tl:Output": extensions.Output,
    "tl:Outcome": extensions.Outcome,
    "tl:Field": extensions.FormField,
}
ATTRIBUTES = {"scriptFormat": "script_format", "script": "script", "tl:result": "result"}


@dataclass(frozen=True, slots=True)
class Template:
    """A step to be added: an element without an id that means anything, and what it is called when it has no name."""

    node: model.FlowNode

    def named(self, node_id: str, name: str) -> model.FlowNode:
        """Return the step with an id of its own."""
        definitions = getattr(self.node, "definitions", ())
        made = replace(self.node, id=node_id, name=name or self.node.name)
        if not definitions:
            return made
        own = tuple(
            replace(each, id=f"{node_id}_{each.trigger}{number or ''}") for number, each in enumerate(definitions)
        )
        return cast("model.FlowNode", replace(cast("Any", made), definitions=own))


def template(document: Mapping[str, Any]) -> Template:
    """
    Return the template that a document of the step catalogue describes.

    Raises:
        NotEditable: steps of this kind are drawn, not added to a table.
    """
    kind = NODES.get(document["element"])
    if kind is None:
        raise NotEditable("A step of this kind is drawn. Open the drawing, and drag it there.")
    fields: dict[str, Any] = {"name": document.get("name", "")}
    for name, value in document.get("attributes", {}).items():
        fields[ATTRIBUTES[name]] = value
    records = {RECORDS[each["$type"]][1]: _record(each) for each in document.get("extensions", ())}
    if records:
        fields["extensions"] = extensions.Extensions(**records)
    if document.get("event"):
        fields["definitions"] = (_event(document["event"], document.get("timer", {})),)
    return Template(kind(id="", **fields))


def _event(name: str, timer: Mapping[str, str]) -> model.EventDefinition:
    times: dict[str, Any] = {TIMES[key]: expression(text) for key, text in timer.items()}
    return EVENTS[name](id="", **times)


def expression(text: str) -> model.Expression:
    """Return a formal expression."""
    return model.Expression(body=text, type="tFormalExpression")


def _record(document: Mapping[str, Any]) -> Any:
    cls: Any = RECORDS[document["$type"]][0] if document["$type"] in RECORDS else PARTS[document["$type"]]
    slots = {slot.spec.names[0].rpartition("}")[2]: slot for slot in plan_of(cls).written if slot.spec.names}
    values: dict[str, Any] = {}
    for name, value in document.items():
        if name == "$type":
            continue
        if isinstance(value, list | tuple):
            values[name] = tuple(_record(part) for part in value)
        else:
            slot = slots[name]
            values[slot.field] = value == "true" if slot.spec.codec == "bool" else value
    return cls(**values)
