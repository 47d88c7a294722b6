"""What there is: procedures and decision tables with their versions and drawings, and next steps of many records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from throughline.core.identity.models import User
from throughline.core.procedures import charts
from throughline.core.procedures.models import (
    Case,
    DecisionTable,
    DecisionVersion,
    Incident,
    Procedure,
    ProcedureVersion,
    Token,
)
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.procedures.resting.queries import awake
from throughline.core.recordref import RecordRef
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotFound
from throughline.core.rows import fetch, fetch_planned

Status = ProcedureVersion.Status


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version without its drawing. ``at`` and ``by``: when and by whom it was published, else last saved."""

    id: int
    number: int
    status: str
    note: str
    digest: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """
    A procedure as the library shows it, with as much of its cases as the asker may see.

    ``published`` and ``draft`` are its live version and its draft, if there are any; ``variants`` is how many it has.
    """

    key: str
    name: str
    summary: str
    record_type: str
    owner_name: str
    published: VersionRow | None
    draft: VersionRow | None
    running: int
    overdue: int
    incidents: int
    variants: int = 0


def library(*, user: User, at: datetime) -> list[ProcedureRow]:
    """Return all procedures by name, without their variants. Five queries, however many there are."""
    living = Count("variants", filter=Q(variants__retired_at=None))
    procedures = list(Procedure.objects.filter(variant=None).select_related("owner").annotate(living=living))
    versions: dict[int, dict[str, VersionRow]] = {}
    rows = ProcedureVersion.objects.filter(status__in=[Status.DRAFT, Status.PUBLISHED]).defer("bpmn")
    for version in rows:
        versions.setdefault(version.procedure_id, {})[version.status] = _version_row(version)
    seen = seen_by(user, [procedure.record_type for procedure in procedures])
    running, overdue, incidents = figures(seen, at)
    return [
        ProcedureRow(
            key=procedure.key,
            name=procedure.name,
            summary=procedure.summary,
            record_type=procedure.record_type,
            owner_name=procedure.owner.name if procedure.owner else "",
            published=versions.get(procedure.pk, {}).get(Status.PUBLISHED),
            draft=versions.get(procedure.pk, {}).get(Status.DRAFT),
            running=running.get(procedure.pk, 0),
            overdue=overdue.get(procedure.pk, 0),
            incidents=incidents.get(procedure.pk, 0),
            variants=procedure.living,
        )
        for procedure in procedures
    ]


def figures(seen: Q, at: datetime) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Running cases, overdue tokens and open incidents by key of the procedure."""
    cases = Case.objects.filter(seen, awake("pk"), status__in=RUNNING, sandbox=False)
    tokens = Token.objects.filter(seen, awake(), due_at__lt=at, sandbox=False)
    incidents = Incident.objects.filter(status="open", sandbox=False)
    if seen != Q():
        incidents = incidents.filter(case__in=Case.objects.filter(seen))
    by_procedure = F("version__procedure")
    counted = (rows.values(procedure=by_procedure).annotate(count=Count("*")) for rows in (cases, tokens, incidents))
    running, overdue, broken = ({row["procedure"]: row["count"] for row in rows} for rows in counted)
    return running, overdue, broken


def _version_row(version: ProcedureVersion | DecisionVersion) -> VersionRow:
    return VersionRow(
        id=version.pk,
        number=version.number,
        status=version.status,
        note=version.note,
        digest=version.digest,
        at=version.published_at or version.saved_at,
        by=version.published_by_label or version.saved_by_label,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    A procedure or decision table with all its versions, the newest first. A variant has a base, by ``base_key``.
    """

    key: str
    name: str
    summary: str
    record_type: str
    versions: tuple[VersionRow, ...]
    base_key: str = ""
    base_name: str = ""

    def latest(self, status: str) -> VersionRow | None:
        """Return the newest version of that status."""
        return next((version for version in self.versions if version.status == status), None)


def procedure(*, key: str) -> Drawn:
    """
    Return a procedure with its versions. Two queries.

    Raises:
        NotFound: there is no such procedure.
    """
    found = Procedure.objects.select_related("variant__base").filter(key=key).first()
    if found is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    versions = found.versions.defer("bpmn").order_by("-number")
    base = found.variant.base if hasattr(found, "variant") else None
    return Drawn(
        found.key,
        found.name,
        found.summary,
        found.record_type,
        tuple(map(_version_row, versions)),
        base.key if base is not None else "",
        base.name if base is not None else "",
    )


def running_by_version(*, procedure: str) -> dict[int, int]:
    """Return how many cases are under way on each version by its number. Mere numbers, whoever may see the records."""
    cases = Case.objects.filter(version__procedure__key=procedure, status__in=RUNNING, sandbox=False)
    return dict(cases.values_list("version__number").annotate(count=Count("pk")))


def drawing(*, version_id: int) -> bytes:
    """Return the BPMN file of a version."""
    return bytes(ProcedureVersion.objects.values_list("bpmn", flat=True).get(pk=version_id))


def version(*, version_id: int) -> ProcedureVersion:
    """Return a version with its drawing and its procedure."""
    return ProcedureVersion.objects.select_related("procedure").get(pk=version_id)


