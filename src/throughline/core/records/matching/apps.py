"""The Django application of core.records.matching."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """Tables of core.records.matching."""

    name = "throughline.core.records.matching"
    label = "matching"
