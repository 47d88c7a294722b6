"""Reads of notify: a person's notification centre, what they sent and who has seen it, mutes and ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from throughline.core.notify.models import Mute, Notification, Ways
from throughline.core.recordref import RecordRef
from throughline.core.rows import fetch

SHOWN_UNREAD = 100
"""The badge counts no further."""

Place = tuple[datetime, int]
"""Instant and key of the last message that was shown."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A page of the notification centre, newest first. ``unread`` is counted up to ``SHOWN_UNREAD``."""

    messages: list[Notification]
    unread: int
    more: bool


def unread_count(*, user_id: int) -> int:
    """Return how many messages wait for a person, at most ``SHOWN_UNREAD``."""
    ((count,),) = fetch(_UNREAD, [user_id, SHOWN_UNREAD])
    return int(count)


_UNREAD = """
SELECT count(*) FROM (
    SELECT 1 FROM notify_notification
    WHERE user_id = %s AND read_at IS NULL AND NOT quiet AND NOT sandbox LIMIT %s
) found
"""


def centre(
    *, user_id: int, before: Place | None = None, limit: int = 30, reason: str = "", quiet: bool = False
) -> Centre:
    """
    Return a person's messages older than ``before``: those of one ``reason``, or the muted ones. Two queries.
    """
    messages = Notification.objects.filter(user_id=user_id, sandbox=False, quiet=quiet)
    if reason:
        messages = messages.filter(reason=reason)
    found = _page(messages, before, limit)
    return Centre(found[:limit], unread_count(user_id=user_id), len(found) > limit)


def _page(messages: QuerySet[Notification], before: Place | None, limit: int) -> list[Notification]:
    if before is not None:
        messages = messages.filter(Q(at__lt=before[0]) | Q(at=before[0], id__lt=before[1]))
    return list(messages.order_by("-at", "-id")[: limit + 1])


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that somebody caused, to whom it went, and when they have seen it (None: not yet)."""

    message: Notification
    to: str
    seen_at: datetime | None


def sent(*, user_id: int, before: Place | None = None, limit: int = 30) -> tuple[list[SentMessage], bool]:
    """Return what a person made others be told, newest first, and whether there is more. One query."""
    messages = Notification.objects.filter(sender_id=user_id, sandbox=False).exclude(user_id=user_id)
    found = _page(messages.select_related("user"), before, limit)
    return [SentMessage(row, row.user.name, row.read_at) for row in found[:limit]], len(found) > limit


def seen_by(*, keys: Sequence[str]) -> dict[str, list[tuple[str, datetime | None]]]:
    """Return, for messages by key, to whom they went and when each has seen it. One query."""
    if not keys:
        return {}
    found: dict[str, list[tuple[str, datetime | None]]] = {}
    rows = Notification.objects.filter(key__in=keys).order_by("user__name", "id")
    for key, name, read_at in rows.values_list("key", "user__name", "read_at"):
        found.setdefault(key, []).append((name, read_at))
    return found


@dataclass(frozen=True, slots=True)
class Silence:
    """What a person has muted."""

    records: frozenset[RecordRef]
    procedures: tuple[str, ...]
    reasons: frozenset[str]


def silence_of(*, user_id: int) -> Silence:
    """Return what a person has muted. One query."""
    mutes = list(Mute.objects.filter(user_id=user_id).order_by("procedure", "id"))
    return Silence(
        frozenset(RecordRef(mute.record_type, mute.record_id) for mute in mutes if mute.record_id is not None),
        tuple(mute.procedure for mute in mutes if mute.procedure),
        frozenset(mute.reason for mute in mutes if mute.reason),
    )


def ways_to(*, user_id: int) -> Ways:
    """Return how a person is reached; what nobody has chosen yet is the page alone."""
    return Ways.objects.filter(user_id=user_id).first() or Ways(user_id=user_id)


def digests_wanted(*, lock: bool = False) -> list[Ways]:
    """Return the ways of active people who want a digest at some hour, with their person. One query."""
    wanted = Ways.objects.exclude(digest_hour=None).filter(user__is_active=True)
    wanted = wanted.select_for_update(of=("self",)) if lock else wanted
    return list(wanted.select_related("user").order_by("user_id"))


def unread_of(*, user_ids: Sequence[int], limit: int) -> dict[int, tuple[list[Notification], int]]:
    """
    Return people's unread messages that ring a bell: the newest, and how many there are; who has none is left out.

    One query, which reads no more than is told.
    """
    unread = Notification.objects.filter(user_id__in=user_ids, sandbox=False, quiet=False, read_at=None)
    ranked = unread.annotate(
        rank=Window(RowNumber(), partition_by="user_id", order_by=[F("at").desc(), F("id").desc()]),
        in_all=Window(Count("id"), partition_by="user_id"),
    )
    found: dict[int, tuple[list[Notification], int]] = {}
    for row in ranked.filter(rank__lte=limit).order_by("user_id", "rank") if user_ids else ():
        found.setdefault(row.user_id, ([], row.in_all))[0].append(row)
    return found
