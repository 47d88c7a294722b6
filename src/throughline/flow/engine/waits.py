"""
What a case waits for outside itself: timers, messages, signals, conditions.

Every listening event (an intermediate catch event, a boundary event, the start of an event sub-process, a branch of an
event-based gateway) opens one wait per event definition and closes them together. A wait that comes true is ended
first and then told to its node, so a driver that delivers twice finds nothing the second time.

A condition happens when it *becomes* true, and at once when it is true at the moment it starts to be waited for (BPMN
2.0.2, 10.5.4). It is tested again when a variable or a field it reads has changed, and at no other time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine.state import Cycle, Token, Wait
from throughline.flow.engine.timers import BadTimer, TimerRule, first_due, next_due
from throughline.flow.values import feel_text

if TYPE_CHECKING:
    from datetime import datetime

    from throughline.flow.engine.chart import Definition, Node
    from throughline.flow.engine.step import Step

WAITED_FOR = frozenset({"timer", "message", "signal", "conditional"})
"""Triggers that come from outside; the others are thrown inside a case and looked up when they are."""


def listen(step: Step, node: Node, scope: int, token: Token | None, *, since: datetime | None = None) -> None:
    """
    Open the waits of a listening event for a token, or for the scope alone (an event sub-process).

    ``since``: from when durations count, when that is not the moment of the command.
    """
    for number, definition in enumerate(node.definitions):
        if definition.trigger in WAITED_FOR:
            open_wait(step, node, number, scope, token, since=since)


def listen_at_border(step: Step, node: Node, token: Token) -> None:
    """Open the waits of an activity's boundary events."""
    for boundary in node.listeners:
        listen(step, boundary, token.scope, token)


def open_wait(
    step: Step,
    node: Node,
    number: int,
    scope: int,
    token: Token | None,
    *,
    again: bool = False,
    since: datetime | None = None,
) -> None:
    """
    Open one wait. ``again``: a condition that has just happened starts anew and must become false before it happens
    again. What holds already happens when its turn comes, so nothing is interrupted while waits are being opened.
    ``since``: see ``listen``.
    """
    definition = node.definitions[number]
    owner = 0 if token is None else token.id
    wait_id = step.next_id()
    if definition.trigger == "timer":
        if definition.timer is None:
            return  # it says no time, so it never comes
        try:
            due, cycle = _first_due(step, definition.timer, scope, token, since)
        except BadTimer as problem:
            _bad_timer(step, node, token, problem)
            return
        wait = Wait(wait_id, "timer", node.id, scope, owner, number, due_at=due, cycle=cycle)
    elif definition.trigger == "message":
        wait = Wait(
            wait_id, "message", node.id, scope, owner, number, definition.name, _key(step, definition, scope, token)
        )
    elif definition.trigger == "signal":
        wait = Wait(wait_id, "signal", node.id, scope, owner, number, definition.name)
    else:
        reads = () if definition.condition is None else definition.condition.reads
        holds = _holds(step, definition, scope, token)
        wait = Wait(wait_id, "condition", node.id, scope, owner, number, reads=reads, holds=holds)
        if holds and not again:
            step.push(scope, come_true, wait_id, {})
    step.emit(ev.Awaited(node.id, owner, None if token is None else token.node, wait))


def rearm(step: Step, node: Node, wait: Wait) -> None:
    """
    Let an event that interrupts nothing be waited for again: a cycle's next time, the next message, signal,
    condition.
    """
    token = step.state.tokens.get(wait.token)
    if wait.kind != "timer":
        open_wait(step, node, wait.definition, wait.scope, token, again=True)
        return
    rule = node.definitions[wait.definition].timer
    if wait.cycle is None or rule is None or wait.due_at is None:
        return
    after = next_due(rule, wait.cycle, wait.due_at, step.around.calendars)
    if after is not None:
        _arm(step, node, wait, after)


def _arm(step: Step, node: Node, wait: Wait, after: tuple[datetime, Cycle]) -> None:
    again = Wait(
        step.next_id(), "timer", node.id, wait.scope, wait.token, wait.definition, due_at=after[0], cycle=after[1]
    )
    step.emit(ev.Awaited(node.id, wait.token, None, again))


def come_true(step: Step, wait_id: int, payload: Mapping[str, Any]) -> None:
    """Let what a wait stands for happen, if it is still waited for."""
    wait = step.state.waits.get(wait_id)
    if wait is None:
        return
    node = step.chart.by_id[wait.node]
    end(step, wait, came=True)
    if node.parallel and any(each.node == wait.node and each.token == wait.token for each in step.state.waits.values()):
        return
    node.happen(step, node, wait, payload)


def end(step: Step, wait: Wait, *, came: bool = False) -> None:
    """End one wait."""
    step.emit(ev.AwaitEnded(wait.node, wait.token, None, wait.id, wait.kind, came))


def end_all(step: Step, waits: Iterable[Wait]) -> None:
    """End several waits that are not needed any more."""
    for wait in waits:
        end(step, wait)


def of_token(step: Step, token: int) -> list[Wait]:
    """Return the waits that belong to a token."""
    return [wait for wait in step.state.waits.values() if wait.token == token]


def of_scope(step: Step, scope: int) -> list[Wait]:
    """Return the waits that belong to a scope itself: the starts of its event sub-processes."""
    return [wait for wait in step.state.waits.values() if wait.scope == scope and wait.token == 0]


def test_conditions(step: Step, changed: frozenset[str]) -> None:
    """Look again at the conditions that read any of these names or dotted paths."""
    for wait in [each for each in step.state.waits.values() if each.kind == "condition"]:
        if wait.id in step.state.waits and _concerned(wait.reads, changed):
            _test(step, wait)


def _test(step: Step, wait: Wait) -> None:
    node = step.chart.by_id[wait.node]
    holds = _holds(step, node.definitions[wait.definition], wait.scope, step.state.tokens.get(wait.token))
    if holds == wait.holds:
        return
    step.emit(ev.ConditionTested(wait.node, wait.token, None, wait.id, holds))
    if holds:
        step.push(wait.scope, come_true, wait.id, {})


def _concerned(reads: tuple[str, ...], changed: frozenset[str]) -> bool:
    return any(
        read == name or read.startswith(name + ".") or name.startswith(read + ".") for read in reads for name in changed
    )


def _holds(step: Step, definition: Definition, scope: int, token: Token | None) -> bool:
    if definition.condition is None:
        return False
    return step.value(definition.condition, scope, None if token is None else token.locals) is True


def _key(step: Step, definition: Definition, scope: int, token: Token | None) -> str | None:
    if definition.key is None:
        return None
    return key_text(step.value(definition.key, scope, None if token is None else token.locals))


def key_text(value: Any) -> str | None:
    """Return a correlation key as text: numbers without needless zeros, null as none."""
    return value if value is None or isinstance(value, str) else feel_text(value)


def _first_due(
    step: Step, rule: TimerRule, scope: int, token: Token | None, since: datetime | None
) -> tuple[datetime, Cycle | None]:
    locals_ = None if token is None else token.locals
    value = rule.text if rule.formula is None else step.value(rule.formula, scope, locals_)
    start = since if since is not None and rule.kind == "duration" else step.around.now
    return first_due(rule, value, start, step.around.calendars)


def _bad_timer(step: Step, node: Node, token: Token | None, problem: BadTimer) -> None:
    message = f"Expected timer {node.label!r} to give a moment or a duration, but {problem}."
    if token is not None and token.id in step.state.tokens:
        step.incident(token, "timer", message)
    else:
        step.emit(ev.IncidentRaised(node.id, 0, None, step.next_id(), "timer", message))
