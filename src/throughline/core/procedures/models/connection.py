"""A way out of the house, and whether it works: the circuit breaker of outside actions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ConnectionState(models.TextChoices):
    """``closed``: it works. ``open``: it does not, and is left alone. ``half-open``: one request tries it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Connection(models.Model):
    """
    What outside actions go over (a mail server, one address of a web hook), as all workers see it.

    ``failures`` counts, without a success between, the requests that found nobody there; ``openings`` how often it was
    opened since it last worked, which lengthens the pause. While ``open``, nothing is tried before ``retry_at``; then
    one request is, and until ``retry_at`` (the end of its lease) nobody else tries. ``paused``: someone stopped it.
    A connection without a row has never failed.
    """

    State = ConnectionState

    key = models.TextField(primary_key=True)
    state = models.TextField(choices=ConnectionState.choices, default=ConnectionState.CLOSED)
    failures = models.IntegerField(default=0)
    openings = models.IntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure = models.TextField(blank=True, default="")
    paused = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed") | Q(state__in=["open", "half-open"], retry_at__isnull=False),
                name="procedures_connection_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"
