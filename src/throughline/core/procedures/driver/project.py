"""
Projections of a case: what its state before and after the batch says about tokens, waits and incidents.

The rows follow from the two states and from nothing else, so that live counts equal the open tokens and a timer row
exists exactly while the case waits for it. Tokens, waits and incidents are frozen values that a step keeps or replaces
as wholes, so *the same object* means *unchanged*.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from throughline.core.procedures.driver.case_run import CaseRun
from throughline.core.procedures.setwise import Row
from throughline.flow import values
from throughline.flow.engine.state import Incident, State, Token, Wait

log = logging.getLogger(__name__)

NOTHING = State("")


@dataclass(slots=True)
class Projection:
    """
    Rows to take away and to add, over all cases of a batch. What is taken away is a pair (case, number in the case).
    """

    gone_tokens: list[Row] = field(default_factory=list)
    tokens: list[Row] = field(default_factory=list)
    gone_waits: dict[str, list[Row]] = field(default_factory=dict)
    waits: dict[str, list[Row]] = field(default_factory=dict)
    gone_incidents: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    withdrawn: list[Row] = field(default_factory=list)

    def add(self, run: CaseRun) -> None:
        """Add what changed in one case."""
        before, after = run.before or NOTHING, run.state or NOTHING
        self._waits(run, before, after)
        self._tokens(run, before, after)
        self._incidents(run, before, after)

    def _tokens(self, run: CaseRun, before: State, after: State) -> None:
        for number, token in before.tokens.items():
            stays = after.tokens.get(number) is token
            is_over = token.phase == "work" and (not stays or number in run.offers)  # offered anew: the former one ends
            if is_over and number not in run.observed:
                self.withdrawn.append((run.id, number, run.moved_at))
            if not stays:
                self.gone_tokens.append((run.id, number))
        due = _timers_by_token(after.waits.values())
        for number, token in after.tokens.items():
            if before.tokens.get(number) is not token:
                self.tokens.append(_token_row(run, token, due.get(number)))

    def _waits(self, run: CaseRun, before: State, after: State) -> None:
        for number, wait in before.waits.items():
            if _is_over(wait, after.waits.get(number)):
                self.gone_waits.setdefault(wait.kind, []).append((run.id, number))
        for number, wait in after.waits.items():
            known = before.waits.get(number)
            if known is None or _is_over(known, wait):
                self.waits.setdefault(wait.kind, []).append(_WAIT_ROW[wait.kind](run, wait))

    def _incidents(self, run: CaseRun, before: State, after: State) -> None:
        for number in before.incidents.keys() - after.incidents.keys():
            self.gone_incidents.append((run.id, number, run.moved_at))
        for number in after.incidents.keys() - before.incidents.keys():
            incident = after.incidents[number]
            told = {"case": run.id, "procedure": run.running.key, "node": incident.node}
            log.warning("Case %s cannot go on at “%s”: %s", run.id, incident.node, incident.message, extra=told)
            self.incidents.append(_incident_row(run, incident))


def _is_over(before: Wait, after: Wait | None) -> bool:
    """Say whether the row of a wait must go; whether a condition held when last tested is not in its row."""
    return after is not before and (after is None or before.kind != "condition")


def _timers_by_token(waits: Iterable[Wait]) -> dict[int, datetime]:
    due: dict[int, datetime] = {}
    for wait in waits:
        if wait.due_at is not None and wait.token:
            due[wait.token] = min(wait.due_at, due.get(wait.token, wait.due_at))
    return due


def _record(run: CaseRun) -> tuple[str, int | None]:
    return ("", None) if run.record is None else (run.record.type, run.record.id)


def _token_row(run: CaseRun, token: Token, timer_at: datetime | None) -> Row:
    offer = run.offers.get(token.id)
    due_at = offer.due_at if offer is not None and offer.due_at is not None else timer_at
    arrived_at = run.arrived.get(token.id, run.moved_at)
    version = run.running.version
    return (run.id, token.id, version, token.node, *_record(run), arrived_at, token.phase, due_at, run.sandbox)


def _timer_row(run: CaseRun, wait: Wait) -> Row:
    return (run.id, wait.id, wait.node, wait.token or None, wait.due_at)


def _message_row(run: CaseRun, wait: Wait) -> Row:
    return (run.id, wait.id, wait.name, own_key(run) if wait.key is None else wait.key, wait.node, wait.token or None)


def own_key(run: CaseRun) -> str:
    """Return the correlation key of a case that names none: its record, or the case itself without one."""
    return f"case:{run.id}" if run.record is None else str(run.record)


def _signal_row(run: CaseRun, wait: Wait) -> Row:
    return (run.id, wait.id, wait.name)


def _condition_row(run: CaseRun, wait: Wait) -> Row:
    return (run.id, wait.id, *_record(run), list(wait.reads))


_WAIT_ROW = {"timer": _timer_row, "message": _message_row, "signal": _signal_row, "condition": _condition_row}


def _incident_row(run: CaseRun, incident: Incident) -> Row:
    tried = run.tried.get(incident.token)
    data: dict[str, Any] = {"kind": incident.kind, "retryable": incident.retryable}
    if tried is not None:
        data |= {"action": tried.action, "inputs": tried.inputs}
    version = run.running.version
    return (
        run.id,
        incident.id,
        version,
        incident.token or None,
        incident.node,
        incident.message,
        values.dumps(data),
        run.moved_at,
        run.sandbox,
    )
