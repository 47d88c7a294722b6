"""What the generic operations ask of an invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.actor import Actor
from throughline.core.journal import JournalEvent
from throughline.core.records.text import fold
from throughline.core.refusals import Refusal
from throughline.crm.invoices.models import Invoice

OWN = frozenset({"owner", "team", "tags", "next_activity_at"})
"""Fields that are ours and on no document."""


def name_invoice(invoice: Invoice) -> Sequence[str]:
    """Fill the name where nobody gave one, and its sorted form."""
    invoice.name = invoice.name or str(invoice.deal or invoice.organization or "Invoice")
    invoice.sort_name = fold(invoice.name)
    return ("name", "sort_name")


def check(invoice: Invoice) -> None:
    """
    Refuse an invoice that is due before it is issued.

    Raises:
        Refusal: as said.
    """
    if invoice.due_days < 0:
        raise Refusal("no_days", "An invoice is due after 0 days or more.", "due_days")


def settle(invoice: Invoice, before: Mapping[str, Any], _at: datetime) -> tuple[Sequence[str], Sequence[JournalEvent]]:
    """
    Refuse a change of what was issued.

    Raises:
        Refusal: as said.
    """
    if invoice.pk is not None and not invoice.is_draft and set(before) - OWN:
        raise Refusal("is_issued", f"{invoice.number} was issued and never changes. Credit it and issue another one.")
    return (), ()


def guard(invoices: Sequence[Invoice], _by: Actor, _at: datetime) -> None:
    """
    Keep what was issued out of the bin: its number would be missing.

    Raises:
        Refusal: one of them is put there.
    """
    for invoice in invoices:
        if invoice.deleted_at is not None and not invoice.is_draft:
            raise Refusal("is_issued", f"{invoice.number} was issued and stays. Credit it instead.")
