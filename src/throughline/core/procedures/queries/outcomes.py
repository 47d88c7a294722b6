"""How cases of a procedure have ended, as counts, parted by a field of their records, and the cases behind a count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from throughline.core import access
from throughline.core.identity.models import Team, User
from throughline.core.procedures.models import Case, Procedure
from throughline.core.procedures.queries.visible import UNBOUND, seen_by
from throughline.core.recordref import RecordRef
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.spec import LINKS
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotAllowed, NotFound, Refusal

PARTING = frozenset(
    {FieldType.TEXT, FieldType.CHOICE, FieldType.BOOLEAN, FieldType.USER, FieldType.TEAM, FieldType.RECORD}
)
"""Types of fields whose values part cases into a few heaps; amounts, instants and long texts do not."""


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """
    How many cases ended in one way. ``value``: of the field they are parted by; None without one or without a value.
    """

    status: str
    outcome: str
    end_node: str
    value: Any
    count: int


@dataclass(frozen=True, slots=True)
class CountedCase:
    """One of the cases behind a count. ``outcome``: what people call its end, empty while it runs."""

    case: int
    record: RecordRef | None
    version: int
    status: str
    outcome: str
    end_node: str
    started_at: datetime
    ended_at: datetime | None


def outcomes(
    *,
    procedure: str,
    user: User,
    part_by: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    version: int | None = None,
) -> list[OutcomeCount]:
    """
    Count the cases of a procedure by how they ended; running ones have outcome “”. The largest count comes first.

    ``part_by`` names a field of the record type, as it is now. ``since`` (closed) and ``until`` (open) bound the
    instant at which cases started. Only records that ``user`` may see count.

    Raises:
        NotFound: there is no such procedure.
        NotAllowed: the field is hidden from ``user``.
        Refusal: the record type has no such field, or cannot be parted by it.
    """
    found, cases = _cases(procedure, user, version)
    if since is not None:
        cases = cases.filter(started_at__gte=since)
    if until is not None:
        cases = cases.filter(started_at__lt=until)
    columns = ["status", "outcome", "end_node"]
    if part_by:
        spec, field = _field(found, part_by, user)
        records = spec.model._default_manager.filter(pk=OuterRef("record_id"))
        cases = cases.annotate(part=Subquery(records.values(field.column)[:1]))
        columns.append("part")
    rows = cases.values(*columns).annotate(count=Count("pk")).order_by("-count", *columns)
    return [OutcomeCount(row["status"], row["outcome"], row["end_node"], row.get("part"), row["count"]) for row in rows]


def cases_counted(
    *,
    procedure: str,
    user: User,
    statuses: Sequence[str] = (),
    outcome: str | None = None,
    end_node: str = "",
    part_by: str = "",
    value: Any = None,
    version: int | None = None,
    among: Collection[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[CountedCase]:
    """
    Return the cases behind a count of ``outcomes``, the youngest first. One query, and one for the procedure.

    ``statuses``: only those in one of them. ``outcome``: only those whose end is called so. With ``part_by``, those
    whose record has ``value`` there; None is also a text without a letter. ``among``: only these, by number. ``before``
    is the last case of the page before.

    Raises:
        NotFound, NotAllowed, Refusal: see ``outcomes``.
    """
    found, cases = _cases(procedure, user, version)
    if statuses:
        cases = cases.filter(status__in=statuses)
    if outcome is not None:
        cases = cases.filter(outcome=outcome)
    if end_node:
        cases = cases.filter(end_node=end_node)
    if part_by:
        spec, field = _field(found, part_by, user)
        records = spec.model._default_manager.filter(_is(field, value)).values("pk")
        wanted = Q(record_id__in=records)
        cases = cases.filter(wanted | UNBOUND if value is None else wanted)
    if among is not None:
        cases = cases.filter(pk__in=among)
    if before is not None:
        cases = cases.filter(pk__lt=before)
    rows = cases.select_related("version").defer("state", "version__bpmn").order_by("-pk")[:limit]
    return [_counted(case) for case in rows]


def parting_fields(*, procedure: str, user: User) -> list[FieldSpec]:
    """
    Return the fields of the record type by which ``outcomes`` can part for ``user``; none without a record type.

    What tells a person apart (a name, a key) makes no heaps and is left out.

    Raises:
        NotFound: there is no such procedure.
    """
    spec = registry.find(_procedure(procedure).record_type)
    if spec is None:
        return []
    rights = access.field_rights(user, spec)
    return [field for field in _by_use(spec) if _parts(spec, field) and rights.reads(field.name)]


def names_of(field: FieldSpec, keys: Iterable[int]) -> dict[int, str]:
    """Return what people, teams or records that a field points at are called. One query."""
    wanted = set(keys)
    if field.type is FieldType.USER:
        return {user.pk: user.name for user in User.objects.filter(pk__in=wanted)}
    if field.type is FieldType.TEAM:
        return {team.pk: team.name for team in Team.objects.filter(pk__in=wanted)}
    return {ref.id: title for ref, title in record_titles([RecordRef(field.to, key) for key in wanted]).items()}


def _by_use(spec: RecordSpec) -> list[FieldSpec]:
    """What lists are narrowed by comes first, then the rest as declared; where the record stands comes last."""
    filtered = [spec.by_name[name] for name in spec.filters]
    told = [field for field in filtered if field.type not in LINKS]
    ordered = dict.fromkeys([*told, *filtered, *spec.by_name.values()])
    return sorted(ordered, key=lambda field: field.name == spec.board_column)


def _parts(spec: RecordSpec, field: FieldSpec) -> bool:
    is_key = field.at_creation or field.personal or field.is_through
    return field.type in PARTING and not is_key and field.column in {each.attname for each in spec.model._meta.fields}


def _cases(procedure: str, user: User, version: int | None) -> tuple[Procedure, QuerySet[Case]]:
    found = _procedure(procedure)
    seen = seen_by(user, [found.record_type])
    cases = Case.objects.filter(seen, version__procedure=found, sandbox=False, parent=None)
    return found, cases if version is None else cases.filter(version__number=version)


def _procedure(key: str) -> Procedure:
    found = Procedure.objects.filter(key=key).first()
    if found is None:
        raise NotFound("There is no such procedure any more.")
    return found


def _field(procedure: Procedure, name: str, user: User) -> tuple[RecordSpec, FieldSpec]:
    spec = registry.find(procedure.record_type)
    field = spec.by_name.get(name) if spec is not None else None
    if spec is None or field is None:
        raise Refusal("no_such_field", f"The records of “{procedure.name}” have no field “{name}”.", "part_by")
    if not access.field_rights(user, spec).reads(name):
        raise NotAllowed(f"The field “{field.label}” is hidden from you. Ask an administrator.")
    if field.type not in PARTING:
        raise Refusal("no_heaps", f"Cases cannot be parted by “{field.label}”. Choose another field.", "part_by")
    return spec, field


def _is(field: FieldSpec, value: Any) -> Q:
    if value is not None:
        return Q(**{field.column: value})
    empty = Q(**{f"{field.column}__isnull": True})
    is_text = field.type in (FieldType.TEXT, FieldType.CHOICE)
    return empty | Q(**{field.column: ""}) if is_text else empty


def _counted(case: Case) -> CountedCase:
    return CountedCase(
        case=case.pk,
        record=None if case.record_id is None else RecordRef(case.record_type, case.record_id),
        version=case.version.number,
        status=case.status,
        outcome=case.outcome,
        end_node=case.end_node,
        started_at=case.started_at,
        ended_at=case.ended_at,
    )
