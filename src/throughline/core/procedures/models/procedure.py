"""A procedure: one way of working that the company draws, improves and runs."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Procedure(models.Model):
    """
    The lasting thing behind all versions of one drawing.

    ``key`` is its name in charts, packs and addresses and never changes; ``record_type`` is the type of record that its
    cases travel with, empty for a procedure without one. ``review_on`` is the day on which the owner looks at it again,
    ``review_told_for`` the last such day that the journal was told of. ``needs_approval``: another person must agree
    before a version is published.
    """

    key = models.TextField(unique=True)
    name = models.TextField()
    record_type = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    review_on = models.DateField(null=True)
    review_told_for = models.DateField(null=True)
    needs_approval = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
