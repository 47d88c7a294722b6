"""How often each arrow and node of a version was used on each day, counted when the log is written."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DayUse(models.Model):
    """
    What the rows of :class:`~throughline.core.procedures.models.CaseEvent` of one day (UTC) add up to, by version,
    kind, node and flow; sandboxes are left out.

    Triggers on the log add a row per kind, node and flow for every statement that writes, corrects or deletes, in its
    transaction: the sum is what counting the log gives, at any instant, and nobody waits for a row that somebody else
    counts in. Rows that were taken back have negative numbers. A chore of the worker (day_use.py) adds the many small
    rows up into one per key, which is ``is_merged``. A month of the log that is detached stays counted here.

    ``times``: rows of the log. ``rested``: those that tell how long a token rested, ``rested_us`` their sum.
    """

    id = models.BigAutoField(primary_key=True)
    version_id = models.BigIntegerField()
    day = models.DateField()
    kind = models.TextField()
    node = models.TextField(blank=True)
    flow = models.TextField(blank=True)
    times = models.BigIntegerField()
    rested = models.BigIntegerField()
    rested_us = models.DecimalField(max_digits=30, decimal_places=0)
    is_merged = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version_id", "day", "kind", "node", "flow"],
                condition=Q(is_merged=True),
                name="procedures_day_use_merged",
            ),
        ]
        indexes = [
            models.Index(fields=["version_id", "day"], name="procedures_day_use_version"),
            models.Index(fields=["id"], condition=Q(is_merged=False), name="procedures_day_use_loose"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.node} {self.flow}: {self.times}"
