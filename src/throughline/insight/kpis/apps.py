"""The Django app of key figures."""

from __future__ import annotations

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Key figures and goals."""

    name = "throughline.insight.kpis"
    label = "kpis"
    verbose_name = "Key figures"
