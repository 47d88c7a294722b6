"""Taking an import back together with the cases that travel with what it made (design: they end with a reason)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures.models import Case
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.operations.cases import cancel_case
from throughline.core.recordref import RecordRef
from throughline.core.records.imports import undoing
from throughline.core.records.imports.models import Import


@transaction.atomic
def undo_import(*, import_id: int, by: Actor, at: datetime, along: bool = False) -> Import:
    """
    Take an import back, ``along`` with what it made beside its records; the running cases of records that go into the
    bin are cancelled, and the journal says why.

    Raises:
        NotFound, NotAllowed, Conflict: as ``imports.undoing.undo_import``.
    """
    run, binned = undoing.undo_import(import_id=import_id, by=by, at=at, along=along)
    for kind in dict.fromkeys(ref.type for ref in binned):
        refs = [ref for ref in binned if ref.type == kind]
        end_cases(records=refs, reason=f"The import of {run.file_name} was taken back.", by=by, at=at)
    return run


@transaction.atomic
def end_cases(*, records: Sequence[RecordRef], reason: str, by: Actor, at: datetime) -> int:
    """Cancel the running cases of records of one type; return how many there were."""
    if not records:
        return 0
    cases = Case.objects.filter(
        record_type=records[0].type, record_id__in=[ref.id for ref in records], status__in=RUNNING, parent=None
    )
    keys = list(cases.order_by("pk").values_list("pk", flat=True))
    for key in keys:
        cancel_case(case_id=key, by=by, at=at, reason=reason)
    return len(keys)
