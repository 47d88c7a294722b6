"""Dashboards."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


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
