"""The Django application of insight.guide."""

from django.apps import AppConfig


class GuideConfig(AppConfig):
    """Tables of insight.guide."""

    name = "throughline.insight.guide"
    label = "guide"
    default_auto_field = "django.db.models.BigAutoField"
