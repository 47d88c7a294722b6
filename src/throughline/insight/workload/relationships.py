"""
Who knows whom how well: contacts that a colleague was in touch with in both directions.

The strength of a relationship is the sum over its contacts (calls, meetings, mails, messages that took place) of
``weight × 2^(−age / 30 days)``: 3 for a meeting, 2 for a call, 1 for a mail or message, and each counts half as much a
month later. It is *active* when within the last 90 days both sides began something, or met: a meeting counts for both.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.crm.activities.models import Activity, Direction, Kind, Status
from throughline.crm.people.models import Contact

WITHIN = timedelta(days=90)
HALF = timedelta(days=30)
WEIGHTS = {Kind.MEETING: 3.0, Kind.CALL: 2.0, Kind.EMAIL: 1.0, Kind.MESSAGE: 1.0}


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact that took place: of what kind, when, and who began it (``""``: both or unknown)."""

    kind: str
    at: datetime
    direction: str


@dataclass(frozen=True, slots=True)
class Relationship:
    """A colleague and a contact. ``touches`` in the last 90 days; ``last_at``: the newest of them."""

    person: int
    contact: int
    strength: float
    touches: int
    last_at: datetime


def strength(touches: Iterable[Touch], at: datetime) -> float:
    """Return how strong a relationship is; see above. Pure."""
    return sum(WEIGHTS[Kind(each.kind)] * math.exp2(-((at - each.at) / HALF)) for each in touches)


def is_mutual(touches: Iterable[Touch]) -> bool:
    """Say whether both sides took part: something came in and something went out, or they met. Pure."""
    began = {Direction.IN if each.direction == Direction.IN else Direction.OUT for each in touches if each.direction}
    return len(began) == 2 or any(each.kind == Kind.MEETING for each in touches)


def relationships(*, people: Sequence[User], user: User, at: datetime) -> list[Relationship]:
    """
    Return the active relationships of these people with contacts that ``user`` may see, the strongest first. One query.
    """
    contacts = Contact.objects.filter(
        access.visible(registry.get("contact"), user), deleted_at=None, sandbox=False
    ).values("pk")
    held = Activity.objects.filter(
        access.visible(registry.get("activity"), user),
        owner__in=people,
        kind__in=WEIGHTS,
        status__in=[Status.HELD, Status.DONE],
        done_at__gt=at - WITHIN,
        done_at__lte=at,
        deleted_at=None,
        sandbox=False,
        links__record_type="contact",
        links__record_id__in=contacts,
    )
    found: dict[tuple[int, int], list[Touch]] = defaultdict(list)
    for owner, contact, kind, done_at, direction in held.values_list(
        "owner_id", "links__record_id", "kind", "done_at", "direction"
    ):
        if owner is not None and done_at is not None:
            found[owner, contact].append(Touch(kind, done_at, direction))
    made = [
        Relationship(person, contact, strength(touches, at), len(touches), max(each.at for each in touches))
        for (person, contact), touches in found.items()
        if is_mutual(touches)
    ]
    return sorted(made, key=lambda each: (-each.strength, each.person, each.contact))
