"""Imported logs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.files.models import Blob
from throughline.core.identity.models import Team
from throughline.insight.errands.models import Errand, ended_when_closed, one_open, open_ones


class Sharing(models.TextChoices):
    """Who may look at a log beside its owner."""

    OWNER = "owner"
    TEAM = "team"
    EVERYONE = "everyone"


class ImportedLog(models.Model):
    """
    An event log that came from elsewhere, under a name.

    At first there is only the ``sent`` file with what a first ``look`` found (columns, some events, guesses); once
    somebody has confirmed the ``columns`` a worker reads it (:class:`LogReading`), ``kept`` holds its arrays, and the
    file is gone.
    ``cases`` … ``last_at`` are its figures; ``warnings``: what was doubtful about it, a sentence each.
    """

    Sharing = Sharing

    name = models.TextField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="+")
    sharing = models.TextField(choices=Sharing.choices, default=Sharing.OWNER)
    file_name = models.TextField()
    sent = models.ForeignKey(Blob, models.SET_NULL, null=True, related_name="+")
    look: models.JSONField[Any, Any] = models.JSONField(default=dict)
    columns: models.JSONField[Any, Any] = models.JSONField(default=dict)
    kept = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    cases = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    warnings: models.JSONField[Any, Any] = models.JSONField(default=list)
    imported_at = models.DateTimeField()
    imported_by_label = models.TextField()

    class Meta:
        ordering = ["-imported_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kept__isnull=True) | Q(first_at__isnull=False, last_at__isnull=False),
                name="logs_log_kept",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LogReading(Errand):
    """
    Reading a log with its columns as they are confirmed.

    ``events_read``: how many events it has come to. What came of it stands in the log; a reading that fails leaves the
    log as it was sent, to be read again with other columns.
    """

    log = models.ForeignKey(ImportedLog, models.CASCADE, related_name="readings")
    events_read = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            ended_when_closed("logs_reading_ended"),
            one_open("log", name="logs_reading_one_at_a_time"),
        ]
        indexes = [
            open_ones("logs_reading_open"),
        ]

    def __str__(self) -> str:
        return f"Reading of {self.log}"
