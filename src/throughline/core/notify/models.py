"""Tables of notifications."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Notification(models.Model):
    """
    A message to one person in the notification centre.

    ``kind`` names why it was sent (``assigned``, ``mention``, ``lead.first_contact_missed``); ``record_type`` and
    ``record_id`` lead to what it is about, when it is about a record.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    record_type = models.CharField(max_length=32, blank=True)
    record_id = models.BigIntegerField(null=True, blank=True)
    sender = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=200, blank=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notify_centre"),
            models.Index(fields=["user"], name="notify_unread", condition=models.Q(read_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notify_once", condition=~models.Q(key="")),
        ]

    def __str__(self) -> str:
        return self.title
