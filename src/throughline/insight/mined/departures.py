"""
Where the cases of a procedure left the chart that they ran on.

The database gives only what may be a departure: what people skipped or moved, what came against the chart's
expectation, what was done late or by somebody else, and arrows that the version does not have. The rest kept to the
chart because the engine did it, so a million events that did cost no more than being looked past. What was found is
kept until a case moves on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.setwise import fetch
from throughline.flow.engine.chart import Chart
from throughline.flow.mining.replay import ARRIVING, Happened, Replay, replay
from throughline.insight.mined.scope import Scope, age, scope_of

KEPT = 50
BY_PEOPLE = frozenset({"skipped", "moved"})
_kept: dict[tuple[Any, ...], Replay] = {}


def departures(*, procedure: str, user: User, version: int | None = None, since: datetime | None = None) -> Replay:
    """
    Replay the cases of one version that ``user`` may see against that version.

    ``since``: only what happened from then on. A step is late when its work item was closed after it was due.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    cases, events = age(scope)
    key = (scope.sql, tuple(map(str, scope.params)), since, cases, events)
    found = _kept.get(key)
    if found is None:
        chart = charts.running(scope.version.pk).chart
        found = replay(chart, _events(scope, chart, since))
        strayed = found.cases - found.conforming_cases
        found = replace(found, cases=cases, conforming_cases=cases - strayed)
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = found
    return found


def _events(scope: Scope, chart: Chart, since: datetime | None) -> Iterator[Happened]:
    where, params = scope.sql, list(scope.params)
    if since is not None:
        where, params = f"{where} AND at >= %s", [*params, since]
    arrows = [flow.id for node in chart.nodes for flow in node.incoming]
    rows = fetch(
        "SELECT e.case_id, e.seq, e.at, e.kind, e.node, e.previous_node, e.flow, w.due_at,"
        " CASE WHEN e.actor_kind = 'user' THEN e.actor_id ELSE '' END, w.assignee_id, w.wrong_person"
        f" FROM (SELECT * FROM procedures_case_event WHERE {where}) e"
        " LEFT JOIN procedures_workitem w ON e.kind = 'completed' AND w.case_id = e.case_id AND w.token = e.token"
        " AND w.node = e.node AND w.closed_at = e.at"
        " WHERE e.kind IN ('skipped', 'moved', 'unexpected', 'implausible')"
        " OR e.kind = ANY(%s) AND e.flow <> '' AND e.flow <> ALL(%s)"
        " OR e.kind = 'completed' AND (e.at > w.due_at OR w.wrong_person"
        " OR e.actor_kind = 'user' AND e.actor_id <> w.assignee_id::text)"
        " ORDER BY e.case_id, e.seq",
        [*params, sorted(ARRIVING), arrows],
    )
    reasons = _reasons({row[0] for row in rows if row[3] in BY_PEOPLE})
    for case, seq, at, kind, node, previous, flow, due_at, by, assignee, is_wrong in rows:
        allowed = frozenset([str(assignee)]) if assignee is not None else frozenset[str]() if is_wrong else None
        reason = reasons.get((case, node), "") if kind in BY_PEOPLE else ""
        yield Happened(case, seq, at, kind, node, previous, flow, due_at, by, allowed, reason)


def _reasons(cases: set[int]) -> dict[tuple[int, str], str]:
    """The reasons that people gave for skipping and moving, by case and step, out of the journal."""
    if not cases:
        return {}
    rows = fetch(
        "SELECT c.id, e.data->>'node', coalesce(e.data->>'to', ''), e.data->>'reason'"
        " FROM procedures_case c JOIN journal_entry e ON e.record_type = c.record_type AND e.record_id = c.record_id"
        " AND e.event IN ('step.skipped', 'step.moved') AND e.data->>'case' = c.id::text"
        " WHERE c.id = ANY(%s) ORDER BY e.id",
        [sorted(cases)],
    )
    return {(case, place): reason for case, node, to, reason in rows for place in (node, to) if place}
