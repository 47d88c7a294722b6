"""
What is measured of a case: a result from 0 to 1, read a fixed span after its start, so that it never changes again.

Only cases that began longer ago than the span count, in the order in which they began; of a record that came more than
once, the first case. Whatever was done to the case later (moved to another version, cancelled) it counts for the
version that was drawn for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
from django.db import connection

from throughline.insight.split_tests.sequential import Flags, Numbers


@dataclass(frozen=True, slots=True)
class Measure:
    """
    One way to read a result. ``sql`` gives it of a case ``c`` with the end of its span ``c.until``; ``better``: whether
    more of it is better. ``record_type``: only for procedures on such records; empty for all. ``of_ends``: which ends
    count has to be chosen. ``unit``: a share of cases, or a share of the span.
    """

    key: str
    name: str
    says: str
    sql: str
    better: Literal["up", "down"]
    unit: Literal["share", "span"] = "share"
    record_type: str = ""
    of_ends: bool = False


_LATE = """EXISTS (SELECT FROM procedures_workitem w WHERE w.case_id = c.id AND w.due_at <= c.until
    AND coalesce(w.closed_at, 'infinity') > w.due_at)"""
_BROKEN = "EXISTS (SELECT FROM procedures_incident i WHERE i.case_id = c.id AND i.opened_at <= c.until)"
_CONVERTED = "EXISTS (SELECT FROM leads_lead l WHERE l.id = c.record_id AND l.converted_at <= c.until)"
_WON = """EXISTS (SELECT FROM deals_deal d JOIN deals_stage s ON s.key = d.stage_id
    WHERE d.id = c.record_id AND s.kind = 'won' AND d.closed_at <= c.until)"""

MEASURES: dict[str, Measure] = {
    each.key: each
    for each in (
        Measure(
            "ends", "Good ends", "Cases that came to one of the chosen ends within the span.",
            "(c.outcome = ANY(%(good)s) OR c.end_node = ANY(%(good)s)) AND c.ended_at <= c.until", "up", of_ends=True,
        ),
        Measure(
            "converted", "Leads that became a deal", "Cases whose lead became a deal within the span.",
            _CONVERTED, "up", record_type="lead",
        ),
        Measure("won", "Deals won", "Cases whose deal was won within the span.", _WON, "up", record_type="deal"),
        Measure(
            "time", "Time to the end", "Mean time from start to end; a case that takes longer counts the whole span.",
            "extract(epoch FROM least(coalesce(c.ended_at, c.until), c.until) - c.started_at)"
            " / nullif(extract(epoch FROM c.until - c.started_at), 0)",
            "down", unit="span",
        ),
        Measure("late", "Late steps", "Cases with a step that became late within the span.", _LATE, "down"),
        Measure("incidents", "Incidents", "Cases with a step that failed within the span.", _BROKEN, "down"),
    )
}  # fmt: skip

_READ = """
SELECT c.is_other, ({sql})::float8 FROM (
    SELECT DISTINCT ON (coalesce(record_id, -id)) id, is_other, record_id, started_at, ended_at, outcome, end_node,
           started_at + %(span)s AS until
    FROM procedures_case
    WHERE {which} AND NOT sandbox AND parent_id IS NULL AND started_at >= %(since)s AND started_at <= %(before)s
    ORDER BY coalesce(record_id, -id), started_at, id
) c ORDER BY c.started_at, c.id
"""


@dataclass(frozen=True, slots=True)
class Asking:
    """
    What is read of cases: ``measure`` by its key, ``good`` ends where it is of ends, the ``span`` after the start, and
    cases that began ``since`` then and whose span is over ``at``.
    """

    measure: str
    good: Sequence[str]
    span: timedelta
    since: datetime
    at: datetime


def results(*, split: int, asking: Asking) -> tuple[Numbers, Flags]:
    """Return the results of the cases of a split, in the order of their starts, and which were the other version's."""
    rows = _rows("split_id = %(which)s", split, asking)
    return (
        np.array([row[1] for row in rows], dtype=np.float64),
        np.array([row[0] for row in rows], dtype=np.bool_),
    )


def past_results(*, version_id: int, asking: Asking) -> Numbers:
    """Return the results of a version's cases."""
    return np.array([row[1] for row in _rows("version_id = %(which)s", version_id, asking)], dtype=np.float64)


def _rows(which: str, key: int, asking: Asking) -> list[tuple[bool, float]]:
    measure = MEASURES[asking.measure]
    sql = f"CASE WHEN {measure.sql} THEN 1 ELSE 0 END" if measure.unit == "share" else measure.sql
    statement = _READ.format(sql=sql, which=which)
    given: dict[str, Any] = {
        "which": key, "span": asking.span, "since": asking.since, "before": asking.at - asking.span,
        "good": list(asking.good),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())
