"""Comparing the cases of each value of a field with all the others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import connection
from django.db.models import OuterRef, Subquery

from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, Procedure
from throughline.core.procedures.queries import names_of, parting_fields
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.records import FieldSpec, FieldType, registry
from throughline.core.records.spec import LINKS
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.effect.measuring import FIGURES, Figure, Mean, Unit, between, columns_of, pooled, success_of
from throughline.insight.kpis.statistics import Interval
from throughline.insight.split_tests.measures import MEASURES

LEAST = 30
"""With fewer cases in a group, or beside it, nothing is said."""
RISK = 0.05
"""The risk that any of all intervals misses the true difference."""
MOST_GROUPS = 12
"""So many groups of a field are looked at, the largest."""
MOST_FIELDS = 25
DAYS = 30
HISTORY = timedelta(days=365)

Key = Literal["success", "time", "late"]
WANTED: tuple[Key, ...] = ("success", "time", "late")


@dataclass(frozen=True, slots=True)
class Segment:
    """A value of a field: both by name and in words; ``rule`` takes it in FEEL, empty where none can be written."""

    field: str
    field_label: str
    value: Any
    label: str
    rule: str


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A figure of a segment against all other cases. ``interval``: where *segment minus others* lies, all intervals of an
    answer together with 95 % confidence. ``differs``: more than chance does.
    """

    segment: Segment
    figure: Key
    inside: Mean
    others: Mean
    interval: Interval

    @property
    def differs(self) -> bool:
        """Whether the difference is more than chance."""
        return not self.interval.holds(0.0)


@dataclass(frozen=True, slots=True)
class Thin:
    """A field of which no group can be compared: ``largest`` is the number of cases of its largest group."""

    field: str
    label: str
    largest: int


@dataclass(frozen=True, slots=True)
class Compared:
    """All findings, what differs most first; ``comparisons``: how many were made; ``cases``: of so many cases."""

    findings: tuple[Finding, ...]
    thin: tuple[Thin, ...]
    comparisons: int
    cases: int


