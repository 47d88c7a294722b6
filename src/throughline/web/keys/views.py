"""A person's keys and subscriptions: what programs may do in the person's name, and where they are told of things."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.connect.subscriptions import operations as subscriptions
from throughline.core import access
from throughline.core.identity import keys
from throughline.core.identity.models import ApiKey
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, signed_in

RATE = 600
"""Requests per minute of a new key, unless said otherwise."""


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show the person's keys and subscriptions, or make a key: its text is shown this once."""
    if request.method != "POST":
        return _page(request)
    try:
        key, text = keys.issue_key(
            user=request.user,
            name=request.POST.get("name", ""),
            scopes=request.POST.getlist("scope"),
            expires_at=_end(request),
            per_minute=_rate(request.POST.get("per_minute", "")),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _page(request, refusal=refusal)
    return _page(request, made={"name": key.name, "text": text})


def _end(request: Asked) -> datetime | None:
    given = request.POST.get("expires_on", "").strip()
    if not given:
        return None
    try:
        day = parse_date(given)
    except ValueError:
        day = None
    if day is None:
        raise Refusal("unreadable_day", _("Give the last day as in 2027-03-31."), "expires_at")
    return datetime.combine(day, time.max, ZoneInfo(request.user.time_zone))


def _rate(text: str) -> int:
    if not text.strip():
        return RATE
    return int(text[:9]) if text.isascii() and text.isdigit() else 0


def _page(request: Asked, *, refusal: Refusal | None = None, made: dict[str, str] | None = None) -> HttpResponse:
    sent = request.POST if refusal else {}
    chosen = set(request.POST.getlist("scope")) if refusal else {"read:*"}
    context = {
        "keys": [_shown(key, request.at) for key in keys.keys_of(user=request.user)],
        "subscriptions": subscriptions.subscriptions_of(user_id=request.user.pk),
        "made": made,
        "refusal": refusal,
        "errors": refusal.fields if refusal else {},
        "sent": {name: sent.get(name, "") for name in ("name", "expires_on", "per_minute")},
        "scopes": [{**scope, "chosen": scope["value"] in chosen} for scope in _scopes(request)],
        "rate": RATE,
        "document_url": "/api/v1/openapi.json",
        "now": request.at,
    }
    return render(request, "keys/list.html", context, status=refusal.status if refusal else 200)


def _scopes(request: Asked) -> list[dict[str, Any]]:
    seen = access.grants(request.user)
    own = [spec for spec in registry.everything() if seen.scope(spec.type, access.VIEW) is not access.Scope.NONE]
    every = [
        ("read:*", _("Read all records")),
        ("write:*", _("Make and change all records")),
        ("events", _("Follow what happens")),
        ("hooks", _("Be told what happens, at an address")),
        ("procedures", _("Work items, procedures, messages")),
    ]
    one = [(f"read:{spec.type}", _("Read %(plural)s") % {"plural": str(spec.plural).lower()}) for spec in own]
    one += [
        (f"write:{spec.type}", _("Make and change %(plural)s") % {"plural": str(spec.plural).lower()})
        for spec in own
        if seen.scope(spec.type, access.CREATE) is not access.Scope.NONE
    ]
    return [{"value": value, "label": label} for value, label in (*every, *one)]


def _shown(key: ApiKey, now: datetime) -> dict[str, Any]:
    over = key.expires_at is not None and key.expires_at <= now
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "per_minute": key.per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "state": _("revoked") if key.revoked_at else _("over") if over else _("open"),
        "tone": "" if key.revoked_at or over else "good",
        "revoke_url": "" if key.revoked_at else reverse("web:key_revocation", args=[key.pk]),
    }


@require_POST
@signed_in
def revoke(request: Asked, key_id: int) -> HttpResponse:
    """Let a key open nothing any more."""
    key = keys.revoke_key(key_id=key_id, by=request.by, at=request.at)
    return done(request, reverse("web:keys"), _("%(name)s is locked out from now on.") % {"name": key.name})


@require_POST
@signed_in
def end_subscription(request: Asked, subscription_id: int) -> HttpResponse:
    """Tell an address nothing any more."""
    subscriptions.unsubscribe(subscription_id=subscription_id, by=request.by, at=request.at)
    return done(request, reverse("web:keys"), _("The address is told nothing any more."))


@require_POST
@signed_in
def resume_subscription(request: Asked, subscription_id: int) -> HttpResponse:
    """Go on with a paused subscription."""
    subscriptions.resume(subscription_id=subscription_id, by=request.by, at=request.at)
    return done(request, reverse("web:keys"), _("What happened meanwhile is told now."))
