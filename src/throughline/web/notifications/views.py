"""The notification centre."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from throughline.core.notify.models import Notification
from throughline.core.notify.operations import mark_read
from throughline.core.notify.queries import centre
from throughline.core.records import registry
from throughline.web.answers import Asked, signed_in
from throughline.web.records.filters import address
from throughline.web.records.present import url_of


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show the messages, newest first."""
    moment = parse_datetime(request.GET.get("before", ""))
    key = request.GET.get("key", "")
    before = (moment, int(key)) if moment is not None and moment.tzinfo is not None and key.isdecimal() else None
    found = centre(user_id=request.user.pk, before=before)
    last = found.messages[-1] if found.more else None
    context = {
        "messages_shown": [_shown(message) for message in found.messages],
        "unread": found.unread,
        "older_url": "?" + address({"before": last.at.isoformat(), "key": str(last.pk)}) if last else "",
        "now": request.at,
    }
    return render(request, "notifications/list.html", context)


def _shown(message: Notification) -> dict[str, Any]:
    spec = registry.find(message.record_type)
    return {
        "title": message.title,
        "body": message.body,
        "sender": message.sender,
        "at": message.at,
        "read": message.read_at is not None,
        "url": url_of(spec, message.record_id) if spec is not None and message.record_id is not None else "",
    }


@require_POST
@signed_in
def mark_all_read(request: Asked) -> HttpResponse:
    """Mark all messages as read."""
    mark_read(user_id=request.user.pk, at=request.at)
    return redirect(reverse("web:notifications"))
