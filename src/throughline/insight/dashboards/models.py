"""Dashboards, and the reports that are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import models

from throughline.insight.dashboards.shipped import SHIPPED
from throughline.insight.dashboards.tiles import Tile, read


class Dashboard(models.Model):
    """
    Tiles in order, of one relative ``period``. ``team`` shares it with a team and those above, ``shared`` with all.

    ``version`` counts changes, so that two who change it do not write over each other.
    """

    name = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    team = models.ForeignKey("identity.Team", models.SET_NULL, null=True, related_name="+")
    shared = models.BooleanField(default=False)
    period = models.TextField()
    tiles: models.JSONField[Any, Any] = models.JSONField(default=list)
    version = models.IntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="dashboards_dashboard_name")]

    def __str__(self) -> str:
        return self.name


class Every(models.TextChoices):
    """How often a report goes out."""

    WEEK = "week"
    MONTH = "month"


class Report(models.Model):
    """
    A dashboard that is mailed as a PDF to people who each get their own figures.

    Of one ``dashboard``, or of one that is always there (``shipped``, its key). ``day``: of the week from 1 (Monday) to
    7, or of the month from 1 to 28; ``hour`` of that day in ``zone``. ``next_at``: when it goes out next.
    """

    Every = Every

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, null=True, related_name="reports")
    shipped = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    receivers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    every = models.TextField(choices=Every.choices)
    day = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    zone = models.TextField()
    next_at = models.DateTimeField(db_index=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every="week", day__range=(1, 7)) | models.Q(every="month", day__range=(1, 28)),
                name="dashboards_report_day",
            ),
            models.CheckConstraint(condition=models.Q(hour__range=(0, 23)), name="dashboards_report_hour"),
            models.CheckConstraint(
                condition=models.Q(dashboard__isnull=False, shipped="")
                | (models.Q(dashboard__isnull=True) & ~models.Q(shipped="")),
                name="dashboards_report_of_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the dashboard is called."""
        return self.dashboard.name if self.dashboard is not None else SHIPPED[self.shipped].name

    @property
    def period(self) -> str:
        """Of which relative period its figures are."""
        return self.dashboard.period if self.dashboard is not None else SHIPPED[self.shipped].period

    @property
    def tiles(self) -> Sequence[Tile]:
        """What it shows."""
        return read(self.dashboard.tiles) if self.dashboard is not None else SHIPPED[self.shipped].tiles
