"""Rows of the two engine logs: events that say something about the way, and every input with what it led to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from throughline.core.actor import Actor
from throughline.core.procedures.setwise import Row
from throughline.flow.engine import commands as cmd
from throughline.flow.engine import encode_command, encode_event
from throughline.flow.engine import events as ev

if TYPE_CHECKING:
    from throughline.core.procedures.driver.case_run import CaseRun

LOGGED: dict[type[ev.Event], str] = {
    ev.CaseStarted: "case started",
    ev.CaseFinished: "case finished",
    ev.Passed: "passed",
    ev.Entered: "entered",
    ev.Completed: "completed",
    ev.Joined: "joined",
    ev.Cancelled: "cancelled",
    ev.Skipped: "skipped",
    ev.Moved: "moved",
    ev.Unexpected: "unexpected",
    ev.DecisionMade: "decision made",
    ev.Implausible: "implausible",
    ev.MessageThrown: "message thrown",
    ev.SignalThrown: "signal thrown",
    ev.ErrorThrown: "error thrown",
    ev.EscalationThrown: "escalation thrown",
    ev.IncidentRaised: "incident raised",
    ev.IncidentClosed: "incident closed",
}
"""The events that become rows of the event log, and the word each has there. Words are frozen once released."""

LEAVING = (ev.Completed, ev.Cancelled, ev.Skipped, ev.Moved)
"""Events with which a token leaves the node it rested at."""

EVENT_COLUMNS = (
    "case_id, seq, at, kind, node, flow, token, version_id, actor_kind, actor_id, previous_node, elapsed_us, sandbox"
)
INPUT_COLUMNS = "case_id, number, at, command, events, first_seq, version_id, actor_kind, actor_id, actor_label, cause"

_MICROSECOND = timedelta(microseconds=1)
_PROCEDURE = ("procedure", "")


def event_rows(run: CaseRun, command: cmd.Command, by: Actor, events: Sequence[ev.Event]) -> Iterator[Row]:
    """Return the rows of the event log for one step; keeps ``run.arrived`` up to date on the way."""
    own = getattr(command, "token", None)
    seen = command.seen if isinstance(command, cmd.Observe) else None
    version, case, sandbox, arrived, now = run.running.version, run.id, run.sandbox, run.arrived, run.moved_at
    acted = (by.kind, by.id)
    for seq, event in enumerate(events, run.sequence + 1):
        elapsed = None
        kind = type(event)
        token = event.token
        if kind is ev.Entered:
            arrived[token] = now
        elif kind in LEAVING:
            since = arrived.pop(token, None)
            elapsed = None if since is None else (now - since) // _MICROSECOND
        word = LOGGED.get(kind)
        if word is None:
            continue
        actor = acted if _is_own(event, kind, own, seen) else _PROCEDURE
        yield (
            case,
            seq,
            now,
            word,
            event.node or "",
            getattr(event, "flow", None) or "",
            token or None,
            version,
            *actor,
            event.previous or "",
            elapsed,
            sandbox,
        )


def _is_own(event: ev.Event, kind: type[ev.Event], own: int | None, seen: Collection[str] | None) -> bool:
    """Say whether the one who gave the command did this himself, and not the procedure because of it."""
    if seen is not None:
        return kind is ev.Unexpected or (kind is ev.Completed and event.node in seen)
    return kind is ev.CaseStarted or (own is not None and event.token == own and kind in LEAVING)


def input_row(run: CaseRun, command: cmd.Command, by: Actor, cause: int | None, events: Sequence[ev.Event]) -> Row:
    """Return the row that keeps one command with all events it led to."""
    return (
        run.id,
        run.inputs,
        run.moved_at,
        encode_command(command),
        b"[" + b",".join([encode_event(event) for event in events]) + b"]",
        run.sequence + 1,
        run.running.version,
        by.kind,
        by.id,
        by.label,
        cause,
    )
