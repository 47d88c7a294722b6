"""The Django application of crm.quotes."""

from django.apps import AppConfig


class QuotesConfig(AppConfig):
    """Tables of crm.quotes."""

    name = "throughline.crm.quotes"
    label = "quotes"
