"""Tables of the forecast: a snapshot a day with its sums, and targets."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Snapshot(models.Model):
    """How all deals stood at one instant of a day. Written once, never changed. ``currency`` is the company's."""

    day = models.DateField(unique=True)
    taken_at = models.DateTimeField()
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return self.day.isoformat()


class Cell(models.Model):
    """
    The sum of deals that have owner, team, pipeline, category and month in common, in the company's currency.

    ``month`` is the first day of the month in which they are expected to close, or closed; None without a day.
    ``currency`` is another when there was no rate of exchange: then the sums are in it and count nowhere.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="cells")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey("identity.Team", models.PROTECT, null=True, related_name="+")
    pipeline = models.CharField(max_length=60)
    category = models.CharField(max_length=16)
    month = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    deals = models.IntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    weighted = models.DecimalField(max_digits=20, decimal_places=2)

    class Meta:
        indexes = [models.Index(fields=["snapshot", "month"], name="forecast_cell_month")]

    def __str__(self) -> str:
        return f"{self.category} {self.month}: {self.amount}"


class Target(models.Model):
    """How much a person is to sell in a month (its first day), in the company's currency."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    month = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "month"], name="forecast_target_month"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="forecast_target_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.month}: {self.amount}"
