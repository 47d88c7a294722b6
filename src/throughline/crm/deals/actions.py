"""What charts may ask of deals: open one, move it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.records import registry
from throughline.core.records.actions import record_of, sort_out, text
from throughline.core.records.operations import create_record
from throughline.core.refusals import Refusal
from throughline.crm.deals.conversion import convert_lead
from throughline.crm.deals.models import Deal, StageKind
from throughline.crm.deals.operations import Move, move_deals
from throughline.crm.deals.stages import stages
from throughline.crm.people.actions import contact_behind
from throughline.crm.people.models import Contact
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python, to_python


def _told(deal: Deal) -> ActionResult:
    return ActionResult(from_python({"deal": deal.pk, "number": deal.number, "stage": deal.stage_id}))


# -- Opening -----------------------------------------------------------------------------------------------------------


def _wanted(request: ActionRequest) -> dict[str, Any]:
    ref = record_of(request)
    if ref.type not in ("lead", "contact", "organization"):
        raise Refusal("no_customer", f"Expected a lead, contact or organization to open a deal for, but it is {ref}.")
    values: dict[str, Any] = {}
    for name in ("name", "stage", "pipeline", "next_step"):
        if given := text(request.inputs.get(name)):
            values[name] = given
    amount = request.inputs.get("amount")
    if amount is not None:
        if not isinstance(amount, Decimal):
            raise Refusal("no_amount", f"Expected amount to be a number, but it is {amount!r}.", "amount")
        values["amount"] = amount
    closing = to_python(request.inputs.get("expected_close_on"))
    if closing is not None:
        values["expected_close_on"] = closing.date() if isinstance(closing, datetime) else closing
    return values


def _open_all(requests: list[ActionRequest], wanted: list[dict[str, Any]]) -> list[ActionResult]:
    return [_told(_open(request, values)) for request, values in zip(requests, wanted, strict=True)]


def _open(request: ActionRequest, values: dict[str, Any]) -> Deal:
    ref = record_of(request)
    if ref.type == "lead":
        return convert_lead(lead_id=ref.id, values=values, by=request.by, at=request.at, cause=request.cause)
    deal: Deal = create_record(
        spec=registry.get("deal"),
        values={ref.type: ref.id, **values},
        by=request.by,
        at=request.at,
        cause=request.cause,
        sandbox=request.sandbox,
    )
    return deal


# -- Moving ------------------------------------------------------------------------------------------------------------


def _move(request: ActionRequest) -> Move:
    ref = record_of(request)
    if ref.type != "deal":
        raise Refusal("not_a_deal", f"Expected the step to work on a deal, but the case travels with {ref}.")
    stage = text(request.inputs.get("stage"))
    if not stage:
        raise Refusal("no_stage", "Expected stage to name a stage, but it is empty.", "stage")
    return Move(
        deal_id=ref.id, stage=stage, reason=text(request.inputs.get("reason")), cause=request.cause, by=request.by
    )


def _move_all(requests: list[ActionRequest], moves: list[Move]) -> list[ActionResult]:
    known = stages()
    named = [_by_name(move, known) for move in moves]
    return [_told(deal) for deal in move_deals(moves=named, by=requests[0].by, at=requests[0].at)]


def _by_name(move: Move, known: Any) -> Move:
    """Let a chart say a stage by its name in the deal's own pipeline as well as by its key."""
    if move.stage in known.stages:
        return move
    pipeline = Deal.objects.filter(pk=move.deal_id).values_list("pipeline_id", flat=True).first()
    stage = known.called(pipeline, move.stage) if pipeline else None
    if stage is None:
        raise Refusal("no_such_stage", f'Expected stage to name one of the pipeline\'s, but it is "{move.stage}".')
    return Move(deal_id=move.deal_id, stage=stage.key, reason=move.reason, cause=move.cause, by=move.by)


_RESULT = (
    Parameter(name="deal", title="Key of the deal", type="number"),
    Parameter(name="number", title="Number of the deal", type="string"),
    Parameter(name="stage", title="Stage afterwards", type="string"),
)

# -- The person behind -------------------------------------------------------------------------------------------------


def _count_all(_requests: list[ActionRequest], people: list[int | None]) -> list[ActionResult]:
    keys = [key for key in people if key is not None]
    rows = Deal.objects.filter(contact__in=keys, deleted_at=None, sandbox=False).values("contact").order_by()
    won, still = Q(stage__kind=StageKind.WON), Q(closed_at=None)
    counts = rows.annotate(won=Count("id", filter=won), open=Count("id", filter=still))
    found: dict[int, Any] = {row["contact"]: row for row in counts}
    stages_now = dict(Contact.objects.filter(pk__in=keys).values_list("pk", "lifecycle_stage"))
    return [ActionResult(from_python(_counted(key, found, stages_now))) for key in people]


def _counted(key: int | None, found: dict[int, Any], stages_now: dict[int, str]) -> dict[str, Any]:
    if key is None:
        return {"known": False, "stage": None, "won": 0, "open": 0}
    row = found.get(key, {"won": 0, "open": 0})
    return {"known": True, "stage": stages_now.get(key), "won": row["won"], "open": row["open"]}


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="deal.open",
            title="Open a deal",
            summary="Make a deal for the lead, contact or organization. A lead is converted and its history goes on.",
            inputs=(
                Parameter(name="name", title="Name", type="string"),
                Parameter(name="amount", title="Amount", type="number"),
                Parameter(name="pipeline", title="Pipeline (key)", type="string"),
                Parameter(name="stage", title="Stage (name or key)", type="string"),
                Parameter(name="expected_close_on", title="Expected close", type="date"),
                Parameter(name="next_step", title="Next step", type="string"),
            ),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _wanted, _open_all),
    ),
    (
        ActionSpec(
            name="deal.move",
            title="Move the deal",
            summary="Put the deal into another stage, through its gate. Won and lost are stages too.",
            inputs=(
                Parameter(name="stage", title="Stage (name or key)", type="string", required=True),
                Parameter(name="reason", title="Why it was won or lost", type="string"),
            ),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _move, _move_all),
    ),
    (
        ActionSpec(
            name="contact.deals",
            title="Count the person's deals",
            summary="Say how many deals the person of the record has won and open, and the stage of the relationship.",
            inputs=(),
            outputs=(
                Parameter(name="known", title="There is a person", type="boolean"),
                Parameter(name="stage", title="Stage of the relationship", type="string"),
                Parameter(name="won", title="Deals won", type="number"),
                Parameter(name="open", title="Deals open", type="number"),
            ),
        ),
        lambda requests: sort_out(requests, contact_behind, _count_all),
    ),
]
