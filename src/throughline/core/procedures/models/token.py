"""Where a case is: one row per token."""

from __future__ import annotations

from django.db import models

from throughline.core.procedures.models.case import Case
from throughline.core.procedures.models.version import ProcedureVersion


class Token(models.Model):
    """
    A token of a running case; projection of the case's state, so live counts equal the open tokens.

    ``waits_for`` says what would move it: work, action, timer, message, signal, condition, child, gateway, scope or
    incident. ``due_at`` is the earliest moment at which somebody or something is due there.
    """

    pk = models.CompositePrimaryKey("case_id", "token")
    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="tokens")
    token = models.IntegerField()
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    node = models.TextField()
    record_type = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True)
    arrived_at = models.DateTimeField()
    waits_for = models.TextField()
    due_at = models.DateTimeField(null=True)
    sandbox = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["version", "node"], name="procedures_token_node")]

    def __str__(self) -> str:
        return f"{self.case_id}:{self.token} at {self.node}"
