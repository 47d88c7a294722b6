"""What charts may ask of usual bands: telling whose procedure it is, with a link to the step."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from throughline.core import access
from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.recordref import RecordRef
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python
from throughline.insight.bands.models import Figure, StepBand

PLACE = 64


def _tell_all(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    return [_tell(request) for request in requests]


def _tell(request: ActionRequest) -> ActionResult:
    key = request.inputs.get("band")
    wanted = int(key) if isinstance(key, Decimal) and key == key.to_integral_value() else 0
    band = StepBand.objects.select_related("procedure__owner").filter(pk=wanted).first()
    if band is None:
        return ActionResult.failed("Expected the key of a step's band, but the step names none.", code="no_band")
    owner = band.procedure.owner
    people = [owner] if owner is not None and owner.is_active else access.people_with(access.REPAIR_PROCEDURES)
    messages = [_message(band, person, request) for person in people]
    reached = notify_many(messages=messages, by=Actor.system(), at=request.at)
    return ActionResult(from_python({"reached": reached}))


def _message(band: StepBand, person: User, request: ActionRequest) -> Message:
    """How much waits is not told here: not everybody sees all cases; the live page shows each what they may see."""
    what = "more waits than usual" if band.figure == Figure.QUEUE else "work waits longer than usual"
    place = band.procedure.key
    return Message(
        user_id=person.pk,
        kind="step.left_band",
        title=f"{band.procedure.name}: {what} at “{band.step}”",
        body="Open the procedure to see what waits there, reassign it, or simulate a change.",
        about=RecordRef("step_band", band.pk),
        key=f"{request.key}:{person.pk}",
        sandbox=request.sandbox,
        place=place if len(place) <= PLACE else "",
    )


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="step.tell_owner",
            title="Tell whose procedure it is",
            summary="Tell the owner of a procedure that a step has more or older work than usual, with a link to it.",
            inputs=(Parameter(name="band", title="Key of the step's band", type="number", required=True),),
            outputs=(Parameter(name="reached", title="People reached", type="number"),),
            tells=True,
        ),
        _tell_all,
    ),
]
