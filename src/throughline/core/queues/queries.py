"""Reading queues: how they are called, what waits in them, who takes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from throughline.core import access
from throughline.core.identity.models import Role, User
from throughline.core.procedures.naming import role_name
from throughline.core.queues.models import Queue
from throughline.core.records import registry


@dataclass(frozen=True, slots=True)
class Called:
    """How a queue is called to somebody. ``id``: of its record, None where they may not see it."""

    name: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may take what waits in a queue. ``away_until``: None where they are there, or nobody knows."""

    id: int
    name: str
    is_away: bool
    away_until: datetime | None


def name_of(key: str) -> str:
    """Return the name of a queue, else of the role, else the key."""
    found = Queue.objects.filter(key=key, deleted_at=None).values_list("name", flat=True).first()
    return found or role_name(key)


def called(*, keys: Collection[str], user: User) -> Mapping[str, Called]:
    """
    Return how queues are called to a person, by key: by the name of the role where they may not see the queue, by the
    key where there is no role either. One query, two where some are not seen, none for no keys.
    """
    wanted = set(keys) - {""}
    if not wanted:
        return {}
    seen = Queue.objects.filter(access.visible(registry.get("queue"), user), key__in=wanted, deleted_at=None)
    found = {key: Called(name, pk) for key, name, pk in seen.values_list("key", "name", "pk")}
    if rest := wanted - found.keys():
        names = dict(Role.objects.filter(key__in=rest).values_list("key", "name"))
        found |= {key: Called(names.get(key, key)) for key in rest}
    return found


def members(*, queue: Queue, at: datetime) -> list[Member]:
    """Return who may take what waits in a queue: those who play its role and work here, by name. One query."""
    rows = User.objects.filter(role_memberships__role=queue.role_id, is_active=True).order_by("name", "pk")
    return [_member(user, at) for user in rows]


def _member(user: User, at: datetime) -> Member:
    is_away = user.away_from is not None and user.away_from <= at and (user.away_until is None or at < user.away_until)
    return Member(user.pk, user.name, is_away, user.away_until if is_away else None)
