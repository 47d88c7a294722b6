"""The Django application of core.library."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    """Tables of core.library."""

    name = "throughline.core.library"
    label = "library"
