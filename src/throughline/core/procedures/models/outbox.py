"""Actions outside the database: a row is the only licence to act."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.case import Case


class OutboxStatus(models.TextChoices):
    """``caught``: an action of a sandbox case, shown and never performed."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CAUGHT = "caught"


class Outbox(models.Model):
    """
    One wish of a case that something be done outside; (case, activation) is its idempotency key.

    ``connection`` is what it goes over. ``due_at`` is the moment of the next try, ``leased_until`` the moment until
    which a worker holds it; a lease that runs out (the worker died) makes it claimable again. ``tries`` counts the
    started ones since ``written_at``. ``reported_at``: since when an incident shows that it has not worked yet; trying
    goes on.
    """

    Status = OutboxStatus

    case = models.ForeignKey(Case, models.CASCADE, related_name="outbox")
    activation = models.IntegerField()
    action = models.TextField()
    connection = models.TextField(blank=True, default="")
    node = models.TextField()
    record_type = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True)
    inputs = models.JSONField()
    status = models.TextField(choices=OutboxStatus.choices, default=OutboxStatus.WAITING)
    written_at = models.DateTimeField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    failure = models.TextField(blank=True)
    reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cause = models.BigIntegerField(null=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "outbox"
        constraints = [models.UniqueConstraint(fields=["case", "activation"], name="procedures_outbox_key")]
        indexes = [
            models.Index(fields=["connection", "due_at"], condition=Q(status="waiting"), name="procedures_outbox_due"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.case_id}:{self.activation}"
