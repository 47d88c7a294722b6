"""
How events change a case: the only code that does.

``apply(chart, state, event)`` gives the state after one event and leaves the given one alone; ``replay`` folds it. A
step of the kernel uses the same table on its own copy, so what is decided live and what is rebuilt later cannot
differ. Nothing here looks at a chart, a clock or an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from throughline.flow.engine import events as ev
from throughline.flow.engine.chart import Chart
from throughline.flow.engine.state import ROOT, Incident, Scope, State, Token, thaw


def apply(chart: Chart, state: State | None, event: ev.Event) -> State:
    """Return the state after ``event``; ``state`` is None before a case has started."""
    after = State(chart.digest) if state is None else thaw(state)
    APPLY[type(event)](after, event)
    return after


def replay(chart: Chart, events: Iterable[ev.Event]) -> State:
    """Return the state that a case has after all these events, from its start."""
    state = State(chart.digest)
    for event in events:
        APPLY[type(event)](state, event)
    return state


# --- the case ---------------------------------------------------------------------------------------------------------
def _case_started(state: State, event: ev.CaseStarted) -> None:
    state.seq = ROOT
    state.called = event.called
    state.scopes[ROOT] = Scope(ROOT, "process", "", 0, 0, event.variables)


def _case_finished(state: State, event: ev.CaseFinished) -> None:
    state.status = event.outcome
    state.scopes = {ROOT: state.scopes[ROOT]}
    state.tokens.clear()
    state.waits.clear()
    state.incidents.clear()


def _migrated(state: State, event: ev.Migrated) -> None:
    state.chart = event.chart
    rename(state, event.nodes)


def rename(state: State, nodes: Mapping[str, str]) -> None:
    """Give everything in a state that names a node the id it has in another chart."""
    if not nodes:
        return

    def of(node: str) -> str:
        return nodes.get(node, node)

    for token in list(state.tokens.values()):
        state.tokens[token.id] = replace(token, node=of(token.node))
    for wait in list(state.waits.values()):
        state.waits[wait.id] = replace(wait, node=of(wait.node))
    for incident in list(state.incidents.values()):
        state.incidents[incident.id] = replace(incident, node=of(incident.node))
    for scope in state.scopes.values():
        scope.node = of(scope.node)
        scope.done = tuple(replace(entry, node=of(entry.node)) for entry in scope.done)
        scope.pending = tuple(replace(entry, node=of(entry.node)) for entry in scope.pending)
        scope.resetting = {of(node): flows for node, flows in scope.resetting.items()}


# --- tokens -----------------------------------------------------------------------------------------------------------
def _passed(state: State, event: ev.Passed) -> None:
    state.seq = event.token


def _entered(state: State, event: ev.Entered) -> None:
    token = event.token
    state.seq = token
    state.tokens[token] = Token(token, event.node, event.scope, event.phase, event.previous, event.flow, event.locals)
    state.scopes[event.scope].live += 1


def _left(state: State, event: ev.Completed | ev.Cancelled | ev.Skipped | ev.Moved) -> None:
    token = state.tokens.pop(event.token)
    state.scopes[token.scope].live -= 1
    if state.incidents:
        _forget_incidents(state, event.token)


def _joined(state: State, event: ev.Joined) -> None:
    state.seq = event.token
    for each in event.consumed:
        token = state.tokens.pop(each)
        state.scopes[token.scope].live -= 1
        if state.incidents:
            _forget_incidents(state, each)


def _forget_incidents(state: State, token: int) -> None:
    for incident in [each for each in state.incidents.values() if each.token == token]:
        del state.incidents[incident.id]


# --- scopes -----------------------------------------------------------------------------------------------------------
def _scope_opened(state: State, event: ev.ScopeOpened) -> None:
    state.seq = event.scope
    state.scopes[event.scope] = Scope(
        event.scope,
        event.kind,
        event.node,
        event.parent,
        event.token,
        event.variables,
        loop=event.loop,
        done=event.done,
        pending=event.pending,
    )


def _scope_closed(state: State, event: ev.ScopeClosed) -> None:
    del state.scopes[event.scope]


def _scope_interrupted(state: State, event: ev.ScopeInterrupted) -> None:
    state.scopes[event.scope].closed = True


def _loop_advanced(state: State, event: ev.LoopAdvanced) -> None:
    state.scopes[event.scope].loop = event.loop


def _gateway_reset(state: State, event: ev.GatewayReset) -> None:
    scope = state.scopes[event.scope]
    rest = {node: flows for node, flows in scope.resetting.items() if node != event.node}
    scope.resetting = rest if event.flows is None else {**rest, event.node: event.flows}


# --- data -------------------------------------------------------------------------------------------------------------
def _variables_set(state: State, event: ev.VariablesSet) -> None:
    scope = state.scopes[event.scope]
    scope.variables = {**scope.variables, **event.variables}


# --- asked of the world -----------------------------------------------------------------------------------------------
def _awaited(state: State, event: ev.Awaited) -> None:
    wait = event.wait
    assert wait is not None
    state.seq = wait.id
    state.waits[wait.id] = wait


def _await_ended(state: State, event: ev.AwaitEnded) -> None:
    del state.waits[event.wait]


def _condition_tested(state: State, event: ev.ConditionTested) -> None:
    state.waits[event.wait] = replace(state.waits[event.wait], holds=event.holds)


# --- compensation -----------------------------------------------------------------------------------------------------
def _compensable(state: State, event: ev.Compensable) -> None:
    scope = state.scopes[event.scope]
    assert event.entry is not None
    scope.done = (*scope.done, event.entry)


def _pending_changed(state: State, event: ev.PendingChanged) -> None:
    state.scopes[event.scope].pending = event.pending


def _compensation_taken(state: State, event: ev.CompensationTaken) -> None:
    state.scopes[event.scope].done = event.done


# --- incidents --------------------------------------------------------------------------------------------------------
def _incident_raised(state: State, event: ev.IncidentRaised) -> None:
    state.seq = event.incident
    state.incidents[event.incident] = Incident(
        event.incident, event.token, event.node, event.kind, event.message, event.retryable
    )


def _incident_closed(state: State, event: ev.IncidentClosed) -> None:
    del state.incidents[event.incident]


def _nothing(state: State, event: ev.Event) -> None:
    """Leave the state as it is: the event tells the log and the driver something."""


APPLY: dict[type[ev.Event], Callable[[State, Any], None]] = {
    ev.CaseStarted: _case_started,
    ev.CaseFinished: _case_finished,
    ev.Migrated: _migrated,
    ev.Passed: _passed,
    ev.Entered: _entered,
    ev.Completed: _left,
    ev.Joined: _joined,
    ev.Cancelled: _left,
    ev.Skipped: _left,
    ev.Moved: _left,
    ev.ScopeOpened: _scope_opened,
    ev.ScopeClosed: _scope_closed,
    ev.ScopeInterrupted: _scope_interrupted,
    ev.LoopAdvanced: _loop_advanced,
    ev.GatewayReset: _gateway_reset,
    ev.VariablesSet: _variables_set,
    ev.DecisionMade: _nothing,
    ev.Unexpected: _nothing,
    ev.Implausible: _nothing,
    ev.WorkOffered: _nothing,
    ev.ActionRequested: _nothing,
    ev.CaseCalled: _nothing,
    ev.Awaited: _awaited,
    ev.AwaitEnded: _await_ended,
    ev.ConditionTested: _condition_tested,
    ev.MessageThrown: _nothing,
    ev.SignalThrown: _nothing,
    ev.ErrorThrown: _nothing,
    ev.EscalationThrown: _nothing,
    ev.Compensable: _compensable,
    ev.PendingChanged: _pending_changed,
    ev.CompensationTaken: _compensation_taken,
    ev.IncidentRaised: _incident_raised,
    ev.IncidentClosed: _incident_closed,
}
"""What each kind of event does to a state that may be changed."""
