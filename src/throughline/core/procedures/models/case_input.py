"""What was fed into a case, for exact replay."""

from __future__ import annotations

from django.db import models


class CaseInput(models.Model):
    """
    One command with its instant and the engine events that it led to.

    Applying ``events`` of all inputs in the order of ``number`` (from 1, without gaps) gives the stored state;
    feeding ``command`` with ``facts`` to the kernel gives the same events again. ``first_seq`` is the sequence of the
    first event. Partitioned by the month of ``at`` like the event log.
    """

    pk = models.CompositePrimaryKey("case_id", "number", "at")
    case_id = models.BigIntegerField()
    number = models.BigIntegerField()
    at = models.DateTimeField()
    command = models.BinaryField()
    events = models.BinaryField()
    first_seq = models.BigIntegerField()
    version_id = models.BigIntegerField()
    actor_kind = models.TextField()
    actor_id = models.TextField(blank=True)
    actor_label = models.TextField(blank=True)
    cause = models.BigIntegerField(null=True)

    class Meta:
        db_table = "procedures_case_input"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"
