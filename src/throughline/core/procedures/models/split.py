"""A split: two versions of a procedure that share the cases that start."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from throughline.core.procedures.models.version import ProcedureVersion


class Split(models.Model):
    """
    Of the cases that ``live``, the published version, would get, ``percent`` of a hundred start with ``other`` instead.

    Chance decides, per record and for good: see ``splitting.draws_other``. ``other`` ran before or was replaced when
    the split began, so it is retired; its drawing never changes. A split ends when somebody ends it; it has no say any
    more as soon as ``live`` is not published.
    """

    live = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="+", db_index=False)
    other = models.ForeignKey(ProcedureVersion, models.PROTECT, related_name="+", db_index=False)
    percent = models.SmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__range=(1, 99)), name="procedures_split_percent"),
            models.CheckConstraint(condition=~Q(live=F("other")), name="procedures_split_two_versions"),
            models.UniqueConstraint(fields=["live"], condition=Q(ended_at=None), name="procedures_split_one_running"),
        ]

    def __str__(self) -> str:
        return f"split {self.pk}"
