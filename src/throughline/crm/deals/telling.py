"""Telling a deal of what happens to the papers that rest on it, so that procedures of either can react."""

from __future__ import annotations

from datetime import datetime

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.journal import Fact
from throughline.core.recordref import RecordRef
from throughline.core.records import operations, registry
from throughline.core.records.operations import Change


def write_paper(kind: str, change: Change, *, by: Actor, at: datetime) -> None:
    """
    Write a changed quote, contract or invoice that an operation has locked, and tell the same of its deal.

    Personal values belong to its contact: with the contact they are erased.
    """
    entries = operations.write_changes(spec=registry.get(kind), changes=[change], by=by, at=at)
    paper = change.record
    if paper.deal_id is None:
        return
    whose = RecordRef("contact", paper.contact_id) if paper.contact_id else None
    about = RecordRef("deal", paper.deal_id)
    facts = [
        Fact(event, about, entry.id, paper.sandbox, whose) for event, entry in zip(change.events, entries, strict=True)
    ]
    journal.record_many(facts, by=by, at=at)
