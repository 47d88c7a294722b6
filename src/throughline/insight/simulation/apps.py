"""The Django app of simulations."""

from __future__ import annotations

from django.apps import AppConfig


class SimulationConfig(AppConfig):
    """Experiments and their results."""

    name = "throughline.insight.simulation"
    label = "simulation"
    verbose_name = "Simulation"
