"""What charts may ask of the forecast: keep how all deals stand today."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.crm.forecast.operations import take_snapshot
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python


def _take_all(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    """Requests of a draft that is tried keep nothing."""
    return [
        ActionResult(from_python({"day": request.at.date()})) if request.sandbox else _take(request)
        for request in requests
    ]


def _take(request: ActionRequest) -> ActionResult:
    snapshot = take_snapshot(by=request.by, at=request.at, cause=request.cause)
    return ActionResult(from_python({"day": snapshot.day}))


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="forecast.keep",
            title="Keep the forecast of the day",
            summary="Keep how all deals stand, by owner, team, category and month. Once a day; the first one stays.",
            inputs=(),
            outputs=(Parameter(name="day", title="Day", type="date"),),
        ),
        _take_all,
    ),
]
