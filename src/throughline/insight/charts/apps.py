"""The Django application of derived charts: what is planned in them."""

from django.apps import AppConfig


class ChartsConfig(AppConfig):
    """Tables of insight.charts."""

    name = "throughline.insight.charts"
    label = "derived_charts"
