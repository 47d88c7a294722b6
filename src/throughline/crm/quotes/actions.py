"""What charts may ask of quotes: draft one of a deal, have it looked over, send it, let it expire."""

from __future__ import annotations

from collections.abc import Callable

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.recordref import RecordRef
from throughline.core.records.actions import record_of, sort_out, text
from throughline.core.refusals import Refusal
from throughline.crm.quotes.links import token_of
from throughline.crm.quotes.models import Quote
from throughline.crm.quotes.operations import draft_quote, expire_quote, send_quote
from throughline.crm.quotes.review import ask_review
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python


def _told(quote: Quote) -> ActionResult:
    return ActionResult(
        from_python(
            {
                "quote": quote.pk,
                "number": quote.number,
                "status": quote.status,
                "net": quote.net,
                "gross": quote.gross,
                "token": token_of(quote),
            }
        )
    )


def _of(kind: str) -> Callable[[ActionRequest], RecordRef]:
    def read(request: ActionRequest) -> RecordRef:
        ref = record_of(request)
        if ref.type != kind:
            raise Refusal(f"not_a_{kind}", f"Expected the step to work on a {kind}, but the case travels with {ref}.")
        return ref

    return read


Many = Callable[[list[ActionRequest], list[RecordRef]], list[ActionResult]]


def _each(do: Callable[[ActionRequest, RecordRef], Quote]) -> Many:
    return lambda requests, refs: [_told(do(request, ref)) for request, ref in zip(requests, refs, strict=True)]


def _create(request: ActionRequest, ref: RecordRef) -> Quote:
    return draft_quote(
        deal_id=ref.id, name=text(request.inputs.get("name")), by=request.by, at=request.at, cause=request.cause
    )


def _send(request: ActionRequest, ref: RecordRef) -> Quote:
    return send_quote(
        quote_id=ref.id, to=text(request.inputs.get("to")), by=request.by, at=request.at, cause=request.cause
    )


def _ask_review(request: ActionRequest, ref: RecordRef) -> Quote:
    return ask_review(
        quote_id=ref.id, why=text(request.inputs.get("why")), by=request.by, at=request.at, cause=request.cause
    )


def _expire(request: ActionRequest, ref: RecordRef) -> Quote:
    return expire_quote(quote_id=ref.id, by=request.by, at=request.at, cause=request.cause)


_RESULT = (
    Parameter(name="quote", title="Key of the quote", type="number"),
    Parameter(name="number", title="Number of the quote", type="string"),
    Parameter(name="status", title="Status afterwards", type="string"),
    Parameter(name="net", title="Sum without tax", type="number"),
    Parameter(name="gross", title="Sum with tax", type="number"),
    Parameter(name="token", title="End of the link to the quote", type="string"),
)

ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="quote.create",
            title="Draft a quote",
            summary="Draft a quote of the deal, with its customer and lines.",
            inputs=(Parameter(name="name", title="Subject", type="string"),),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _of("deal"), _each(_create)),
    ),
    (
        ActionSpec(
            name="quote.review",
            title="Have the quote looked over",
            summary="Ask colleagues who may review quotes to approve the draft or to send it back.",
            inputs=(Parameter(name="why", title="What is to be looked at", type="string"),),
            outputs=_RESULT,
            tells=True,
        ),
        lambda requests: sort_out(requests, _of("quote"), _each(_ask_review)),
    ),
    (
        ActionSpec(
            name="quote.send",
            title="Send the quote",
            summary="Keep the document of the quote and open its link. A mail step sends the link.",
            inputs=(Parameter(name="to", title="For whom (e-mail address)", type="string"),),
            outputs=_RESULT,
            binds=True,
        ),
        lambda requests: sort_out(requests, _of("quote"), _each(_send)),
    ),
    (
        ActionSpec(
            name="quote.expire",
            title="Let the quote expire",
            summary="Close a quote that nobody has answered until its last day. Others stay as they are.",
            inputs=(),
            outputs=_RESULT,
        ),
        lambda requests: sort_out(requests, _of("quote"), _each(_expire)),
    ),
]
