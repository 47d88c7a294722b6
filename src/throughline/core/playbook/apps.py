"""The Django application of core.playbook."""

from django.apps import AppConfig


class PlaybookConfig(AppConfig):
    """Tables of core.playbook."""

    name = "throughline.core.playbook"
    label = "playbook"
