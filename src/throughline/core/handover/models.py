"""The table of hand-overs."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Handover(models.Model):
    """
    One move of open work from a person to another.

    ``records``: type → list of [key, former team]; ``work_items``: their keys. ``undone_at``: when it was taken back.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="handovers")
    substitute = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    leaving = models.BooleanField(default=False)
    records = models.JSONField(default=dict)
    work_items = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-at"], name="handover_of")]

    def __str__(self) -> str:
        return f"{self.person} → {self.substitute}"
