"""
From a figure to the step: which ways the cases behind it took, how that changed, and how many of each were counted.

A figure over records that travel through a procedure falls because something in the drawing, or in what people do with
it, changed. For each arrow that leaves a decision (a node with several arrows out), the cases of the figure's records
are parted into those that took it: their share now and before, and which share of them ended in the numerator. The
arrow with the largest change, by cases, comes first; it names the step, and its cases are a list.

Of a time (to the first answer, of a sales cycle) only what happened before its end counts. Each arrow has the mean
time of the cases that took it; what it *adds* is its share times the distance of that mean from the mean of all before.
Over the arrows out of one decision what they add now, less what they added before, is by how much the mean of all has
grown: so both more cases on a slow way and a way that has become slower are found, in the unit of the figure.

Of money it is the same with what each deal brought (:mod:`worth`), lost ones nothing. Deals travel through their own
procedures and through those of the leads that they came of, as far as the asker sees these. What an arrow adds, times
the cases that left its node, is by how much money it changed the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from throughline.core import access
from throughline.core.procedures import charts
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.records import registry
from throughline.core.rows import fetch
from throughline.flow.mining.replay import ARRIVING
from throughline.insight.kpis.definitions import Mean, Share, Spread, Unit
from throughline.insight.kpis.measuring import MONEY, MOST_ROWS, Question, records_of
from throughline.insight.kpis.worth import worths

Key = tuple[int, str, str]
"""A procedure, the node that is left, the arrow that is taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """
    How many cases took an arrow, of how many that left its node, and how many of them are in the numerator.
    ``mean``: for a time, the mean of theirs in seconds; for money, what they brought on average.
    """

    cases: int
    left: int
    counted: int
    mean: float | None = None

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
    adds: float = 0.0
    """For a time or money: by how much it moved the mean of all cases that left the node."""
    former: float = 0.0
    """For a time or money: the mean of all cases that left the node before."""

    @property
    def change(self) -> float:
        """How the share changed, from −1 to 1; 0 where there is nothing to compare with."""
        if self.now.share is None or self.before.share is None:
            return 0.0
        return self.now.share - self.before.share


def changed_ways(asked: Question, *, limit: int = 8) -> list[Way]:
    """
    Return the arrows behind a share, a time or money, those with the largest change first; none for other figures.
    """
    valued = has_means(asked)
    if not valued and not isinstance(asked.kpi.measure, Share):
        return []
    taken = _valued if valued else _taken
    now, before = taken(asked), taken(asked.during(asked.window.before))
    versions: dict[Key, int] = {}
    for key, (version, _) in (*before.items(), *now.items()):
        versions[key] = max(version, versions.get(key, 0))
    found = [way for key, version in versions.items() if (way := _way(key, version, now, before)) is not None]
    if valued:
        found = [_with_means(way, before) for way in found]
        found.sort(key=lambda way: (-abs(way.adds) * way.now.left, -way.now.left, way.flow))
    else:
        found.sort(key=lambda way: (-abs(way.change) * way.now.left, -way.now.left, way.flow))
    return found[:limit]


def has_means(asked: Question) -> bool:
    """Say whether the ways of a figure are told by means: of a time, or of money."""
    if asked.kpi.unit in MONEY:
        return asked.kpi.measure is not None
    return asked.kpi.unit is Unit.SPAN and isinstance(asked.kpi.measure, Spread | Mean)


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


_VALUED = """
WITH valued (kind, id, value, until) AS ({values}), taken AS (
    SELECT DISTINCT v.procedure_id, e.previous_node, e.flow, c.id, c.version_id, valued.value
    FROM valued JOIN procedures_case c ON c.record_type = valued.kind AND c.record_id = valued.id
    JOIN procedures_procedureversion v ON v.id = c.version_id JOIN procedures_case_event e ON e.case_id = c.id
    WHERE NOT c.sandbox AND c.parent_id IS NULL AND e.kind = ANY(%s) AND e.flow <> '' AND e.previous_node <> ''
        AND e.at <= valued.until
)
SELECT procedure_id, previous_node, flow, max(version_id), count(*), avg(value) FROM taken GROUP BY 1, 2, 3
"""


def _valued(asked: Question) -> Counted:
    values, params = _values(asked)
    if not values:
        return {}
    rows = fetch(_VALUED.format(values=values), [*params, sorted(ARRIVING)])
    left: dict[tuple[int, str], int] = defaultdict(int)
    for procedure, node, _flow, _version, cases, _mean in rows:
        left[procedure, node] += cases
    return {
        (procedure, node, flow): (version, Taken(cases, left[procedure, node], cases, float(mean)))
        for procedure, node, flow, version, cases, mean in rows
    }


