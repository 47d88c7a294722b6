"""The Django application of crm.coaching."""

from django.apps import AppConfig


class CoachingConfig(AppConfig):
    """Tables of crm.coaching."""

    name = "throughline.crm.coaching"
    label = "coaching"
