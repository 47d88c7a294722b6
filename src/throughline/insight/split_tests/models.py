"""Split tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models import Procedure, Split


class Status(models.TextChoices):
    """``settled``: there is an answer, and cases are still shared until somebody ends it."""

    PLANNED = "planned"
    RUNNING = "running"
    SETTLED = "settled"
    ENDED = "ended"


class Verdict(models.TextChoices):
    """Which version did better; ``no_difference``: none of the stated size was seen in the planned cases."""

    NONE = ""
    LIVE = "live"
    OTHER = "other"
    NO_DIFFERENCE = "no_difference"


class SplitTest(models.Model):
    """
    What was stated before a test began, and what it found.

    ``live`` and ``other`` are numbers of versions. ``measure`` names one of ``measures.MEASURES``; a result is what
    became of a case within ``horizon_days`` of its start, from 0 to 1; ``good`` are the ends that count, where the
    measure is of ends. ``difference`` is the smallest one worth finding, in results; ``expected`` and ``deviation``
    those of cases so far; ``alpha`` the risk of a false alarm, ``power`` the chance to find the difference;
    ``cases`` how many that takes. ``found`` is the last look: both means, the difference, its interval.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    split = models.OneToOneField(Split, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    hypothesis = models.TextField()
    live = models.IntegerField()
    other = models.IntegerField()
    percent = models.SmallIntegerField()
    measure = models.TextField()
    good: models.JSONField[Any, Any] = models.JSONField(default=list)
    horizon_days = models.IntegerField()
    difference = models.FloatField()
    expected = models.FloatField()
    deviation = models.FloatField()
    alpha = models.FloatField()
    power = models.FloatField()
    cases = models.IntegerField()
    status = models.TextField(choices=Status.choices, default=Status.PLANNED)
    verdict = models.TextField(choices=Verdict.choices, default=Verdict.NONE, blank=True)
    found: models.JSONField[Any, Any] = models.JSONField(null=True)
    planned_at = models.DateTimeField()
    planned_by_label = models.TextField()
    begun_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by_label = models.TextField(blank=True)
    kept = models.IntegerField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="planned", split=None) | Q(split__isnull=False) | Q(status="ended"),
                name="split_tests_runs_with_a_split",
            )
        ]
        indexes = [models.Index(fields=["looked_at"], condition=Q(status="running"), name="split_tests_looked_at")]

    def __str__(self) -> str:
        return self.hypothesis

    @property
    def horizon(self) -> timedelta:
        """How long after its start the result of a case is read."""
        return timedelta(days=self.horizon_days)
