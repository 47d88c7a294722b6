"""The Django application of core.records."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Tables of core.records."""

    name = "throughline.core.records"
    label = "records"

    def ready(self) -> None:
        """Raise the walls of the database whenever it has been migrated."""
        from django.db.models.signals import post_migrate

        from throughline.core.records.walls import raise_walls

        post_migrate.connect(raise_walls, sender=self, dispatch_uid="records.walls")
