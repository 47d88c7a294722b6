"""The table of promises."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from throughline.core.recordref import RecordRef
from throughline.core.records.models import ALIVE, Record
from throughline.crm.activities.models import Activity
from throughline.crm.people.models import Contact


class PromiseStatus(models.TextChoices):
    """What became of it."""

    OPEN = "Open", "Open"
    KEPT = "Kept", "Kept"
    BROKEN = "Broken", "Broken"
    WITHDRAWN = "Withdrawn", "Withdrawn"


class Promise(Record):
    """
    Something promised to a customer. Its owner gave it; ``contact`` is to whom, where that is known.

    ``record_type`` and ``record_id``: the record it was made about. ``activity``: the call, mail or note it was made
    in. ``due_at``: until when.
    """

    number_prefix: ClassVar[str] = "V"

    what = models.CharField(max_length=300)
    due_at = models.DateTimeField()
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="promises")
    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    activity = models.ForeignKey(Activity, models.SET_NULL, null=True, blank=True, related_name="promises")
    status = models.CharField(max_length=16, choices=PromiseStatus.choices, default=PromiseStatus.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_reason = models.CharField(max_length=500, blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["record_type", "record_id", "due_at"], name="promise_about"),
            models.Index(fields=["owner", "due_at"], name="promise_open", condition=ALIVE & Q(status="Open")),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def about(self) -> RecordRef:
        """The record it was made about."""
        return RecordRef(self.record_type, self.record_id)
