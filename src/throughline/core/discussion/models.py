"""Tables of discussions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models import Procedure


class Link(models.Model):
    """A way for outsiders to look at a version. ``digest`` is the SHA-256 of its secret, which is kept nowhere."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    number = models.IntegerField()
    name = models.TextField()
    digest = models.BinaryField(max_length=32, unique=True)
    may_remark = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by_label = models.TextField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class Round(models.Model):
    """A question to colleagues about a version, until a moment."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    number = models.IntegerField()
    question = models.TextField()
    until = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return self.question[:80]


class Invitation(models.Model):
    """Somebody who is asked in a round; ``answered_at`` is when they said something, or that all is well."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "user"], name="discussion_invited_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.round_id}"


class Standing(models.TextChoices):
    """How a remark stands."""

    OPEN = "open"
    DONE = "done"
    TAKEN = "taken"
    DECLINED = "declined"


class Remark(models.Model):
    """
    What somebody says about a step or arrow (``element``), or about the whole (empty).

    Said by ``author`` or, through ``link``, by a ``guest``. ``suggestion`` is a change of the draft: ``kind`` and
    ``value``. ``answers``: the remark this one replies to. ``in_trial``: said while the draft was tried.
    """

    Standing = Standing

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    number = models.IntegerField()
    element = models.TextField(blank=True)
    element_name = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    guest = models.TextField(blank=True)
    link = models.ForeignKey(Link, models.SET_NULL, null=True, related_name="+")
    body = models.TextField()
    mentioned = ArrayField(models.BigIntegerField(), default=list, blank=True)
    answers = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    suggestion: models.JSONField[Any, Any] = models.JSONField(default=dict)
    standing = models.TextField(choices=Standing.choices, default=Standing.OPEN)
    in_trial = models.BooleanField(default=False)
    said_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by_label = models.TextField(blank=True)

    class Meta:
        ordering = ["said_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(author__isnull=False) | ~Q(guest=""), name="discussion_remark_by"),
        ]
        indexes = [models.Index(fields=["procedure", "element"], name="discussion_remarks")]

    def __str__(self) -> str:
        return self.body[:80]


class Decision(models.Model):
    """What was decided about a step, or the whole, when a version was talked about."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="+")
    number = models.IntegerField()
    element = models.TextField(blank=True)
    element_name = models.TextField(blank=True)
    body = models.TextField()
    remark = models.ForeignKey(Remark, models.SET_NULL, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-pk"]

    def __str__(self) -> str:
        return self.body[:80]
