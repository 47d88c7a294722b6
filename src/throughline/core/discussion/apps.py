"""The Django application of core.discussion."""

from django.apps import AppConfig


class DiscussionConfig(AppConfig):
    """Tables of core.discussion."""

    name = "throughline.core.discussion"
    label = "discussion"
