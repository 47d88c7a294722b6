"""Predictions that were learned."""

from __future__ import annotations

from typing import Any

from django.db import models

from throughline.core.procedures.models import ProcedureVersion


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
