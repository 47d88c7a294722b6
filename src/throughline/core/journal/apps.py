"""The Django application of core.journal."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Tables of core.journal."""

    name = "throughline.core.journal"
    label = "journal"
