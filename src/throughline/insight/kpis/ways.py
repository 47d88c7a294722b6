"""
From a figure to the step: which ways the cases behind it took, how that changed, and how many of each were counted.

A figure over records that travel through a procedure falls because something in the drawing, or in what people do with
it, changed. For each arrow that leaves a decision (a node with several arrows out), the cases of the figure's records
are parted into those that took it: their share now and before, and which share of them ended in the numerator. The
arrow with the largest change, by cases, comes first; it names the step, and its cases are a list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from throughline.core.procedures import charts
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.rows import fetch
from throughline.flow.mining.replay import ARRIVING
from throughline.insight.kpis.definitions import Share
from throughline.insight.kpis.measuring import Question, records_of

Key = tuple[int, str, str]
"""A procedure, the node that is left, the arrow that is taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many cases took an arrow, of how many that left its node, and how many of them are in the numerator."""

    cases: int
    left: int
    counted: int

    @property
    def share(self) -> float | None:
        """Which part of those that left the node took this arrow."""
        return self.cases / self.left if self.left else None


@dataclass(frozen=True, slots=True)
class Way:
    """An arrow out of a decision, now and in the period before. ``version`` is the newest that a case took it in."""

    procedure: str
    procedure_name: str
    version: int
    node: str
    node_label: str
    flow: str
    label: str
    now: Taken
    before: Taken

    @property
    def change(self) -> float:
        """How the share changed, from −1 to 1; 0 where there is nothing to compare with."""
        if self.now.share is None or self.before.share is None:
            return 0.0
        return self.now.share - self.before.share


def changed_ways(asked: Question, *, limit: int = 8) -> list[Way]:
    """Return the arrows behind a share, those with the largest change first; none for figures that are no shares."""
    if not isinstance(asked.kpi.measure, Share):
        return []
    now, before = _taken(asked), _taken(asked.during(asked.window.before))
    versions: dict[Key, int] = {}
    for key, (version, _) in (*before.items(), *now.items()):
        versions[key] = max(version, versions.get(key, 0))
    found = [way for key, version in versions.items() if (way := _way(key, version, now, before)) is not None]
    found.sort(key=lambda way: (-abs(way.change) * way.now.left, -way.now.left, way.flow))
    return found[:limit]


Counted = Mapping[Key, tuple[int, Taken]]


def _taken(asked: Question) -> Counted:
    population, params = _ids(records_of(asked))
    counted, more = _ids(records_of(asked, "counted"))
    rows = fetch(
        "SELECT v.procedure_id, e.previous_node, e.flow, max(c.version_id), count(DISTINCT c.id),"
        f" count(DISTINCT c.id) FILTER (WHERE c.record_id IN ({counted}))"
        " FROM procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id"
        " JOIN procedures_case_event e ON e.case_id = c.id"
        f" WHERE c.record_type = %s AND c.record_id IN ({population}) AND NOT c.sandbox AND c.parent_id IS NULL"
        " AND e.kind = ANY(%s) AND e.flow <> '' AND e.previous_node <> '' GROUP BY 1, 2, 3",
        [*more, asked.kpi.record, *params, sorted(ARRIVING)],
    )
    left: dict[tuple[int, str], int] = defaultdict(int)
    for procedure, node, _flow, _version, cases, _counted in rows:
        left[procedure, node] += cases
    return {
        (procedure, node, flow): (version, Taken(cases, left[procedure, node], counted_cases))
        for procedure, node, flow, version, cases, counted_cases in rows
    }


def _ids(found: QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    return found.order_by().values("pk").query.sql_with_params()


def _way(key: Key, version: int, now: Counted, before: Counted) -> Way | None:
    procedure, node, flow = key
    running = charts.running(version)
    source = running.chart.by_id.get(node)
    arrow = next((each for each in source.outgoing if each.id == flow), None) if source is not None else None
    if source is None or arrow is None or len(source.outgoing) < 2:
        return None
    of = ProcedureVersion.objects.select_related("procedure").get(pk=version)
    elsewhere = _left(procedure, node, now), _left(procedure, node, before)
    return Way(
        procedure=of.procedure.key,
        procedure_name=of.procedure.name,
        version=of.number,
        node=node,
        node_label=running.label(node),
        flow=flow,
        label=arrow.name or running.label(arrow.target.id),
        now=now.get(key, (0, Taken(0, elsewhere[0], 0)))[1],
        before=before.get(key, (0, Taken(0, elsewhere[1], 0)))[1],
    )


def _left(procedure: int, node: str, taken: Counted) -> int:
    return next((each.left for (p, n, _), (_, each) in taken.items() if (p, n) == (procedure, node)), 0)


def cases_of_way(asked: Question, *, procedure: str, node: str, flow: str, limit: int = 200) -> list[Case]:
    """Return the cases behind the figure that took an arrow, the newest first; only those of records the asker sees."""
    population, params = _ids(records_of(asked))
    rows = fetch(
        "SELECT DISTINCT c.id FROM procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id"
        " JOIN procedures_procedure p ON p.id = v.procedure_id JOIN procedures_case_event e ON e.case_id = c.id"
        f" WHERE p.key = %s AND c.record_type = %s AND c.record_id IN ({population}) AND NOT c.sandbox"
        " AND e.kind = ANY(%s) AND e.previous_node = %s AND e.flow = %s ORDER BY c.id DESC LIMIT %s",
        [procedure, asked.kpi.record, *params, sorted(ARRIVING), node, flow, limit],
    )
    found = Case.objects.select_related("version").in_bulk([key for (key,) in rows])
    return [found[key] for (key,) in rows]
