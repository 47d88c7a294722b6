"""What a step is called, does and needs: name, description, work item, action, time, start, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from throughline.flow.bpmn import extensions, model
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.edit.templates import TIMES, expression


def rename(definitions: model.Definitions, *, element: str, name: str) -> model.Definitions:
    """
    Give a step or way another name.

    Raises:
        NotEditable: it is gone.
    """
    sketch = Sketch(definitions)
    if element not in sketch.elements:
        raise NotEditable("This step is no longer in the drawing. Look at the drawing again.")
    sketch.change(element, name=name)
    return sketch.finish()


def describe_step(definitions: model.Definitions, *, node: str, text: str) -> model.Definitions:
    """Say in words what a step is about; an empty text says nothing."""
    sketch = Sketch(definitions)
    others = sketch.node(node).documentation[1:]
    first = (model.Documentation(text=text),) if text else ()
    sketch.change(node, documentation=(*first, *others))
    return sketch.finish()


def set_work(definitions: model.Definitions, *, node: str, **settings: Any) -> model.Definitions:
    """
    Set what a person is asked to do: fields of :class:`~throughline.flow.bpmn.extensions.WorkItem` by name; those not
    given stay.

    Raises:
        NotEditable: the step is gone, or no person works on it.
    """
    sketch = Sketch(definitions)
    step = sketch.node(node)
    if not isinstance(step, model.UserTask | model.ManualTask):
        raise NotEditable(f"“{sketch.label(node)}” is no work of a person. Change its kind first.")
    standing = step.extensions.work_item or extensions.WorkItem()
    return _extended(sketch, node, work_item=replace(standing, **settings))


def set_action(
    definitions: model.Definitions,
    *,
    node: str,
    action: str,
    inputs: Mapping[str, str] | None = None,
    outputs: Sequence[tuple[str, str]] | None = None,
) -> model.Definitions:
    """
    Set what an automatic step does: the name of an action, and its inputs as FEEL by name (empty ones are left out).

    Raises:
        NotEditable: the step is gone, or it is no automatic one.
    """
    sketch = Sketch(definitions)
    step = sketch.node(node)
    if not isinstance(step, model.ServiceTask | model.SendTask):
        raise NotEditable(f"“{sketch.label(node)}” is no automatic step. Change its kind first.")
    standing = step.extensions.action
    same = standing is not None and standing.name == action
    base = standing if standing is not None and same else extensions.Action(name=action)
    if inputs is not None:
        base = replace(
            base, inputs=tuple(extensions.Input(name=name, value=text) for name, text in inputs.items() if text)
        )
    if outputs is not None:
        base = replace(base, outputs=tuple(extensions.Output(name=name, value=text) for name, text in outputs))
    return _extended(sketch, node, action=base if action else None)


def set_trigger(definitions: model.Definitions, *, start: str, event: str, where: str = "") -> model.Definitions:
    """
    Say which event of the journal starts a case at a start event; an empty one leaves it to people and other charts.

    Raises:
        NotEditable: the start is gone, or waits for a message or moment.
    """
    sketch = Sketch(definitions)
    node = sketch.node(start)
    if not isinstance(node, model.StartEvent) or node.definitions:
        raise NotEditable(f"“{sketch.label(start)}” does not start by an event of a record. Add a plain start.")
    return _extended(sketch, start, trigger=extensions.Trigger(event=event, where=where) if event else None)


def set_timer(
    definitions: model.Definitions,
    *,
    node: str,
    kind: str,
    text: str,
    clock: str = "elapsed",
    calendar: str = "default",
) -> model.Definitions:
    """
    Set the time of an event: ``kind`` is ``timeDuration``, ``timeDate`` or ``timeCycle``, ``text`` FEEL or ISO 8601.

    Raises:
        NotEditable: the event is gone, or waits for something else than a time.
    """
    sketch = Sketch(definitions)
    event = sketch.node(node)
    timers = [each for each in getattr(event, "definitions", ()) if isinstance(each, model.TimerEventDefinition)]
    if not timers or kind not in TIMES:
        raise NotEditable(f"“{sketch.label(node)}” does not wait for a time. Change its kind first.")
    times: dict[str, Any] = dict.fromkeys(TIMES.values()) | {TIMES[kind]: expression(text)}
    changed = replace(timers[0], clock=clock, calendar=calendar, **times)
    definitions_of = tuple(changed if each is timers[0] else each for each in cast("Any", event).definitions)
    sketch.change(node, definitions=definitions_of)
    return sketch.finish()


def set_evidence(
    definitions: model.Definitions, *, node: str, evidence: Sequence[tuple[str, str, str]]
) -> model.Definitions:
    """Set what proves that a step was done: event, condition (FEEL) and outcome of each."""
    sketch = Sketch(definitions)
    sketch.node(node)
    made = tuple(extensions.Evidence(event=event, where=where, outcome=outcome) for event, where, outcome in evidence)
    return _extended(sketch, node, evidence=made)


def set_value_adding(definitions: model.Definitions, *, node: str, value: str) -> model.Definitions:
    """Say whether a customer would pay for a step: ``yes``, ``necessary``, ``waste``, or nothing."""
    sketch = Sketch(definitions)
    sketch.node(node)
    return _extended(sketch, node, value_adding=extensions.ValueAdding(value=value) if value else None)


def set_procedure(definitions: model.Definitions, *, key: str, record: str, name: str) -> model.Definitions:
    """Say which procedure the main process is, and which record its cases travel with."""
    sketch = Sketch(definitions)
    process = sketch.main
    settings = replace(process.extensions, procedure=extensions.Procedure(key=key, record=record))
    changed = replace(process, name=name, extensions=settings, is_executable=True)
    elements = tuple(changed if each is process else each for each in definitions.elements)
    return replace(definitions, elements=elements)


def _extended(sketch: Sketch, node: str, **records: Any) -> model.Definitions:
    sketch.change(node, extensions=replace(sketch.node(node).extensions, **records))
    return sketch.finish()
