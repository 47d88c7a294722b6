"""What an hour of work costs, as far as somebody has said it: the figures of the newest simulation of a procedure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from throughline.core.procedures import charts
from throughline.core.procedures.models import ProcedureVersion
from throughline.insight.mined.strayed import Rates
from throughline.insight.simulation.models import Experiment


def rates_of(*, version_id: int | None, otherwise: float | None = None) -> Rates:
    """
    Return the hourly rates of the steps of a version: by role from the newest simulation of its procedure that gave
    any, ``otherwise`` for all others. Two queries.
    """
    if version_id is None:
        return Rates(otherwise=otherwise)
    procedure = ProcedureVersion.objects.values_list("procedure_id", flat=True).get(pk=version_id)
    scenarios = Experiment.objects.filter(procedure_id=procedure).order_by("-requested_at")
    by_role = next((found for each in scenarios.values_list("scenario", flat=True)[:5] if (found := _rates(each))), {})
    nodes = charts.running(version_id).chart.nodes
    return Rates(by_role, otherwise, {node.name: node.role for node in nodes if node.name and node.role})


def _rates(scenario: Mapping[str, Any]) -> dict[str, float]:
    resources = scenario.get("resources", {})
    return {name: float(each["cost_per_hour"]) for name, each in resources.items() if each.get("cost_per_hour")}
