"""The Django application of crm.deals."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Tables of crm.deals."""

    name = "throughline.crm.deals"
    label = "deals"
