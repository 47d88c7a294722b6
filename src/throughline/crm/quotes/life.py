"""What the generic operations ask of a quote: who may change what, and what a new one begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.journal import JournalEvent
from throughline.core.records.text import fold
from throughline.core.refusals import Refusal
from throughline.crm.quotes import events
from throughline.crm.quotes.models import Quote, QuoteStatus

OWN = frozenset({"owner", "team", "tags", "next_activity_at"})
"""Fields that are ours and on no document."""


def name_quote(quote: Quote) -> Sequence[str]:
    """Fill the name where nobody gave one, its sorted form, and the currency of the deal."""
    quote.name = quote.name or (quote.deal.name if quote.deal else "") or "Quote"
    quote.sort_name = fold(quote.name)
    return ("name", "sort_name")


def settle(quote: Quote, before: Mapping[str, Any], _at: datetime) -> tuple[Sequence[str], Sequence[JournalEvent]]:
    """
    Refuse a change of what has left the house; tell of a new quote.

    Raises:
        Refusal: as said.
    """
    if quote.pk is None:
        return (), ()
    changed = set(before) - OWN
    if changed:
        require_draft(quote)
    return (), ()


def require_draft(quote: Quote) -> None:
    """
    Go on only when a quote may be changed.

    Raises:
        Refusal: it is being looked over, was approved as it is, or has left the house.
    """
    if quote.is_draft:
        return
    if quote.is_in_the_house:
        told = "is in review" if quote.status == QuoteStatus.REVIEW else "was approved as it is"
        raise Refusal("in_review", f"{quote.number} {told}. Take it back before you change it.")
    raise Refusal("not_a_draft", f"{quote.number} has left the house and cannot be changed. Make a revision.")


def drafted(quote: Quote) -> events.QuoteDrafted:
    """Return what the journal is told of a new quote."""
    return events.QuoteDrafted(quote=quote.pk, number=quote.number, revision=quote.revision, deal=quote.deal_id)


def guard(quotes: Sequence[Quote], _by: Actor, _at: datetime) -> None:
    """
    Keep what was accepted out of the bin.

    Raises:
        Refusal: one of the quotes is put there.
    """
    for quote in quotes:
        if quote.deleted_at is not None and quote.status == QuoteStatus.ACCEPTED:
            raise Refusal("is_accepted", f"{quote.number} was accepted and stays. Invoices and contracts rest on it.")
