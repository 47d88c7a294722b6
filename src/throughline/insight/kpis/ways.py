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
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from throughline.core.procedures import charts
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.rows import fetch
from throughline.flow.mining.replay import ARRIVING
from throughline.insight.kpis.definitions import Mean, Share, Spread, Unit
from throughline.insight.kpis.measuring import MOST_ROWS, Question, records_of

Key = tuple[int, str, str]
"""A procedure, the node that is left, the arrow that is taken."""


@dataclass(frozen=True, slots=True)
class Taken:
    """
    How many cases took an arrow, of how many that left its node, and how many of them are in the numerator.
    ``seconds``: for a time, the mean of theirs.
    """

    cases: int
    left: int
    counted: int
    seconds: float | None = None

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
    """For a time: by how many seconds it moved the mean of all cases that left the node."""

    @property
    def change(self) -> float:
        """How the share changed, from −1 to 1; 0 where there is nothing to compare with."""
        if self.now.share is None or self.before.share is None:
            return 0.0
        return self.now.share - self.before.share


def changed_ways(asked: Question, *, limit: int = 8) -> list[Way]:
    """
    Return the arrows behind a share or a time, those with the largest change first; none for figures that are neither.
    """
    is_time = asked.kpi.unit is Unit.SPAN and isinstance(asked.kpi.measure, Spread | Mean)
    if not is_time and not isinstance(asked.kpi.measure, Share):
        return []
    taken = _timed if is_time else _taken
    now, before = taken(asked), taken(asked.during(asked.window.before))
    versions: dict[Key, int] = {}
    for key, (version, _) in (*before.items(), *now.items()):
        versions[key] = max(version, versions.get(key, 0))
    found = [way for key, version in versions.items() if (way := _way(key, version, now, before)) is not None]
    if is_time:
        found = [replace(way, adds=_added(way, before)) for way in found]
        found.sort(key=lambda way: (-abs(way.adds) * way.now.left, -way.now.left, way.flow))
    else:
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


_TIMED = """
WITH timed (id, seconds, until) AS ({times}), taken AS (
    SELECT DISTINCT v.procedure_id, e.previous_node, e.flow, c.id, c.version_id, timed.seconds
    FROM timed JOIN procedures_case c ON c.record_type = %s AND c.record_id = timed.id
    JOIN procedures_procedureversion v ON v.id = c.version_id JOIN procedures_case_event e ON e.case_id = c.id
    WHERE NOT c.sandbox AND c.parent_id IS NULL AND e.kind = ANY(%s) AND e.flow <> '' AND e.previous_node <> ''
        AND e.at <= timed.until
)
SELECT procedure_id, previous_node, flow, max(version_id), count(*), avg(seconds) FROM taken GROUP BY 1, 2, 3
"""


def _timed(asked: Question) -> Counted:
    times, params = _times(asked)
    rows = fetch(_TIMED.format(times=times), [*params, asked.kpi.record, sorted(ARRIVING)])
    left: dict[tuple[int, str], int] = defaultdict(int)
    for procedure, node, _flow, _version, cases, _seconds in rows:
        left[procedure, node] += cases
    return {
        (procedure, node, flow): (version, Taken(cases, left[procedure, node], cases, float(seconds)))
        for procedure, node, flow, version, cases, seconds in rows
    }


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


def _added(way: Way, before: Counted) -> float:
    """Return by how many seconds an arrow moved the mean of its node; 0 where there was nothing before."""
    former = [
        taken
        for (_procedure, node, _flow), (version, taken) in before.items()
        if node == way.node and _procedure_of(version) == way.procedure
    ]
    cases = sum(each.cases for each in former)
    if not cases or not way.now.left:
        return 0.0
    base = sum((each.seconds or 0.0) * each.cases for each in former) / cases

    def part(taken: Taken) -> float:
        return 0.0 if taken.seconds is None else (taken.share or 0.0) * (taken.seconds - base)

    return part(way.now) - part(way.before)


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
