"""
The watchdog: nothing hangs silently.

An open case goes on because something comes: somebody does a work item, an action is answered, a timer falls due, a
message arrives, a called case ends, another token reaches the join. For each of these there is a row that lets it come.
``findings`` looks for open cases where that row is missing, which cannot be unless there is a fault in the product or
somebody has changed tables by hand; ``watch`` makes each an incident that says what is missing and what to do.

Cases that have commands before them, that are held (an incident says why) or that moved in the last minute are left
out. One query, whatever the number of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from throughline.core.procedures import setwise
from throughline.flow import values

SETTLED = timedelta(minutes=1)
"""Cases that moved later are not looked at: whoever moves them may not be done."""

_MISSING = {
    "work": (
        "NOT EXISTS (SELECT FROM procedures_workitem w"
        " WHERE w.case_id = t.case_id AND w.token = t.token AND w.status IN ('open', 'watched'))",
        "a work item that somebody can do",
    ),
    "action": (
        "NOT EXISTS (SELECT FROM procedures_outbox o"
        " WHERE o.case_id = t.case_id AND o.activation = t.token AND o.status = 'waiting')",
        "an action that will be answered",
    ),
    "event": (
        "NOT EXISTS (SELECT FROM procedures_timer w WHERE w.case_id = t.case_id AND w.token = t.token)"
        " AND NOT EXISTS (SELECT FROM procedures_messagewait w WHERE w.case_id = t.case_id AND w.token = t.token)"
        " AND NOT EXISTS (SELECT FROM procedures_signalwait w WHERE w.case_id = t.case_id)"
        " AND NOT EXISTS (SELECT FROM procedures_conditionwait w WHERE w.case_id = t.case_id)",
        "a timer, message, signal or condition that it waits for",
    ),
    "call": (
        "NOT EXISTS (SELECT FROM procedures_case k WHERE k.parent_id = t.case_id AND k.parent_token = t.token"
        " AND k.status IN ('starting', 'running'))",
        "the case that it has called",
    ),
    "join": (
        "NOT EXISTS (SELECT FROM procedures_token o WHERE o.case_id = t.case_id AND o.waits_for <> 'join')",
        "another token that can still come to the join",
    ),
    "scope": (
        "NOT EXISTS (SELECT FROM procedures_token o WHERE o.case_id = t.case_id AND o.token <> t.token)",
        "a token inside",
    ),
    "loop": (
        "NOT EXISTS (SELECT FROM procedures_token o WHERE o.case_id = t.case_id AND o.token <> t.token)",
        "an instance inside",
    ),
    "compensation": (
        "NOT EXISTS (SELECT FROM procedures_token o WHERE o.case_id = t.case_id AND o.token <> t.token)",
        "an activity that is being undone",
    ),
    "stuck": ("true", "an incident that says why it cannot begin"),
    "leaving": ("true", "an incident that says why it cannot go on"),
    "passing": ("true", "a step at which it rests"),
}
"""For each way of waiting: how its absence shows in SQL (an open incident excuses all of them), and its words."""


def _open_incident(case: str, more: str = "") -> str:
    return f"EXISTS (SELECT FROM procedures_incident i WHERE i.case_id = {case} AND i.status = 'open'{more})"


_TOKENS = f"""
SELECT t.case_id, t.token, t.node, t.waits_for
FROM procedures_token t JOIN procedures_case c ON c.id = t.case_id
WHERE c.status = 'running' AND NOT c.held AND c.moved_at <= %s
  AND NOT EXISTS (SELECT FROM resting_restingcase r WHERE r.case_id = c.id)
    AND NOT EXISTS (SELECT FROM procedures_inbox b WHERE b.case_id = t.case_id)
    AND NOT {_open_incident("t.case_id", " AND (i.token = t.token OR i.token IS NULL)")}
    AND CASE t.waits_for {" ".join(f"WHEN '{word}' THEN {sql}" for word, (sql, _) in _MISSING.items())} ELSE true END
"""
_CASES = f"""
SELECT c.id, NULL::integer, '', CASE WHEN c.held THEN 'held' ELSE c.status END
FROM procedures_case c
WHERE c.status IN ('starting', 'running') AND c.moved_at <= %s
  AND NOT EXISTS (SELECT FROM resting_restingcase r WHERE r.case_id = c.id)
    AND NOT {_open_incident("c.id")}
    AND CASE WHEN c.held THEN true
             WHEN c.status = 'starting' THEN NOT EXISTS (SELECT FROM procedures_inbox b WHERE b.case_id = c.id)
             ELSE NOT EXISTS (SELECT FROM procedures_token t WHERE t.case_id = c.id)
                  AND NOT EXISTS (SELECT FROM procedures_inbox b WHERE b.case_id = c.id) END
"""
_OF_CASES = {
    "held": "an incident that says why it is held",
    "starting": "the command that starts it",
    "running": "a token",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """An open case that nothing can move: its token and step (none for the case as a whole), and what is missing."""

    case: int
    token: int | None
    node: str
    missing: str

    @property
    def message(self) -> str:
        """The sentence of the incident."""
        return f"Expected {self.missing}, but there is none, so nothing can move the case. {self.remedy}"

    @property
    def remedy(self) -> str:
        """What to do."""
        return (
            "Repeat the step or move the case on." if self.token is not None else "Cancel the case and start it anew."
        )


def findings(*, at: datetime) -> list[Finding]:
    """Return the open cases that nothing can move, by case and token; none is the proof that nothing hangs."""
    before = at - SETTLED
    rows = setwise.fetch(f"{_TOKENS} UNION ALL {_CASES} ORDER BY 1, 2 NULLS FIRST", [before, before])
    return [_finding(row) for row in rows]


def _finding(row: setwise.Row) -> Finding:
    case, token, node, waits_for = row
    if token is None:
        return Finding(case, None, node, _OF_CASES[waits_for])
    known = _MISSING.get(waits_for)
    return Finding(case, token, node, known[1] if known else f"something that answers to “{waits_for}”")


_RAISE = """
INSERT INTO procedures_incident (
    case_id, version_id, token, node, message, data, status, retries, opened_at, closed_by_label, resolution, sandbox
)
SELECT c.id, c.version_id, r.token, r.node, r.message, %s::jsonb, 'open', 0, %s, '', '', c.sandbox
FROM unnest(%s::bigint[], %s::integer[], %s::text[], %s::text[]) AS r (case_id, token, node, message)
JOIN procedures_case c ON c.id = r.case_id
"""


@transaction.atomic
def watch(*, at: datetime) -> int:
    """
    Make an incident of every open case that nothing can move, and return how many there are now.

    A finding that shows an incident already is none.
    """
    found = findings(at=at)
    rows = [(each.case, each.token, each.node, each.message) for each in found]
    if rows:
        data = values.write_json({"kind": "watchdog", "retryable": False})
        setwise.execute(_RAISE, [data, at, *setwise.columns_of(rows, 4)])
    return len(found)
