"""The Django application of core.company."""

from django.apps import AppConfig


class CompanyConfig(AppConfig):
    """Tables of core.company."""

    name = "throughline.core.company"
    label = "company"
