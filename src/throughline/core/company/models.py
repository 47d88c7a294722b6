"""The table of the company: one row, or none while nothing is said."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from throughline.core.files.models import Blob


class Company(models.Model):
    """
    The company: what stands on its letters, and how far setting up has come.

    ``address`` is the lines below the name; all of it holds from ``described_at`` on. ``skipped`` are the keys of steps
    of the set-up that were left out on purpose; ``ended_at`` when somebody said that it is done.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200, blank=True)
    address = models.TextField(blank=True)
    currency = models.CharField(max_length=3, blank=True)
    logo = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    skipped: models.JSONField[Any, Any] = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)
    described_at = models.DateTimeField(null=True)
    described_by_label = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "companies"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="company_there_is_one")]

    def __str__(self) -> str:
        return self.name
