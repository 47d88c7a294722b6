"""The Django app of key figures."""

from __future__ import annotations

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Key figures and goals."""

    name = "throughline.insight.kpis"
    label = "kpis"
    verbose_name = "Key figures"

    def ready(self) -> None:
        """Let figures that are counted behind the second wall read what they rest on beside records."""
        from throughline.core.records.walls import Opening, let_read
        from throughline.insight.kpis.recurring import READ_OF_JOURNAL

        let_read(Opening("identity_businesscalendar"))
        let_read(READ_OF_JOURNAL)
