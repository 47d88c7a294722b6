"""The Django application of connect.hooks."""

from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Tables of connect.hooks."""

    name = "throughline.connect.hooks"
    label = "hooks"
