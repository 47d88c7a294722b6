"""The Django application of core.files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Tables of core.files."""

    name = "throughline.core.files"
    label = "files"
