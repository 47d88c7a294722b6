"""How cases of a procedure have ended, as counts, and parted by a field of their records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Subquery

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.procedures.models import Case, Procedure
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.records import registry
from throughline.core.refusals import NotAllowed, NotFound, Refusal


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
        Refusal: the record type has no such field.
    """
    found = Procedure.objects.filter(key=procedure).first()
    if found is None:
        raise NotFound("There is no such procedure any more.")
    cases = Case.objects.filter(
        seen_by(user, [found.record_type]), version__procedure=found, sandbox=False, parent=None
    )
    if since is not None:
        cases = cases.filter(started_at__gte=since)
    if until is not None:
        cases = cases.filter(started_at__lt=until)
    if version is not None:
        cases = cases.filter(version__number=version)
    columns = ["status", "outcome", "end_node"]
    if part_by:
        cases = cases.annotate(part=_field(found, part_by, user))
        columns.append("part")
    rows = cases.values(*columns).annotate(count=Count("pk")).order_by("-count", *columns)
    return [OutcomeCount(row["status"], row["outcome"], row["end_node"], row.get("part"), row["count"]) for row in rows]


def _field(procedure: Procedure, name: str, user: User) -> Subquery:
    spec = registry.find(procedure.record_type)
    field = spec.by_name.get(name) if spec is not None else None
    if spec is None or field is None:
        raise Refusal("no_such_field", f"The records of “{procedure.name}” have no field “{name}”.", "part_by")
    if not access.field_rights(user, spec).reads(name):
        raise NotAllowed(f"The field “{field.label}” is hidden from you. Ask an administrator.")
    return Subquery(spec.model._default_manager.filter(pk=OuterRef("record_id")).values(field.column)[:1])
