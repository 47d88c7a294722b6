"""The Django application of crm.invoices."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    """Tables of crm.invoices."""

    name = "throughline.crm.invoices"
    label = "invoices"