def compare_segments(*, procedure: str, user: User, at: datetime, days: int = DAYS) -> Compared:
    """
    Compare the segments of a procedure's records by what became of their cases within ``days`` of their start; cases
    of the last year that ``user`` sees, by fields that they may read. One query per field, and two.

    Raises:
        NotFound: there is no such procedure.
        Refusal: the days make no sense.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more.")
    if not 1 <= days <= HISTORY.days:
        raise Refusal("no_days", f"Give 1 to {HISTORY.days} days.", "days")
    wanted = _wanted(found)
    parted: list[tuple[FieldSpec, dict[Any, dict[str, Mean]]]] = [
        (field, _read(found, user, field, wanted, days, at)) for field in _candidates(found, user)
    ]
    raw = [each for field, groups in parted for each in _against_others(field, groups, wanted)]
    level = 1 - RISK / max(len(raw), 1)
    labels = _labels(parted)
    findings = [each for one in raw if (each := _finding(found, labels, *one, level)) is not None]
    findings.sort(key=lambda each: (not each.differs, -_distance(each), each.segment.field, str(each.segment.value)))
    thin = tuple(
        Thin(field.name, str(field.label), max((_count(means) for means in groups.values()), default=0))
        for field, groups in parted
        if not any(each[0] is field for each in raw)
    )
    cases = max((sum(_count(means) for means in groups.values()) for _, groups in parted), default=0)
    return Compared(tuple(findings), thin, len(raw), cases)


def _candidates(procedure: Procedure, user: User) -> list[FieldSpec]:
    """The fields that could tell segments apart: not where the record stands, which is what becomes of a case."""
    spec = registry.find(procedure.record_type)
    stands = spec.board_column if spec is not None else ""
    fields = parting_fields(procedure=procedure.key, user=user)
    return [field for field in fields if field.name != stands][:MOST_FIELDS]


def _wanted(procedure: Procedure) -> dict[str, Figure]:
    success = success_of(procedure, ())
    figures: dict[str, Figure] = {key: FIGURES[key] for key in WANTED if key in FIGURES}
    return {"success": ("share", "up", MEASURES[success].sql), **figures} if success else figures


def _read(  # noqa: PLR0917  a question as it is asked
    procedure: Procedure, user: User, field: FieldSpec, wanted: Mapping[str, Figure], days: int, at: datetime
) -> dict[Any, dict[str, Mean]]:
    """Return the figures of each value of a field; no value and a text without a letter are one."""
    spec = registry.get(procedure.record_type)
    seen = seen_by(user, [procedure.record_type])
    records = spec.model._default_manager.filter(pk=OuterRef("record_id"))
    cases = Case.objects.filter(
        seen, version__procedure=procedure, sandbox=False, parent=None, record_id__isnull=False,
        started_at__lte=at - timedelta(days=days), started_at__gt=at - HISTORY,
    )  # fmt: skip
    inner, params = (
        cases.annotate(part=Subquery(records.values(field.column)[:1])).values("pk", "part").query.sql_with_params()
    )
    aggregates = ", ".join(f"avg({key}), var_samp({key})" for key in wanted)
    statement = (
        f"SELECT part, count(*), {aggregates} FROM (SELECT part, {columns_of(wanted)} FROM ("
        f"SELECT c.*, c.started_at + %s AS until, p.part FROM procedures_case c JOIN ({inner}) AS p (id, part)"
        " ON p.id = c.id) c) read GROUP BY part"
    )
    with connection.cursor() as cursor:
        given: list[Any] = [timedelta(days=days), *params]
        cursor.execute(statement, given)
        rows = cursor.fetchall()
    found: dict[Any, dict[str, Mean]] = {}
    for value, count, *numbers in rows:
        means = {
            key: Mean(count, float(numbers[2 * place] or 0.0), numbers[2 * place + 1])
            for place, key in enumerate(wanted)
        }
        key = None if value == "" else value
        found[key] = {name: pooled(found[key][name], mean) for name, mean in means.items()} if key in found else means
    return found


def _count(means: Mapping[str, Mean]) -> int:
    return next(iter(means.values())).count


# --- comparing --------------------------------------------------------------------------------------------------------
Raw = tuple[FieldSpec, Any, str, Mean, Mean, Unit]
"""Field, value, figure, the group's, all others', and the unit."""


def _against_others(
    field: FieldSpec, groups: Mapping[Any, Mapping[str, Mean]], wanted: Mapping[str, Figure]
) -> Iterable[Raw]:
    largest = sorted(groups, key=lambda value: (-_count(groups[value]), str(value)))[:MOST_GROUPS]
    for value in largest:
        beside = [groups[other] for other in groups if other != value]
        if value is None or not beside:
            continue
        for key, (unit, _better, _sql) in wanted.items():
            inside, others = groups[value][key], pooled(*(each[key] for each in beside))
            if min(inside.count, others.count) >= LEAST:
                yield field, value, key, inside, others, unit


def _finding(  # noqa: PLR0917  a comparison as it was made
    procedure: Procedure,
    labels: Mapping[tuple[str, Any], str],
    field: FieldSpec,
    value: Any,
    figure: Any,
    inside: Mean,
    others: Mean,
    unit: Unit,
    level: float,
) -> Finding | None:
    interval = between(unit, others, inside, level)
    if interval is None:
        return None
    label = labels.get((field.name, value), str(value))
    segment = Segment(field.name, str(field.label), value, label, _rule(procedure.record_type, field, value))
    return Finding(segment, figure, inside, others, interval)


def _rule(record_type: str, field: FieldSpec, value: Any) -> str:
    name = f"{record_type}.{field.name}"
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    if field.type in (FieldType.TEXT, FieldType.CHOICE):
        text = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'{name} = "{text}"'
    return ""


def _distance(finding: Finding) -> float:
    """How far the interval is away from nothing, in halves of its width: what is surest comes first."""
    low, high = finding.interval.low, finding.interval.high
    half = (high - low) / 2
    return abs(low + high) / 2 / half if half else math.inf


def _labels(parted: Iterable[tuple[FieldSpec, Mapping[Any, Any]]]) -> dict[tuple[str, Any], str]:
    """Return what values are called; keys of people, teams and records by their names. One query per such field."""
    found: dict[tuple[str, Any], str] = {}
    for field, groups in parted:
        known = [value for value in groups if value is not None]
        if field.type in LINKS:
            found |= {(field.name, key): name for key, name in names_of(field, known).items()}
        else:
            found |= {(field.name, value): str(choice.label) for value in known if (choice := field.choice(value))}
    return found
