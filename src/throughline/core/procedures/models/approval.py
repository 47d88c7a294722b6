"""The question whether a draft may be published, and its answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.version import ProcedureVersion


class PublishApproval(models.Model):
    """
    Somebody has asked whether a draft may be published as it was then; somebody else agrees or refuses.

    It holds for the drawing with ``digest`` only: whoever changes the draft asks anew.
    """

    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="approvals")
    digest = models.TextField()
    words = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_by_label = models.TextField()
    granted = models.BooleanField(null=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_by_label = models.TextField(blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "digest"], condition=Q(granted=None), name="procedures_approval_one_open"
            ),
            models.CheckConstraint(
                condition=Q(granted=None, decided_at=None) | Q(granted__isnull=False, decided_at__isnull=False),
                name="procedures_approval_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"approval of {self.version_id}"
