"""
Taking back what runs: a token with everything inside it, a scope, or what an interruption ends.

Inner things are withdrawn before outer ones, each with its own event, so that a driver takes back every work item,
timer and called case by reading the events alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from throughline.flow.engine import events as ev
from throughline.flow.engine import waits

if TYPE_CHECKING:
    from throughline.flow.engine.state import Token
    from throughline.flow.engine.step import Step


def withdraw(step: Step, token: Token, by: str | None) -> None:
    """Withdraw a token and everything that runs on its behalf."""
    empty(step, token, by)
    step.emit(ev.Cancelled(token.node, token.id, token.previous, token.phase, by))


def empty(step: Step, token: Token, by: str | None) -> None:
    """Withdraw everything that runs on behalf of a token, and what it waits for, but not the token."""
    for scope in [each.id for each in step.state.scopes.values() if each.token == token.id and each.parent]:
        close(step, scope, by)
    waits.end_all(step, waits.of_token(step, token.id))


def close(step: Step, scope_id: int, by: str | None) -> None:
    """Withdraw everything in a scope and close it."""
    clear(step, scope_id, by)
    scope = step.state.scopes[scope_id]
    step.emit(ev.ScopeClosed(scope.node, scope.token, None, scope_id))


def clear(step: Step, scope_id: int, by: str | None) -> None:
    """
    Withdraw everything in a scope, what is on its way there, and what its event sub-processes wait for; keep it open.
    """
    step.drop_pending(scope_id)
    for token in [each for each in step.state.tokens.values() if each.scope == scope_id]:
        withdraw(step, token, by)
    waits.end_all(step, waits.of_scope(step, scope_id))


def interrupt(step: Step, scope_id: int, by: str) -> None:
    """Clear a scope because one of its event sub-processes takes over; its other event sub-processes start no more."""
    clear(step, scope_id, by)
    step.emit(ev.ScopeInterrupted(by, 0, None, scope_id))
