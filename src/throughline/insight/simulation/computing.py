"""Having experiments computed: following the process that computes one, and keeping what it says."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from throughline.insight.errands import leases
from throughline.insight.simulation.models import Experiment

DESK = "throughline.insight.simulation.desk"
SILENT = "The simulation stopped without a word. Try it again with fewer cases."


def compute(experiment: Experiment, *, clock: leases.Clock, wanted: Callable[[], bool]) -> None:
    """
    Have a claimed experiment computed, and keep the result.

    ``wanted`` says whether to go on; when not, the experiment waits for another worker.
    """
    request = {
        "drawing": bytes(experiment.drawing).decode(),
        "decisions": experiment.decisions,
        "scenario": experiment.scenario,
        "processes": settings.SIMULATION_PROCESSES,
        "ray": settings.SIMULATION_RAY or None,
    }
    said = leases.follow(experiment, request, desk=DESK, clock=clock, wanted=wanted)
    if said is None:
        return
    if "result" in said:
        leases.end(experiment, at=clock(), result=said["result"])
    else:
        leases.end(experiment, at=clock(), problem=str(said.get("problem") or SILENT))
