"""The Django application of core.territories."""

from django.apps import AppConfig


class TerritoriesConfig(AppConfig):
    """Tables of core.territories."""

    name = "throughline.core.territories"
    label = "territories"
