"""A work item: a human step that somebody has to do."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.case import Case
from throughline.core.procedures.models.version import ProcedureVersion


class WorkItemStatus(models.TextChoices):
    """
    A withdrawn item is one whose token left by another way. A watched one is a step that a procedure expects which only
    watches: nobody is asked for it.
    """

    OPEN = "open"
    WATCHED = "watched"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class WorkItem(models.Model):
    """
    One offer of a human step.

    Who: ``assignee`` or, while there is none, whoever belongs to ``queue``. Until when: ``due_at`` on the named
    ``clock`` (``elapsed`` or ``business``). Form fields, guidance and outcomes are not copied here: they are read
    from the case's version, which never changes. ``evidence`` is the name of the journal event that proves the step
    happened. ``answers`` are the variables that were given, with ``outcome`` the chosen one. ``wrong_person``: what was
    seen done was done by somebody whose work it was not.
    """

    Status = WorkItemStatus

    case = models.ForeignKey(Case, models.CASCADE, related_name="work_items")
    token = models.IntegerField()
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    node = models.TextField()
    title = models.TextField()
    record_type = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_index=False, related_name="work_items"
    )
    queue = models.TextField(blank=True)
    priority = models.IntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    clock = models.TextField(blank=True)
    evidence = ArrayField(models.TextField(), default=list)
    status = models.TextField(choices=WorkItemStatus.choices, default=WorkItemStatus.OPEN)
    offered_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by_label = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    answers = models.JSONField(default=dict)
    sandbox = models.BooleanField(default=False)
    wrong_person = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "token"], condition=Q(status="open"), name="procedures_work_item_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "watched"], closed_at__isnull=True)
                | Q(status__in=["done", "withdrawn"], closed_at__isnull=False),
                name="procedures_work_item_status",
            ),
        ]
        indexes = [
            models.Index(fields=["assignee", "due_at"], condition=Q(status="open"), name="procedures_work_mine"),
            models.Index(
                fields=["queue", "due_at"],
                condition=Q(status="open", assignee__isnull=True),
                name="procedures_work_queue",
            ),
            models.Index(
                fields=["record_type", "record_id"], condition=Q(status="open"), name="procedures_work_record"
            ),
        ]

    def __str__(self) -> str:
        return self.title
