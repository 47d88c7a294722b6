"""Trying a draft: named testers walk it on test records, and nothing leaves the house."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.case import Case
from throughline.core.procedures.models.version import ProcedureVersion


class Trial(models.Model):
    """A stretch of time in which ``testers`` try the draft ``version``; a procedure has at most one that runs."""

    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="trials")
    started_at = models.DateTimeField()
    started_by_label = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by_label = models.TextField(blank=True)
    testers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=Q(ended_at=None), name="procedures_trial_one_running")
        ]

    def __str__(self) -> str:
        return f"trial of {self.version_id}"


class TrialWalk(models.Model):
    """One test record that a tester sends through the draft. ``digest``: of the drawing it began on."""

    trial = models.ForeignKey(Trial, models.CASCADE, related_name="walks")
    case = models.OneToOneField(Case, models.CASCADE, related_name="trial_walk")
    tester = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    digest = models.TextField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"walk of case {self.case_id}"
