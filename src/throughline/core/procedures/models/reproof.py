"""What came of a procedure's test cases when the program was another one than before."""

from __future__ import annotations

from django.db import models

from throughline.core.procedures.models.procedure import Procedure
from throughline.core.procedures.models.version import ProcedureVersion


class Reproof(models.Model):
    """
    The test cases of what runs, run by the program named ``kernel`` (program.py) when it was new here.

    ``departures``: of those that go another way now, the name and the words of the first departure. ``version`` is the
    published one that was proved.
    """

    procedure = models.OneToOneField(Procedure, models.CASCADE, primary_key=True, related_name="reproof")
    version = models.ForeignKey(ProcedureVersion, models.CASCADE, related_name="+")
    kernel = models.TextField()
    proved_at = models.DateTimeField()
    passed = models.IntegerField()
    departures = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.procedure_id} by {self.kernel[:12]}"
