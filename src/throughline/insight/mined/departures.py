"""Where the cases of a procedure left the chart that they ran on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.setwise import fetch
from throughline.flow.mining.replay import Happened, Replay, replay
from throughline.insight.mined.scope import Scope, scope_of


def departures(*, procedure: str, user: User, version: int | None = None, since: datetime | None = None) -> Replay:
    """
    Replay the cases of one version that ``user`` may see against that version.

    ``since``: only what happened from then on. A step is late when its work item was closed after it was due.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    return replay(charts.running(scope.version.pk).chart, _events(scope, since))


def _events(scope: Scope, since: datetime | None) -> Iterator[Happened]:
    where, params = scope.sql, list(scope.params)
    if since is not None:
        where, params = f"{where} AND at >= %s", [*params, since]
    rows = fetch(
        "SELECT e.case_id, e.seq, e.at, e.kind, e.node, e.previous_node, e.flow, w.due_at, e.actor_id, w.assignee_id"
        f" FROM (SELECT * FROM procedures_case_event WHERE {where}) e"
        " LEFT JOIN procedures_workitem w ON e.kind = 'completed' AND w.case_id = e.case_id AND w.token = e.token"
        " AND w.node = e.node AND w.closed_at = e.at ORDER BY e.case_id, e.seq",
        params,
    )
    for case, seq, at, kind, node, previous, flow, due_at, by, assignee in rows:
        allowed = None if assignee is None else frozenset([str(assignee)])
        yield Happened(case, seq, at, kind, node, previous, flow, due_at, by, allowed)
