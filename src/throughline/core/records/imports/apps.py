"""The Django application of core.records.imports."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Tables of core.records.imports."""

    name = "throughline.core.records.imports"
    label = "imports"
