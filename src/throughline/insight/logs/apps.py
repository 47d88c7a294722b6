"""The Django app of imported logs."""

from __future__ import annotations

from django.apps import AppConfig


class LogsConfig(AppConfig):
    """Event logs that came from elsewhere."""

    name = "throughline.insight.logs"
    label = "logs"
    verbose_name = "Imported logs"
