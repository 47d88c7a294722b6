"""The Django app of dashboards."""

from __future__ import annotations

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Dashboards and their tiles."""

    name = "throughline.insight.dashboards"
    label = "dashboards"
    verbose_name = "Dashboards"
