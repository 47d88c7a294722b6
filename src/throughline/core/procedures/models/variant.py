"""A variant: how a procedure is done otherwise for some of its records."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from throughline.core.procedures.models.procedure import Procedure
from throughline.core.procedures.models.version import ProcedureVersion


class Variant(models.Model):
    """
    A procedure whose drawing is that of ``base`` with an overlay, for the records that ``rule`` takes.

    The variant is a procedure of its own, with versions, test cases and an owner; its versions hold the effective
    drawings. ``rule`` is FEEL over the record, asked when a case of the base starts, in the order of ``priority`` (the
    smallest first). ``overlay`` is what the published version does otherwise than ``base_version`` (flow.bpmn.overlay,
    as JSON); ``draft_base`` is the version of the base that the draft is drawn over. ``retired_at``: it takes no case
    any more.
    """

    procedure = models.OneToOneField(Procedure, models.CASCADE, related_name="variant")
    base = models.ForeignKey(Procedure, models.PROTECT, related_name="variants")
    name = models.TextField()
    rule = models.TextField()
    priority = models.SmallIntegerField()
    overlay: models.JSONField[Any, Any] = models.JSONField(default=dict)
    base_version = models.ForeignKey(ProcedureVersion, models.PROTECT, null=True, related_name="+")
    draft_base = models.ForeignKey(ProcedureVersion, models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["base", "priority", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(procedure=models.F("base")), name="procedures_variant_of_another"),
            models.UniqueConstraint(
                fields=["base", "name"], condition=Q(retired_at=None), name="procedures_variant_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
