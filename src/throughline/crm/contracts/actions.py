"""What charts may ask of contracts: draft one of a deal, send it, renew it, end it."""

from __future__ import annotations

from collections.abc import Callable

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.recordref import RecordRef
from throughline.core.records.actions import record_of, sort_out, text
from throughline.core.refusals import Refusal
from throughline.crm.contracts.models import Contract
from throughline.crm.contracts.operations import draft_contract, end_contract, renew_contract, send_contract
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python

Many = Callable[[list[ActionRequest], list[RecordRef]], list[ActionResult]]


def _told(contract: Contract) -> ActionResult:
    known = {"contract": contract.pk, "number": contract.number, "status": contract.status, "end_on": contract.end_on}
    return ActionResult(from_python(known))


def _of(kind: str) -> Callable[[ActionRequest], RecordRef]:
    def read(request: ActionRequest) -> RecordRef:
        ref = record_of(request)
        if ref.type != kind:
            raise Refusal(f"not_a_{kind}", f"Expected the step to work on a {kind}, but the case travels with {ref}.")
        return ref

    return read


def _each(do: Callable[[ActionRequest, int], Contract]) -> Many:
    return lambda requests, refs: [_told(do(request, ref.id)) for request, ref in zip(requests, refs, strict=True)]


def _create(request: ActionRequest, key: int) -> Contract:
    name = text(request.inputs.get("name"))
    return draft_contract(deal_id=key, name=name, by=request.by, at=request.at, cause=request.cause)


def _send(request: ActionRequest, key: int) -> Contract:
    to = text(request.inputs.get("to"))
    return send_contract(contract_id=key, to=to, by=request.by, at=request.at, cause=request.cause)


def _renew(request: ActionRequest, key: int) -> Contract:
    return renew_contract(contract_id=key, by=request.by, at=request.at, cause=request.cause)


def _end(request: ActionRequest, key: int) -> Contract:
    reason = text(request.inputs.get("reason"))
    return end_contract(contract_id=key, reason=reason, by=request.by, at=request.at, cause=request.cause)


_RESULT = (
    Parameter(name="contract", title="Key of the contract", type="number"),
    Parameter(name="number", title="Number of the contract", type="string"),
    Parameter(name="status", title="Status afterwards", type="string"),
    Parameter(name="end_on", title="Last day afterwards", type="date"),
)

ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="contract.create",
            title="Draft a contract",
            summary="Draft a contract of the deal, with its customer and the quote that was accepted.",
            inputs=(Parameter(name="name", title="Subject", type="string"),),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _of("deal"), _each(_create)),
    ),
    (
        ActionSpec(
            name="contract.send",
            title="Send the contract",
            summary="Let the contract leave the house. Without an attached file it fails with the error no_file.",
            inputs=(Parameter(name="to", title="For whom (e-mail address)", type="string"),),
            outputs=_RESULT,
            tells=True,
        ),
        lambda requests: sort_out(requests, _of("contract"), _each(_send)),
    ),
    (
        ActionSpec(
            name="contract.renew",
            title="Renew the contract",
            summary="Let the contract run for another term.",
            inputs=(),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _of("contract"), _each(_renew)),
    ),
    (
        ActionSpec(
            name="contract.end",
            title="End the contract",
            summary="End the contract today, and its subscriptions with it.",
            inputs=(Parameter(name="reason", title="Why", type="string", required=True),),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _of("contract"), _each(_end)),
    ),
]
