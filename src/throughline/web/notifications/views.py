"""The notification centre: what one is told and why, what one sent and who has seen it, what one wants to hear."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.connect.mail.queries import is_on
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Muted, choose_ways, mark_read, mute, unmute
from throughline.core.notify.queries import centre, sent, silence_of, unread_count, ways_to
from throughline.core.notify.reasons import Reason
from throughline.core.procedures.queries.overview import names_of_procedures
from throughline.core.procedures.queries.uses import procedures_that_do
from throughline.core.records import RecordRef, registry
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotFound
from throughline.core.teamwork.queries import seen
from throughline.web.answers import Asked, signed_in, signed_in_json
from throughline.web.parts import Choice, Tab
from throughline.web.records.filters import address
from throughline.web.records.present import url_of
from throughline.web.ways import way

ICONS: dict[str, str] = {
    Reason.MENTION: "at-sign",
    Reason.ASSIGNED: "user-check",
    Reason.WORK: "hand",
    Reason.PROMISE: "handshake",
    Reason.REMINDER: "calendar-clock",
    Reason.FOLLOW: "eye",
    Reason.ESCALATION: "triangle-alert",
    Reason.INCIDENT: "circle-alert",
    Reason.TOLD: "bell",
}


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show the messages, newest first: all, those of one reason, or the muted ones."""
    reason = request.GET.get("reason", "")
    reason = reason if reason in Reason.values else ""
    quiet = request.GET.get("show") == "muted"
    found = centre(user_id=request.user.pk, before=_before(request), reason=reason, quiet=quiet)
    last = found.messages[-1] if found.more else None
    kept = {"reason": reason, "show": "muted" if quiet else ""}
    context = {
        "messages_shown": [_shown(message) for message in found.messages],
        "unread": found.unread,
        "tabs": _tabs("muted" if quiet else "all"),
        "reasons": [Choice(str(value), str(label), chosen=value == reason) for value, label in Reason.choices],
        "reason": reason,
        "quiet": quiet,
        "older_url": _older(last, kept),
        "now": request.at,
    }
    return render(request, "notifications/list.html", context)


@signed_in
def show_sent(request: Asked) -> HttpResponse:
    """Show what the person made others be told, and who has seen it."""
    found, more = sent(user_id=request.user.pk, before=_before(request))
    context = {
        "sent": [{**_shown(each.message), "to": each.to, "seen_at": each.seen_at} for each in found],
        "tabs": _tabs("sent"),
        "older_url": _older(found[-1].message if more else None, {}),
        "now": request.at,
    }
    return render(request, "notifications/sent.html", context)


def _tabs(current: str) -> tuple[Tab, ...]:
    home = way("web:notifications")
    return (
        Tab(_("All"), "bell", home, current=current == "all"),
        Tab(_("Muted"), "bell-off", f"{home}?show=muted", current=current == "muted"),
        Tab(_("Sent"), "send", way("web:notifications_sent"), current=current == "sent"),
        Tab(_("What I want to hear"), "settings", way("web:notifications_wanted"), current=current == "wanted"),
    )


def _before(request: Asked) -> tuple[datetime, int] | None:
    moment, key = parse_datetime(request.GET.get("before", "")), request.GET.get("key", "")
    return (moment, int(key)) if moment is not None and moment.tzinfo is not None and key.isdecimal() else None


def _older(last: Notification | None, kept: dict[str, str]) -> str:
    return "?" + address({**kept, "before": last.at.isoformat(), "key": str(last.pk)}) if last else ""


def _shown(message: Notification) -> dict[str, Any]:
    return {
        "title": message.title,
        "body": message.body,
        "sender": message.sender,
        "at": message.at,
        "read": message.read_at is not None,
        "icon": ICONS[message.reason],
        "reason": message.get_reason_display(),
        "url": reverse("web:notification", args=[message.pk]) if _target(message) else "",
        "read_url": reverse("web:notification_read", args=[message.pk]) if message.read_at is None else "",
    }


def _target(message: Notification) -> str:
    spec = registry.find(message.record_type)
    if spec is None or message.record_id is None:
        return _target_beside(message)
    url = url_of(spec, message.record_id)
    return f"{url}#{message.place}" if message.place else url


def _target_beside(message: Notification) -> str:
    """Return where a message leads that is about no record."""
    if message.record_type == "coaching" and message.record_id is not None:
        return reverse("web:coaching_person", args=[message.record_id])
    if message.record_type == "split_test" and message.place:
        return reverse("web:split_test", args=[message.place, message.record_id])
    if message.record_type in ("playbook", "discussion") and message.place:
        key, _sign, anchor = message.place.partition("#")
        return way(f"web:procedure_{message.record_type}", key) + (f"#{anchor}" if anchor else "")
    if message.record_type == "variant" and message.place:
        return reverse("web:variant", args=[message.place])
    if message.record_type == "step_band" and message.place:
        return reverse("web:procedure_live", args=[message.place])
    if message.record_type == "goal":
        return reverse("web:kpi", args=[message.place]) if message.place else way("web:goals")
    return way("web:incidents") if message.record_type == "procedure" else ""