def _values(asked: Question) -> tuple[str, Sequence[Any]]:
    """Return a statement for the type, the key, the value and the end of what the figure is about; "" for nothing."""
    if asked.kpi.unit not in MONEY:
        sql, params = _times(asked)
        return f"SELECT %s, t.* FROM ({sql}) AS t", [asked.kpi.record, *params]
    deals = worths(asked)
    if deals is None:
        return "", []
    own, params = deals.order_by().values_list("pk", "kpi_worth", "closed_at").query.sql_with_params()
    sql = f"SELECT 'deal', d.k, d.v::float8, d.u FROM ({own}) AS d (k, v, u)"
    leads = _leads_of(asked)
    if leads is None:
        return sql, params
    of_leads = deals.filter(lead__in=leads).order_by().values_list("lead_id", "kpi_worth", "closed_at")
    more, more_params = of_leads.query.sql_with_params()
    sql += (
        " UNION ALL SELECT 'lead', l.k, sum(l.v)::float8, max(l.u)"  # a lead with several deals travelled once
        f" FROM ({more}) AS l (k, v, u) GROUP BY l.k"
    )
    return sql, [*params, *more_params]


def _leads_of(asked: Question) -> QuerySet[Any] | None:
    """Return the leads that the asker sees, None for who sees none at all."""
    spec = registry.get("lead")
    if not access.can(asked.user, access.VIEW, spec):
        return None
    seen = spec.model._default_manager.filter(access.visible(spec, asked.user), deleted_at=None, sandbox=False)
    return seen.order_by().values("pk")


def _times(asked: Question) -> tuple[str, Sequence[Any]]:
    """Return a statement for the key, the seconds and the end of each record whose time is known."""
    how = asked.kpi.measure
    if isinstance(how, Mean):
        of = records_of(asked).annotate(kpi_seconds=how.value).order_by().values_list("pk", "kpi_seconds", how.dated)
        sql, params = of.query.sql_with_params()
        return f"SELECT k, extract(epoch FROM v)::float8, u FROM ({sql}) AS t (k, v, u)", params
    assert isinstance(how, Spread)
    found = records_of(asked).filter(**{f"{how.end}__isnull": False}).order_by()
    if how.clock == "elapsed":
        sql, params = found.values_list("pk", how.begin, how.end).query.sql_with_params()
        return f"SELECT k, extract(epoch FROM b - a)::float8, b FROM ({sql}) AS t (k, a, b)", params
    calendar = flow_calendars().get("default")
    rows = [] if calendar is None else list(found.values_list("pk", how.begin, how.end)[:MOST_ROWS])
    spans = [] if calendar is None else [calendar.working_between(a, b).total_seconds() for _key, a, b in rows]
    columns = [[row[0] for row in rows], spans, [row[2] for row in rows]]
    return "SELECT * FROM unnest(%s::bigint[], %s::float8[], %s::timestamptz[])", columns


def _with_means(way: Way, before: Counted) -> Way:
    """Return a way with what it adds to the mean of its node, which is nothing where there was nothing before."""
    former = [
        taken
        for (_procedure, node, _flow), (version, taken) in before.items()
        if node == way.node and _procedure_of(version) == way.procedure
    ]
    cases = sum(each.cases for each in former)
    if not cases or not way.now.left:
        return way
    base = sum((each.mean or 0.0) * each.cases for each in former) / cases

    def part(taken: Taken) -> float:
        return 0.0 if taken.mean is None else (taken.share or 0.0) * (taken.mean - base)

    return replace(way, adds=part(way.now) - part(way.before), former=base)


def _procedure_of(version: int) -> str:
    return charts.running(version).key


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
    about, params = _about(asked)
    if not about:
        return []
    rows = fetch(
        "SELECT DISTINCT c.id FROM procedures_case c JOIN procedures_procedureversion v ON v.id = c.version_id"
        " JOIN procedures_procedure p ON p.id = v.procedure_id JOIN procedures_case_event e ON e.case_id = c.id"
        f" WHERE p.key = %s AND {about} AND NOT c.sandbox"
        " AND e.kind = ANY(%s) AND e.previous_node = %s AND e.flow = %s ORDER BY c.id DESC LIMIT %s",
        [procedure, *params, sorted(ARRIVING), node, flow, limit],
    )
    found = Case.objects.select_related("version").in_bulk([key for (key,) in rows])
    return [found[key] for (key,) in rows]


def _about(asked: Question) -> tuple[str, Sequence[Any]]:
    """Return the condition of the cases whose records are behind a figure; "" when there are none."""
    if asked.kpi.unit in MONEY:
        values, params = _values(asked)
        sql = f"(c.record_type, c.record_id) IN (SELECT w.kind, w.id FROM ({values}) AS w (kind, id, v, u))"
        return (sql if values else ""), params
    population, params = _ids(records_of(asked))
    return f"c.record_type = %s AND c.record_id IN ({population})", [asked.kpi.record, *params]
