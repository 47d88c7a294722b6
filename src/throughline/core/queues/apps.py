"""The Django application of core.queues."""

from django.apps import AppConfig


class QueuesConfig(AppConfig):
    """Tables of core.queues."""

    name = "throughline.core.queues"
    label = "queues"

    def ready(self) -> None:
        """Let procedures call queues by their names."""
        from throughline.core.procedures import naming
        from throughline.core.queues.queries import name_of

        naming.queues_are_named_by(name_of)
