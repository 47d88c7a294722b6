"""
What a message, or a day's unread messages, say as a mail.

A mail says nothing of a record that its reader has lost sight of; the message itself stays in the notification centre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from throughline.core.identity.models import User
from throughline.core.notify.models import Notification, Ways
from throughline.core.notify.queries import digests_wanted, unread_of
from throughline.core.notify.sight import hidden_from

PLACE = "notifications/"
"""Where the notification centre is, below the installation's address."""
TOLD = 20
"""A digest tells so many messages by name, and counts the others."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one colleague; ``user_id`` is their key, ``to`` their address."""

    user_id: int
    to: str
    subject: str
    text: str


def letter_of(*, notification_id: int) -> Letter | None:
    """Return one message as a mail; None when there is nothing to tell any more: it was read, or its reader left."""
    rows = Notification.objects.select_related("user").filter(pk=notification_id, read_at=None, quiet=False)
    found = rows.filter(user__is_active=True).first()
    if found is None:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        address = f"{_home()}{found.pk}/"
        told = _may_be_told([found], found.user)
        title = found.title if told else _("A message waits for you")
        body = _body(found) if told else [_("It is about a record that you do not see any more.")]
        lines = [title, *body, "", _("Open it: %(address)s") % {"address": address}, *_foot()]
    return Letter(found.user_id, found.user.email, title, "\n".join(lines))


def _may_be_told(messages: Sequence[Notification], user: User) -> list[Notification]:
    """Return the messages whose record, if they are about one, is not hidden from their reader by now."""
    hidden = hidden_from(user, {ref for message in messages if (ref := message.about) is not None})
    return [message for message in messages if message.about not in hidden]


@transaction.atomic
def take_digests(*, at: datetime) -> list[Letter]:
    """
    Return the digests that are due at ``at`` as mails, and note that they went out: each person has one a day at most.

    A digest is due from the hour the person chose, by their own clock. Who has nothing unread gets none. What the
    caller does not hand on is lost, so both belong in one transaction.
    """
    due = [(ways, day) for ways in digests_wanted(lock=True) if (day := due_day(ways, at)) is not None]
    for ways, day in due:
        ways.digested_on = day
    Ways.objects.bulk_update([ways for ways, _day in due], ["digested_on"])
    unread = unread_of(user_ids=[ways.user_id for ways, _day in due], limit=TOLD)
    return [_digest(ways, *unread[ways.user_id]) for ways, _day in due if ways.user_id in unread]


def due_day(ways: Ways, at: datetime) -> date | None:
    """Return the person's day for which a digest is due at ``at``; None before its hour, or when it has gone out."""
    local = at.astimezone(ZoneInfo(ways.user.time_zone))
    if ways.digest_hour is None or local.hour < ways.digest_hour or ways.digested_on == local.date():
        return None
    return local.date()


def _digest(ways: Ways, messages: Sequence[Notification], count: int) -> Letter:
    zone, told = ZoneInfo(ways.user.time_zone), _may_be_told(messages, ways.user)
    with translation.override(settings.LANGUAGE_CODE):
        subject = ngettext("%(n)d message waits for you", "%(n)d messages wait for you", count) % {"n": count}
        lines = [line for message in told for line in (f"• {message.title}", *_body(message), _origin(message, zone))]
        if count > len(told):
            lines.append(_("… and %(n)d more.") % {"n": count - len(told)})
        lines += ["", _("Open your notifications: %(address)s") % {"address": _home()}, *_foot()]
    return Letter(ways.user_id, ways.user.email, subject, "\n".join(lines))


def _body(message: Notification) -> list[str]:
    return [f"  {line}" for line in message.body.splitlines() if line.strip()]


def _origin(message: Notification, zone: ZoneInfo) -> str:
    return f"  {message.get_reason_display()}, {message.at.astimezone(zone):%d.%m.%Y %H:%M}"


def _foot() -> list[str]:
    return ["", _("Choose what you are mailed: %(address)s") % {"address": f"{_home()}wanted/"}]


def _home() -> str:
    return f"{settings.SITE_URL}/{PLACE}"
