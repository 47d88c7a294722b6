"""
How often each arrow was taken and how long cases stay at each node, for the drawing.

The engine writes into each event the node its token came from, the arrow it took and how long it rested, so this is one
grouped pass over the log, without joining events to each other. Whoever may see all cases is answered out of what the
log counts of itself day by day (``DayUse``), with a pass over the parts of days at both ends of a span of time only.
Chosen cases are counted in the log that is kept in memory (:mod:`kept_log`), as long as no span of time is asked for.
All ways give the same numbers. Measured in ``bench/mining_journal.py`` and ``bench/mining_page.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Q

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.setwise import fetch
from throughline.flow.engine.chart import Flow
from throughline.flow.mining.log import Ints
from throughline.flow.mining.replay import ARRIVING
from throughline.insight.mined.kept_log import kept_log
from throughline.insight.mined.scope import Scope, scope_of, seen_cases

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class ArrowUse:
    """An arrow of the drawing, from which node to which, and how often it was taken."""

    flow: str
    source: str
    target: str
    count: int


@dataclass(frozen=True, slots=True)
class NodeTime:
    """
    A node of the drawing. ``visits``: tokens that came; ``left``: those that rested there and left, by whatever way,
    and ``mean_seconds`` how long they rested, None where none did.
    """

    node: str
    visits: int
    left: int
    mean_seconds: float | None

    @property
    def total_seconds(self) -> float:
        """All the time that was spent here: what names a bottleneck."""
        return (self.mean_seconds or 0.0) * self.left


@dataclass(frozen=True, slots=True)
class Used:
    """What happened on the drawing of one version, as far as the asker may see it."""

    version: int
    arrows: tuple[ArrowUse, ...]
    nodes: tuple[NodeTime, ...]


def used(
    *,
    procedure: str,
    user: User,
    version: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cases: Sequence[int] | None = None,
) -> Used:
    """
    Return the use of each arrow and node; ``since`` belongs to the span of time, ``until`` does not.
    ``cases``: only these, by number.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    is_whole = cases is None and scope.seen == Q()
    if is_whole:
        rows = counted(scope, since, until)
    elif since is None and until is None:
        rows = kept_log(scope.version.pk).sums(_chosen(scope, cases))
    else:
        rows = passed(scope, since, until, cases)
    ends = {flow.id: flow for node in charts.running(scope.version.pk).chart.nodes for flow in node.incoming}
    return Used(scope.version.number, _arrows(rows, ends), _nodes(rows))


def _chosen(scope: Scope, cases: Sequence[int] | None) -> Ints:
    """The numbers of these cases, or of all, that the asker may see."""
    seen = None if scope.seen == Q() else seen_cases(scope)
    if cases is None:
        return np.zeros(0, dtype=np.int64) if seen is None else seen
    chosen = np.array(cases, dtype=np.int64)
    return chosen if seen is None else np.intersect1d(chosen, seen)


_GROUPED = "SELECT kind, node, flow, count(*), count(elapsed_us), coalesce(sum(elapsed_us), 0)"


def passed(
    scope: Scope, since: datetime | None, until: datetime | None, cases: Sequence[int] | None = None
) -> list[tuple[Any, ...]]:
    """Return the sums by kind, node and flow, by one pass over the log."""
    where, params = scope.sql, list(scope.params)
    for bound, comparison in ((since, ">="), (until, "<")):
        if bound is not None:
            where, params = f"{where} AND at {comparison} %s", [*params, bound]
    if cases is not None:
        where, params = f"{where} AND case_id = ANY(%s)", [*params, list(cases)]
    return fetch(f"{_GROUPED} FROM procedures_case_event WHERE {where} GROUP BY 1, 2, 3", params)


def counted(scope: Scope, since: datetime | None, until: datetime | None) -> list[tuple[Any, ...]]:
    """Return the same sums for all cases of the version, by what was counted for each day; one query."""
    first = None if since is None else _midnight(since, up=True)
    last = None if until is None else _midnight(until, up=False)
    if first is not None and last is not None and last <= first:
        return passed(scope, since, until)
    where = "version_id = %s"
    params: list[Any] = [scope.version.pk]
    pieces: list[str] = []
    rest: list[Any] = []
    for day, comparison, low, high in ((first, ">=", since, first), (last, "<", last, until)):
        if day is None:
            continue
        where, params = f"{where} AND day {comparison} %s", [*params, day.date()]
        if low != high:
            pieces.append(
                f" UNION ALL {_GROUPED} FROM procedures_case_event"
                f" WHERE {scope.sql} AND at >= %s AND at < %s GROUP BY 1, 2, 3"
            )
            rest += [*scope.params, low, high]
    statement = (
        "SELECT kind, node, flow, sum(times)::bigint, sum(rested)::bigint, sum(rested_us) FROM ("
        f"SELECT kind, node, flow, times, rested, rested_us FROM procedures_dayuse WHERE {where}{''.join(pieces)}"
        ") AS part (kind, node, flow, times, rested, rested_us) GROUP BY 1, 2, 3 HAVING sum(times) <> 0"
    )
    return fetch(statement, [*params, *rest])


def _midnight(instant: datetime, *, up: bool) -> datetime:
    """Return the midnight (UTC) at or before an instant, or with ``up`` at or after it."""
    utc = instant.astimezone(UTC)
    midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1) if up and midnight < utc else midnight


def _arrows(rows: list[tuple[Any, ...]], ends: Mapping[str, Flow]) -> tuple[ArrowUse, ...]:
    taken: Counter[str] = Counter()
    for kind, _node, flow, count, _left, _spent in rows:
        if kind in ARRIVING and flow in ends:
            taken[flow] += count
    made = [ArrowUse(flow, ends[flow].source.id, ends[flow].target.id, count) for flow, count in taken.items()]
    return tuple(sorted(made, key=lambda each: (-each.count, each.flow)))


def _nodes(rows: list[tuple[Any, ...]]) -> tuple[NodeTime, ...]:
    visits: Counter[str] = Counter()
    left: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for kind, node, _flow, count, rested, microseconds in rows:
        if node:
            visits[node] += count if kind in ("entered", "passed") else 0
            left[node] += rested
            spent[node] += int(microseconds)
    made = [
        NodeTime(node, visits[node], left[node], spent[node] / left[node] / MICROSECONDS if left[node] else None)
        for node in visits
    ]
    return tuple(sorted(made, key=lambda each: (-each.total_seconds, -each.visits, each.node)))
