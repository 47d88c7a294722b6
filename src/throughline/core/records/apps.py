"""The Django application of core.records."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Tables of core.records."""

    name = "throughline.core.records"
    label = "records"
