"""What cases wait for from outside: a message, a signal, a change of their record."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from throughline.core.procedures.models.case import Case


class MessageWait(models.Model):
    """A catching event that waits for a message of this name with this correlation key (always as text)."""

    pk = models.CompositePrimaryKey("case_id", "wait")
    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="message_waits")
    wait = models.IntegerField()
    name = models.TextField()
    key = models.TextField()
    node = models.TextField()
    token = models.IntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["name", "key"], name="procedures_message_wait")]

    def __str__(self) -> str:
        return f"{self.case_id} waits for {self.name} ({self.key})"


class SignalWait(models.Model):
    """A catching event that waits for a signal; a signal reaches every case that waits for it."""

    pk = models.CompositePrimaryKey("case_id", "wait")
    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="signal_waits")
    wait = models.IntegerField()
    name = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["name"], name="procedures_signal_wait")]

    def __str__(self) -> str:
        return f"{self.case_id} waits for signal {self.name}"


class ConditionWait(models.Model):
    """A condition that may come true when the record changes: ``fields`` are the ones it reads, empty for any."""

    pk = models.CompositePrimaryKey("case_id", "wait")
    case = models.ForeignKey(Case, models.CASCADE, db_index=False, related_name="condition_waits")
    wait = models.IntegerField()
    record_type = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True)
    fields = ArrayField(models.TextField(), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["record_type", "record_id"], name="procedures_condition_record"),
            GinIndex(fields=["fields"], name="procedures_condition_fields"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} waits for a change of {', '.join(self.fields)}"
