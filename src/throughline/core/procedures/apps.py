"""The Django app of the host."""

from __future__ import annotations

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    """Procedures, their versions, and the cases that travel through them."""

    name = "throughline.core.procedures"
    label = "procedures"
    verbose_name = "Procedures"
