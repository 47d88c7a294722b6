"""
Loops: the standard loop and multi-instance activities (BPMN 2.0.2, 10.3.8 and 13.3.6, 13.3.7).

The activity as a whole rests as one token, at which its boundary events listen. Its instances run in a scope of their
own that keeps the counters; each sees its ``loopCounter`` (from 1) and, over a collection, its item. A sequential loop
begins the next instance when the scope drains, a parallel one begins all at once. Results are collected in the order
of the instances.

Loop conditions mean *while*. A standard loop without a condition runs up to its maximum. A completion condition that
holds withdraws what is left. The behaviours *None*, *One* and *Complex* throw their events when instances end;
boundary events of the activity itself catch them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from throughline.flow.engine import events as ev
from throughline.flow.engine import step as steps
from throughline.flow.engine import throwing, waits, withdrawal
from throughline.flow.engine.elements import activity, boundary_event, throw_event
from throughline.flow.engine.state import Loop
from throughline.flow.engine.step import DRAINED, Arrival
from throughline.flow.values import feel_text

if TYPE_CHECKING:
    from throughline.flow.engine.chart import Definition, LoopRule, Node
    from throughline.flow.engine.state import Scope, Token, Variables
    from throughline.flow.engine.step import Step

INSTANCES = 10_000
"""More instances than this in one activity are taken for a mistake in the data."""


def enter(step: Step, node: Node, arrival: Arrival) -> None:
    """Begin the loop: find out how often, open its scope, begin the first instance or all."""
    rule = node.loop
    assert rule is not None
    found = _plan(step, node, rule, arrival.scope)
    if isinstance(found, str):
        step.stuck(node, arrival, "loop", found)
        return
    token = step.rest(node, arrival, "loop")
    inner = step.next_id()
    step.emit(ev.ScopeOpened(node.id, token.id, token.previous, inner, token.scope, "loop", {}, found))
    step.push(inner, _begin, node, inner)
    if node.listeners:
        waits.listen_at_border(step, node, token)


def _plan(step: Step, node: Node, rule: LoopRule, scope: int) -> Loop | str:
    """Return the counters to begin with, or what is wrong."""
    if rule.kind == "standard":
        return _standard_plan(step, node, rule, scope)
    items: list[Any] | None = None
    if rule.collection is not None:
        value = step.value(rule.collection, scope)
        if not isinstance(value, list):
            return f"Expected {rule.collection.text!r} of {node.label!r} to be a list, but it is {feel_text(value)}."
        items, count = value, len(value)
        if rule.cardinality is None:
            return _multi(rule, count, items, node)
    number = None if rule.cardinality is None else step.value(rule.cardinality, scope)
    if not isinstance(number, Decimal) or number != int(number) or number < 0:
        return f"Expected {node.label!r} to have a whole number of instances from 0, but it is {feel_text(number)}."
    return _multi(rule, int(number), items, node)


def _standard_plan(step: Step, node: Node, rule: LoopRule, scope: int) -> Loop | str:
    if rule.maximum is None:
        return Loop(-1)
    most = step.value(rule.maximum, scope)
    if not isinstance(most, Decimal) or most < 0:
        return f"Expected the maximum of loop {node.label!r} to be a whole number from 0, but it is {feel_text(most)}."
    return Loop(int(most))


def _multi(rule: LoopRule, count: int, items: list[Any] | None, node: Node) -> Loop | str:
    if count > INSTANCES:
        return f"Expected at most {INSTANCES} instances of {node.label!r}, but there are {count}."
    outputs = [None] * count if rule.output and rule.outputs else None
    return Loop(count, sequential=rule.sequential, items=items, outputs=outputs)


# --- beginning instances ----------------------------------------------------------------------------------------------
def _begin(step: Step, node: Node, scope_id: int) -> None:
    rule = node.loop
    scope = step.state.scopes[scope_id]
    assert rule is not None
    assert scope.loop is not None
    if rule.kind == "standard":
        if not rule.test_before or _goes_on(step, rule, scope):
            _begin_next(step, node, scope_id)
    elif rule.sequential:
        if scope.loop.total:
            _begin_next(step, node, scope_id)
    else:
        for _ in range(scope.loop.total):
            step.push(scope_id, _begin_next, node, scope_id)


def _goes_on(step: Step, rule: LoopRule, scope: Scope) -> bool:
    loop = scope.loop
    assert loop is not None
    if loop.total != -1 and loop.started >= loop.total:
        return False
    counter = {"loopCounter": Decimal(loop.started)}
    return (rule.condition is None and loop.total != -1) or (
        rule.condition is not None and step.value(rule.condition, scope.id, counter) is True
    )


def _begin_next(step: Step, node: Node, scope_id: int) -> None:
    scope = step.state.scopes[scope_id]
    loop, rule = scope.loop, node.loop
    assert loop is not None
    assert rule is not None
    assert node.perform is not None
    step.visits += 1
    number = loop.started
    owner = step.state.tokens[scope.token]
    if step.visits > steps.BUDGET:
        step.incident(
            owner, "loop without a wait", f"Expected loop {node.label!r} to wait or end, but it goes on and on."
        )
        return
    step.emit(ev.LoopAdvanced(node.id, owner.id, owner.previous, scope_id, replace(loop, started=number + 1)))
    locals_: Variables = {"loopCounter": Decimal(number + 1)}
    if rule.item is not None and loop.items is not None:
        locals_[rule.item] = loop.items[number] if number < len(loop.items) else None
    if rule.output is not None:
        locals_.setdefault(rule.output, None)
    step.attempt(scope_id, node.perform, (node, Arrival(scope_id, owner.previous, owner.flow, locals_)))


def resume(step: Step, node: Node, owner: Token) -> None:
    """Go on with a loop that stopped at an incident of its own."""
    scope = next(each for each in step.state.scopes.values() if each.kind == "loop" and each.token == owner.id)
    assert scope.loop is not None
    if scope.loop.started == 0:
        step.push(scope.id, _begin, node, scope.id)
    elif scope.live == 0:
        drained(step, scope)


# --- ending instances -------------------------------------------------------------------------------------------------
def instance_ended(step: Step, node: Node, token: Token, own: Mapping[str, Any]) -> None:
    """
    Count an instance that has ended, collect its result, throw what its behaviour says, and see whether it is enough.
    """
    scope = step.state.scopes[token.scope]
    rule, loop = node.loop, scope.loop
    assert loop is not None
    assert rule is not None
    owner = step.state.tokens[scope.token]
    counted = replace(loop, ended=loop.ended + 1, outputs=_collected(rule, loop, token.locals or {}, own))
    step.emit(ev.LoopAdvanced(node.id, owner.id, owner.previous, scope.id, counted))
    if rule.kind == "multi":
        _throw_behavior(step, node, scope, token)
    if scope.id in step.state.scopes and _is_enough(step, rule, scope):
        withdrawal.clear(step, scope.id, node.id)


def _collected(rule: LoopRule, loop: Loop, locals_: Variables, own: Mapping[str, Any]) -> list[Any] | None:
    """Return the results so far, with that of the instance at its place."""
    if loop.outputs is None or rule.output is None:
        return loop.outputs
    place = int(locals_["loopCounter"])
    result = own.get(rule.output, locals_.get(rule.output))
    return [*loop.outputs[: place - 1], result, *loop.outputs[place:]]


def _is_enough(step: Step, rule: LoopRule, scope: Scope) -> bool:
    return rule.completion is not None and step.value(rule.completion, scope.id, _counts(step, scope)) is True


def _counts(step: Step, scope: Scope) -> Variables:
    """Return the attributes of a running multi-instance activity (BPMN 2.0.2, table 10.30)."""
    loop = step.state.scopes[scope.id].loop
    assert loop is not None
    active = step.state.scopes[scope.id].live
    return {
        "loopCounter": Decimal(loop.ended),
        "numberOfInstances": Decimal(loop.total),
        "numberOfActiveInstances": Decimal(active),
        "numberOfCompletedInstances": Decimal(loop.ended),
        "numberOfTerminatedInstances": Decimal(loop.total - loop.ended - active),
    }


def _throw_behavior(step: Step, node: Node, scope: Scope, token: Token) -> None:
    """Throw what the behaviour of a multi-instance activity says about an instance that has ended (table 10.28)."""
    rule, loop = node.loop, step.state.scopes[scope.id].loop
    assert rule is not None
    assert loop is not None
    if rule.behavior == "None" and rule.none_event is not None:
        _throw(step, node, token, rule.none_event)
    elif rule.behavior == "One" and loop.ended == 1 and rule.one_event is not None:
        _throw(step, node, token, rule.one_event)
    elif rule.behavior == "Complex":
        for condition, definitions in rule.complex:
            if scope.id in step.state.scopes and step.value(condition, scope.id, _counts(step, scope)) is True:
                for definition in definitions:
                    _throw(step, node, token, definition)


def _throw(step: Step, node: Node, token: Token, definition: Definition) -> None:
    """
    Throw an event of the activity: its own boundary events come first, then the world outside.

    A boundary event that catches it does not end the activity, however it is drawn: the standard lets these events
    tell of instances that end, and the activity is over when its instances are. An error does end it.
    """
    scope = step.state.scopes.get(token.scope)
    if scope is None:
        return
    owner = step.state.tokens[scope.token]
    if definition.trigger == "error":
        throwing.throw_error(step, node, owner, definition.code, "")
        return
    own = [each for each in node.boundaries if any(_matches(one, definition) for one in each.definitions)]
    for boundary in own:
        boundary_event.tell(step, boundary, owner, {})
    if definition.trigger == "signal":
        step.emit(ev.SignalThrown(node.id, token.id, token.previous, definition.name, {}))
        step.push(scope.id, throw_event.broadcast, definition.name, {}, owner.id)
    elif not own:
        throw_event.throw(step, node, token, definition)


def _matches(caught: Definition, thrown: Definition) -> bool:
    if caught.trigger != thrown.trigger:
        return False
    return caught.code in (None, thrown.code) if thrown.trigger == "escalation" else caught.name == thrown.name


# --- the end of the whole ---------------------------------------------------------------------------------------------
def drained(step: Step, scope: Scope) -> None:
    """Begin the next instance, or end the activity as a whole."""
    node = step.chart.by_id[scope.node]
    rule, loop = node.loop, scope.loop
    assert rule is not None
    assert loop is not None
    owner = step.state.tokens[scope.token]
    if any(each.token == owner.id for each in step.state.incidents.values()):
        return
    if _has_next(step, rule, scope, loop):
        step.push(scope.id, _begin_next, node, scope.id)
        return
    step.emit(ev.ScopeClosed(node.id, owner.id, owner.previous, scope.id))
    step.push(owner.scope, _over, node, owner, loop)


def _has_next(step: Step, rule: LoopRule, scope: Scope, loop: Loop) -> bool:
    if rule.kind == "standard":
        return loop.started > 0 and _goes_on(step, rule, scope)
    return rule.sequential and loop.started < loop.total and not _is_enough(step, rule, scope)


def _over(step: Step, node: Node, owner: Token, loop: Loop) -> None:
    rule = node.loop
    if owner.id not in step.state.tokens or rule is None:
        return
    if rule.outputs is not None and loop.outputs is not None:
        step.assign(node, owner, {rule.outputs: loop.outputs})
    activity.close(step, node, owner)
    step.leave(node, owner.scope)


DRAINED["loop"] = drained
