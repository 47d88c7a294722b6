"""Tables of access. Roles lie in identity; who takes part in a record's cases lies here."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Participant(models.Model):
    """
    A person who may see one record because of taking part in it: holds a work item, was asked, was mentioned.

    Written by the parts that bring people in (a case's host above all); ``reason`` is shown by "Why can I see this?".
    """

    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    since_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "record_type", "record_id"], name="access_participant_once")
        ]
        indexes = [models.Index(fields=["record_type", "record_id"], name="access_participant_record")]

    def __str__(self) -> str:
        return f"{self.user} in {self.record_type}:{self.record_id}"
