"""The Django application of crm.people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Tables of crm.people."""

    name = "throughline.crm.people"
    label = "people"
