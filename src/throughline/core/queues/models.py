"""The table of queues."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from throughline.core.identity.models import Role
from throughline.core.records.models import Record


class Queue(Record):
    """
    Where work waits for whoever plays a role: what waits here, and what is asked of who takes it, in ``description``.

    ``key`` is the role's, by which charts and work items call the queue; it never changes. The owner looks after it.
    """

    number_prefix: ClassVar[str] = "Q"

    role = models.OneToOneField(Role, models.PROTECT, related_name="queue")
    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    sort_name = models.CharField(max_length=200, db_index=True)
    description = models.TextField(blank=True)

    class Meta(Record.Meta):
        pass

    def __str__(self) -> str:
        return self.name
