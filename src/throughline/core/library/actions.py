"""What charts may ask of the library: open the reviews of procedures that a change touches."""

from __future__ import annotations

from collections.abc import Sequence

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.library.reviews import open_reviews
from throughline.core.records.actions import text
from throughline.core.refusals import Refusal
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python


def _find_reviews(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    return [_find(request) for request in requests]


def _find(request: ActionRequest) -> ActionResult:
    given = {name: text(request.inputs.get(name)) for name in ("kind", "key", "why")}
    if request.sandbox:
        return ActionResult(from_python({"procedures": []}))
    try:
        return ActionResult(from_python({"procedures": open_reviews(**given, by=request.by, at=request.at)}))
    except Refusal as refusal:
        return ActionResult.failed(refusal.message, code=refusal.code)


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="procedure.find_reviews",
            title="Open reviews of what is touched",
            summary="Have the owners of all procedures that a change touches look at them now.",
            inputs=(
                Parameter(
                    name="kind", title="What changed: field, role, connection or goal", type="string", required=True
                ),
                Parameter(name="key", title="Which one", type="string", required=True),
                Parameter(name="why", title="Why, for the owner", type="string", required=True),
            ),
            outputs=(Parameter(name="procedures", title="Procedures (keys)", type="list"),),
        ),
        _find_reviews,
    ),
]
