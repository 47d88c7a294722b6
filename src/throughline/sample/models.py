"""The table of the sample company: that it is there, and what was there before it."""

from __future__ import annotations

from django.db import models


class Loaded(models.Model):
    """
    The sample company is in this installation since ``loaded_at``; there is one row or none.

    ``before``: for each table that had rows, their keys. Removing the company leaves these and nothing else.
    """

    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=200)
    ends_at = models.DateTimeField()
    before = models.JSONField(default=dict)

    class Meta:
        db_table = "sample_loaded"

    def __str__(self) -> str:
        return f"sample company since {self.loaded_at:%Y-%m-%d}"
