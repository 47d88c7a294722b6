"""Ways that part: a decision after a step, and what happens when a step takes too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from throughline.flow.bpmn import model
from throughline.flow.bpmn.edit.flows import join
from throughline.flow.bpmn.edit.sketch import NotEditable, Sketch
from throughline.flow.bpmn.edit.steps import _take_away_exception
from throughline.flow.bpmn.edit.templates import Template, expression

FEWEST = 2
"""A decision has at least so many ways."""


@dataclass(frozen=True, slots=True)
class Way:
    """
    A way of a decision: what stands on its arrow, when it is taken (FEEL; empty only on the last), where it leads.

    ``target`` is the id of a step; empty leads on to what followed so far; ``end:Name`` to a new end of that name.
    """

    label: str
    condition: str
    target: str = ""


def branch(
    definitions: model.Definitions, *, after: str, question: str, ways: Sequence[Way]
) -> tuple[model.Definitions, str]:
    """
    Put a decision behind a step; return the chart and the decision's id. The last way is taken when no other fits.

    Raises:
        NotEditable: there are fewer than two ways, ``after`` is gone or an end or has several ways on already, or a
            way cannot lead to its target.
    """
    sketch = Sketch(definitions)
    _require_going_on(sketch, after)
    onward = sketch.outgoing(after)
    if len(ways) < FEWEST:
        raise NotEditable("A decision needs at least two ways. Add one.")
    if len(onward) > 1:
        raise NotEditable(f"Several ways lead on from “{sketch.label(after)}” already. Change those.")
    gateway = sketch.put(
        model.ExclusiveGateway(id=sketch.fresh(question, "decision"), name=question), sketch.inside[after]
    )
    sketch.into_lane_of(gateway.id, after)
    target = onward[0].target if onward else ""
    if onward:
        sketch.change(onward[0].id, target=gateway.id)
    else:
        join(sketch, after, gateway.id)
    _lead(sketch, gateway.id, ways, target)
    return sketch.finish(), gateway.id


def set_ways(definitions: model.Definitions, *, after: str, question: str, ways: Sequence[Way]) -> model.Definitions:
    """
    Say what comes after a step, whatever was said before: one way leads there directly, several through a decision.

    Ways that stand and are not named go; the steps that they led to stay. As in :func:`branch`, the last way is for
    when no other fits, and an empty target leads on to what the step led to first.

    Raises:
        NotEditable: ``after`` is gone or an end, or a way cannot lead to its target.
    """
    sketch = Sketch(definitions)
    _require_going_on(sketch, after)
    decision = _decision_behind(sketch, after)
    standing = sketch.outgoing(decision or after)
    first = standing[0].target if standing else ""
    for flow in standing:
        sketch.remove(flow.id)
    if len(ways) == 1 and decision is None:
        _lead(sketch, after, ways, first)
        return sketch.finish()
    if len(ways) == 1 and decision is not None:
        for flow in sketch.incoming(decision):
            sketch.remove(flow.id)
        sketch.remove(decision)
        _lead(sketch, after, ways, first)
        return sketch.finish()
    if not ways:
        return sketch.finish()
    if decision is None:
        gateway = model.ExclusiveGateway(id=sketch.fresh(question, "decision"), name=question)
        sketch.put(gateway, sketch.inside[after])
        sketch.into_lane_of(gateway.id, after)
        join(sketch, after, gateway.id)
        decision = gateway.id
    elif question:
        sketch.change(decision, name=question)
    _lead(sketch, decision, ways, first)
    return sketch.finish()


def _require_going_on(sketch: Sketch, after: str) -> None:
    if isinstance(sketch.node(after), model.EndEvent):
        raise NotEditable(f"“{sketch.label(after)}” is an end: nothing comes after it. Choose a step before it.")


def _decision_behind(sketch: Sketch, after: str) -> str | None:
    """The exclusive gateway that a step leads to and nothing else does."""
    onward = sketch.outgoing(after)
    if len(onward) != 1:
        return None
    found = sketch.node(onward[0].target)
    alone = len(sketch.incoming(found.id)) == 1
    return found.id if isinstance(found, model.ExclusiveGateway) and alone else None


def _lead(sketch: Sketch, source: str, ways: Sequence[Way], onward: str) -> None:
    decides = len(ways) > 1
    for number, way in enumerate(ways):
        target = _target(sketch, source, way, onward)
        if any(flow.target == target for flow in sketch.outgoing(source)):
            raise NotEditable(
                f"Two ways from “{sketch.label(source)}” lead to “{sketch.label(target)}”. Make them one way."
            )
        flow = join(sketch, source, target, way.label if decides else "")
        if not decides:
            continue
        if number == len(ways) - 1:
            sketch.change(source, default=flow.id)
        elif way.condition:
            sketch.change(flow.id, condition=expression(way.condition))


def _target(sketch: Sketch, source: str, way: Way, onward: str) -> str:
    kind, _, name = way.target.partition(":")
    if way.target and not (kind == "end" and name):
        return sketch.node(way.target).id
    if not way.target and onward:
        return onward
    end = sketch.put(
        model.EndEvent(id=sketch.fresh(f"end_{name or way.label}", "end"), name=name or way.label),
        sketch.inside[source],
    )
    sketch.into_lane_of(end.id, source)
    return end.id


def remind(
    definitions: model.Definitions,
    *,
    node: str,
    after: str,
    name: str,
    step: Template | None,
    clock: str = "elapsed",
    calendar: str = "default",
    end_name: str = "",
) -> tuple[model.Definitions, str]:
    """
    Say what happens beside a step that takes longer than ``after`` (FEEL or ISO 8601): ``step``, in the lane of the one
    that is late, then the end of this way. The step itself goes on. Return the chart and the id of the new step, or of
    the deadline when ``step`` is None, which takes the deadline of that name away.

    Raises:
        NotEditable: the step is gone, or nothing can be late there.
    """
    sketch = Sketch(definitions)
    late = sketch.node(node)
    if not isinstance(late, model.Activity):
        raise NotEditable(f"“{sketch.label(node)}” takes no time. Choose a step that somebody works on.")
    for event in sketch.attached(node):
        if event.name == name:
            _take_away_exception(sketch, event.id)
    if step is None:
        return sketch.finish(), node
    timer = model.TimerEventDefinition(
        id=sketch.fresh(f"{node}_late_timer"), duration=expression(after), clock=clock, calendar=calendar
    )
    place = sketch.inside[node]
    deadline = sketch.put(
        model.BoundaryEvent(
            id=sketch.fresh(f"{node}_late"), name=name, attached_to=node, cancel_activity=False, definitions=(timer,)
        ),
        place,
    )
    told = sketch.put(step.named(sketch.fresh(step.node.name or f"{node}_late_step"), ""), place)
    end = sketch.put(model.EndEvent(id=sketch.fresh(f"{node}_late_end"), name=end_name), place)
    for each in (deadline, told, end):
        sketch.into_lane_of(each.id, node)
    join(sketch, deadline.id, told.id)
    join(sketch, told.id, end.id)
    return sketch.finish(), told.id
