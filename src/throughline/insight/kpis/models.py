"""Goals."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class GoalState(models.TextChoices):
    """Where the figure was at the last look. ``unknown``: not looked at yet, or there is no figure."""

    UNKNOWN = "unknown"
    IN_BAND = "in"
    OUT_OF_BAND = "out"


class Goal(models.Model):
    """
    What a key figure is to be in a relative period (``this_month``), for some records (``where``, as pages have it).

    ``target`` is what one wants to reach; ``low`` and ``high`` are the band that the figure must not leave, each may be
    open. Figures are in the unit of the definition (shares from 0 to 1, spans in seconds). It is measured with the
    rights of ``owner``, who is told when the band is left: the rule is this row, and its page shows it. ``value`` and
    ``state`` are of the last look at ``looked_at``; ``left_at`` since when it is outside.
    """

    kpi = models.TextField()
    period = models.TextField()
    where: models.JSONField[Any, Any] = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    target = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    low = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    state = models.TextField(choices=GoalState.choices, default=GoalState.UNKNOWN)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    looked_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    set_at = models.DateTimeField()
    set_by_label = models.TextField()

    class Meta:
        ordering = ["kpi", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target__isnull=False) | Q(low__isnull=False) | Q(high__isnull=False), name="kpis_goal_wants"
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=models.F("high")),
                name="kpis_goal_band",
            ),
        ]
        indexes = [models.Index(fields=["looked_at"], name="kpis_goal_looked_at")]

    def __str__(self) -> str:
        return f"{self.kpi} {self.period}"
