"""People and teams: who works here, which roles they play, in which teams; accounts, and the link to sign in first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.connect.mail.queries import is_on as mail_is_on
from throughline.core import access
from throughline.core.access import staff
from throughline.core.handover import teams
from throughline.core.identity.models import Role, Team, User
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.refusals import Refusal
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice, FormField, FormSection


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the list: ``state`` is empty for who works here and has signed in."""

    name: str
    email: str
    url: str
    roles: str
    teams: str
    state: str


@dataclass(frozen=True, slots=True)
class TeamShown:
    """A team in the tree; ``depth`` cuts as many signs as there are teams above it."""

    name: str
    url: str
    depth: str
    manager: str
    people: int


def _asked_for(request: Asked) -> None:
    access.require_ability(
        request.user,
        access.MANAGE_ROLES,
        otherwise=_("Your roles do not let you look after people and teams. Ask an administrator."),
    )


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show everybody with roles and teams, and the tree of teams."""
    _asked_for(request)
    people = User.objects.prefetch_related("roles", "team_memberships__team").order_by("-is_active", "name", "id")
    rows = Team.objects.select_related("manager").prefetch_related("members").order_by("name", "id")
    alive = [team for team in rows if team.retired_at is None]
    context = {
        "people": [_person(each) for each in people],
        "teams": list(_tree(alive, None, 0)),
        "retired": [
            {"name": team.name, "at": team.retired_at, "url": reverse("web:settings_team_restoration", args=[team.pk])}
            for team in rows
            if team.retired_at is not None
        ],
        "now": request.at,
        "new_url": reverse("web:settings_person_new"),
        "new_team_url": reverse("web:settings_team_new"),
    }
    return render(request, "settings/people.html", context)


def _person(user: User) -> Person:
    return Person(
        name=user.name,
        email=user.email,
        url=reverse("web:settings_person", args=[user.pk]),
        roles=", ".join(role.name for role in user.roles.all()) or "–",
        teams=", ".join(each.team.name for each in sorted(user.team_memberships.all(), key=lambda each: each.pk))
        or "–",
        state=_state(user),
    )


def _state(user: User) -> str:
    if not user.is_active:
        return _("closed")
    return "" if user.has_usable_password() else _("not signed in yet")


def _tree(teams: list[Team], parent: int | None, depth: int) -> Iterator[TeamShown]:
    for team in teams:
        if team.parent_id != parent:
            continue
        people = sum(member.is_active for member in team.members.all())
        yield TeamShown(
            name=team.name,
            url=reverse("web:settings_team", args=[team.pk]),
            depth=f":{depth}",
            manager=team.manager.name if team.manager else "",
            people=people,
        )
        yield from _tree(teams, team.pk, depth + 1)


# -- People ------------------------------------------------------------------------------------------------------------


@signed_in
def invite(request: Asked) -> HttpResponse:
    """Give somebody an account."""
    _asked_for(request)
    if request.method != "POST":
        return _person_form(request, None, {"time_zone": request.user.time_zone}, (), ())
    sent = request.POST
    try:
        person = staff.invite(
            email=sent.get("email", ""),
            name=sent.get("name", ""),
            time_zone=sent.get("time_zone", ""),
            role_keys=sent.getlist("roles"),
            team_ids=_keys(sent, "teams"),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _person_form(request, None, _given(sent), sent.getlist("roles"), _keys(sent, "teams"), refusal=refusal)
    said = _("%(name)s has an account. Make a link below and hand it over.") % {"name": person.name}
    return done(request, reverse("web:settings_person", args=[person.pk]), said)


@signed_in
def change(request: Asked, user_id: int) -> HttpResponse:
    """Show somebody's roles and teams, or change them."""
    _asked_for(request)
    person, sent = staff.get_person(user_id), request.POST
    if request.method != "POST":
        roles, teams = person.roles.values_list("key", flat=True), person.teams.values_list("pk", flat=True)
        return _person_form(request, person, {"name": person.name, "time_zone": person.time_zone}, roles, teams)
    try:
        staff.change_person(
            user_id=user_id,
            name=sent.get("name", ""),
            time_zone=sent.get("time_zone", ""),
            role_keys=sent.getlist("roles"),
            team_ids=_keys(sent, "teams"),
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _person_form(request, person, _given(sent), sent.getlist("roles"), _keys(sent, "teams"), refusal=refusal)
    return done(request, reverse("web:settings_people"), _("Saved. It holds from the next page on."))


@require_POST
@signed_in
def close_or_open(request: Asked, user_id: int) -> HttpResponse:
    """Close an account, or open it again."""
    _asked_for(request)
    if request.POST.get("do") == "open":
        person = staff.open_account(user_id=user_id, by=request.by, at=request.at)
        said = _("%(name)s can sign in again.") % {"name": person.name}
    else:
        person = staff.close_account(user_id=user_id, by=request.by, at=request.at)
        said = _("%(name)s can sign in no more. What is open is handed over at Absence.") % {"name": person.name}
    return done(request, reverse("web:settings_person", args=[user_id]), said)


@require_POST
@signed_in
def make_link(request: Asked, user_id: int) -> HttpResponse:
    """Show a link by which somebody chooses a password, or mail it: it holds for three days and works once."""
    _asked_for(request)
    person = staff.get_person(user_id)
    if not person.is_active:
        raise Refusal("closed", _("This account is closed. Open it first."))
    roles, teams = person.roles.values_list("key", flat=True), person.teams.values_list("pk", flat=True)
    given = {"name": person.name, "time_zone": person.time_zone}
    if request.POST.get("do") != "mail":
        return _person_form(request, person, given, roles, teams, link=sign_in_link(person))
    try:
        _mail_link(person, request.user)
    except Refusal as refusal:
        return _person_form(request, person, given, roles, teams, refusal=refusal)
    said = _("The link is on its way to %(address)s.") % {"address": person.email}
    return done(request, reverse("web:settings_person", args=[user_id]), said)


def _mail_link(person: User, inviting: User) -> None:
    """
    Mail somebody the link by which they choose a password.

    Raises:
        Refusal: mail is off, or the server did not take it.
    """
    if not mail_is_on():
        raise Refusal("mail_off", _("Mail is off here. Make the link, and hand it over yourself."))
    lines = [
        _("Hello %(name)s,") % {"name": person.name},
        "",
        _("%(who)s has an account for you. Choose a password here; the link holds for three days and works once:")
        % {"who": inviting.name},
        sign_in_link(person),
    ]
    try:
        send_mail(_("Your account at Throughline"), "\n".join(lines), None, [person.email])
    except (OSError, SMTPException) as wrong:
        said = _("The mail server did not take it (%(why)s). Make the link, and hand it over yourself.")
        raise Refusal("mail_refused", said % {"why": wrong}) from wrong


def sign_in_link(user: User) -> str:
    """Return the address where somebody chooses a password: once, within three days."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    words = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return f"{settings.SITE_URL}{reverse('account_reset_password_from_key', kwargs=words)}"


def _given(sent: QueryDict) -> dict[str, str]:
    return {name: str(sent.get(name, "")) for name in ("name", "email", "time_zone")}


def _keys(sent: QueryDict, name: str) -> list[int]:
    return [int(key) for key in sent.getlist(name) if str(key).isdecimal()]


def _person_form(
    request: Asked,
    person: User | None,
    given: dict[str, str],
    roles: Iterable[str],
    teams: Iterable[int],
    *,
    refusal: Refusal | None = None,
    link: str = "",
) -> HttpResponse:
    errors = refusal.fields if refusal else {}

    def field(name: str, label: str, kind: str = "string", **more: Any) -> FormField:
        return FormField(
            name=name, label=label, kind=kind, value=given.get(name, ""), error=errors.get(name, ""), **more
        )

    zones = tuple(Choice(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()))
    played, worked = set(roles), set(teams)
    offered = tuple(Choice(role.key, role.name, chosen=role.key in played) for role in Role.objects.order_by("id"))
    places = tuple(
        Choice(str(key), name, chosen=key in worked)
        for key, name in Team.objects.filter(retired_at=None).order_by("name").values_list("pk", "name")
    )
    fields = [field("name", _("Name"), required=True, max_length=staff.LONGEST)]
    if person is None:
        fields.append(field("email", _("E-mail"), "email", required=True, help=_("With which they sign in.")))
    fields.append(field("time_zone", _("Time zone"), "choice", required=True, choices=zones))
    sections = [
        FormSection(_("The person"), tuple(fields)),
        FormSection(_("Roles"), (field("roles", _("Of several the widest counts."), "choices", choices=offered),)),
        FormSection(
            _("Teams"), (field("teams", _("What they make belongs to the first."), "choices", choices=places),)
        ),
    ]
    args = [person.pk] if person else []
    form = {
        "title": person.name if person else _("New person"),
        "plural": _("People and teams"),
        "list_url": reverse("web:settings_people"),
        "action": reverse("web:settings_person" if person else "web:settings_person_new", args=args),
        "cancel_url": reverse("web:settings_people"),
        "button": _("Save") if person else _("Make the account"),
        "error": "" if refusal is None or set(errors) & {each.name for each in fields} else refusal.message,
        "sections": sections,
    }
    context = {
        "form": form,
        "person": person,
        "state": _state(person) if person else "",
        "is_me": person is not None and person.pk == request.user.pk,
        "link": link,
        "may_mail": mail_is_on(),
        "link_url": reverse("web:settings_person_link", args=args) if person else "",
        "account_url": reverse("web:settings_person_account", args=args) if person else "",
        "absence_url": reverse("web:absence_of", args=args) if person else "",
    }
    return render(request, "settings/person.html", context, status=refusal.status if refusal else 200)


# -- Teams -------------------------------------------------------------------------------------------------------------


@signed_in
def make_team(request: Asked) -> HttpResponse:
    """Make a team."""
    _asked_for(request)
    return _team(request, None)


@signed_in
def change_team(request: Asked, team_id: int) -> HttpResponse:
    """Change a team."""
    _asked_for(request)
    return _team(request, staff.get_team(team_id))


def _team(request: Asked, team: Team | None) -> HttpResponse:
    if request.method != "POST":
        return _team_form(request, team, _of_team(team))
    sent = {name: str(request.POST.get(name, "")) for name in ("name", "parent", "manager")}
    try:
        saved = staff.save_team(
            team_id=team.pk if team else None,
            name=sent["name"],
            parent_id=int(sent["parent"]) if sent["parent"].isdecimal() else None,
            manager_id=int(sent["manager"]) if sent["manager"].isdecimal() else None,
            by=request.by,
            at=request.at,
        )
    except Refusal as refusal:
        return _team_form(request, team, sent, refusal)
    return done(request, reverse("web:settings_people"), _("The team %(name)s is saved.") % {"name": saved.name})


def _others(team: Team | None) -> tuple[Choice, ...]:
    others = Team.objects.filter(retired_at=None).exclude(pk=team.pk if team else 0)
    return tuple(Choice(str(key), name) for key, name in others.order_by("name").values_list("pk", "name"))


@signed_in
def retire_team(request: Asked, team_id: int) -> HttpResponse:
    """Show what would move if a team were retired, or retire it."""
    _asked_for(request)
    team, refusal = staff.get_team(team_id), None
    into = str(request.POST.get("into", ""))
    if request.method == "POST":
        try:
            retired = teams.retire_team(
                team_id=team.pk, into_id=int(into) if into.isdecimal() else team.pk, by=request.by, at=request.at
            )
        except Refusal as refused:
            refusal = refused
        else:
            return done(request, reverse("web:settings_people"), _("%(name)s is retired.") % {"name": retired.name})
    moves = teams.team_holdings(team)
    context = {
        "team": team,
        "records": [(each.spec.plural if each.count != 1 else each.spec.label, each.count) for each in moves.records],
        "people": moves.people,
        "below": moves.below,
        "field": FormField(
            "into", _("To which team"), "choice", into, required=True, choices=_others(team),
            error=refusal.message if refusal else "",
        ),
        "list_url": reverse("web:settings_people"),
        "team_url": reverse("web:settings_team", args=[team.pk]),
    }  # fmt: skip
    return render(request, "settings/team_retirement.html", context, status=refusal.status if refusal else 200)


@require_POST
@signed_in
def bring_back_team(request: Asked, team_id: int) -> HttpResponse:
    """Let a retired team go on."""
    _asked_for(request)
    team = teams.bring_back_team(team_id=team_id, by=request.by, at=request.at)
    return done(request, reverse("web:settings_people"), _("%(name)s goes on.") % {"name": team.name})


def _of_team(team: Team | None) -> dict[str, str]:
    if team is None:
        return {}
    return {"name": team.name, "parent": str(team.parent_id or ""), "manager": str(team.manager_id or "")}


def _team_form(
    request: Asked, team: Team | None, given: dict[str, str], refusal: Refusal | None = None
) -> HttpResponse:
    errors = refusal.fields if refusal else {}
    above = _others(team)
    people = tuple(Choice(str(key), name) for key, name in names_of_colleagues())

    def field(name: str, label: str, kind: str = "choice", **more: Any) -> FormField:
        return FormField(
            name=name, label=label, kind=kind, value=given.get(name, ""), error=errors.get(name, ""), **more
        )

    fields = (
        field("name", _("Name"), "string", required=True, max_length=staff.LONGEST),
        field("parent", _("Below"), choices=above, help=_("Who works above sees what the teams below have.")),
        field("manager", _("Manager"), choices=people, help=_("Is told what is late, and coaches its people.")),
    )
    form = {
        "title": team.name if team else _("New team"),
        "plural": _("People and teams"),
        "list_url": reverse("web:settings_people"),
        "action": reverse("web:settings_team", args=[team.pk]) if team else reverse("web:settings_team_new"),
        "cancel_url": reverse("web:settings_people"),
        "button": _("Save") if team else _("Make the team"),
        "error": refusal.message if refusal and not errors else "",
        "sections": [FormSection(_("The team"), fields)],
    }
    members = team.members.filter(is_active=True).order_by("name", "pk") if team else ()
    retirement_url = reverse("web:settings_team_retirement", args=[team.pk]) if team and not team.retired_at else ""
    context = {"form": form, "is_there": team is not None, "members": members, "retirement_url": retirement_url}
    return render(request, "settings/team.html", context, status=refusal.status if refusal else 200)
