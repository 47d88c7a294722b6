"""A case: one record travelling through one version of a procedure."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.version import ProcedureVersion


class CaseStatus(models.TextChoices):
    """``starting``: its first command has not been worked off yet. Ended cases are finished or cancelled."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


RUNNING = (CaseStatus.STARTING, CaseStatus.RUNNING)


class Case(models.Model):
    """
    The truth about a case; tokens, work items, timers and waits are projections of ``state``.

    ``process`` is the process of the drawing, empty for the procedure itself (a call activity may start another one).
    ``state`` is the kernel's encoded state, null before the first step. ``sequence`` counts the engine events so far
    and ``inputs`` the commands; both are part of the keys of the logs. ``moved_at`` is the instant of the last step:
    time never runs backwards inside a case. ``held`` says that the driver could not step the case (an incident names
    the reason), so its commands stay in the inbox until somebody retries. ``tz_version`` is the release of the
    time-zone data that the last step used. ``cause`` is the journal entry that started the case, ``depth`` the length
    of that chain of causes. ``parent`` and ``parent_token`` name the call activity that waits for this case.
    ``split_id`` names the split that was running when the case started, ``is_other`` what was drawn for it.
    """

    Status = CaseStatus

    version = models.ForeignKey(ProcedureVersion, models.PROTECT, db_index=False, related_name="cases")
    process = models.TextField(blank=True, default="")
    record_type = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True)
    is_primary = models.BooleanField(default=False)
    status = models.TextField(choices=CaseStatus.choices, default=CaseStatus.STARTING)
    outcome = models.TextField(blank=True)
    end_node = models.TextField(blank=True)
    state = models.BinaryField(null=True)
    sequence = models.BigIntegerField(default=0)
    inputs = models.BigIntegerField(default=0)
    held = models.BooleanField(default=False)
    sandbox = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    tz_version = models.TextField(blank=True)
    cause = models.BigIntegerField(null=True)
    depth = models.SmallIntegerField(default=0)
    parent = models.ForeignKey("self", models.CASCADE, null=True, db_index=False, related_name="children")
    parent_token = models.IntegerField(null=True)
    split_id = models.BigIntegerField(null=True)
    is_other = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "record_id"], condition=Q(is_primary=True), name="procedures_case_one_primary"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["starting", "running"], ended_at__isnull=True)
                | Q(status__in=["finished", "cancelled"], ended_at__isnull=False),
                name="procedures_case_status",
            ),
        ]
        indexes = [
            models.Index(fields=["record_type", "record_id"], name="procedures_case_record"),
            models.Index(
                fields=["version"], condition=Q(status__in=["starting", "running"]), name="procedures_case_running"
            ),
            models.Index(
                fields=["version"], condition=Q(status="starting") | Q(held=True), name="procedures_case_unmoved"
            ),
            models.Index(fields=["version", "ended_at"], name="procedures_case_ended"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="procedures_case_parent"),
            models.Index(
                fields=["split_id", "started_at"],
                condition=Q(split_id__isnull=False),
                name="procedures_case_split",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"
