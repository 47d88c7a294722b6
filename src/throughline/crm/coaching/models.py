"""Tables of coaching: what was written down."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from throughline.crm.deals.models import Deal


class CoachingNote(models.Model):
    """
    What a coach wrote down about the work of a person, perhaps about one deal.

    It stays as it was written; its author may take it back (``withdrawn_at``), and then nobody reads it.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="coaching_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    deal = models.ForeignKey(Deal, models.SET_NULL, null=True, blank=True, related_name="+")
    body = models.TextField()
    written_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-written_at", "-id"]
        indexes = [models.Index(fields=["person", "-written_at", "-id"], name="coaching_note_of")]

    def __str__(self) -> str:
        return self.body[:60]
