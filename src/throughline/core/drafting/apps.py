"""The Django application of core.drafting."""

from django.apps import AppConfig


class DraftingConfig(AppConfig):
    """Tables of core.drafting."""

    name = "throughline.core.drafting"
    label = "drafting"
    default_auto_field = "django.db.models.BigAutoField"
