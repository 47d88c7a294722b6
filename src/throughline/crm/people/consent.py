"""
What people said about being contacted, and which of their words stands. Pure.

Theory of operation. Nothing a person said is ever rewritten: each word (yes, no, not any more) is a row of its own,
with the text that was shown, when, where, and what proves it. For each purpose and channel the latest word stands; a
yes that had a last day has expired after it. So what could be done at any instant of the past can be answered too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

GRANTED, DENIED, WITHDRAWN, EXPIRED = "Granted", "Denied", "Withdrawn", "Expired"
SAID = (GRANTED, DENIED, WITHDRAWN)
"""What a person can say. That a consent has expired is said by the calendar."""


@dataclass(frozen=True, slots=True)
class Word:
    """
    What one person said about one purpose and channel.

    ``text``: what was shown to the person, as shown. ``captured_at``: when it was said; None for the instant of the
    operation. ``expires_at``: from then on a yes is none any more. ``proof``: where it can be checked (the form, the
    page, the recording); personal, so the journal keeps it where it can be erased.
    """

    purpose: str
    channel: str
    status: str = GRANTED
    lawful_basis: str = "Consent"
    source: str = ""
    text: str = ""
    captured_at: datetime | None = None
    expires_at: datetime | None = None
    proof: Mapping[str, str] = field(default_factory=dict)


class Kept(Protocol):
    """A word as it is kept (``models.Consent``)."""

    contact_id: int
    purpose: str
    channel: str
    status: str
    captured_at: datetime
    expires_at: datetime | None


K = TypeVar("K", bound=Kept)


def text_version(text: str) -> str:
    """Return what tells this text from any other: a changed text needs no number that somebody might forget."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def status_at(kept: Kept, at: datetime) -> str:
    """Return what a word is worth at an instant: a yes counts until ``expires_at``, that instant not included."""
    if kept.status == GRANTED and kept.expires_at is not None and kept.expires_at <= at:
        return EXPIRED
    return kept.status


def standing(words: Iterable[K]) -> list[K]:
    """Return the latest word for each contact, purpose and channel. ``words`` come newest first, and so do they."""
    latest: dict[tuple[int, str, str], K] = {}
    for kept in words:
        latest.setdefault((kept.contact_id, kept.purpose, kept.channel), kept)
    return list(latest.values())


def may_contact(words: Iterable[Kept], *, purpose: str, channel: str, at: datetime) -> bool:
    """Return whether a yes stands at ``at``. ``words`` are those of one contact, newest first."""
    known = (kept for kept in words if kept.captured_at <= at)
    return any(
        status_at(kept, at) == GRANTED for kept in standing(known) if (kept.purpose, kept.channel) == (purpose, channel)
    )
