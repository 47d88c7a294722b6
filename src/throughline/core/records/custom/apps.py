"""The Django application of core.records.custom."""

from django.apps import AppConfig


class CustomConfig(AppConfig):
    """Tables of definitions; when it is ready, record types read their shapes through them."""

    name = "throughline.core.records.custom"
    label = "custom"

    def ready(self) -> None:
        """Register the paths into the JSON column and let the definitions shape the record types."""
        from throughline.core.records.custom import live, lookups, types

        lookups.register()
        live.install()
        types.install()
