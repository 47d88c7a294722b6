"""
Making room for what a moved case projects.

A step compares two states of one drawing. When the drawing itself changes, every row of a token or wait names a version
or a step that may be another now, so they are taken away and written again as a whole; work items and incidents, which
people have before them, keep their rows and are brought up to date.
"""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.procedures import setwise
from throughline.core.procedures.driver.case_run import CaseRun
from throughline.flow.engine.state import State

_TABLES = ("token", "timer", "messagewait", "signalwait", "conditionwait")

_ITEMS = """
UPDATE procedures_workitem w SET version_id = r.version, node = r.node, title = r.title
FROM unnest(%s::bigint[], %s::integer[], %s::bigint[], %s::text[], %s::text[])
    AS r (case_id, token, version, node, title)
WHERE w.case_id = r.case_id AND w.token = r.token AND w.status IN ('open', 'watched')
"""
_INCIDENTS = """
UPDATE procedures_incident i SET version_id = r.version, node = r.node
FROM unnest(%s::bigint[], %s::integer[], %s::bigint[], %s::text[]) AS r (case_id, number, version, node)
WHERE i.case_id = r.case_id AND i.number = r.number AND i.status = 'open'
"""
_HELD = """
UPDATE procedures_incident i SET version_id = r.version FROM unnest(%s::bigint[], %s::bigint[]) AS r (id, version)
WHERE i.case_id = r.id AND i.number IS NULL AND i.status = 'open'
"""
"""Incidents of the host itself, which hold a case that cannot be stepped, belong to no step."""
_WISHES = """
UPDATE procedures_outbox o SET node = r.node
FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS r (case_id, token, node)
WHERE o.case_id = r.case_id AND o.activation = r.token
"""


def make_room(runs: Sequence[CaseRun]) -> None:
    """
    Take away what the old version projected and let ``write`` project the new one: afterwards ``run.before`` holds only
    what must be withdrawn or closed.
    """
    cases = [run.id for run in runs]
    for table in _TABLES:
        setwise.execute(f"DELETE FROM procedures_{table} WHERE case_id = ANY(%s)", [cases])
    versions = [(run.id, run.running.version) for run in runs]
    setwise.execute(
        "UPDATE procedures_case c SET version_id = r.version FROM unnest(%s::bigint[], %s::bigint[]) AS r (id, version)"
        " WHERE c.id = r.id",
        setwise.columns_of(versions, 2),
    )
    setwise.execute(_HELD, setwise.columns_of(versions, 2))
    _bring_up_to_date(runs)
    for run in runs:
        before, after = run.before, run.state
        assert before is not None
        assert after is not None
        gone = {number: token for number, token in before.tokens.items() if number not in after.tokens}
        run.before = State("", tokens=gone, incidents=before.incidents)


def _bring_up_to_date(runs: Sequence[CaseRun]) -> None:
    items: list[setwise.Row] = []
    incidents: list[setwise.Row] = []
    wishes: list[setwise.Row] = []
    for run in runs:
        assert run.state is not None
        version, label = run.running.version, run.running.label
        for token in run.state.tokens.values():
            if token.phase == "work":
                items.append((run.id, token.id, version, token.node, label(token.node)))
            elif token.phase == "action":
                wishes.append((run.id, token.id, token.node))
        incidents += [(run.id, each.id, version, each.node) for each in run.state.incidents.values()]
    for statement, rows, width in ((_ITEMS, items, 5), (_INCIDENTS, incidents, 4), (_WISHES, wishes, 3)):
        if rows:
            setwise.execute(statement, setwise.columns_of(rows, width))


def keep_due_moments(runs: Sequence[CaseRun]) -> None:
    """Let tokens that wait for a person show the moment their work item is due: it was reckoned when it was offered."""
    setwise.execute(
        "UPDATE procedures_token t SET due_at = w.due_at FROM procedures_workitem w"
        " WHERE w.case_id = t.case_id AND w.token = t.token AND w.status IN ('open', 'watched')"
        " AND w.due_at IS NOT NULL AND t.case_id = ANY(%s)",
        [[run.id for run in runs]],
    )
