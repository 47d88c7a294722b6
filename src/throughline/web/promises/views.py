"""Promises: made in a click from what was said, settled where they are seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import RecordPage, get_record
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.activities.queries import about
from throughline.crm.promises import operations, queries
from throughline.crm.promises.models import Promise, PromiseStatus
from throughline.web import moments
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Tone
from throughline.web.records.present import slug, url_of
from throughline.web.work.loose import local_moment

USUAL = timedelta(days=2)
"""Until when something is promised if nobody says otherwise."""
HOUR = 17
NOT_PROMISED_ABOUT = frozenset({"promise", "activity"})


@dataclass(frozen=True, slots=True)
class PromiseShown:
    """A promise with what may be done with it."""

    id: int
    what: str
    to: str
    by: str
    due_at: datetime
    tone: Tone
    overdue: bool
    url: str
    about_url: str
    settle_url: str


def shown(promises: Iterable[Promise], request: Asked) -> list[PromiseShown]:
    """Return promises in words."""
    spec = registry.get("promise")
    return [
        PromiseShown(
            id=promise.pk,
            what=promise.what,
            to=promise.contact.name if promise.contact is not None else "",
            by=promise.owner.name if promise.owner is not None else "",
            due_at=promise.due_at,
            tone=moments.tone(promise.due_at, now=request.at),
            overdue=promise.due_at < request.at,
            url=url_of(spec, promise.pk),
            about_url=url_of(registry.get(promise.record_type), promise.record_id),
            settle_url=reverse("web:promise_settled", args=[promise.pk]),
        )
        for promise in promises
    ]


def promises_context(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return the open promises of a record and of its person, and where one is made."""
    spec, record = found.spec, found.record
    if spec.type in NOT_PROMISED_ABOUT:
        is_open = spec.type == "promise" and record.status == PromiseStatus.OPEN
        return {"promises": shown([record] if is_open else [], request), "promise_url": ""}
    contact = record.pk if spec.type == "contact" else getattr(record, "contact_id", None)
    ref = RecordRef(spec.type, record.pk)
    return {
        "promises": shown(queries.seen_about(record=ref, contact_id=contact, user=request.user), request),
        "promise_url": reverse("web:promise_new", args=[slug(spec), record.pk]),
    }


@signed_in
def create(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show the form of a new promise, filled from the call or note that ``?activity=`` names, or make it."""
    if spec.type in NOT_PROMISED_ABOUT:
        raise NotFound(_("Make the promise on the page of the record that it is about."))
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    ref = RecordRef(spec.type, record_id)
    given = request.POST if request.method == "POST" else request.GET
    activity = given.get("activity", "")
    activity_id = int(activity) if activity.isdecimal() else None
    what, due = given.get("what", ""), given.get("due_at", "")
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            operations.make_promise(
                what=what, about=ref, due_at=_moment(due), activity_id=activity_id, by=request.by, at=request.at
            )
        except NotFound:
            raise
        except Refusal as told:
            refusal = told
        else:
            return done(request, url_of(spec, record_id), _("Promised."))
    elif activity_id is not None:
        what = next((row.subject for row in about(ref=ref, user=request.user) if row.pk == activity_id), "")
    context = {
        "title": spec.title(record),
        "back_url": url_of(spec, record_id),
        "what": what,
        "due_at": due or _usual(request.at),
        "activity": activity,
        "errors": refusal.fields if refusal else {},
        "error": refusal.message if refusal and not refusal.fields else "",
    }
    return render(request, "promises/new.html", context, status=refusal.status if refusal else 200)


def _moment(text: str) -> datetime:
    moment = local_moment(text)
    if moment is None:
        raise Refusal("no_due", _("Until when? Choose a day and a time."), "due_at")
    return moment


def _usual(at: datetime) -> str:
    day = timezone.localtime(at + USUAL)
    return day.replace(hour=HOUR, minute=0).strftime("%Y-%m-%dT%H:%M")


@require_POST
@signed_in
def settle(request: Asked, promise_id: int) -> HttpResponse:
    """Say what became of a promise; the note that says so can open it again."""
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")
    promise = operations.settle_promise(
        promise_id=promise_id, status=status, reason=reason, by=request.by, at=request.at
    )
    said = {
        PromiseStatus.KEPT: _("“%(what)s” is kept."),
        PromiseStatus.BROKEN: _("“%(what)s” is broken."),
        PromiseStatus.WITHDRAWN: _("“%(what)s” is withdrawn."),
    }[PromiseStatus(promise.status)]
    messages.success(
        request, said % {"what": promise.what}, extra_tags=reverse("web:promise_reopened", args=[promise.pk])
    )
    home = reverse("web:my_work")
    return redirect(home if request.POST.get("from") == "work" else _about(promise))


@require_POST
@signed_in
def reopen(request: Asked, promise_id: int) -> HttpResponse:
    """Open a promise again."""
    promise = operations.reopen_promise(promise_id=promise_id, by=request.by, at=request.at)
    return done(request, _about(promise), _("“%(what)s” is open again.") % {"what": promise.what})


def _about(promise: Promise) -> str:
    return url_of(registry.get(promise.record_type), promise.record_id)
