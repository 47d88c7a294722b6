"""What the journal tells of the company."""

from __future__ import annotations

from throughline.core.journal import JournalEvent, event


@event("company.described", "Company described")
class CompanyDescribed(JournalEvent):
    """Somebody said what the company is called, where it is, and in which currency it counts."""

    name: str
    address: str
    currency: str
    has_logo: bool


@event("company.set_up", "Set-up ended")
class CompanySetUp(JournalEvent):
    """Somebody said that setting up is done; ``skipped`` are the steps that were left out."""

    skipped: list[str]
