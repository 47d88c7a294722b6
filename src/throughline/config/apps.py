"""The outermost application: when Django has loaded every table, the capabilities are joined."""

from datetime import UTC, datetime
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import post_migrate


class ProjectConfig(AppConfig):
    """Joins the capabilities at start-up."""

    name = "throughline.config"
    label = "project"

    def ready(self) -> None:
        """Fill the registries."""
        from throughline import wiring

        wiring.join()
        post_migrate.connect(renew, sender=self, dispatch_uid="project.renew")


def renew(using: str, plan: Any = None, **_: Any) -> None:
    """Bring what is shipped as rows to the version that was migrated to; nothing on the way there, or after a flush."""
    from throughline import wiring

    if not plan:
        return
    executor = MigrationExecutor(connections[using])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        wiring.renew(at=datetime.now(UTC))
