"""The Django app of predictions."""

from __future__ import annotations

from django.apps import AppConfig


class PredictionConfig(AppConfig):
    """What open cases will do, as far as that can be said."""

    name = "throughline.insight.prediction"
    label = "prediction"
    verbose_name = "Predictions"
