"""What is kept about a drawing while people work on it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from throughline.core.procedures.models import Procedure


class DraftChange(models.Model):
    """
    One change of a draft by an operation, so that it can be taken back.

    ``before`` and ``after`` are the drawings (BPMN), ``before_digest`` and ``after_digest`` their SHA-256 as versions
    keep it: a change can be taken back as long as the draft is still what it made of it. ``what`` says it in words.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by_label = models.TextField()
    what = models.TextField()
    before = models.BinaryField()
    after = models.BinaryField()
    before_digest = models.TextField()
    after_digest = models.TextField()
    undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["procedure", "-pk"]
        indexes = [models.Index(fields=["procedure", "-id"], name="drafting_change_of")]

    def __str__(self) -> str:
        return self.what


class Attendance(models.Model):
    """
    Somebody who has a drawing open. ``seen_at`` is the last sign of life; ``pen_since`` is set for the one who draws.

    Rows are no facts of business: they are overwritten as people come and go, and say nothing once ``seen_at`` is old.
    """

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    pen_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["procedure", "user"], name="drafting_attendance_once"),
            models.UniqueConstraint(
                fields=["procedure"], condition=models.Q(pen_since__isnull=False), name="drafting_attendance_one_pen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.procedure_id}"
