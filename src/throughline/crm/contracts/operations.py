"""Writes of contracts beside the generic ones: draft, send, sign, renew, end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.files.operations import files_of
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.operations import Change, create_record
from throughline.core.refusals import Refusal
from throughline.crm.contracts import events
from throughline.crm.contracts.models import Contract, ContractStatus, Subscription, SubscriptionStatus
from throughline.crm.contracts.rules import last_day, months_later, notice_day
from throughline.crm.deals.models import Deal
from throughline.crm.deals.telling import write_paper
from throughline.crm.quotes.models import QuoteStatus


@transaction.atomic
def draft_contract(*, deal_id: int, by: Actor, at: datetime, name: str = "", cause: int | None = None) -> Contract:
    """
    Draft a contract of a deal with its customer and the quote that was accepted, and return it.

    Raises:
        NotFound, NotAllowed: the actor may not see the deal, or may not make contracts.
    """
    deal: Deal = operations.locked(registry.get("deal"), [deal_id], by=by, action=access.VIEW)[deal_id]
    quote = deal.quotes.filter(status=QuoteStatus.ACCEPTED, deleted_at=None).order_by("-answered_at").first()
    values: dict[str, Any] = {
        "name": name or deal.name,
        "deal": deal.pk,
        "quote": quote.pk if quote else None,
        "organization": deal.organization_id,
        "contact": deal.contact_id,
        "owner": deal.owner_id,
        "team": deal.team_id,
        "value": quote.net if quote else deal.amount,
        "currency": deal.currency,
    }
    given = {field: value for field, value in values.items() if value is not None}
    made: Contract = create_record(
        spec=registry.get("contract"), values=given, by=by, at=at, cause=cause, sandbox=deal.sandbox
    )
    return made


@transaction.atomic
def send_contract(*, contract_id: int, by: Actor, at: datetime, to: str = "", cause: int | None = None) -> Contract:
    """
    Let a contract leave the house, with the file that is attached to it. Who mails it is a procedure's matter.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is no draft any more, has no customer, or **no file is attached to it**; nothing was sent.
    """
    contract = _locked(contract_id, by)
    if contract.status != ContractStatus.DRAFT:
        raise Refusal("not_a_draft", f"{contract.number} has left the house already.")
    if contract.organization_id is None and contract.contact_id is None:
        raise Refusal("no_customer", "Say with whom it is made: choose an organization or a contact.", "organization")
    files = files_of([RecordRef("contract", contract.pk)])
    if not files:
        raise Refusal(
            "no_file", f"The file of {contract.number} is not attached. Attach the contract before it is sent.", "file"
        )
    contract.status, contract.sent_at = ContractStatus.SENT, at
    contract.sent_to = to.strip() or (contract.contact.email if contract.contact else "")
    told = events.ContractSent(
        contract=contract.pk,
        number=contract.number,
        files=[bytes(file.sha256).hex() for file in files],
        to=contract.sent_to,
    )
    write_paper("contract", Change(contract, {"status", "sent_at", "sent_to"}, [told], cause), by=by, at=at)
    return contract


def _locked(contract_id: int, by: Actor) -> Contract:
    found: Contract = operations.locked(registry.get("contract"), [contract_id], by=by, action=access.EDIT)[contract_id]
    return found


@transaction.atomic
def sign_contract(
    *, contract_id: int, name: str, by: Actor, at: datetime, start_on: date | None = None, cause: int | None = None
) -> Contract:
    """
    Record that a sent contract was signed; its term begins on ``start_on``, today unless it is said on the contract.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it was not sent, or nobody is named who signed.
    """
    contract = _locked(contract_id, by)
    if contract.status != ContractStatus.SENT:
        raise Refusal("not_sent", f"{contract.number} must be sent before it can be signed.")
    if not name.strip():
        raise Refusal("no_name", "Say who signed.", "name")
    contract.start_on = start_on or contract.start_on or at.date()
    if contract.end_on is None and contract.auto_renew:
        contract.end_on = last_day(contract.start_on, contract.term_months)
    if contract.end_on is not None and contract.end_on < contract.start_on:
        raise Refusal("ends_before", "A contract cannot end before it begins.", "start_on")
    contract.notice_on = notice_day(contract.end_on, contract.notice_days)
    contract.status, contract.signed_at, contract.signed_name = ContractStatus.SIGNED, at, name.strip()[:200]
    told = events.ContractSigned(
        contract=contract.pk,
        number=contract.number,
        start_on=_day(contract.start_on),
        end_on=_day(contract.end_on),
        notice_on=_day(contract.notice_on),
        name=contract.signed_name,
    )
    columns = {"status", "signed_at", "signed_name", "start_on", "end_on", "notice_on"}
    write_paper("contract", Change(contract, columns, [told], cause), by=by, at=at)
    return contract


def _day(on: date | None) -> str | None:
    return on.isoformat() if on else None


@transaction.atomic
def renew_contract(*, contract_id: int, by: Actor, at: datetime, cause: int | None = None) -> Contract:
    """
    Let a signed contract run for another term.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is not signed, or has no end.
    """
    contract = _locked(contract_id, by)
    former = contract.end_on
    if contract.status != ContractStatus.SIGNED or former is None:
        raise Refusal("no_renewal", f"{contract.number} has no end that could be put off.")
    contract.end_on = months_later(former, contract.term_months)
    contract.notice_on = notice_day(contract.end_on, contract.notice_days)
    contract.renewals += 1
    told = events.ContractRenewed(
        contract=contract.pk,
        number=contract.number,
        former_end_on=former.isoformat(),
        end_on=contract.end_on.isoformat(),
    )
    write_paper("contract", Change(contract, {"end_on", "notice_on", "renewals"}, [told], cause), by=by, at=at)
    return contract


@transaction.atomic
def end_contract(
    *, contract_id: int, reason: str, by: Actor, at: datetime, end_on: date | None = None, cause: int | None = None
) -> Contract:
    """
    End a signed contract, today unless another day is said; its subscriptions end with it.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it is not signed, the day lies before its begin, or there is no reason.
    """
    contract = _locked(contract_id, by)
    last = end_on or at.date()
    if contract.status != ContractStatus.SIGNED:
        raise Refusal("not_signed", f"{contract.number} does not run. There is nothing to end.")
    if not reason.strip():
        raise Refusal("reason_needed", "Say why it ends.", "reason")
    if contract.start_on is not None and last < contract.start_on:
        raise Refusal("ends_before", "A contract cannot end before it begins.", "end_on")
    contract.status, contract.end_on, contract.end_reason = ContractStatus.ENDED, last, reason.strip()[:500]
    contract.notice_on = None
    told = events.ContractEnded(
        contract=contract.pk, number=contract.number, end_on=last.isoformat(), reason=contract.end_reason
    )
    columns = {"status", "end_on", "end_reason", "notice_on"}
    write_paper("contract", Change(contract, columns, [told], cause), by=by, at=at)
    running = contract.subscriptions.filter(status=SubscriptionStatus.ACTIVE, deleted_at=None)
    for key in running.order_by("pk").values_list("pk", flat=True):
        _end(key, reason, last, by=Actor.system("End of the contract"), at=at)
    return contract


@transaction.atomic
def end_subscription(
    *, subscription_id: int, reason: str, by: Actor, at: datetime, end_on: date | None = None
) -> Subscription:
    """
    End a subscription, today unless another day is said.

    Raises:
        NotFound, NotAllowed: as for any change.
        Refusal: it has ended, or there is no reason.
    """
    if not reason.strip():
        raise Refusal("reason_needed", "Say why it ends.", "reason")
    return _end(subscription_id, reason, end_on or at.date(), by=by, at=at)


def _end(key: int, reason: str, last: date, *, by: Actor, at: datetime) -> Subscription:
    spec = registry.get("subscription")
    found: Subscription = operations.locked(spec, [key], by=by, action=access.EDIT)[key]
    if found.status != SubscriptionStatus.ACTIVE:
        raise Refusal("has_ended", f"{found.number} has ended already.")
    if found.start_on is not None and last < found.start_on:
        last = found.start_on
    found.status, found.end_on, found.end_reason = SubscriptionStatus.ENDED, last, reason.strip()[:500]
    told = events.SubscriptionEnded(
        monthly=f"{found.monthly:f}", currency=found.currency, end_on=last.isoformat(), reason=found.end_reason
    )
    operations.write_changes(
        spec=spec, changes=[Change(found, {"status", "end_on", "end_reason"}, [told])], by=by, at=at
    )
    return found
