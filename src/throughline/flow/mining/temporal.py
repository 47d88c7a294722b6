"""Instants as people write them in filters."""

from __future__ import annotations

from datetime import UTC, datetime


def read_instant(text: str) -> datetime:
    """Return an ISO 8601 date or date and time as an instant; without a zone it is UTC. Raises ValueError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as problem:
        raise ValueError(f"Expected a date such as 2026-01-31 or 2026-01-31T09:00:00Z, but “{text}”.") from problem
    return at if at.tzinfo else at.replace(tzinfo=UTC)
