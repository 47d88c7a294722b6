"""Tables of definitions. Nothing is deleted: what is retired keeps its key, and records keep its values."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from throughline.core.records.spec import FieldType


class Stamp(models.Model):
    """One row: which version of all definitions holds. Every change writes a text that was never there before."""

    stamp = models.CharField(max_length=64)

    class Meta:
        db_table = "custom_stamp"

    def __str__(self) -> str:
        return self.stamp


class CustomField(models.Model):
    """
    A field that people added to a record type.

    ``key`` never changes: it names the value in records, charts, files and programs; ``label`` may. ``section`` is the
    title of a part of the form, a new one if no part is called so. ``choices`` are [value, label] pairs. ``formula`` is
    FEEL over the record; ``rollup`` says what is counted over records that point here (``computed.Rollup``).
    ``required_at`` are columns of the board. ``indexed`` is the wish for an index, ``index_state`` how far that is.
    """

    record_type = models.CharField(max_length=32)
    key = models.CharField(max_length=48)
    label = models.CharField(max_length=120)
    type = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in FieldType])
    help = models.CharField(max_length=300, blank=True)
    section = models.CharField(max_length=80, blank=True)
    position = models.IntegerField(default=0)
    choices = models.JSONField(default=list)
    to = models.CharField(max_length=32, blank=True)
    default = models.JSONField(null=True)
    required = models.BooleanField(default=False)
    required_at = ArrayField(models.CharField(max_length=64), default=list)
    personal = models.BooleanField(default=False)
    sensitive = models.BooleanField(default=False)
    searched = models.BooleanField(default=False)
    in_list = models.BooleanField(default=False)
    in_filters = models.BooleanField(default=False)
    formula = models.TextField(blank=True)
    rollup = models.JSONField(default=dict)
    indexed = models.BooleanField(default=False)
    index_state = models.CharField(max_length=16, blank=True)
    stale = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "custom_field"
        constraints = [models.UniqueConstraint(fields=["record_type", "key"], name="custom_field_key")]

    def __str__(self) -> str:
        return self.label


class Rule(models.Model):
    """
    What must hold of every record of a type when something the condition reads is written.

    ``condition`` is FEEL over the record (``lead.budget > 0``); anything but true is refused with ``message``, shown at
    ``field``.
    """

    record_type = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    condition = models.TextField()
    message = models.CharField(max_length=300)
    field = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "custom_rule"

    def __str__(self) -> str:
        return self.name


class CustomType(models.Model):
    """
    A record type that people made. ``key`` names it in charts, addresses and its table, and never changes.

    ``title_field`` is the key of the text field that names a record, ``board_field`` that of a choice whose values are
    the columns of the board.
    """

    key = models.CharField(max_length=32, unique=True)
    label = models.CharField(max_length=60)
    plural = models.CharField(max_length=60)
    icon = models.CharField(max_length=40, default="circle")
    number_prefix = models.CharField(max_length=6)
    board_field = models.CharField(max_length=48, blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "custom_type"

    def __str__(self) -> str:
        return self.label
