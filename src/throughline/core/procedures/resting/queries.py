"""Which cases rest, and how many would."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from throughline.core.procedures.models import Case
from throughline.core.procedures.models.case import RUNNING
from throughline.core.procedures.resting.models import RestingCase


def awake(case: str = "case") -> Q:
    """Return the predicate of rows whose case does not rest; ``case`` leads from the row to its case."""
    return ~Q(**{f"{case}__in": RestingCase.objects.values("case_id")})


def rests(case_id: int) -> bool:
    """Return whether a case rests."""
    return RestingCase.objects.filter(pk=case_id).exists()


def running_for(*, record_type: str, ids: Iterable[int]) -> int:
    """Return how many cases of these records run, and would rest if the records went into the bin. One query."""
    cases = Case.objects.filter(record_type=record_type, record_id__in=list(ids), status__in=RUNNING, parent=None)
    return cases.filter(awake("pk"), sandbox=False).count()
