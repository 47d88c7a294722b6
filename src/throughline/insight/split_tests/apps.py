"""The Django app of split tests."""

from __future__ import annotations

from django.apps import AppConfig


class SplitTestsConfig(AppConfig):
    """Two versions of a procedure, tried on real cases by chance."""

    name = "throughline.insight.split_tests"
    label = "split_tests"
    verbose_name = "Split tests"
