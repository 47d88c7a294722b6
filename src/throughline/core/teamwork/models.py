"""Tables of teamwork: comments, who follows and stars which record, and who opened which lately."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F

from throughline.core.recordref import RecordRef


class Comment(models.Model):
    """
    What a colleague says about a record to colleagues; customers never see it.

    ``mentioned``: keys of those who are spoken to. ``answers``: the comment this one replies to.
    """

    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField()
    mentioned = ArrayField(models.BigIntegerField(), default=list, blank=True)
    answers = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="replies")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index("record_type", "record_id", F("created_at").desc(), name="teamwork_comments")]

    def __str__(self) -> str:
        return self.body[:80]

    @property
    def record(self) -> RecordRef:
        """What it is about."""
        return RecordRef(self.record_type, self.record_id)


class Mark(models.Model):
    """The ground of what a person keeps of a record; ``at``: since when, or when last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["user", "record_type", "record_id"], name="teamwork_%(class)s_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.record}"

    @property
    def record(self) -> RecordRef:
        """The record."""
        return RecordRef(self.record_type, self.record_id)


class Follow(Mark):
    """A person follows a record and is told what happens to it."""

    class Meta(Mark.Meta):
        indexes = [models.Index(fields=["record_type", "record_id"], name="teamwork_followers")]


class Favourite(Mark):
    """A person has starred a record; it stands in the navigation."""


class Visit(Mark):
    """A person has opened the page of a record, last at ``at``."""

    class Meta(Mark.Meta):
        indexes = [models.Index("user", F("at").desc(), name="teamwork_recent")]
