"""The outermost application: when Django has loaded every table, the capabilities are joined."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Joins the capabilities at start-up."""

    name = "throughline.config"
    label = "project"

    def ready(self) -> None:
        """Fill the registries."""
        from throughline import wiring

        wiring.join()
