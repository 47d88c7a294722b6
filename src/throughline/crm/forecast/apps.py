"""The Django application of crm.forecast."""

from django.apps import AppConfig


class ForecastConfig(AppConfig):
    """Tables of crm.forecast."""

    name = "throughline.crm.forecast"
    label = "forecast"
