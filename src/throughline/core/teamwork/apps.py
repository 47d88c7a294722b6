"""The Django application of core.teamwork."""

from django.apps import AppConfig


class TeamworkConfig(AppConfig):
    """Tables of core.teamwork."""

    name = "throughline.core.teamwork"
    label = "teamwork"
