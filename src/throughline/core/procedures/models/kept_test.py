"""A test case that is kept with a procedure."""

from __future__ import annotations

from django.db import models

from throughline.core.procedures.models.procedure import Procedure


class TestOrigin(models.TextChoices):
    """Clicked together on the drawing, recorded from a real case, or come with a pack."""

    __test__ = False

    MADE = "made"
    RECORDED = "recorded"
    SHIPPED = "shipped"


class KeptTest(models.Model):
    """
    One test case: given this record and these answers, expect this way, these times and these effects.

    ``members`` are those that ``flow.simulate.proving`` reads. ``case`` is the real case it was recorded from. What
    came of the last run: ``ran_at``, on the drawing with the digest ``ran_digest``; ``departures`` is empty when it
    passed.
    """

    Origin = TestOrigin

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="tests")
    name = models.TextField()
    members = models.JSONField()
    origin = models.TextField(choices=TestOrigin.choices, default=TestOrigin.MADE)
    case = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    created_by_label = models.TextField()
    ran_at = models.DateTimeField(null=True)
    ran_digest = models.TextField(blank=True)
    departures = models.JSONField(default=list)

    class Meta:
        ordering = ["procedure", "name"]
        constraints = [models.UniqueConstraint(fields=["procedure", "name"], name="procedures_kept_test_name")]

    def __str__(self) -> str:
        return self.name
