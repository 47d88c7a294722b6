"""Moving running cases to another version of their procedure: one plan, and how far it has come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.case import Case
from throughline.core.procedures.models.procedure import Procedure
from throughline.core.procedures.models.version import ProcedureVersion


class MigrationStatus(models.TextChoices):
    """``running`` until no case waits any more; ``stopped`` by somebody before that."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class Migration(models.Model):
    """
    A decision to move cases from version ``source`` to version ``target``.

    ``nodes`` says where steps of the old drawing are in the new one, by id; what is not named keeps its id.
    ``takes_back`` is the migration whose cases this one brings back. Workers carry it out in batches; ``total`` cases
    were chosen, how many are done is counted from ``cases``.
    """

    Status = MigrationStatus

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="migrations")
    source = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="+", db_index=False)
    nodes = models.JSONField(default=dict)
    status = models.TextField(choices=MigrationStatus.choices, default=MigrationStatus.RUNNING)
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, related_name="taken_back_by")
    reason = models.TextField()
    total = models.IntegerField()
    started_at = models.DateTimeField()
    started_by_kind = models.TextField()
    started_by_id = models.TextField(blank=True)
    started_by_label = models.TextField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="running", ended_at__isnull=True)
                | Q(status__in=["done", "stopped"], ended_at__isnull=False),
                name="procedures_migration_status",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="running"), name="procedures_migration_running"),
        ]

    def __str__(self) -> str:
        return f"{self.procedure}: version {self.source.number} to {self.target.number}"


class MigrationCaseStatus(models.TextChoices):
    """``over``: the case had ended, or was on another version, when its turn came."""

    WAITING = "waiting"
    MOVED = "moved"
    REFUSED = "refused"
    OVER = "over"


class MigrationCase(models.Model):
    """
    One case of a migration. ``places``: where its tokens were and where they are now, by node, so that it can be
    brought back. ``problem`` says, in words, why it was refused.
    """

    Status = MigrationCaseStatus

    pk = models.CompositePrimaryKey("migration_id", "case_id")
    migration = models.ForeignKey(Migration, models.CASCADE, db_index=False, related_name="cases")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    status = models.TextField(choices=MigrationCaseStatus.choices, default=MigrationCaseStatus.WAITING)
    places = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "moved", "refused", "over"]), name="procedures_migration_case_status"
            ),
        ]
        indexes = [
            models.Index(
                fields=["migration", "case"],
                condition=Q(status="waiting"),
                name="procedures_migration_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.case_id}: {self.status}"
