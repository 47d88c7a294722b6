"""The Django application of the pages."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and template tags; it has no tables."""

    name = "throughline.web"
    label = "web"
