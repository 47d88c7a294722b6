"""The Django application of crm.contracts."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Tables of crm.contracts."""

    name = "throughline.crm.contracts"
    label = "contracts"
