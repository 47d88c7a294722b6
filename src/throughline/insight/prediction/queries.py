"""Looking at what was learned: the examination, and what it says of open cases."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from throughline.insight.prediction.models import Outlook, Prediction


def learned(*, version_id: int) -> Prediction | None:
    """Return what was last learned for a version. The caller shows of its cases only those that the reader may see."""
    return Prediction.objects.filter(version_id=version_id).first()


def outlooks(*, cases: Iterable[int]) -> dict[int, Outlook]:
    """
    Return what is predicted of open cases that still stand where they stood when it was learned. One query.

    The caller has checked that the cases may be seen.
    """
    wanted = set(cases)
    if not wanted:
        return {}
    found = Outlook.objects.filter(case__in=wanted, case__moved_at__lte=F("learned_at"), case__ended_at=None)
    return {each.case_id: each for each in found.select_related("version__procedure").defer("version__bpmn")}
