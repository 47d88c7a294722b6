"""Tables of the journal. ``journal_entry`` is partitioned by month and refuses every update and delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _NumberField = models.BigIntegerField[int, int]
else:
    _NumberField = models.BigIntegerField  # takes no type arguments when it runs


class TransactionIdField(_NumberField):
    """PostgreSQL's 64-bit transaction id (``xid8``)."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002
        """Name the column type."""
        return "xid8"

    def deconstruct(self) -> Any:
        """Stand in migrations as a plain number: they import nothing from the project, and their tables are SQL."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BigIntegerField", args, kwargs

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ARG002
        """Cast the parameter: the server takes no plain number for a transaction id."""
        return "%s::text::xid8"

    def get_db_prep_value(
        self,
        value: Any,
        connection: Any,  # noqa: ARG002
        prepared: bool = False,  # noqa: ARG002
    ) -> str | None:
        """Return the id as the text that is cast."""
        return None if value is None else str(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:  # noqa: ARG002
        """Return the id as a number; the driver hands unknown types over as text."""
        return None if value is None else int(value)


class Entry(models.Model):
    """
    One business fact: who did what to which record, and when.

    ``at`` is when it happened (given by the operation), ``(era, txid, id)`` the order in which facts became readable.
    ``data`` holds what is not personal; personal values are in ``PersonalValues`` and ``digest`` is their salted
    digest. ``cause_id`` is the entry that led to this one and ``depth`` how many causes lie behind it.
    """

    id = models.BigAutoField(primary_key=True)
    era = models.SmallIntegerField(default=0)
    txid = TransactionIdField()
    at = models.DateTimeField()
    event = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_label = models.TextField()
    record_type = models.TextField()
    record_id = models.BigIntegerField()
    data = models.JSONField()
    cause_id = models.BigIntegerField(null=True)
    depth = models.SmallIntegerField(default=0)
    sandbox = models.BooleanField(default=False)
    digest = models.BinaryField(null=True)

    class Meta:
        db_table = "journal_entry"

    def __str__(self) -> str:
        return f"{self.event} {self.record_type}:{self.record_id}"


class PersonalValues(models.Model):
    """The personal part of one entry, which erasure removes. The entry's digest then proves only that there was one."""

    entry_id = models.BigIntegerField(primary_key=True)
    record_type = models.TextField()
    record_id = models.BigIntegerField()
    salt = models.BinaryField()
    values = models.JSONField()

    class Meta:
        db_table = "journal_personal"
        indexes = [models.Index(fields=["record_type", "record_id"], name="journal_personal_record")]

    def __str__(self) -> str:
        return f"personal values of entry {self.entry_id}"


class Segment(models.Model):
    """
    A closed stretch of the journal in reading order, sealed by a digest that chains to the one before.

    It covers the entries after the previous segment's last position up to ``(era, txid, last_id)``, both ends known.
    """

    number = models.BigIntegerField(primary_key=True)
    era = models.SmallIntegerField()
    txid = TransactionIdField()
    last_id = models.BigIntegerField()
    entries = models.IntegerField()
    digest = models.BinaryField()
    sealed_at = models.DateTimeField()

    class Meta:
        db_table = "journal_segment"

    def __str__(self) -> str:
        return f"segment {self.number}"


class Era(models.Model):
    """
    A life of the database cluster. Transaction ids begin anew in a restored cluster, so restoring begins a new era.
    """

    number = models.SmallIntegerField(primary_key=True)
    begun_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "journal_era"

    def __str__(self) -> str:
        return f"era {self.number}"
