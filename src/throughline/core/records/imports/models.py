"""Tables of imports: the import, its staged lines, and what came of each."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ImportStatus(models.TextChoices):
    """How far an import is."""

    DRAFT = "draft", "Being prepared"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    UNDONE = "undone", "Taken back"


class Policy(models.TextChoices):
    """What happens with a line that is known already by its external key or a certain trait."""

    SKIP = "skip", "Leave the known record as it is"
    UPDATE = "update", "Fill and change the known record"
    CREATE = "create", "Create another record all the same"
    ASK = "ask", "Put the line aside and ask me"


class Import(models.Model):
    """
    A file being imported, or that was.

    ``mapping`` is written like the file of the command line (``mapping.ImportMapping``). ``cursor`` is the last line
    that was carried out; ``lines`` counts those of the file, the header not included. ``actor_*`` say in whose name.
    ``whole`` marks an import that was one transaction.
    """

    Status = ImportStatus

    record_type = models.CharField(max_length=32)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    header = ArrayField(models.TextField(), default=list)
    mapping = models.JSONField(default=dict)
    policy = models.CharField(max_length=16, choices=Policy.choices, default=Policy.SKIP)
    status = models.CharField(max_length=16, choices=ImportStatus.choices, default=ImportStatus.DRAFT)
    whole = models.BooleanField(default=False)
    lines = models.IntegerField(default=0)
    cursor = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    existing = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    notes = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    actor_kind = models.CharField(max_length=32)
    actor_id = models.CharField(max_length=200)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    left = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["status", "id"], name="imports_running", condition=Q(status="running")),
        ]

    def __str__(self) -> str:
        return self.file_name


class StagedRow(models.Model):
    """
    A line of the file as it is. ``problem``: why it was not imported. ``held_for``: the known record about which
    somebody is asked.
    """

    run = models.ForeignKey(Import, models.CASCADE, related_name="staged", db_constraint=False, db_index=False)
    line = models.IntegerField()
    cells = models.JSONField()
    problem = models.TextField(blank=True)
    held_for = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="imports_staged_line")]

    def __str__(self) -> str:
        return f"{self.run_id}, line {self.line}"


class Outcome(models.TextChoices):
    """What a line did to a record."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"


class ImportedRecord(models.Model):
    """
    A record that a line made or changed. ``version`` is the record's afterwards; ``values``: field → before and after.
    """

    run = models.ForeignKey(Import, models.CASCADE, related_name="records", db_constraint=False, db_index=False)
    line = models.IntegerField()
    record_type = models.CharField(max_length=32)
    record_id = models.BigIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    version = models.IntegerField(default=1)
    values = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["run", "id"], name="imports_record_run"),
            models.Index(fields=["record_type", "record_id"], name="imports_record"),
        ]

    def __str__(self) -> str:
        return f"{self.record_type}:{self.record_id}"
