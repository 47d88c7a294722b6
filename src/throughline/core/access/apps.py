"""The Django application of core.access."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Tables of core.access."""

    name = "throughline.core.access"
    label = "access"
