"""The table of merges: what is needed to take one back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Merge(models.Model):
    """
    One record was absorbed by another.

    ``values``: field of the survivor → what it was before and became. ``moved``: what pointed at the absorbed one, by
    table and column, with the keys of the rows. ``dropped``: rows that would have said the same twice, whole.
    ``made``: rows that were added, whole. ``left``: what taking back left as it is, in words.
    """

    record_type = models.CharField(max_length=32)
    survivor_id = models.BigIntegerField()
    absorbed_id = models.BigIntegerField()
    values = models.JSONField(default=dict)
    moved = models.JSONField(default=list)
    dropped = models.JSONField(default=list)
    made = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    left = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["record_type", "absorbed_id"], condition=Q(undone_at=None), name="merging_absorbed_once"
            )
        ]
        indexes = [models.Index(fields=["record_type", "survivor_id"], name="merging_survivor")]

    def __str__(self) -> str:
        return f"{self.record_type}:{self.absorbed_id} into {self.survivor_id}"
