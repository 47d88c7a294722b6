"""Tables of activities and of what they are about."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from throughline.core.recordref import RecordRef
from throughline.core.records.models import ALIVE, Record


class Kind(models.TextChoices):
    """What kind of contact or work it is."""

    CALL = "Call", "Call"
    EMAIL = "Email", "Email"
    MEETING = "Meeting", "Meeting"
    NOTE = "Note", "Note"
    TASK = "Task", "Task"
    MESSAGE = "Message", "Message"


class Direction(models.TextChoices):
    """Who began it: ``In`` from the customer, ``Out`` from us."""

    IN = "In", "In"
    OUT = "Out", "Out"


class Status(models.TextChoices):
    """Where it stands. ``Held`` and ``Done`` happened, ``Not held`` did not."""

    PLANNED = "Planned", "Planned"
    HELD = "Held", "Held"
    NOT_HELD = "Not held", "Not held"
    DONE = "Done", "Done"


class Activity(Record):
    """
    Something done or to be done with a customer.

    ``due_at`` is until when a task is to be done, ``start_at``/``end_at`` when a call or meeting takes place,
    ``done_at`` when it happened. ``participants`` are names or addresses of others, as entered. At ``reminder_at`` the
    owner is told of what is still planned. ``recording`` is the address of what was recorded, ``thread_id`` the
    conversation it belongs to.
    """

    number_prefix: ClassVar[str] = "A"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    subject = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    start_at = models.DateTimeField(null=True, blank=True)
    end_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.IntegerField(null=True, blank=True)
    direction = models.CharField(max_length=8, choices=Direction.choices, blank=True)
    outcome = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PLANNED)
    participants = ArrayField(models.CharField(max_length=254), default=list, blank=True)
    reminder_at = models.DateTimeField(null=True, blank=True)
    recording = models.CharField(max_length=500, blank=True)
    thread_id = models.CharField(max_length=300, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta(Record.Meta):
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["owner", "due_at"], name="activity_open", condition=ALIVE & Q(status="Planned")),
            models.Index(
                fields=["reminder_at"],
                name="activity_reminder",
                condition=ALIVE & Q(status="Planned") & ~Q(reminder_at=None),
            ),
            models.Index(fields=["thread_id"], name="activity_thread", condition=~Q(thread_id="")),
        ]

    def __str__(self) -> str:
        return self.subject


class ActivityLink(models.Model):
    """An activity is about a record. ``counted`` on the record's own page through ``(record_type, record_id)``."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="links")
    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["activity", "record_type", "record_id"], name="activity_link_once")
        ]
        indexes = [models.Index(fields=["record_type", "record_id", "activity"], name="activity_link_record")]

    def __str__(self) -> str:
        return str(self.ref)

    @property
    def ref(self) -> RecordRef:
        """What it is about."""
        return RecordRef(self.record_type, self.record_id)
