"""The Django application of crm.leads."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """Tables of crm.leads."""

    name = "throughline.crm.leads"
    label = "leads"