@signed_in
def follow(request: Asked, notification_id: int) -> HttpResponse:
    """Go to what a message is about; it has then been seen."""
    message = _own(request, notification_id)
    mark_read(user_id=request.user.pk, ids=[message.pk], at=request.at)
    return redirect(_target(message) or way("web:notifications"))


@require_POST
@signed_in
def mark_one_read(request: Asked, notification_id: int) -> HttpResponse:
    """Mark one message as read."""
    mark_read(user_id=request.user.pk, ids=[_own(request, notification_id).pk], at=request.at)
    return redirect(reverse("web:notifications"))


def _own(request: Asked, notification_id: int) -> Notification:
    found = Notification.objects.filter(pk=notification_id, user=request.user).first()
    if found is None:
        raise NotFound(_("There is no such message. Look at your notifications."))
    return found


@require_POST
@signed_in
def mark_all_read(request: Asked) -> HttpResponse:
    """Mark all messages as read."""
    mark_read(user_id=request.user.pk, at=request.at)
    return redirect(reverse("web:notifications"))


@signed_in_json
def count(request: Asked) -> HttpResponse:
    """Say how many messages wait, for the bell of an open page."""
    unread = unread_count(user_id=request.user.pk)
    words = ngettext("Notifications, %(n)s unread", "Notifications, %(n)s unread", unread) % {"n": unread}
    return JsonResponse({"unread": unread, "label": words if unread else _("Notifications")})


# -- What one wants to hear --------------------------------------------------------------------------------------------


@signed_in
def show_wanted(request: Asked) -> HttpResponse:
    """Show what is muted, and what could be."""
    silence = silence_of(user_id=request.user.pk)
    titles = record_titles(seen(refs=silence.records, user=request.user))
    context = {
        "tabs": _tabs("wanted"),
        "reasons": [
            {"value": value, "label": label, "muted": value in silence.reasons} for value, label in Reason.choices
        ],
        "records": [{"ref": str(ref), "title": title} for ref, title in sorted(titles.items(), key=lambda i: i[1])],
        "procedures": [{"name": name, "muted": name in silence.procedures} for name in names_of_procedures()],
        "mail_is_on": is_on(),
        "mails": _mails(request),
    }
    return render(request, "notifications/wanted.html", context)


AT_ONCE, DIGEST = "notification.letter", "notification.digests"
"""The actions by which a procedure mails messages; without one that does, nothing is offered."""


def _mails(request: Asked) -> dict[str, Any]:
    """Return what of the messages can be mailed here, by which procedure, and what the person has chosen."""
    senders = procedures_that_do(actions=[AT_ONCE, DIGEST])
    ways = ways_to(user_id=request.user.pk)
    hours = [Choice(str(hour), f"{hour:02}:00", chosen=hour == ways.digest_hour) for hour in range(24)]
    return {
        "at_once": senders.get(AT_ONCE),
        "digest": senders.get(DIGEST),
        "reasons": [Choice(str(value), str(label), chosen=value in ways.mailed) for value, label in Reason.choices],
        "hours": hours,
        "to": request.user.email,
        "zone": request.user.time_zone,
    }


@require_POST
@signed_in
def change_ways(request: Asked) -> HttpResponse:
    """Keep what the person wants by mail."""
    hour = request.POST.get("digest_hour", "")
    chosen = int(hour) if hour.isdecimal() else None
    choose_ways(mailed=request.POST.getlist("mailed"), digest_hour=chosen, by=request.by, at=request.at)
    messages.success(request, _("Saved."))
    return redirect(reverse("web:notifications_wanted"))


@require_POST
@signed_in
def change_mute(request: Asked) -> HttpResponse:
    """Mute a record, a procedure or a reason, or let it be heard again."""
    given = request.POST
    record = given.get("record", "")
    muted = Muted(
        record=_ref(record) if record else None,
        procedure=given.get("procedure", ""),
        reason=given.get("reason", ""),
    )
    quieter = given.get("do") == "mute"
    (mute if quieter else unmute)(muted=muted, by=request.by, at=request.at)
    messages.success(request, _("Muted.") if quieter else _("You will hear of it again."))
    return redirect(reverse("web:notifications_wanted"))


def _ref(text: str) -> RecordRef:
    try:
        return RecordRef.parse(text)
    except ValueError as wrong:
        raise NotFound(_("There is no such record. Look at its page.")) from wrong
