"""Records that nobody looks after: still open, but without an owner who works here or without a dated next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records.discretion import subtitle_for
from throughline.core.records.glimpse import Glimpse
from throughline.core.records.spec import RecordSpec
from throughline.core.rows import counted_to

CARED_FOR: Mapping[str, Q] = {
    "lead": Q(next_activity_at=None),
    "deal": Q(next_activity_at=None, next_step_due_at=None),
    "ticket": Q(next_activity_at=None),
    "promise": Q(pk__in=[]),
    "organization": Q(next_activity_at=None, renewal_on=None),
}
"""Types whose open records need an owner and a dated next step, with when the latter is missing; a promise is dated."""
AMONG: Mapping[str, Q] = {"organization": Q(type="Customer")}
"""Which records of a type that does not say what open means are cared for: customers."""

COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Unattended:
    """An open record without owner, or without anything next. Who has left is no owner."""

    id: int
    title: str
    subtitle: str
    owner: str
    version: int
    created_at: datetime
    has_next: bool


def unattended(*, spec: RecordSpec, user: User, limit: int = 50) -> tuple[list[Unattended], int]:
    """
    Return the open records of a type that ``user`` may see and nobody looks after, the oldest first, and how many there
    are (counted up to ``COUNTED``). Two queries.
    """
    found = _found(spec, user)
    glimpse = Glimpse(spec)
    key, title, subtitle = glimpse.at("id"), glimpse.of(spec.title), glimpse.of(subtitle_for(spec, user))
    owner, works = glimpse.at("owner__name"), glimpse.at("owner__is_active")
    version, created_at = glimpse.at("version"), glimpse.at("created_at")
    following = glimpse.at("next_activity_at")
    rows = glimpse.rows(found.order_by("created_at", "pk")[:limit])
    shown = [
        Unattended(
            id=key(row),
            title=title(row),
            subtitle=subtitle(row),
            owner=owner(row) if works(row) else "",
            version=version(row),
            created_at=created_at(row),
            has_next=following(row) is not None,
        )
        for row in rows
    ]
    return shown, counted_to(found, COUNTED)


def _found(spec: RecordSpec, user: User) -> QuerySet[Any]:
    rows = spec.model._default_manager.filter(access.visible(spec, user), deleted_at=None, sandbox=False, **spec.open)
    left = Q(owner__in=User.objects.filter(is_active=False))
    return rows.filter(AMONG.get(spec.type, Q()), Q(owner=None) | left | CARED_FOR[spec.type])
