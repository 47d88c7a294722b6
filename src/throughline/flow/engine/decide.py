"""
From a command to what has happened: the entry of the kernel.

``decide(chart, state, command, around)`` gives the events, ``apply`` their effect on the state, ``effects`` what the
world must do; ``advance`` gives all three in one pass and is what drivers call. All are pure: the same arguments give
the same results, and the given state is never changed. A command whose token, timer or wait is gone gives no events:
it was carried out before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from throughline.flow.engine import commands as cmd
from throughline.flow.engine import events as ev
from throughline.flow.engine import lifecycle, throwing, waits, watching, withdrawal
from throughline.flow.engine.chart import Chart, Node
from throughline.flow.engine.effects import EFFECTS, Effect
from throughline.flow.engine.elements import (
    activity,
    call_activity,
    event_based_gateway,
    joins,
    loops,
    receive_task,
    service_task,
    start_event,
    throw_event,
    user_task,
)
from throughline.flow.engine.lifecycle import CommandRefused
from throughline.flow.engine.state import ROOT, Scope, State, Token, thaw
from throughline.flow.engine.step import DRAINED, Arrival, Step
from throughline.flow.engine.surroundings import Surroundings


class Advance(NamedTuple):
    """The result of one command: the state after it, what has happened, and what the driver must do, in order."""

    state: State
    events: tuple[ev.Event, ...]
    effects: tuple[Effect, ...]


def advance(chart: Chart, state: State | None, command: cmd.Command, around: Surroundings) -> Advance:
    """
    Carry out a command until the case rests.

    ``state`` is None for Start only. Raises CommandRefused when the command makes no sense for this case (it was never
    possible, as opposed to: not possible any more).
    """
    return _result(_carry_out(chart, state, command, around))


def advance_by(chart: Chart, state: State, around: Surroundings, do: Callable[[Step], None]) -> Advance:
    """Do something to a case that is no command, such as a migration, and go on until it rests."""
    step = Step(chart, thaw(state), around)
    if state.status == "running":
        do(step)
        step.run(joins.release)
    return _result(step)


def _result(step: Step) -> Advance:
    wanted: list[Effect] = []
    for event in step.events:
        derive = EFFECTS.get(type(event))
        if derive is not None:
            wanted.extend(derive(event))
    return Advance(step.state, tuple(step.events), tuple(wanted))


def decide(chart: Chart, state: State | None, command: cmd.Command, around: Surroundings) -> tuple[ev.Event, ...]:
    """Return what happens because of a command; see :func:`advance`."""
    return tuple(_carry_out(chart, state, command, around).events)


def _carry_out(chart: Chart, state: State | None, command: cmd.Command, around: Surroundings) -> Step:
    if isinstance(command, cmd.Start):
        if state is not None:
            raise CommandRefused("Expected no case yet for Start, but there is one.")
        step = Step(chart, State(chart.digest), around)
        _start(step, command)
    elif state is None:
        raise CommandRefused(f"Expected a case for {type(command).__name__}, but there is none.")
    else:
        step = Step(chart, thaw(state), around)
        if state.status == "running":
            DECIDE[type(command)](step, command)
    step.run(joins.release)
    return step


# --- beginning --------------------------------------------------------------------------------------------------------
def _start(step: Step, command: cmd.Start) -> None:
    starts = _starting_nodes(step.chart, command.node)
    first = starts[0].id if starts else ""
    step.emit(ev.CaseStarted(first, 0, None, dict(command.variables), command.called))
    for start in step.chart.root.event_starts:
        waits.listen(step, start, ROOT, None)
    for node in starts:
        step.push(ROOT, _begin_at, node, command.node is not None, command.payload)
    if not starts:
        step.push(ROOT, _nothing)


def _starting_nodes(chart: Chart, wanted: str | None) -> tuple[Node, ...]:
    if wanted is None:
        if not chart.root.starts and chart.starts:
            known = ", ".join(point.node for point in chart.starts)
            raise CommandRefused(f"Expected a plain start of {chart.id!r}, but it begins at {known} only.")
        return chart.root.starts
    points = {point.node for point in chart.starts}
    if wanted not in points:
        known = ", ".join(sorted(points)) or "none"
        raise CommandRefused(f"Expected a start of {chart.id!r} ({known}), but {wanted!r}.")
    return (chart.by_id[wanted],)


def _begin_at(step: Step, node: Node, chosen: bool, payload: Mapping[str, Any]) -> None:
    if not chosen and not payload:
        step.arrive(node, Arrival(ROOT))
    elif node.type == "startEvent":
        start_event.begin(step, node, payload)
    elif node.perform is not None:
        receive_task.begin(step, node, payload)
    else:
        event_based_gateway.begin(step, node, payload)


def _nothing(step: Step) -> None:
    """Let the scope be looked at: an empty process is over at once."""


def _finished(step: Step, scope: Scope) -> None:  # noqa: ARG001
    step.emit(ev.CaseFinished(step.last, 0, None))


DRAINED["process"] = _finished


# --- answers ----------------------------------------------------------------------------------------------------------
def _token(step: Step, token_id: int, command: cmd.Command) -> Token | None:
    token = step.state.tokens.get(token_id)
    if token is not None:
        lifecycle.check(command, token, step.chart.by_id[token.node].label)
    elif token_id > step.state.seq or token_id < 1:
        raise CommandRefused(f"Expected a token of this case for {type(command).__name__}, but {token_id}.")
    return token


def _complete_work(step: Step, command: cmd.CompleteWork) -> None:
    if (token := _token(step, command.token, command)) is not None:
        node = step.chart.by_id[token.node]
        step.push(token.scope, node.complete or activity.finish, node, token, command.variables)


def _action_finished(step: Step, command: cmd.ActionFinished) -> None:
    if (token := _token(step, command.activation, command)) is not None:
        step.push(token.scope, service_task.finished, step.chart.by_id[token.node], token, command.result)


def _action_failed(step: Step, command: cmd.ActionFailed) -> None:
    if (token := _token(step, command.activation, command)) is not None:
        step.push(token.scope, _fail, token, command)


def _fail(step: Step, token: Token, command: cmd.ActionFailed) -> None:
    node = step.chart.by_id[token.node]
    if command.code is not None and (
        step.state.called or throwing.find_catcher(step, "error", command.code, token.scope, token) is not None
    ):
        throwing.throw_error(step, node, token, command.code, command.reason)
        return
    _close_incidents(step, token)
    step.incident(token, "action", command.reason, retryable=command.retryable)


def _throw_error(step: Step, command: cmd.ThrowError) -> None:
    if (token := _token(step, command.token, command)) is not None:
        step.push(token.scope, _error, token, command)


def _error(step: Step, token: Token, command: cmd.ThrowError) -> None:
    node = step.chart.by_id[token.node]
    if not throwing.throw_error(step, node, token, command.code, command.message) and step.state.status == "running":
        message = f"Expected error {command.code!r} at {node.label!r} to be caught, but nothing catches it."
        step.incident(token, "uncaught error", message)


def _child_finished(step: Step, command: cmd.ChildFinished) -> None:
    if (token := _token(step, command.token, command)) is not None:
        step.push(token.scope, call_activity.finished, step.chart.by_id[token.node], token, command)


def _child_escalated(step: Step, command: cmd.ChildEscalated) -> None:
    if (token := _token(step, command.token, command)) is not None:
        step.push(token.scope, _escalate, token, command)


def _escalate(step: Step, token: Token, command: cmd.ChildEscalated) -> None:
    catcher = throwing.find_catcher(step, "escalation", command.code, token.scope, token)
    by = None if catcher is None else catcher[0].id
    step.emit(ev.EscalationThrown(token.node, token.id, token.previous, command.code, by))
    if catcher is not None:
        throwing.catch(step, catcher, {"code": command.code})


# --- what was waited for ----------------------------------------------------------------------------------------------
def _timer_due(step: Step, command: cmd.TimerDue) -> None:
    _come(step, command.timer, "timer", "", {})


def _receive_message(step: Step, command: cmd.ReceiveMessage) -> None:
    _come(step, command.wait, "message", command.name, command.payload)


def _come(step: Step, wait_id: int, kind: str, name: str, payload: Mapping[str, Any]) -> None:
    wait = step.state.waits.get(wait_id)
    if wait is None:
        return
    if wait.kind != kind or (name and name != wait.name):
        raise CommandRefused(
            f"Expected wait {wait_id} to be for {kind} {name!r}, but it is for {wait.kind} {wait.name!r}."
        )
    step.push(wait.scope, waits.come_true, wait_id, payload)


def _receive_signal(step: Step, command: cmd.ReceiveSignal) -> None:
    step.push(ROOT, throw_event.broadcast, command.name, command.payload)


def _record_changed(step: Step, command: cmd.RecordChanged) -> None:
    step.push(ROOT, waits.test_conditions, frozenset(command.fields))


def _set_variables(step: Step, command: cmd.SetVariables) -> None:
    if command.variables:
        step.emit(ev.VariablesSet("", 0, None, ROOT, dict(command.variables)))
        step.push(ROOT, waits.test_conditions, frozenset(command.variables))


# --- repair -----------------------------------------------------------------------------------------------------------
def _close_incidents(step: Step, token: Token) -> None:
    for incident in [each for each in step.state.incidents.values() if each.token == token.id]:
        step.emit(ev.IncidentClosed(incident.node, token.id, token.previous, incident.id))


def _retry(step: Step, command: cmd.Retry) -> None:
    if command.token == 0:
        step.push(ROOT, _listen_for_reactions)
        return
    token = _token(step, command.token, command)
    if token is None or not any(each.token == token.id for each in step.state.incidents.values()):
        return
    _close_incidents(step, token)
    step.push(token.scope, _RETRY.get(token.phase, _listen_again), step.chart.by_id[token.node], token)


def _listen_for_reactions(step: Step) -> None:
    """Try again what event sub-processes could not be listened for; such incidents belong to no token."""
    for incident in [each for each in step.state.incidents.values() if each.token == 0]:
        step.emit(ev.IncidentClosed(incident.node, 0, None, incident.id))
    for scope in list(step.state.scopes.values()):
        body = step.chart.bodies.get(scope.node) if scope.kind in ("process", "sub", "event", "adhoc") else None
        heard = {wait.node for wait in waits.of_scope(step, scope.id)}
        for start in body.event_starts if body is not None and not scope.closed else ():
            if start.id not in heard:
                waits.listen(step, start, scope.id, None)


def _enter_again(step: Step, node: Node, token: Token) -> None:
    step.emit(ev.Cancelled(node.id, token.id, token.previous, token.phase))
    again = Arrival(token.scope, token.previous, token.flow, token.locals)
    if token.locals is not None and node.perform is not None:
        node.perform(step, node, again)
    else:
        step.arrive(node, again)


def _begin_again(step: Step, node: Node, token: Token) -> None:
    """Listen again around what runs inside; begin anew where nothing is left of it, as in a cancelled transaction."""
    if any(scope.token == token.id for scope in step.state.scopes.values()):
        _listen_again(step, node, token)
    else:
        _enter_again(step, node, token)


def _leave_again(step: Step, node: Node, token: Token) -> None:
    step.emit(ev.Cancelled(node.id, token.id, token.previous, token.phase))
    step.leave(node, token.scope)


def _offer_again(step: Step, node: Node, token: Token) -> None:
    user_task.offer(step, node, token)
    _listen_again(step, node, token)


def _request_again(step: Step, node: Node, token: Token) -> None:
    service_task.request(step, node, token)
    _listen_again(step, node, token)


def _call_again(step: Step, node: Node, token: Token) -> None:
    call_activity.call(step, node, token)
    _listen_again(step, node, token)


def _resume_loop(step: Step, node: Node, token: Token) -> None:
    _listen_again(step, node, token)
    loops.resume(step, node, token)


def _listen_again(step: Step, node: Node, token: Token) -> None:
    """Open the waits that could not be opened before; whatever else was wrong shows when the case goes on."""
    open_now = {wait.node for wait in waits.of_token(step, token.id)}
    for listener in (*node.listeners, *((node,) if node.definitions and token.phase == "event" else ())):
        if listener.id not in open_now:
            waits.listen(step, listener, token.scope, token)


_RETRY: dict[str, Callable[[Step, Node, Token], None]] = {
    "stuck": _enter_again,
    "leaving": _leave_again,
    "work": _offer_again,
    "action": _request_again,
    "call": _call_again,
    "loop": _resume_loop,
    "scope": _begin_again,
}


def _skip(step: Step, command: cmd.Skip) -> None:
    token = _token(step, command.token, command)
    if token is None:
        return
    node = step.chart.by_id[token.node]
    if node.type.endswith("Gateway"):
        raise CommandRefused(f"Expected a step to skip, but {node.label!r} is a gateway. Move the token instead.")
    step.push(token.scope, _skip_now, node, token, command.reason)


def _skip_now(step: Step, node: Node, token: Token, reason: str) -> None:
    withdrawal.empty(step, token, None)
    step.emit(ev.Skipped(node.id, token.id, token.previous, token.phase, reason))
    activity.go_on(step, node, token, {})


def _move(step: Step, command: cmd.Move) -> None:
    token = _token(step, command.token, command)
    if token is None:
        return
    here, there = step.chart.by_id[token.node], step.chart.by_id.get(command.node)
    if there is None or there.body is not here.body or there.by_event:
        raise CommandRefused(
            f"Expected a node beside {here.label!r} to move to, but {command.node!r} is not in the same scope."
        )
    step.push(token.scope, _move_now, here, there, token, command.reason)


def _move_now(step: Step, here: Node, there: Node, token: Token, reason: str) -> None:
    withdrawal.empty(step, token, None)
    scope = step.state.scopes[token.scope]
    step.emit(ev.Moved(here.id, token.id, token.previous, token.phase, there.id, reason))
    if scope.kind == "loop":
        _leave_loop(step, scope)
        scope = step.state.scopes[scope.parent]
    step.go_to(there, Arrival(scope.id, here.id))


def _leave_loop(step: Step, scope: Scope) -> None:
    """Withdraw the whole of a loop, since one of its instances was sent on elsewhere."""
    owner = step.state.tokens[scope.token]
    withdrawal.withdraw(step, owner, None)


def _cancel(step: Step, command: cmd.Cancel) -> None:
    withdrawal.clear(step, ROOT, None)
    step.emit(ev.CaseFinished(step.last, 0, None, "cancelled", None, command.reason))


# --- what only watches ------------------------------------------------------------------------------------------------
def _observe(step: Step, command: cmd.Observe) -> None:
    def ahead(state: State, each: cmd.Command) -> State:
        return advance(step.chart, state, each, step.around).state

    way = watching.explanation(step.chart, step.state, command, ahead)
    for each in way or ():
        DECIDE[type(each)](step, each)
        step.run(joins.release)
    if way is None:
        step.emit(ev.Unexpected(next(iter(command.seen)), 0))


def _migrate(step: Step, command: cmd.Migrate) -> None:  # noqa: ARG001
    raise CommandRefused("Expected migrate() to carry out Migrate, since it needs both charts, but it came alone.")


DECIDE: dict[type[cmd.Command], Callable[[Step, Any], None]] = {
    cmd.CompleteWork: _complete_work,
    cmd.ActionFinished: _action_finished,
    cmd.ActionFailed: _action_failed,
    cmd.ThrowError: _throw_error,
    cmd.ChildFinished: _child_finished,
    cmd.ChildEscalated: _child_escalated,
    cmd.TimerDue: _timer_due,
    cmd.ReceiveMessage: _receive_message,
    cmd.ReceiveSignal: _receive_signal,
    cmd.RecordChanged: _record_changed,
    cmd.SetVariables: _set_variables,
    cmd.Retry: _retry,
    cmd.Skip: _skip,
    cmd.Move: _move,
    cmd.Cancel: _cancel,
    cmd.Observe: _observe,
    cmd.Migrate: _migrate,
}
"""What each command sets going in a running case."""
