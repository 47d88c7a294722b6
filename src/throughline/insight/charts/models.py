"""What is planned in charts, and where shapes were put by hand."""

from __future__ import annotations

from typing import Any

from django.db import models


class PlannedChart(models.Model):
    """
    The plan of one chart: of a derived one by its ``key`` (``types``, ``flow:lead-to-deal:1``), or of one begun by hand
    (``own:7``), which has a ``title``.

    ``shapes`` and ``lines`` are what is planned, ``places`` where shapes (planned or real) were put, by id.
    """

    key = models.TextField(unique=True)
    kind = models.TextField()
    title = models.TextField(blank=True)
    shapes: models.JSONField[Any, Any] = models.JSONField(default=list)
    lines: models.JSONField[Any, Any] = models.JSONField(default=list)
    places: models.JSONField[Any, Any] = models.JSONField(default=dict)
    next_id = models.IntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by_label = models.TextField()

    class Meta:
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title or self.key
