"""The table of resting cases."""

from __future__ import annotations

from django.db import models

from throughline.core.procedures.models import Case


class RestingCase(models.Model):
    """
    A case that ran when its record was put into the bin. The row goes when the record comes back.

    A table of its own: the row of the case is locked by whoever steps it, and may then wait for the record.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="rest")
    since_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id} since {self.since_at}"
