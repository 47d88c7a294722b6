"""Commands that wait to be worked off: the only way anything reaches a case."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.case import Case


class Inbox(models.Model):
    """
    One command for one case; commands of a case are worked off in the order of their ids.

    ``command`` is the kernel's encoding; ``at`` the instant it stands for; the actor is who or what caused it.
    ``letter`` belongs to a delivered message (key, message id, expiry): if the case no longer waits for it, it goes
    back to the buffer. ``parked`` commands belong to a held case and wait for a retry. ``lane`` is the queue, among
    several that a batch takes from (``inbox.Lane``).
    """

    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="inbox")
    command = models.BinaryField()
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_id = models.TextField(blank=True)
    actor_label = models.TextField(blank=True)
    cause = models.BigIntegerField(null=True)
    letter = models.JSONField(null=True)
    parked = models.BooleanField(default=False)
    lane = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "inbox"
        indexes = [
            models.Index(fields=["lane", "id"], condition=Q(parked=False), name="procedures_inbox_lane"),
            models.Index(fields=["case", "id"], name="procedures_inbox_case"),
        ]

    def __str__(self) -> str:
        return f"command {self.pk} for case {self.case_id}"
