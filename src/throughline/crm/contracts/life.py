"""What the generic operations ask of contracts and subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.journal import JournalEvent
from throughline.core.records.text import fold
from throughline.core.refusals import Refusal
from throughline.crm.contracts import events
from throughline.crm.contracts.models import Contract, ContractStatus, Subscription
from throughline.crm.contracts.rules import last_day, notice_day, per_month

Settled = tuple[Sequence[str], Sequence[JournalEvent]]
AGREED = frozenset({"value", "currency", "start_on", "end_on", "term_months", "organization", "quote", "deal"})
"""Fields that are on the paper."""


def name_contract(contract: Contract) -> Sequence[str]:
    """Fill the name where nobody gave one, its sorted form, the end of the term and the last day for notice."""
    contract.name = contract.name or str(contract.deal or contract.organization or "Contract")
    contract.sort_name = fold(contract.name)
    if contract.end_on is None and contract.start_on is not None and contract.auto_renew:
        contract.end_on = last_day(contract.start_on, contract.term_months)
    contract.notice_on = notice_day(contract.end_on, contract.notice_days)
    return ("name", "sort_name", "end_on", "notice_on")


def check_contract(contract: Contract) -> None:
    """
    Refuse a contract that there cannot be.

    Raises:
        Refusal: it ends before it begins, or a term or notice makes no sense.
    """
    if contract.start_on and contract.end_on and contract.end_on < contract.start_on:
        raise Refusal("ends_before", "A contract cannot end before it begins.", "end_on")
    if contract.term_months < 1:
        raise Refusal("no_term", "A term lasts 1 month or longer.", "term_months")
    if contract.notice_days < 0:
        raise Refusal("no_notice", "A notice period is 0 days or longer.", "notice_days")


def settle_contract(contract: Contract, before: Mapping[str, Any], _at: datetime) -> Settled:
    """
    Refuse a change of what was sent or signed.

    Raises:
        Refusal: as said.
    """
    if contract.pk is not None and contract.status != ContractStatus.DRAFT and set(before) & AGREED:
        raise Refusal("not_a_draft", f"{contract.number} has left the house. What it says cannot be changed here.")
    return (), ()


def guard_contracts(contracts: Sequence[Contract], _by: Actor, _at: datetime) -> None:
    """
    Keep signed contracts out of the bin.

    Raises:
        Refusal: one of them is put there.
    """
    for contract in contracts:
        if contract.deleted_at is not None and contract.status in (ContractStatus.SIGNED, ContractStatus.ENDED):
            raise Refusal("is_signed", f"{contract.number} was signed and stays. End it instead.")


def name_subscription(subscription: Subscription) -> Sequence[str]:
    """Fill the name where nobody gave one, its sorted form, and what it comes to a month."""
    subscription.name = subscription.name or str(subscription.product or subscription.contract or "Subscription")
    subscription.sort_name = fold(subscription.name)
    subscription.monthly = per_month(subscription.amount, subscription.period)
    return ("name", "sort_name", "monthly")


def check_subscription(subscription: Subscription) -> None:
    """
    Refuse a subscription that there cannot be.

    Raises:
        Refusal: it costs less than nothing, or ends before it begins.
    """
    if subscription.amount < 0:
        raise Refusal("no_amount", "A subscription costs 0 or more.", "amount")
    if subscription.start_on and subscription.end_on and subscription.end_on < subscription.start_on:
        raise Refusal("ends_before", "A subscription cannot end before it begins.", "end_on")


def settle_subscription(subscription: Subscription, before: Mapping[str, Any], _at: datetime) -> Settled:
    """Tell of a new subscription, and of another sum per month."""
    now = f"{subscription.monthly:f}"
    if subscription.pk is None:
        told = events.SubscriptionStarted(monthly=now, currency=subscription.currency, period=subscription.period)
        return (), [told]
    if not {"amount", "period"} & set(before):
        return (), ()
    former = per_month(before.get("amount", subscription.amount), before.get("period", subscription.period))
    return (), [events.SubscriptionChanged(former=f"{former:f}", monthly=now, currency=subscription.currency)]
