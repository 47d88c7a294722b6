"""The Django application of core.sketches."""

from django.apps import AppConfig


class SketchesConfig(AppConfig):
    """Tables of core.sketches."""

    name = "throughline.core.sketches"
    label = "sketches"
