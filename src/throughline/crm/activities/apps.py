"""The Django application of crm.activities."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    """Tables of crm.activities."""

    name = "throughline.crm.activities"
    label = "activities"

    def ready(self) -> None:
        """Let planned activities be next steps."""
        from throughline.core.records import nextstep
        from throughline.crm.activities.queries import next_due

        nextstep.add_source("activities", next_due)
