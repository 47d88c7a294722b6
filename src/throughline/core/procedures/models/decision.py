"""Decision tables (DMN) that steps of procedures refer to by key."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class DecisionTable(models.Model):
    """The lasting thing behind all versions of one DMN model; ``key`` is the ``ref`` of steps that use it."""

    key = models.TextField(unique=True)
    name = models.TextField()
    summary = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DecisionVersion(models.Model):
    """One state of a DMN model; immutable once published, like a version of a procedure."""

    table = models.ForeignKey(DecisionTable, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    status = models.TextField(default="draft")
    dmn = models.BinaryField()
    digest = models.TextField()
    note = models.TextField(blank=True)
    saved_at = models.DateTimeField()
    saved_by_label = models.TextField()
    published_at = models.DateTimeField(null=True)
    published_by_label = models.TextField(blank=True)

    class Meta:
        ordering = ["table", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["table", "number"], name="procedures_decision_number"),
            models.UniqueConstraint(
                fields=["table", "status"],
                condition=Q(status__in=["draft", "published"]),
                name="procedures_decision_one_draft_one_published",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "published", "retired"]), name="procedures_decision_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.number}"
