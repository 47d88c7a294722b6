"""The event log of the engine: one narrow row per engine event."""

from __future__ import annotations

from django.db import models


class CaseEvent(models.Model):
    """
    What happened in a case, for mining, the timeline and the path on the drawing.

    ``seq`` counts from 1 in each case without gaps. ``previous_node`` is where the token was before and
    ``elapsed_us`` how long it was there, in microseconds; both null for a token's first event. ``flow`` is the
    sequence flow taken. The table is partitioned by the month of ``at`` (UTC); there are no foreign keys, so months
    can be detached.
    """

    pk = models.CompositePrimaryKey("case_id", "seq", "at")
    case_id = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    kind = models.TextField()
    node = models.TextField(blank=True)
    flow = models.TextField(blank=True)
    token = models.IntegerField(null=True)
    version_id = models.BigIntegerField()
    actor_kind = models.TextField()
    actor_id = models.TextField(blank=True)
    previous_node = models.TextField(blank=True)
    elapsed_us = models.BigIntegerField(null=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        db_table = "procedures_case_event"

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.kind} {self.node}"
