"""The Django application of crm.activities."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    """Tables of crm.activities."""

    name = "throughline.crm.activities"
    label = "activities"
