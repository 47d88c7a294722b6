"""Repairing many incidents as one action, which can be taken back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.incident import Incident


class Repair(models.Model):
    """
    A decision about many incidents: ``how`` (retry, skip, move, correct, cancel) with its ``arguments``.

    It is carried out by a worker at ``due_at``, a moment after it was decided, so that it can be taken back as if it
    had never been. What was skipped or moved can be taken back later, too, as long as the cases wait where that led.
    """

    how = models.TextField()
    arguments = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    status = models.TextField(default="waiting")
    decided_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    by_kind = models.TextField()
    by_id = models.TextField(blank=True)
    by_label = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "done", "taken_back"]), name="procedures_repair_status"
            ),
            models.CheckConstraint(
                condition=Q(how__in=["retry", "skip", "move", "correct", "cancel"]), name="procedures_repair_how"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="waiting"), name="procedures_repair_due")]

    def __str__(self) -> str:
        return f"{self.how} by {self.by_label}"


class RepairedIncident(models.Model):
    """
    One incident of a repair. ``outcome``: empty before its turn, ``done``, or in words why it was left alone.
    ``entry``: the journal entry of a skipped or moved step, by which that is taken back.
    """

    pk = models.CompositePrimaryKey("repair_id", "incident_id")
    repair = models.ForeignKey(Repair, models.CASCADE, db_index=False, related_name="incidents")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="repairs")
    outcome = models.TextField(blank=True, default="")
    entry = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"incident {self.incident_id}: {self.outcome or 'waiting'}"
