"""Timers of cases, by the moment they are due."""

from __future__ import annotations

from django.db import models

from throughline.core.procedures.models.case import Case


class Timer(models.Model):
    """An armed timer: ``timer`` is the kernel's number for it. Taken away when it becomes a command."""

    pk = models.CompositePrimaryKey("case_id", "timer")
    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="timers")
    timer = models.IntegerField()
    node = models.TextField()
    token = models.IntegerField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="procedures_timer_due")]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.timer} due {self.due_at}"
