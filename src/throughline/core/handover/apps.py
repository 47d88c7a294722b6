"""The Django application of core.handover."""

from django.apps import AppConfig


class HandoverConfig(AppConfig):
    """Tables of core.handover."""

    name = "throughline.core.handover"
    label = "handover"
