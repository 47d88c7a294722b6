"""The Django application of core.procedures.resting."""

from django.apps import AppConfig


class RestingConfig(AppConfig):
    """Tables of core.procedures.resting."""

    name = "throughline.core.procedures.resting"
    label = "resting"
