"""What charts may ask of people: move them to another stage."""

from __future__ import annotations

from typing import Any

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.records import registry
from throughline.core.records.actions import record_of, sort_out, text
from throughline.crm.people.models import Contact
from throughline.crm.people.operations import move_stage
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python


def contact_behind(request: ActionRequest) -> int | None:
    """Return the person that a step is about: the record itself, or the one that it links to as its contact."""
    ref = record_of(request)
    if ref.type == "contact":
        return ref.id
    record: Any = registry.get(ref.type).model._default_manager.filter(pk=ref.id).first()
    key = getattr(record, "contact_id", None)
    return key if isinstance(key, int) else None


def _move_all(requests: list[ActionRequest], people: list[int | None]) -> list[ActionResult]:
    return [_move(request, person) for request, person in zip(requests, people, strict=True)]


def _move(request: ActionRequest, person: int | None) -> ActionResult:
    if person is None:
        return ActionResult(from_python({"moved": False}))
    before = Contact.objects.filter(pk=person).values_list("version", flat=True).first()
    contact = move_stage(
        contact_id=person,
        stage=text(request.inputs.get("stage")),
        reason=text(request.inputs.get("reason")),
        track=text(request.inputs.get("track")) or "relationship",
        back=request.inputs.get("back") is True,
        by=request.by,
        at=request.at,
        cause=request.cause,
    )
    return ActionResult(from_python({"moved": contact.version != before}))


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="contact.stage",
            title="Move the person to a stage",
            summary="Say how far the relationship with the person of the record has come, and why.",
            inputs=(
                Parameter(name="stage", title="Stage", type="string", required=True),
                Parameter(name="reason", title="Reason, shown on the person's page", type="string"),
                Parameter(name="track", title="relationship (as it is) or journey", type="string"),
                Parameter(name="back", title="Whether to move back, too", type="boolean"),
            ),
            outputs=(Parameter(name="moved", title="Moved", type="boolean"),),
        ),
        lambda requests: sort_out(requests, contact_behind, _move_all),
    ),
]
