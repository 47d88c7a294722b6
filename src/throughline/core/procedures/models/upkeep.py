"""When chores were done last, so that of many workers one does them; and which workers there are."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Upkeep(models.Model):
    """A chore and when it was begun last. ``found``: how much it had to say then."""

    name = models.TextField(primary_key=True)
    begun_at = models.DateTimeField()
    found = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "upkeep"

    def __str__(self) -> str:
        return self.name


class WorkerProcess(models.Model):
    """
    A worker process, as it tells of itself every few seconds (gauge.py).

    Since ``started_at``: ``commands`` worked off, timers in each range of lateness (lateness.py) and the seconds of
    their lateness together. ``timer_late_seconds``: of the timers since it told before, how late the latest was.
    """

    name = models.TextField(primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    commands = models.BigIntegerField(default=0)
    timer_late_seconds = models.FloatField(default=0)
    timers_by_lateness = ArrayField(models.BigIntegerField(), default=list)
    timers_late_seconds = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.name