def version_of_number(*, procedure: str, number: int) -> ProcedureVersion:
    """
    Return a version by its number.

    Raises:
        NotFound: there is none.
    """
    versions = ProcedureVersion.objects.select_related("procedure")
    found = versions.filter(procedure__key=procedure, number=number).first()
    if found is None:
        raise NotFound(f"There is no version {number} of this procedure.")
    return found


def drawings(*, version_ids: Iterable[int]) -> dict[int, bytes]:
    """Return the BPMN files of versions by key. One query."""
    rows = ProcedureVersion.objects.filter(pk__in=list(version_ids)).values_list("pk", "bpmn")
    return {key: bytes(file) for key, file in rows}


def startable(*, record_type: str) -> list[tuple[str, str]]:
    """Return key and name of the published procedures that work on records of a type; variants are chosen by rule."""
    return [(key, name) for key, name in fetch(_STARTABLE, [record_type, Status.PUBLISHED])]


_STARTABLE = """
SELECT p.key, p.name FROM procedures_procedure p JOIN procedures_procedureversion v ON v.procedure_id = p.id
WHERE p.record_type = %s AND v.status = %s
  AND NOT EXISTS (SELECT FROM procedures_variant variant WHERE variant.procedure_id = p.id)
ORDER BY p.name
"""


# -- Decision tables ---------------------------------------------------------------------------------------------------


def names_of_procedures() -> list[str]:
    """Return how the procedures that run are called, by name. One query."""
    running = Procedure.objects.filter(versions__status="published").order_by("name").distinct()
    return list(running.values_list("name", flat=True))


def decisions() -> list[Drawn]:
    """Return all decision tables with their versions, by name. Two queries."""
    tables = DecisionTable.objects.prefetch_related("versions")
    return [_decision(table) for table in tables]


def decision(*, key: str) -> Drawn:
    """
    Return a decision table with its versions.

    Raises:
        NotFound: there is no such table.
    """
    found = DecisionTable.objects.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such decision table any more. Look in the list.")
    return _decision(found)


def _decision(table: DecisionTable) -> Drawn:
    versions = sorted(table.versions.all(), key=lambda version: -version.number)
    return Drawn(table.key, table.name, table.summary, "", tuple(map(_version_row, versions)))


def decision_models(*, version_ids: Iterable[int]) -> dict[int, bytes]:
    """Return the DMN files of versions by key. One query."""
    rows = DecisionVersion.objects.filter(pk__in=list(version_ids)).values_list("pk", "dmn")
    return {key: bytes(file) for key, file in rows}


# -- Incidents and next steps ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An open incident: which case at which step, what happened, since when, how often it was tried again."""

    id: int
    record: RecordRef | None
    record_title: str
    node: str
    label: str
    message: str
    opened_at: datetime
    retries: int


def incidents(*, procedure: str, user: User, node: str = "", limit: int = 50) -> list[IncidentRow]:
    """
    Return the open incidents of a procedure (at one step), the newest first, of records that ``user`` may see.

    Raises:
        NotFound: there is no such procedure.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more. Look in the library.")
    cases = Case.objects.filter(seen_by(user, [found.record_type]), version__procedure=found, sandbox=False)
    rows = Incident.objects.filter(status="open", case__in=cases)
    if node:
        rows = rows.filter(node=node)
    open_ones = list(rows.select_related("case").defer("case__state").order_by("-opened_at", "-pk")[:limit])
    refs = [_record_of(incident.case) for incident in open_ones]
    titles = record_titles(refs)
    ready = charts.running_many((incident.version_id, incident.case.process) for incident in open_ones)
    return [
        IncidentRow(
            id=incident.pk,
            record=ref,
            record_title=titles.get(ref, "") if ref else "",
            node=incident.node,
            label=ready[(incident.version_id, incident.case.process)].label(incident.node),
            message=incident.message,
            opened_at=incident.opened_at,
            retries=incident.retries,
        )
        for incident, ref in zip(open_ones, refs, strict=True)
    ]


def _record_of(case: Case) -> RecordRef | None:
    return None if case.record_id is None else RecordRef(case.record_type, case.record_id)


@dataclass(frozen=True, slots=True)
class NextStepNote:
    """The next human step of a record in few words."""

    title: str
    due_at: datetime | None
    overdue: bool


def next_steps(*, records: Sequence[RecordRef], at: datetime) -> dict[RecordRef, NextStepNote]:
    """
    Return the step that is due first for each record that has one. One query per record type.

    The caller has checked that the asker may see the records.
    """
    by_type: dict[str, list[int]] = {}
    for ref in records:
        by_type.setdefault(ref.type, []).append(ref.id)
    found: dict[RecordRef, NextStepNote] = {}
    for record_type, ids in by_type.items():
        for key, title, due_at in fetch_planned(_NEXT_STEPS, [record_type, ids]):
            found[RecordRef(record_type, key)] = NextStepNote(title, due_at, due_at is not None and due_at < at)
    return found


_NEXT_STEPS = """
SELECT DISTINCT ON (record_id) record_id, title, due_at FROM procedures_workitem
WHERE record_type = %s AND record_id = ANY(%s) AND status = 'open' AND NOT sandbox
ORDER BY record_id, due_at NULLS LAST, priority DESC, id
"""
