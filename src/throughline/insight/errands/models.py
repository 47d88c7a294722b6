"""What all errands have."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ErrandStatus(models.TextChoices):
    """What has become of an errand."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (ErrandStatus.WAITING, ErrandStatus.RUNNING)


class Errand(models.Model):
    """
    Something that is asked for and done apart.

    ``progress``: from 0 to 1. ``problem``: why it failed, a sentence for who asked. ``claimed_until``: the lease of the
    worker that has it done; ``started_at`` tells whose claim it is.
    """

    Status = ErrandStatus

    status = models.TextField(choices=ErrandStatus.choices, default=ErrandStatus.WAITING)
    progress = models.FloatField(default=0.0)
    problem = models.TextField(blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    requested_by_label = models.TextField()
    claimed_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being done."""
        return self.status in OPEN
