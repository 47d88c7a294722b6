"""Versions of a procedure: draft, published, retired."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.decision import DecisionVersion
from throughline.core.procedures.models.procedure import Procedure


class VersionStatus(models.TextChoices):
    """A draft changes freely; a published version runs; a retired one only lets its cases end."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ProcedureVersion(models.Model):
    """
    One state of the drawing.

    There is at most one draft and one published version per procedure. Once published, the drawing, its number and
    its pinned decisions never change again: a trigger in the database refuses it (migration 0001). ``digest`` is the
    SHA-256 of ``bpmn``, in hexadecimal. ``guided``: its drawing says that it only watches (set when it is published).
    """

    Status = VersionStatus

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    status = models.TextField(choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    bpmn = models.BinaryField()
    digest = models.TextField()
    note = models.TextField(blank=True)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    saved_by_label = models.TextField()
    published_at = models.DateTimeField(null=True)
    published_by_label = models.TextField(blank=True)
    retired_at = models.DateTimeField(null=True)
    guided = models.BooleanField(default=False, db_default=False)
    decisions = models.ManyToManyField(DecisionVersion, through="DecisionPin", related_name="procedure_versions")

    class Meta:
        ordering = ["procedure", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "number"], name="procedures_version_number"),
            models.UniqueConstraint(
                fields=["procedure", "status"],
                condition=Q(status__in=["draft", "published"]),
                name="procedures_version_one_draft_one_published",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(published_at__isnull=False), name="procedures_version_published_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.number}"


class DecisionPin(models.Model):
    """The version of a decision table that a published version of a procedure uses, by the ``ref`` of its steps."""

    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="pins")
    ref = models.TextField()
    decision = models.ForeignKey(DecisionVersion, models.PROTECT, related_name="pins")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "ref"], name="procedures_pin_ref")]

    def __str__(self) -> str:
        return f"{self.ref} of {self.version_id}"
