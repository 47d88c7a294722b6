"""What all errands have."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class ErrandStatus(models.TextChoices):
    """What has become of an errand."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (ErrandStatus.WAITING, ErrandStatus.RUNNING)
_IS_OPEN = {"status__in": ["waiting", "running"]}


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


def ended_when_closed(name: str) -> models.CheckConstraint:
    """Return the constraint that an errand has ended when it is closed, and only then."""
    return models.CheckConstraint(
        condition=Q(**_IS_OPEN, ended_at__isnull=True)
        | Q(status__in=["done", "failed", "cancelled"], ended_at__isnull=False),
        name=name,
    )


def result_when_done(name: str) -> models.CheckConstraint:
    """Return the constraint that an errand that is done has a result."""
    return models.CheckConstraint(condition=~Q(status="done") | Q(result__isnull=False), name=name)


def one_open(*fields: str, name: str) -> models.UniqueConstraint:
    """Return the constraint that there is one open errand at a time with the same values of some fields."""
    return models.UniqueConstraint(fields=list(fields), condition=Q(**_IS_OPEN), name=name)


def open_ones(name: str) -> models.Index:
    """Return the index by which a worker finds the open errands, the oldest first."""
    return models.Index(fields=["requested_at"], condition=Q(**_IS_OPEN), name=name)
