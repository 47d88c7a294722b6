"""The Django application of crm.promises."""

from django.apps import AppConfig


class PromisesConfig(AppConfig):
    """Tables of crm.promises."""

    name = "throughline.crm.promises"
    label = "promises"

    def ready(self) -> None:
        """Let open promises be next steps."""
        from throughline.core.records import nextstep
        from throughline.crm.promises.queries import next_due

        nextstep.add_source("promises", next_due)
