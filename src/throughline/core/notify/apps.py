"""The Django application of core.notify."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Tables of core.notify."""

    name = "throughline.core.notify"
    label = "notify"
