"""Who has read which version of which playbook."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from throughline.core.procedures.models import Procedure


class Check(models.Model):
    """How many questions the check of a playbook asks at most, where somebody has said so."""

    procedure = models.OneToOneField(Procedure, models.CASCADE, related_name="+")
    questions = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.procedure_id} {self.questions}"


class Reading(models.Model):
    """
    One person, one playbook as it is told to one role (empty: to all), one version.

    ``parts`` are the digests of the parts that were read, by id of step. ``tries`` counts answers to the short check;
    ``confirmed_at`` is when all of them were right.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    role = models.TextField(blank=True)
    number = models.IntegerField()
    parts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    tries = models.IntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["procedure", "user", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["user", "procedure", "role", "number"], name="playbook_reading_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.procedure_id} {self.number}"
