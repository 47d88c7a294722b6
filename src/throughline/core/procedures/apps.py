"""The Django app of the host."""

from __future__ import annotations

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    """Procedures, their versions, and the cases that travel through them."""

    name = "throughline.core.procedures"
    label = "procedures"
    verbose_name = "Procedures"

    def ready(self) -> None:
        """Let open work items be next steps."""
        from throughline.core.procedures.queries.work import next_due
        from throughline.core.records import nextstep

        nextstep.add_source("work items", next_due)
