"""Being away: entered by oneself or a manager; what is open goes to the substitute with a preview and a way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.handover import operations, queries
from throughline.core.handover.models import Handover
from throughline.core.identity.models import User
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.work.loose import local_moment


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the list of absences."""

    name: str
    url: str
    away: bool
    away_from: datetime | None
    away_until: datetime | None
    substitute: str


@dataclass(frozen=True, slots=True)
class Move:
    """A hand-over in words; ``undo_url`` is empty when it was taken back."""

    to: str
    at: datetime
    by: str
    what: str
    reason: str
    undone_by: str
    undo_url: str


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show who is away, and the people whose absence one may enter."""
    context = {
        "away": [_person(each, request) for each in queries.away_now(at=request.at)],
        "people": [_person(each, request) for each in queries.looked_after_by(user=request.user)],
        "now": request.at,
    }
    return render(request, "absence/list.html", context)


def _person(user: User, request: Asked) -> Person:
    return Person(
        name=user.name,
        url=reverse("web:absence_of", args=[user.pk]),
        away=_is_away(user, request.at),
        away_from=user.away_from if _is_to_come(user, request.at) else None,
        away_until=user.away_until if _is_to_come(user, request.at) else None,
        substitute=user.substitute.name if user.substitute is not None else "",
    )


def _is_away(user: User, at: datetime) -> bool:
    return user.away_from is not None and user.away_from <= at and _is_to_come(user, at)


def _is_to_come(user: User, at: datetime) -> bool:
    return user.away_from is not None and (user.away_until is None or user.away_until > at)


@signed_in
def show_one(request: Asked, user_id: int) -> HttpResponse:
    """Show a person's absence, what they have open, and what was handed over."""
    return _page(request, _allowed(request, user_id))


def _allowed(request: Asked, user_id: int) -> User:
    person = User.objects.filter(pk=user_id).select_related("substitute").first()
    if person is None or not queries.may_act_for(user=request.user, person=person):
        raise NotFound(_("There is nobody of that name whose absence you may enter. Look at the list."))
    return person


def _page(request: Asked, person: User, refusal: Refusal | None = None) -> HttpResponse:
    held = queries.holdings(person=person, at=request.at)
    given = request.POST if refusal is not None else {}
    substitute = str(person.substitute_id or "")
    context: dict[str, Any] = {
        "person": _person(person, request),
        "user_id": person.pk,
        "is_mine": person.pk == request.user.pk,
        "is_active": person.is_active,
        "away_from": given.get("away_from", _written(person.away_from)),
        "away_until": given.get("away_until", _written(person.away_until)),
        "people": [
            Choice(str(key), name, chosen=given.get("substitute", substitute) == str(key))
            for key, name in names_of_colleagues()
            if key != person.pk
        ],
        "held": held,
        "competences": given.get("competences", ", ".join(person.competences)),
        "capacity": given.get("capacity", str(person.capacity)),
        "moves": [_move(each) for each in queries.handovers_of(person=person)],
        "may_close": access.allows(request.user, queries.MANAGE_PEOPLE) and person.pk != request.user.pk,
        "error": refusal.message if refusal is not None else "",
        "now": request.at,
    }
    return render(request, "absence/one.html", context, status=refusal.status if refusal else 200)


def _written(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment is not None else ""


def _move(move: Handover) -> Move:
    count = len(move.work_items) + sum(len(held) for held in move.records.values())
    return Move(
        to=move.substitute.name,
        at=move.at,
        by=move.by,
        what=ngettext("%(n)d record or step", "%(n)d records and steps", count) % {"n": count},
        reason=move.reason,
        undone_by=move.undone_by,
        undo_url=reverse("web:handover_back", args=[move.pk]) if move.undone_at is None else "",
    )


@require_POST
@signed_in
def enter(request: Asked, user_id: int) -> HttpResponse:
    """Enter an absence, or say that the person is back."""
    person, sent = _allowed(request, user_id), request.POST
    if sent.get("do") == "back":
        operations.be_back(person_id=person.pk, by=request.by, at=request.at)
        return done(request, reverse("web:absence_of", args=[person.pk]), _("Welcome back."))
    try:
        operations.be_away(
            person_id=person.pk,
            away_from=_moment(sent.get("away_from", "")),
            away_until=_moment(sent.get("away_until", "")),
            substitute_id=_key(sent.get("substitute", "")),
            by=request.by,
            at=request.at,
        )
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _page(request, person, refusal)
    return done(
        request, reverse("web:absence_of", args=[person.pk]), _("Kept. Routing leaves the person out meanwhile.")
    )


def _moment(text: str) -> datetime:
    moment = local_moment(text)
    if moment is None:
        raise Refusal("no_moment", _("From when until when? Choose days and times."), "away_from")
    return moment


def _chosen(text: str) -> int:
    key = _key(text)
    if key is None:
        raise Refusal("no_substitute", _("Choose who stands in."), "substitute")
    return key


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


@require_POST
@signed_in
def change_competences(request: Asked, user_id: int) -> HttpResponse:
    """Say what the person knows and how much of a full load they take."""
    person, sent = _allowed(request, user_id), request.POST
    try:
        operations.know(
            person_id=person.pk,
            competences=sent.get("competences", "").split(","),
            capacity=_percent(sent.get("capacity", "")),
            by=request.by,
            at=request.at,
        )
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _page(request, person, refusal)
    return done(request, reverse("web:absence_of", args=[person.pk]), _("Kept. Routing follows it from now on."))


def _percent(text: str) -> int:
    key = _key(text.strip().rstrip("%").strip())
    if key is None:
        raise Refusal("no_capacity", _("Say the share of a full load in percent, such as 100."), "capacity")
    return key


@require_POST
@signed_in
def hand_over(request: Asked, user_id: int) -> HttpResponse:
    """Give all that the person has open to the substitute."""
    person, sent = _allowed(request, user_id), request.POST
    try:
        operations.hand_over(
            person_id=person.pk,
            substitute_id=_chosen(sent.get("substitute", "")),
            reason=sent.get("reason", "").strip() or _("Stands in for %(name)s") % {"name": person.name},
            leaving=sent.get("leaving") == "yes",
            by=request.by,
            at=request.at,
        )
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        return _page(request, person, refusal)
    return done(request, reverse("web:absence_of", args=[person.pk]), _("Handed over. It can be taken back below."))


@require_POST
@signed_in
def take_back(request: Asked, handover_id: int) -> HttpResponse:
    """Take a hand-over back."""
    move = operations.take_back_handover(handover_id=handover_id, by=request.by, at=request.at)
    return done(request, reverse("web:absence_of", args=[move.person_id]), _("What was still there has come back."))
