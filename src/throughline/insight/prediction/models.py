"""Predictions that were learned."""

from __future__ import annotations

from typing import Any

from django.db import models

from throughline.core.procedures.models import Case, ProcedureVersion


class Prediction(models.Model):
    """
    What was last learned from the cases of one version.

    ``result`` is what :mod:`throughline.insight.prediction.desk` answers: ``questions`` with their examinations, and
    per open case what is predicted.
    """

    version = models.OneToOneField(ProcedureVersion, models.CASCADE, related_name="+")
    learned_at = models.DateTimeField()
    learned_by_label = models.TextField()
    result: models.JSONField[Any, Any] = models.JSONField()

    def __str__(self) -> str:
        return f"prediction for {self.version_id}"


class Outlook(models.Model):
    """
    What was predicted of one open case, as far as the examination allowed it; replaced when it is learned anew.

    ``ends_at``: when it is likely over; ``late``: how likely a step of it is late; ``ends``: per end node how likely it
    ends there. Null or absent where that question is not shown. It holds while the case stands where it stood.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+")
    learned_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    late = models.FloatField(null=True)
    ends: models.JSONField[Any, Any] = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"outlook of {self.case_id}"
