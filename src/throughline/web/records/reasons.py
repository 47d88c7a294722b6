"""Why somebody sees a record or does not, and with whom it is shared."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.access.models import Share
from throughline.core.identity.models import Team, User
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import RecordSpec
from throughline.core.records.queries import get_record
from throughline.core.records.sharing import share_record, shares_of, stop_sharing
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import slug, url_of


@signed_in
def show(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Show why the asker sees the record; for who may ask so, why another person does or does not."""
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    person = _person(request)
    may_share = access.can(request.user, access.EDIT, spec, record)
    reasons = access.why(person or request.user, spec, record)
    context = {
        "title": spec.title(record),
        "url": url_of(spec, record_id),
        "here": _here(spec, record_id),
        "reasons": reasons,
        "missing": [] if reasons or person is None else access.why_not(person, spec, record),
        "may": [
            {"verb": words, "allowed": access.can(person or request.user, action, spec, record)}
            for action, words in _verbs().items()
        ],
        "person": person.name if person else "",
        "people": _people(request, person),
        "shares": [
            _share(each, spec, record_id, may_share=may_share) for each in shares_of(spec=spec, record_id=record_id)
        ],
        "share_url": reverse("web:record_sharing", args=[slug(spec), record_id]) if may_share else "",
        "whom": _whom() if may_share else (),
        "now": request.at,
    }
    return render(request, "records/access.html", context)


def _verbs() -> dict[str, str]:
    return {
        access.VIEW: _("see it"),
        access.EDIT: _("change it"),
        access.ASSIGN: _("give it to somebody else"),
        access.DELETE: _("put it into the bin"),
    }


def _here(spec: RecordSpec, record_id: int) -> str:
    return reverse("web:record_access", args=[slug(spec), record_id])


def _person(request: Asked) -> User | None:
    """
    Return the person asked about, when the asker may ask about that person.

    Raises:
        NotFound: there is no such person, or it is none of the asker's.
    """
    key = request.GET.get("person", "")
    if not key:
        return None
    person = User.objects.filter(pk=int(key), is_active=True).first() if key.isdecimal() else None
    if person is None or not access.may_ask_about(request.user, person):
        raise NotFound(_("You can ask about the people of your teams only."))
    return person


def _people(request: Asked, chosen: User | None) -> tuple[Choice, ...]:
    offered = access.people_to_ask_about(request.user)
    return tuple(Choice(str(each.pk), each.name, each == chosen) for each in offered)


def _share(share: Share, spec: RecordSpec, record_id: int, *, may_share: bool) -> dict[str, Any]:
    return {
        "with": share.user.name if share.user else share.team.name if share.team else "",
        "may_edit": share.may_edit,
        "reason": share.reason,
        "by": share.by,
        "at": share.since_at,
        "value": f"user.{share.user_id}" if share.user_id else f"team.{share.team_id}",
        "end_url": reverse("web:record_sharing_end", args=[slug(spec), record_id]) if may_share else "",
    }


def _whom() -> tuple[Choice, ...]:
    people = [Choice(f"user.{key}", name) for key, name in names_of_colleagues()]
    teams = Team.objects.filter(retired_at=None).order_by("name")
    return (*people, *(Choice(f"team.{team.pk}", team.name) for team in teams))


def _with(request: Asked) -> dict[str, int]:
    """
    Return whom the form names, as arguments of the operations.

    Raises:
        Refusal: nobody.
    """
    kind, _dot, key = request.POST.get("with", "").partition(".")
    if kind not in ("user", "team") or not key.isdecimal():
        raise Refusal("share_with_whom", _("Choose a colleague or a team."), "with")
    return {f"{kind}_id": int(key)}


@require_POST
@signed_in
def share(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Share a record."""
    share_record(
        spec=spec,
        record_id=record_id,
        may_edit=request.POST.get("may_edit") == "yes",
        reason=request.POST.get("reason", ""),
        by=request.by,
        at=request.at,
        **_with(request),
    )
    return done(request, _here(spec, record_id), _("Shared."))


@require_POST
@signed_in
def end(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Share a record no more."""
    stop_sharing(spec=spec, record_id=record_id, by=request.by, at=request.at, **_with(request))
    return done(request, _here(spec, record_id), _("Shared no more."))
