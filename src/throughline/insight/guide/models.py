"""Guided paths."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models import Procedure


class Guide(models.Model):
    """
    One walk along the guided path for a procedure: it can be left, and taken up again by whoever draws.

    ``step`` is the furthest of the seven that was answered, 0 at the beginning; ``answers`` as
    :class:`~throughline.insight.guide.answers.Answers` stores them. ``as_is`` is the procedure as it is done today.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    as_is = models.ForeignKey(Procedure, models.SET_NULL, null=True, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    step = models.IntegerField(default=0)
    answers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    dashboard = models.IntegerField(null=True)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-begun_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"], condition=Q(finished_at__isnull=True), name="guide_one_open_per_procedure"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.step}"
