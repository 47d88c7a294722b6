"""What charts may ask of invoices: draft the invoice of a won deal or an accepted quote, and issue it."""

from __future__ import annotations

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.recordref import RecordRef
from throughline.core.records.actions import record_of, sort_out
from throughline.core.refusals import Refusal
from throughline.crm.invoices.models import Invoice
from throughline.crm.invoices.operations import draft_invoice, issue_invoice
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python


def _told(invoice: Invoice) -> ActionResult:
    known = {
        "invoice": invoice.pk,
        "number": invoice.number,
        "gross": invoice.gross,
        "due_on": invoice.due_on,
        "status": invoice.status,
    }
    return ActionResult(from_python(known))


def _origin(request: ActionRequest) -> RecordRef:
    ref = record_of(request)
    if ref.type not in ("deal", "quote"):
        raise Refusal("no_origin", f"Expected the step to work on a deal or quote, but the case travels with {ref}.")
    return ref


def _invoice(request: ActionRequest) -> RecordRef:
    ref = record_of(request)
    if ref.type != "invoice":
        raise Refusal("not_an_invoice", f"Expected the step to work on an invoice, but the case travels with {ref}.")
    return ref


def _create_all(requests: list[ActionRequest], refs: list[RecordRef]) -> list[ActionResult]:
    return [_told(_create(request, ref)) for request, ref in zip(requests, refs, strict=True)]


def _create(request: ActionRequest, ref: RecordRef) -> Invoice:
    invoice = draft_invoice(
        deal_id=ref.id if ref.type == "deal" else None,
        quote_id=ref.id if ref.type == "quote" else None,
        by=request.by,
        at=request.at,
        cause=request.cause,
    )
    if request.inputs.get("issue") is not True:
        return invoice
    return issue_invoice(invoice_id=invoice.pk, by=request.by, at=request.at, cause=request.cause)


def _issue_all(requests: list[ActionRequest], refs: list[RecordRef]) -> list[ActionResult]:
    return [
        _told(issue_invoice(invoice_id=ref.id, by=request.by, at=request.at, cause=request.cause))
        for request, ref in zip(requests, refs, strict=True)
    ]


_RESULT = (
    Parameter(name="invoice", title="Key of the invoice", type="number"),
    Parameter(name="number", title="Number of the invoice", type="string"),
    Parameter(name="gross", title="Sum with tax", type="number"),
    Parameter(name="due_on", title="Due", type="date"),
    Parameter(name="status", title="Status afterwards", type="string"),
)

ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="invoice.create",
            title="Draft an invoice",
            summary="Draft the invoice of the won deal or the accepted quote; issue it at once if so wished.",
            inputs=(Parameter(name="issue", title="Issue it at once", type="boolean"),),
            outputs=_RESULT,
            binds_when="issue",
        ),
        lambda requests: sort_out(requests, _origin, _create_all),
    ),
    (
        ActionSpec(
            name="invoice.issue",
            title="Issue the invoice",
            summary="Give the invoice its number, the day on which it is due, and its document.",
            inputs=(),
            outputs=_RESULT,
            binds=True,
        ),
        lambda requests: sort_out(requests, _invoice, _issue_all),
    ),
]
