"""The Django app of usual bands."""

from __future__ import annotations

from django.apps import AppConfig


class BandsConfig(AppConfig):
    """What usually waits at a step."""

    name = "throughline.insight.bands"
    label = "bands"
    verbose_name = "Usual bands"
