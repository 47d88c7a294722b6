"""Tables of drawings that were brought in, and of pictures behind the canvas."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.files.models import Blob
from throughline.core.procedures.models import Procedure


class Stage(models.TextChoices):
    """How far a drawing has come."""

    OPEN = "open"
    ACCEPTED = "accepted"
    TAKEN_BACK = "taken_back"


class ImportedDrawing(models.Model):
    """
    A drawing of another tool under review.

    ``answers`` are by the keys of its doubts, ``roles`` are keys of roles by id of lane. Once accepted, ``procedure``
    and ``digest`` name the draft it became; ``before`` is the draft that stood there, and ``made_procedure`` tells that
    the procedure was made for it. ``others`` are the procedures that its other pages became, each as key and digest.
    """

    Stage = Stage

    name = models.TextField()
    file_name = models.TextField()
    file = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    form = models.TextField()
    pages: models.JSONField[Any, Any] = models.JSONField(default=list)
    page = models.IntegerField(default=0)
    answers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    roles: models.JSONField[Any, Any] = models.JSONField(default=dict)
    record_type = models.TextField(blank=True)
    into = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    stage = models.TextField(choices=Stage.choices, default=Stage.OPEN)
    sent_at = models.DateTimeField()
    sent_by_label = models.TextField()
    procedure = models.ForeignKey(Procedure, models.SET_NULL, null=True, related_name="+")
    digest = models.TextField(blank=True)
    before = models.BinaryField(null=True)
    made_procedure = models.BooleanField(default=False)
    others: models.JSONField[Any, Any] = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)
    ended_by_label = models.TextField(blank=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stage="open", ended_at__isnull=True) | ~Q(stage="open"), name="sketches_drawing_ended"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Backdrop(models.Model):
    """A picture that lies behind the canvas of a procedure's draft, to be traced; ``width`` in units of the drawing."""

    procedure = models.OneToOneField(Procedure, models.CASCADE, related_name="+")
    file = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    width = models.IntegerField(default=1200)
    laid_at = models.DateTimeField()
    laid_by_label = models.TextField()

    def __str__(self) -> str:
        return str(self.file_id)
