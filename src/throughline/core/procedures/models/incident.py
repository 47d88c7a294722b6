"""An incident: a step that could not go on by itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.case import Case
from throughline.core.procedures.models.version import ProcedureVersion


class Incident(models.Model):
    """
    What went wrong at a step, in words, until somebody retries, skips or moves on.

    ``number`` is the kernel's number for it; it is null when the driver itself could not step the case (then the case
    is held and its commands are parked). ``message`` follows the rule *Expected X, but Y.* ``data`` holds what helps
    to understand it (action, inputs, chain of causes). ``retries`` counts how often it was retried. ``told_at``: when
    the owner of the procedure was told.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="incidents")
    number = models.IntegerField(null=True)
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    token = models.IntegerField(null=True)
    node = models.TextField(blank=True)
    message = models.TextField()
    data = models.JSONField(default=dict)
    status = models.TextField(default="open")
    retries = models.SmallIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by_label = models.TextField(blank=True)
    resolution = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "number"], condition=Q(number__isnull=False), name="procedures_incident_number"
            ),
            models.CheckConstraint(condition=Q(status__in=["open", "closed"]), name="procedures_incident_status"),
        ]
        indexes = [
            models.Index(fields=["version", "node"], condition=Q(status="open"), name="procedures_incident_open"),
            models.Index(
                fields=["id"], condition=Q(status="open", told_at__isnull=True), name="procedures_incident_untold"
            ),
        ]

    def __str__(self) -> str:
        return self.message
