"""
Who catches what is thrown inside a case: errors and escalations (BPMN 2.0.2, 10.5.1, 10.5.7, 13.5).

The search goes from the thrower outwards. At each level the event sub-processes of the scope come before the boundary
events of the activity the scope belongs to, and an exact code before one that catches everything. A scope whose normal
course was interrupted by one of its event sub-processes starts no more of them.

An *error* always ends what it is caught at; uncaught, it ends a called case (the caller gets it) and is an incident
otherwise. An *escalation* ends only what its catcher interrupts; uncaught, it is told to a calling case and forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from throughline.flow.engine import events as ev
from throughline.flow.engine import withdrawal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from throughline.flow.engine.chart import Node, Trigger
    from throughline.flow.engine.state import Scope, Token
    from throughline.flow.engine.step import Step

Catcher = tuple["Node", "Scope | Token"]
"""A start event with the scope it would take over, or a boundary event with the token it stands at."""


def find_catcher(step: Step, trigger: Trigger, code: str | None, scope_id: int, token: Token | None) -> Catcher | None:
    """Return who catches, looking from a token (its own boundary first) or a scope outwards; None if nobody does."""
    for nodes, at in _levels(step, scope_id, token):
        for wanted in (code, None) if code else (None,):
            for node in nodes:
                if any(each.trigger == trigger and (each.code or None) == wanted for each in node.definitions):
                    return node, at
    return None


def _levels(step: Step, scope_id: int, token: Token | None) -> Iterator[tuple[tuple[Node, ...], Scope | Token]]:
    state, chart = step.state, step.chart
    within = ""
    while True:
        if token is not None and state.scopes[token.scope].kind != "loop":
            yield chart.by_id[token.node].boundaries, token
        scope = state.scopes[scope_id]
        if scope.kind in ("process", "sub", "event", "adhoc") and not scope.closed:
            yield _starts(step, scope, within), scope
        if not scope.parent:
            return
        within = scope.node
        token = state.tokens.get(scope.token)
        scope_id = scope.parent


def _starts(step: Step, scope: Scope, within: str) -> tuple[Node, ...]:
    """
    Return the start events of a scope's event sub-processes, without the one the thrower is in: it throws outwards.
    """
    body = step.chart.bodies[scope.node]
    return tuple(
        start for each in body.event_subprocesses if each.inside and each.id != within for start in each.inside.starts
    )


def catch(step: Step, catcher: Catcher, payload: dict[str, Any]) -> None:
    """Let the catching event happen."""
    from throughline.flow.engine.elements import boundary_event, event_subprocess
    from throughline.flow.engine.state import Token

    node, at = catcher
    if isinstance(at, Token):
        boundary_event.strike(step, node, at, payload)
    else:
        event_subprocess.begin(step, node, at, payload)


def throw_error(step: Step, node: Node, token: Token, code: str | None, message: str) -> bool:
    """
    Throw an error where a token is; return whether it was caught.

    Caught, the token is gone. Uncaught in a called case, the case is over. Otherwise the token stays where it is,
    without an incident: the thrower knows best what to say.
    """
    catcher = find_catcher(step, "error", code, token.scope, token)
    by = None if catcher is None else catcher[0].id
    step.emit(ev.ErrorThrown(node.id, token.id, token.previous, code, message, by))
    if catcher is not None:
        catch(step, catcher, {"code": code, "message": message})
        return True
    if step.state.called:
        finish_with_error(step, node, token, code, message)
    return False


def finish_with_error(step: Step, node: Node, token: Token, code: str | None, message: str) -> None:
    """End a called case because nothing in it catches an error."""
    from throughline.flow.engine.state import ROOT

    withdrawal.clear(step, ROOT, node.id)
    step.emit(ev.CaseFinished(node.id, token.id, token.previous, "error", code, message))


def throw_escalation(step: Step, node: Node, token: Token, code: str | None) -> bool:
    """Throw an escalation; return whether the thrower goes on (False when its catcher interrupted it)."""
    catcher = find_catcher(step, "escalation", code, token.scope, token)
    by = None if catcher is None else catcher[0].id
    step.emit(ev.EscalationThrown(node.id, token.id, token.previous, code, by))
    if catcher is None:
        return True
    catch(step, catcher, {"code": code})
    return not catcher[0].interrupting
