"""Writes of notify: messages to people, marking them as read, muting, and the ways people are reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor, ActorKind
from throughline.core.copying import take_keys
from throughline.core.identity.models import User
from throughline.core.notify.events import NotificationWantsMail
from throughline.core.notify.models import Mute, Notification, Ways
from throughline.core.notify.reasons import ALWAYS_HEARD, Reason, reason_of
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Message:
    """
    A message to one person. ``kind`` names why it is sent, ``about`` what it leads to, ``place`` where on its page.

    ``key`` makes it once per person: a second message with the same key is dropped (a step that is performed again).
    ``by`` belongs to this message when several of different origin are sent at once; ``procedure`` is the name of the
    procedure it comes from, where that is not the actor's own.
    """

    user_id: int
    kind: str
    title: str
    body: str = ""
    about: RecordRef | None = None
    key: str = ""
    sandbox: bool = False
    place: str = ""
    procedure: str = ""
    by: Actor | None = None


@transaction.atomic
def notify_many(*, messages: Sequence[Message], by: Actor, at: datetime) -> int:
    """
    Put messages into people's notification centres, set-wise, and return how many were new.

    What somebody has muted is kept quietly. What they want by mail is told to the journal, which lets the shipped
    procedure send it. The message row itself is the trace (sender, instant, read or not).
    """
    if not messages:
        return 0
    rows = [_row(message, message.by or by, at) for message in messages]
    keyed = [row for row in rows if row.key]
    known = set(
        Notification.objects.filter(
            key__in={row.key for row in keyed}, user_id__in={row.user_id for row in keyed}
        ).values_list("user_id", "key")
    )
    new = [row for row in rows if not row.key or (row.user_id, row.key) not in known]
    _quieten(new)
    wanted = _for_mail(new)
    for row, key in zip(wanted, take_keys("notify_notification", len(wanted)), strict=True):
        row.pk = key
    Notification.objects.bulk_create(new, ignore_conflicts=True)
    _ask_for_mail(wanted, by, at)
    return len(new)


def _row(message: Message, by: Actor, at: datetime) -> Notification:
    return Notification(
        user_id=message.user_id,
        at=at,
        kind=message.kind,
        reason=reason_of(message.kind),
        title=message.title[:300],
        body=message.body,
        record_type=message.about.type if message.about else "",
        record_id=message.about.id if message.about else None,
        place=message.place,
        sender=by.label,
        sender_id=by.user_id,
        procedure=message.procedure or (by.label if by.kind == ActorKind.PROCEDURE else ""),
        key=message.key,
        sandbox=message.sandbox,
    )


def _quieten(rows: Iterable[Notification]) -> None:
    """Mark what its reader has muted; one query, none where nobody is told anything."""
    found = list(rows)
    people = {row.user_id for row in found}
    muted = Mute.objects.filter(user_id__in=people) if people else ()
    records = {(mute.user_id, mute.record_type, mute.record_id) for mute in muted if mute.record_id is not None}
    procedures = {(mute.user_id, mute.procedure) for mute in muted if mute.procedure}
    reasons = {(mute.user_id, mute.reason) for mute in muted if mute.reason}
    for row in found:
        about = (row.user_id, row.record_type, row.record_id) in records or (row.user_id, row.procedure) in procedures
        row.quiet = (about and row.reason not in ALWAYS_HEARD) or (row.user_id, row.reason) in reasons


def _for_mail(rows: Iterable[Notification]) -> list[Notification]:
    """Return the messages that their readers want by mail at once. One query, none where nobody hears anything."""
    heard = [row for row in rows if not row.quiet and not row.sandbox]
    if not heard:
        return []
    ways = Ways.objects.filter(user_id__in={row.user_id for row in heard}).exclude(mailed=[])
    mailed = dict(ways.values_list("user_id", "mailed"))
    return [row for row in heard if row.reason in mailed.get(row.user_id, ())]


def _ask_for_mail(rows: Sequence[Notification], by: Actor, at: datetime) -> None:
    """Tell the journal of messages that were written and are wanted by mail."""
    if not rows:
        return
    written = set(Notification.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    facts = [
        journal.Fact(NotificationWantsMail(notification=row.pk, reason=row.reason), RecordRef("notification", row.pk))
        for row in rows
        if row.pk in written
    ]
    journal.record_many(facts, by=by, at=at)


@transaction.atomic
def mark_read(*, user_id: int, ids: Sequence[int] | None = None, about: RecordRef | None = None, at: datetime) -> int:
    """
    Mark a person's messages as read and return how many were unread.

    ``ids`` narrows to these messages, ``about`` to those about a record; without either all unread ones are meant.
    """
    unread = Notification.objects.filter(user_id=user_id, read_at=None)
    if ids is not None:
        unread = unread.filter(pk__in=ids)
    if about is not None:
        unread = unread.filter(record_type=about.type, record_id=about.id)
    return unread.update(read_at=at)


@dataclass(frozen=True, slots=True)
class Muted:
    """What is muted: exactly one of a record, a procedure (by name) and a reason."""

    record: RecordRef | None = None
    procedure: str = ""
    reason: str = ""

    def columns(self) -> dict[str, Any]:
        """
        Return it as columns of ``Mute``.

        Raises:
            Refusal: it names nothing, more than one thing, or a reason that there is not.
        """
        if sum((self.record is not None, bool(self.procedure), bool(self.reason))) != 1:
            raise Refusal("mute_what", "Choose one thing to mute: a record, a procedure or a reason.")
        if self.reason and self.reason not in Reason.values:
            raise Refusal("mute_what", "Choose one of the reasons in the list.", "reason")
        return {
            "record_type": self.record.type if self.record else "",
            "record_id": self.record.id if self.record else None,
            "procedure": self.procedure,
            "reason": self.reason,
        }


@transaction.atomic
def mute(*, muted: Muted, by: Actor, at: datetime) -> None:  # noqa: ARG001 - one's own ears are no business fact
    """
    Keep the person behind the actor from being told of something; muting it again changes nothing.

    Raises:
        Refusal: nothing or too much is named, or no person is behind the actor.
    """
    Mute.objects.get_or_create(user_id=_own(by), **muted.columns())


@transaction.atomic
def unmute(*, muted: Muted, by: Actor, at: datetime) -> None:  # noqa: ARG001 - as above
    """Let the person be told again; what is not muted stays as it is."""
    Mute.objects.filter(user_id=_own(by), **muted.columns()).delete()


@transaction.atomic
def choose_ways(
    *,
    mailed: Sequence[str],
    digest_hour: int | None,
    by: Actor,
    at: datetime,
) -> None:
    """
    Say which reasons the person behind the actor wants by mail at once, and at which hour of the day a digest.

    An hour that has passed today, by the person's clock, counts from tomorrow.

    Raises:
        Refusal: a reason or an hour that there is not; nothing was changed.
    """
    unknown = [reason for reason in mailed if reason not in Reason.values]
    if unknown:
        raise Refusal("unknown_reason", "Choose from the reasons in the list.", "mailed")
    if digest_hour is not None and digest_hour not in range(24):
        raise Refusal("unknown_hour", "Choose an hour from 0 to 23.", "digest_hour")
    person = User.objects.get(pk=_own(by))
    ways, _ = Ways.objects.select_for_update().get_or_create(user=person)
    local = at.astimezone(ZoneInfo(person.time_zone))
    if digest_hour is not None and digest_hour != ways.digest_hour and digest_hour <= local.hour:
        ways.digested_on = local.date()
    ways.mailed, ways.digest_hour = sorted(set(mailed)), digest_hour
    ways.save()


def _own(by: Actor) -> int:
    if by.user_id is None:
        raise Refusal("nobody", "Only a person has messages. Sign in first.")
    return by.user_id
