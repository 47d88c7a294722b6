"""A procedure as it runs now: counts on each step, and the cases behind a count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from throughline.core.identity.models import User
from throughline.core.procedures import charts, setwise
from throughline.core.procedures.models import Case, Incident, Procedure, ProcedureVersion, Token, WorkItem
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.procedures.resting.queries import awake
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound


@dataclass(frozen=True, slots=True)
class NodeLive:
    """
    What waits at one step now.

    ``count``: tokens there; ``oldest_at``: when the one that waits longest came; ``overdue``: how many are past their
    due moment; ``incidents``: how many cannot go on by themselves.
    """

    node: str
    count: int
    oldest_at: datetime | None
    overdue: int
    incidents: int


@dataclass(frozen=True, slots=True)
class Live:
    """A procedure as it runs now, as far as the asker may see it. ``held``: cases the driver could not step."""

    running: int
    held: int
    nodes: tuple[NodeLive, ...]

    @property
    def by_node(self) -> dict[str, NodeLive]:
        """The steps by the id of their node."""
        return {each.node: each for each in self.nodes}


def live(*, procedure: str, user: User, at: datetime, version: int | None = None) -> Live:
    """
    Return the counts on each step of a procedure (of one version by number, or of all versions with running cases).

    The counts are the open tokens themselves, so they are never older than the last commit. Permissions are joined
    once.

    Raises:
        NotFound: there is no such procedure or version.
    """
    found, versions = _versions(procedure, version)
    seen = seen_by(user, [found.record_type])
    (_, _, _, _, moving), *rows = _count_tokens(seen, versions, at)
    incidents = _incidents(versions, seen)
    nodes = [NodeLive(node, count, oldest, overdue, incidents.pop(node, 0)) for node, count, oldest, overdue, _ in rows]
    nodes += [NodeLive(node, 0, None, 0, count) for node, count in sorted(incidents.items()) if node]
    unmoved = Case.objects.filter(Q(status="starting") | Q(held=True), seen, version_id__in=versions, sandbox=False)
    totals = unmoved.filter(ended_at=None).aggregate(
        starting=Count("pk", filter=Q(status="starting")), held=Count("pk", filter=Q(held=True))
    )
    return Live(moving + totals["starting"], totals["held"], tuple(nodes))


def _count_tokens(seen: Q, versions: Sequence[int], at: datetime) -> list[setwise.Row]:
    """Return the row of all tokens, with how many cases they are of, and then one row per node."""
    tokens = Token.objects.filter(seen, awake(), version_id__in=versions, sandbox=False)
    if not versions:
        return [(None, 0, None, 0, 0)]
    rows, params = tokens.values("case_id", "node", "arrived_at", "due_at").query.sql_with_params()
    return setwise.fetch(
        f"WITH seen AS MATERIALIZED ({rows})"
        " SELECT NULL, count(*), NULL, 0, (SELECT count(*) FROM (SELECT DISTINCT case_id FROM seen) c) FROM seen"
        " UNION ALL"
        " (SELECT node, count(*), min(arrived_at), count(*) FILTER (WHERE due_at < %s), 0 FROM seen"
        "  GROUP BY node ORDER BY node)",
        [*params, at],
    )


def _versions(procedure: str, number: int | None) -> tuple[Procedure, list[int]]:
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more.")
    versions = ProcedureVersion.objects.filter(procedure=found)
    if number is not None:
        versions = versions.filter(number=number)
    keys = list(versions.values_list("pk", flat=True))
    if number is not None and not keys:
        raise NotFound(f"“{found.name}” has no version {number}.")
    return found, keys


def _incidents(versions: Sequence[int], seen: Q) -> dict[str, int]:
    open_ones = Incident.objects.filter(version_id__in=versions, status="open", sandbox=False)
    if seen != Q():
        cases = Case.objects.filter(seen, version_id__in=versions)
        open_ones = open_ones.filter(case__in=cases)
    return dict(open_ones.values_list("node").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class CaseAtNode:
    """One case that waits at a step: since when, until when, for whom, and what keeps it, if anything does."""

    case: int
    token: int
    record: RecordRef | None
    node: str
    label: str
    waits_for: str
    arrived_at: datetime
    due_at: datetime | None
    overdue: bool
    work_item: int | None
    assignee: int | None
    assignee_name: str
    queue: str
    incident: int | None
    incident_message: str


def cases_at(
    *,
    procedure: str,
    node: str,
    user: User,
    at: datetime,
    version: int | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[CaseAtNode]:
    """
    Return the cases at one step, the one that waits longest first.

    ``after`` is the ``(arrived_at, case)`` of the last row of the page before. Four queries.

    Raises:
        NotFound: there is no such procedure or version.
    """
    found, versions = _versions(procedure, version)
    seen = seen_by(user, [found.record_type])
    tokens = Token.objects.filter(seen, awake(), version_id__in=versions, node=node, sandbox=False)
    if after is not None:
        tokens = tokens.filter(Q(arrived_at__gt=after[0]) | Q(arrived_at=after[0], case_id__gt=after[1]))
    return _with_details(list(tokens.order_by("arrived_at", "case_id", "token")[:limit]), at)


def _with_details(tokens: Sequence[Token], at: datetime) -> list[CaseAtNode]:
    cases = [token.case_id for token in tokens]
    items = {
        (item.case_id, item.token): item
        for item in WorkItem.objects.filter(case_id__in=cases, status="open").select_related("assignee")
    }
    incidents = {
        (incident.case_id, incident.token): incident
        for incident in Incident.objects.filter(case_id__in=cases, status="open")
    }
    labels = _labels(tokens)
    return [
        _row(
            token,
            labels[(token.version_id, token.node)],
            items.get((token.case_id, token.token)),
            incidents.get((token.case_id, token.token)),
            at,
        )
        for token in tokens
    ]


def _labels(tokens: Iterable[Token]) -> dict[tuple[int, str], str]:
    places = {(token.version_id, token.node) for token in tokens}
    ready = charts.running_many((version, "") for version, _ in places)
    return {(version, node): ready[(version, "")].label(node) for version, node in places}


def _row(token: Token, label: str, item: WorkItem | None, incident: Any, at: datetime) -> CaseAtNode:
    return CaseAtNode(
        case=token.case_id,
        token=token.token,
        record=None if token.record_id is None else RecordRef(token.record_type, token.record_id),
        node=token.node,
        label=label,
        waits_for=token.waits_for,
        arrived_at=token.arrived_at,
        due_at=token.due_at,
        overdue=token.due_at is not None and token.due_at < at,
        work_item=None if item is None else item.pk,
        assignee=None if item is None else item.assignee_id,
        assignee_name="" if item is None or item.assignee is None else item.assignee.name,
        queue="" if item is None else item.queue,
        incident=None if incident is None else incident.pk,
        incident_message="" if incident is None else incident.message,
    )
