"""The Django app of the sample company."""

from __future__ import annotations

from django.apps import AppConfig


class SampleConfig(AppConfig):
    """The company one can look at before one's own is there, and its removal."""

    name = "throughline.sample"
    label = "sample"
    verbose_name = "Sample company"
