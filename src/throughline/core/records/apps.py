"""The Django application of core.records."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Tables of core.records."""

    name = "throughline.core.records"
    label = "records"

    def ready(self) -> None:
        """Raise the walls of the database whenever it has been migrated, and have mails ask them."""
        from django.db.models.signals import post_migrate

        from throughline.core.notify.sight import hidden_is_known_by
        from throughline.core.records.walls import hidden_from, raise_walls

        hidden_is_known_by(hidden_from)
        post_migrate.connect(raise_walls, sender=self, dispatch_uid="records.walls")
