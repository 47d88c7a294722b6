"""
Merging records that cases travel with (design: several cases per record, one of them primary).

The cases of the absorbed record go to the survivor with everything else that points at it. Where both run a case of the
same procedure, that is a question: two of them would ask everybody everything twice. Whoever merges says which go on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures.models import Case
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.operations.cases import cancel_case
from throughline.core.records.merging import operations
from throughline.core.records.merging.models import Merge
from throughline.core.records.spec import RecordSpec
from throughline.core.refusals import Refusal


@dataclass(frozen=True, slots=True)
class RunningTwice:
    """A procedure that runs for both records: the cases of the survivor and of the absorbed one."""

    procedure: str
    name: str
    survivors: tuple[int, ...]
    absorbeds: tuple[int, ...]


def running_twice(*, spec: RecordSpec, survivor_id: int, absorbed_id: int) -> list[RunningTwice]:
    """Return the procedures of which both records have a running case. One query."""
    cases = Case.objects.filter(
        record_type=spec.type, record_id__in=(survivor_id, absorbed_id), status__in=RUNNING, parent=None, sandbox=False
    ).select_related("version__procedure__variant__base")
    found: dict[str, tuple[str, list[int], list[int]]] = {}
    for case in cases.order_by("pk"):
        procedure = case.version.procedure
        if hasattr(procedure, "variant"):  # a variant is its base, done otherwise
            procedure = procedure.variant.base
        _, mine, theirs = found.setdefault(procedure.key, (procedure.name, [], []))
        (mine if case.record_id == survivor_id else theirs).append(case.pk)
    return [
        RunningTwice(key, name, tuple(mine), tuple(theirs))
        for key, (name, mine, theirs) in sorted(found.items())
        if mine and theirs
    ]


@transaction.atomic
def merge_with_cases(
    *,
    spec: RecordSpec,
    survivor_id: int,
    absorbed_id: int,
    by: Actor,
    at: datetime,
    take: Sequence[str] | None = None,
    ending: Collection[str] | None = None,
) -> Merge:
    """
    Merge two records, and end the absorbed one's cases of the procedures named by ``ending``.

    Raises:
        NotFound, NotAllowed, Refusal: as ``merge_records``; or a procedure runs for both and nobody said (``ending`` is
            None) whether both go on.
    """
    twice = running_twice(spec=spec, survivor_id=survivor_id, absorbed_id=absorbed_id)
    if twice and ending is None:
        names = ", ".join(each.name for each in twice)
        raise Refusal("runs_twice", f"{names} runs for both. Say whether the second one ends.", "ending")
    merge = operations.merge_records(
        spec=spec, survivor_id=survivor_id, absorbed_id=absorbed_id, by=by, at=at, take=take
    )
    reason = f"Merged into {spec.model.number_prefix}-{survivor_id}, for which the procedure runs already."
    for each in twice:
        if each.procedure in (ending or ()):
            for case_id in each.absorbeds:
                cancel_case(case_id=case_id, by=by, at=at, reason=reason)
    return merge
