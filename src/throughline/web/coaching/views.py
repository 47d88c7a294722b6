"""Coaching: how the deals of one's people stand, and one person's by stage, with what was written down."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records.titles import record_titles
from throughline.core.refusals import Refusal
from throughline.core.teamwork.queries import seen
from throughline.crm.coaching.operations import withdraw_note, write_note
from throughline.crm.coaching.queries import (
    Ended,
    Figure,
    Standing,
    coaches,
    notes_on,
    open_deals_of,
    person_for,
    seller,
    sellers,
)
from throughline.crm.coaching.rules import OTHER, PERIODS, REASONS
from throughline.crm.deals.stages import stages
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, Tab
from throughline.web.records.filters import address
from throughline.web.ways import way

Page = dict[str, Any]

REASON_LABELS = {
    "Price": gettext_lazy("Price"),
    "Timing": gettext_lazy("Timing"),
    "Competitor": gettext_lazy("Competitor"),
    OTHER: gettext_lazy("Other or none"),
}


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show everybody the reader coaches, and the reader."""
    days = _asked_days(request)
    found = sellers(user=request.user, days=days, at=request.at)
    context = {
        "rows": [
            {
                "name": each.person.name,
                "url": f"{reverse('web:coaching_person', args=[each.person.pk])}?days={days}",
                **_standing(each.standing),
                **_ended(each.ended),
            }
            for each in found
        ],
        "reasons": [REASON_LABELS[reason] for reason in (*REASONS, OTHER)],
        "tabs": _tabs(days),
        "days": days,
    }
    return render(request, "coaching/overview.html", context)


@signed_in
def show_person(request: Asked, person_id: int) -> HttpResponse:
    """Show how one person's deals stand, by stage, and the notes."""
    return _person(request, person_id)


def _person(request: Asked, person_id: int, error: str = "", body: str = "") -> HttpResponse:
    person = person_for(user=request.user, person_id=person_id)
    days = _asked_days(request)
    found = seller(user=request.user, person=person, days=days, at=request.at)
    names = stages().stages
    context = {
        "person": person,
        "is_self": person.pk == request.user.pk,
        "whole": _standing(found.standing),
        "stages": [{"name": names[key].name, **_standing(each)} for key, each in found.by_stage.items()],
        "ended": _ended(found.ended),
        "reasons": [REASON_LABELS[reason] for reason in (*REASONS, OTHER)],
        "tabs": _tabs(days),
        "days": days,
        "notes": _notes(request, person),
        "write_url": reverse("web:coaching_notes", args=[person.pk]) if coaches(request.user, person) else "",
        "deals": [Choice(str(key), name) for key, name in open_deals_of(user=request.user, person_id=person.pk)],
        "list_url": f"{way('web:coaching')}?days={days}",
        "now": request.at,
        "error": error,
        "body": body,
    }
    return render(request, "coaching/person.html", context, status=422 if error else 200)


def _notes(request: Asked, person: User) -> list[Page]:
    """Return the notes; a deal is named to whoever sees it."""
    found = notes_on(person=person, user=request.user)
    refs = {RecordRef("deal", note.deal_id) for note in found if note.deal_id is not None}
    titles = record_titles(seen(refs=refs, user=request.user)) if refs else {}
    return [
        {
            "body": note.body,
            "by": note.author.name,
            "at": note.written_at,
            "deal": titles.get(RecordRef("deal", note.deal_id or 0), ""),
            "deal_url": reverse("web:record", args=["deals", note.deal_id]) if note.deal_id else "",
            "withdraw_url": _withdraw_url(note.pk) if note.author_id == request.user.pk else "",
        }
        for note in found
    ]


def _withdraw_url(note: int) -> str:
    return reverse("web:coaching_note_withdrawal", args=[note])


@require_POST
@signed_in
def add_note(request: Asked, person_id: int) -> HttpResponse:
    """Write a note for a person."""
    body, deal = request.POST.get("body", ""), request.POST.get("deal", "")
    try:
        write_note(
            person_id=person_id,
            body=body,
            deal_id=int(deal) if deal.isdecimal() else None,
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        if refusal.field != "body":
            raise
        return _person(request, person_id, error=refusal.message, body=body)
    return done(request, reverse("web:coaching_person", args=[person_id]), _("Written down."))


@require_POST
@signed_in
def take_back(request: Asked, note_id: int) -> HttpResponse:
    """Take back one's own note."""
    note = withdraw_note(note_id=note_id, by=request.by, at=request.at)
    return done(request, reverse("web:coaching_person", args=[note.person_id]), _("Taken back."))


def _asked_days(request: Asked) -> int:
    given = request.GET.get("days", "")
    return int(given) if given.isdecimal() and int(given) in PERIODS else PERIODS[0]


def _tabs(days: int) -> list[Tab]:
    return [
        Tab(ngettext("%(n)d day", "%(n)d days", each) % {"n": each}, "calendar", f"?days={each}", each == days)
        for each in PERIODS
    ]


def _figure(figure: Figure | None) -> Page | None:
    if figure is None:
        return None
    words = json.dumps(figure.filter, separators=(",", ":"))
    list_url = reverse("web:record_list", args=["deals"])
    return {"count": figure.count, "url": f"{list_url}?{address({'view': 'all', 'f': words})}" if figure.count else ""}


def _standing(standing: Standing) -> Page:
    return {
        "open": _figure(standing.open),
        "age": _day_count(standing.age),
        "stuck": _figure(standing.stuck),
        "late": _figure(standing.late),
        "delay": _day_count(standing.delay),
        "idle": _figure(standing.idle),
    }


def _ended(ended: Ended) -> Page:
    return {
        "won": _figure(ended.won),
        "lost": _figure(ended.lost),
        "lost_for": [
            {"label": REASON_LABELS[reason], "figure": _figure(each)} for reason, each in ended.lost_for.items()
        ],
    }


def _day_count(days: float | None) -> str:
    return "" if days is None else formats.number_format(days, decimal_pos=0 if days >= 10 else 1)
