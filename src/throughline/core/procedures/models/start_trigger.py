"""What starts cases of a published version, and what one that only watches looks for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.version import ProcedureVersion


class StartTrigger(models.Model):
    """
    One start event of a published version that something outside can set off.

    ``kind`` is ``event`` (``name`` is the name of a journal event), ``message``, ``signal`` or ``timer``. ``due_at``
    is the next moment of a timer start. Rows are written when the version is published and removed when it is
    retired. ``sight`` is no start: the journal event ``name`` may prove a step of a version that only watches; such
    rows stay, since cases of a retired version go on.
    """

    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="triggers")
    node = models.TextField()
    kind = models.TextField()
    name = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    cycle = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["event", "message", "signal", "timer", "sight"]),
                name="procedures_start_trigger_kind",
            )
        ]
        indexes = [
            models.Index(fields=["kind", "name"], name="procedures_trigger_name"),
            models.Index(fields=["due_at"], condition=Q(kind="timer"), name="procedures_trigger_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} at {self.node}"
