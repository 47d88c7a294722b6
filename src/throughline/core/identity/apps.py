"""The Django application of core.identity."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Tables of core.identity."""

    name = "throughline.core.identity"
    label = "identity"
