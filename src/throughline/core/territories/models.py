"""Tables of territories; what a territory opens is kept by ``access``."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from throughline.core.access.models import Territory as Rule
from throughline.core.records.models import Record


class Territory(Record):
    """
    A part of the market.

    ``parent`` is the larger one that it lies in. ``rule`` is what it opens to whom, None while nothing is said;
    ``which`` is that rule in words and ``people`` how many work on it, kept for lists and search (``triggers``). One
    that is not ``in_use`` opens nothing.
    """

    number_prefix: ClassVar[str] = "TER"

    name = models.CharField(max_length=200)
    sort_name = models.CharField(max_length=200, db_index=True)
    description = models.TextField(blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    in_use = models.BooleanField(default=True)
    rule = models.OneToOneField(Rule, models.PROTECT, null=True, blank=True, related_name="territory")
    which = models.TextField(blank=True)
    people = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name
