"""The Django application of core.records.merging."""

from django.apps import AppConfig


class MergingConfig(AppConfig):
    """Tables of core.records.merging."""

    name = "throughline.core.records.merging"
    label = "merging"
