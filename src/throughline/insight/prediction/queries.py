"""Looking at what was learned: the examination, and what it says of open cases."""

from __future__ import annotations

from collections.abc import Iterable

from throughline.core.procedures.models import ProcedureVersion
from throughline.core.rows import Whole
from throughline.insight.prediction.models import Outlook, Prediction


def learned(*, version_id: int) -> Prediction | None:
    """Return what was last learned for a version. The caller shows of its cases only those that the reader may see."""
    return Prediction.objects.filter(version_id=version_id).first()


def outlooks(*, cases: Iterable[int]) -> dict[int, Outlook]:
    """
    Return what is predicted of open cases that still stand where they stood when it was learned, with their versions.
    One query, and one more where something is.

    The caller has checked that the cases may be seen.
    """
    wanted = sorted(set(cases))
    found = _HOLDING.fetch([wanted]) if wanted else []
    if not found:
        return {}
    versions = ProcedureVersion.objects.select_related("procedure").defer("bpmn")
    known = versions.in_bulk({each.version_id for each in found})
    for each in found:
        each.version = known[each.version_id]
    return {each.case_id: each for each in found}


_HOLDING = Whole(
    Outlook,
    """
    JOIN procedures_case c ON c.id = prediction_outlook.case_id
    WHERE prediction_outlook.case_id = ANY(%s) AND c.moved_at <= prediction_outlook.learned_at AND c.ended_at IS NULL
    """,
)
