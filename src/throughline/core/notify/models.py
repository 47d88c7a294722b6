"""Tables of notifications: the messages, what somebody does not want to hear, and the ways they are reached."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from throughline.core.notify.reasons import Reason
from throughline.core.recordref import RecordRef


class Notification(models.Model):
    """
    A message to one person in the notification centre.

    ``kind`` names why it was sent in detail (``lead.first_contact_missed``), ``reason`` in the words people choose by;
    ``record_type`` and ``record_id`` lead to what it is about, when it is about a record; ``place`` to a place on its
    page. ``sender_id`` is the person who caused it, ``procedure`` the name of the procedure that did. What is ``quiet``
    was muted: it is kept, but not counted and not sent on.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    reason = models.CharField(max_length=16, choices=Reason.choices, default=Reason.TOLD)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    record_type = models.CharField(max_length=32, blank=True)
    record_id = models.BigIntegerField(null=True, blank=True)
    place = models.CharField(max_length=64, blank=True)
    sender = models.CharField(max_length=200, blank=True)
    sender_id = models.BigIntegerField(null=True, blank=True)
    procedure = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    quiet = models.BooleanField(default=False)
    key = models.CharField(max_length=200, blank=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notify_centre"),
            models.Index(fields=["user"], name="notify_unread", condition=Q(read_at=None)),
            models.Index(fields=["sender_id", "-at", "-id"], name="notify_sent", condition=~Q(sender_id=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notify_once", condition=~models.Q(key="")),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> RecordRef | None:
        """What it leads to, when it is about something."""
        return None if self.record_id is None else RecordRef(self.record_type, self.record_id)


class Mute(models.Model):
    """What somebody does not want to hear of: one record, one procedure (by name), or one reason."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=32, blank=True)
    record_id = models.BigIntegerField(null=True, blank=True)
    procedure = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "record_type", "record_id", "procedure", "reason"],
                name="notify_mute_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(record_id__isnull=False) ^ (~Q(procedure="") ^ ~Q(reason="")), name="notify_mute_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.procedure or self.reason or f"{self.record_type}:{self.record_id}"


class Ways(models.Model):
    """
    How somebody is reached beside the page: reasons that are mailed at once, and the hour of the daily digest.

    ``digest_hour`` is an hour of the person's own day (0 to 23), None for no digest; ``digested_on`` is the day of the
    person for which the last digest went out.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    mailed = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    digest_hour = models.SmallIntegerField(null=True, blank=True)
    digested_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour=None) | Q(digest_hour__range=(0, 23)), name="notify_digest_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"Ways to {self.user}"
