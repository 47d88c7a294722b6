"""Steps that were looked at."""

from __future__ import annotations

from django.db import models

from throughline.core.procedures.models import Procedure


class Figure(models.TextChoices):
    """How many work items wait at a step, and how old the oldest is, in hours."""

    QUEUE = "queue"
    AGE = "age"


class StepBand(models.Model):
    """
    The last look at one figure of a human step, over all versions: its value, its usual band, and whether it is above.

    ``left_at``: since when it is above; null while it is not.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    node = models.TextField()
    step = models.TextField()
    figure = models.TextField(choices=Figure.choices)
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    looked_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure", "node", "figure"], name="bands_one_per_figure")]

    def __str__(self) -> str:
        return f"{self.step}: {self.figure}"
