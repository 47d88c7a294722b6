"""
The set-up of one's own company, step by step.

Every step writes at once, by the operation that the settings use, too; so there is nothing to lose by leaving, and what
was done elsewhere meanwhile counts as done here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core.access import staff
from throughline.core.company import operations
from throughline.core.company.queries import base_currency, find_logo, letterhead
from throughline.core.identity.models import BusinessCalendar, Role, Team, User
from throughline.core.identity.operations import change_user, save_calendar
from throughline.core.library import queries as shelf
from throughline.core.refusals import NotFound, Refusal
from throughline.packs import get_pack
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField
from throughline.web.settings.people import sign_in_link
from throughline.web.setup.steps import CALENDAR, KEYS, STEPS, Progress, progress, starters
from throughline.web.sketches.backdrops import picture_answer

DAYS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
USUAL = ("mon", "tue", "wed", "thu", "fri")
FROM, UNTIL = "09:00", "17:00"
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "JPY", "CNY", "INR", "BRL")

Given = dict[str, str]


@signed_in
def show(request: Asked) -> HttpResponse:
    """Go to the first step that is open; when none is, tell what there is."""
    operations.require(request.by)
    found = progress()
    if found.first_open:
        return redirect(reverse("web:setup_step", args=[found.first_open]))
    context = {
        "marks": found.marks(""),
        "company": letterhead()[0],
        "skipped": [str(step.label) for step in STEPS if step.key in found.skipped and step.key not in found.done],
        "end_url": reverse("web:setup_end"),
    }
    return render(request, "setup/done.html", context)


@signed_in
def show_step(request: Asked, step: str) -> HttpResponse:
    """Show a step, take what is said there, or leave it out."""
    operations.require(request.by)
    if step not in KEYS:
        raise NotFound(_("The set-up has no such step. Look at it again."))
    if request.method != "POST":
        return _page(request, step, {}, None)
    given = parameters(request.POST)
    if given.get("do") == "skip":
        operations.skip_step(step=step, known=KEYS, by=request.by, at=request.at)
        return redirect(_next(step))
    try:
        answered = _TAKEN[step](request, given)
    except Refusal as refusal:
        return _page(request, step, given, refusal)
    return answered or redirect(_next(step))


def _next(step: str) -> str:
    key = progress().after(step)
    return reverse("web:setup_step", args=[key]) if key else reverse("web:setup")


def _page(request: Asked, step: str, given: Given, refusal: Refusal | None, **more: Any) -> HttpResponse:
    found = progress()
    place = KEYS.index(step)
    errors = dict(refusal.fields) if refusal else {}
    context = {
        "marks": found.marks(step),
        "title": STEPS[place].label,
        "question": STEPS[place].question,
        "body": f"setup/_{step}.html",
        "is_done": step in found.done,
        "error": refusal.message if refusal and not errors else "",
        "back_url": reverse("web:setup_step", args=[KEYS[place - 1]]) if place else "",
        "next_url": _next(step),
        **_SHOWN[step](request, found, given, errors),
        **more,
    }
    return render(request, "setup/step.html", context, status=refusal.status if refusal else 200)


@require_POST
@signed_in
def end(request: Asked) -> HttpResponse:
    """Say that setting up is done."""
    operations.end_set_up(by=request.by, at=request.at)
    return done(request, reverse("web:my_work"), _("Set up. You find it again under Settings."))


@signed_in
def logo(request: Asked) -> HttpResponse:
    """Give the company's logo."""
    found = find_logo()
    if found is None:
        raise NotFound(_("The company has no logo yet."))
    return picture_answer(found)


# -- Company -----------------------------------------------------------------------------------------------------------


def _show_company(_request: Asked, found: Progress, given: Given, errors: dict[str, str]) -> dict[str, Any]:
    head = letterhead() if found.company is None or found.company.described_at is None else None
    company = found.company
    name = head[0] if head else company.name if company else ""
    address = "\n".join(head[1:]) if head else company.address if company else ""
    currency = given.get("currency", base_currency())
    offered = dict.fromkeys([*CURRENCIES, base_currency(), currency])
    placeholder = "" if name == "Your company" else name
    return {
        "fields": (
            FormField("name", _("Name"), "string", given.get("name", placeholder), required=True, max_length=200,
                      error=errors.get("name", ""), autocomplete="organization"),
            FormField("currency", _("Currency"), "choice", currency, required=True, error=errors.get("currency", ""),
                      choices=tuple(Choice(each, each) for each in sorted(offered) if each),
                      help=_("Sums of several deals are told in it; a deal can have another one.")),
            FormField("address", _("Address"), "text", given.get("address", address), max_length=500,
                      help=_("As it stands on quotes and invoices, line by line."), error=errors.get("address", "")),
        ),
        "logo_url": reverse("web:setup_logo") if company is not None and company.logo_id else "",
        "logo_error": errors.get("logo", ""),
    }  # fmt: skip


def _take_company(request: Asked, given: Given) -> HttpResponse | None:
    sent = request.FILES.get("logo")
    operations.describe_company(
        name=given.get("name", ""),
        address=given.get("address", ""),
        currency=given.get("currency", ""),
        logo=sent.read(operations.LARGEST_LOGO + 1) if sent is not None else b"",
        without_logo=given.get("without_logo") == "yes",
        by=request.by,
        at=request.at,
    )
    return None


# -- Hours -------------------------------------------------------------------------------------------------------------


def _show_hours(request: Asked, _found: Progress, given: Given, errors: dict[str, str]) -> dict[str, Any]:
    calendar = BusinessCalendar.objects.filter(key=CALENDAR).first()
    hours = calendar.hours if calendar is not None else {day: [[FROM, UNTIL]] for day in USUAL}
    spans = [span for day in hours for span in hours[day]]
    first, last = (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else (FROM, UNTIL)
    zone = given.get("zone") or (calendar.zone if calendar is not None else request.user.time_zone)
    days = request.POST.getlist("days") if given else [day for day in hours if hours[day]]
    zones = tuple(Choice(each, each.replace("_", " ")) for each in sorted(available_timezones()))
    choices = tuple(Choice(day, str(label), chosen=day in days) for day, label in DAYS.items())
    return {
        "fields": (
            FormField("zone", _("Time zone"), "choice", zone, required=True, choices=zones,
                      error=errors.get("zone", ""), help=_("Yours from now on, too. Colleagues choose their own.")),
            FormField("from", _("From"), "string", given.get("from", first), required=True, max_length=5,
                      error=errors.get("hours", ""), help=_("As in 09:00")),
            FormField("until", _("Until"), "string", given.get("until", last), required=True, max_length=5,
                      help=_("As in 17:00")),
            FormField("days", _("Working days"), "choices", choices=choices),
        ),
        "several": calendar is not None and any(len(hours[day]) > 1 for day in hours),
    }  # fmt: skip


def _take_hours(request: Asked, given: Given) -> HttpResponse | None:
    days = [day for day in request.POST.getlist("days") if day in DAYS]
    if not days:
        raise Refusal("no_days", _("Choose at least one working day."))
    kept = BusinessCalendar.objects.filter(key=CALENDAR).first()
    save_calendar(
        key=CALENDAR,
        name=kept.name if kept is not None else _("Working hours"),
        zone=given.get("zone", ""),
        hours={day: [[given.get("from", ""), given.get("until", "")]] for day in days},
        holidays=kept.holidays if kept is not None else [],
        by=request.by,
        at=request.at,
    )
    change_user(user=request.user, changes={"time_zone": given.get("zone", "")}, by=request.by, at=request.at)
    return None


# -- Pack --------------------------------------------------------------------------------------------------------------


def _show_pack(_request: Asked, _found: Progress, given: Given, errors: dict[str, str]) -> dict[str, Any]:
    packs = [each for each in shelf.shelf() if each.pack.kind == "starter"]
    return {
        "packs": [
            {
                "key": each.pack.key,
                "name": each.pack.name,
                "summary": each.pack.summary,
                "brings": [_named(key) for key in each.pack.includes],
                "is_installed": each.installed is not None,
                "url": reverse("web:library_pack", args=[each.pack.key]),
                "chosen": given.get("pack", "") == each.pack.key,
            }
            for each in packs
        ],
        "pack_error": errors.get("pack", ""),
    }


def _named(key: str) -> str:
    try:
        return get_pack(key).name
    except KeyError:
        return key


def _take_pack(_request: Asked, given: Given) -> HttpResponse | None:
    key = given.get("pack", "")
    if key not in starters():
        raise Refusal("no_pack", _("Choose the one that comes nearest. All of it can be changed."), "pack")
    return redirect(reverse("web:library_install", args=[key]) + "?from=setup")


# -- People ------------------------------------------------------------------------------------------------------------


def _show_people(_request: Asked, _found: Progress, given: Given, errors: dict[str, str]) -> dict[str, Any]:
    people = User.objects.filter(is_active=True).prefetch_related("roles").order_by("pk")[:100]
    roles = tuple(Choice(role.key, role.name) for role in Role.objects.order_by("id"))
    alive = Team.objects.filter(retired_at=None).order_by("name", "id")
    teams = tuple(Choice(str(team.pk), team.name) for team in alive)
    asked_team = FormField("team", _("Team"), "choice", given.get("team", teams[0].value if teams else ""),
                           choices=teams, help=_("Its work comes to them, and they see its records."))  # fmt: skip
    return {
        "people": [{"name": p.name, "email": p.email, "roles": [role.name for role in p.roles.all()]} for p in people],
        "fields": (
            FormField("name", _("Name"), "string", given.get("name", ""), max_length=200, error=errors.get("name", "")),
            FormField("email", _("E-mail"), "email", given.get("email", ""), max_length=254,
                      error=errors.get("email", "")),
            FormField("role", _("Role"), "choice", given.get("role", "sales"), required=True, choices=roles,
                      error=errors.get("role", "")),
            *([asked_team] if teams else []),
        ),
        "teams_url": reverse("web:settings_people"),
    }  # fmt: skip


def _take_people(request: Asked, given: Given) -> HttpResponse | None:
    if given.get("do") != "invite" and not (given.get("name", "").strip() or given.get("email", "").strip()):
        return None
    person = staff.invite(
        email=given.get("email", ""),
        name=given.get("name", ""),
        role_keys=[given.get("role", "")],
        team_ids=[int(team)] if (team := given.get("team", "")).isdecimal() else [],
        time_zone=request.user.time_zone,
        by=request.by,
        at=request.at,
    )
    return _page(request, "people", {}, None, invited=person.name, link=sign_in_link(person))


# -- Data --------------------------------------------------------------------------------------------------------------


def _show_data(_request: Asked, _found: Progress, _given: Given, _errors: dict[str, str]) -> dict[str, Any]:
    return {
        "import_url": reverse("web:import_new"),
        "sample_url": reverse("web:sample"),
        "sender": settings.DEFAULT_FROM_EMAIL,
    }


def _take_data(_request: Asked, _given: Given) -> HttpResponse | None:
    return None


_SHOWN: dict[str, Callable[[Asked, Progress, Given, dict[str, str]], dict[str, Any]]] = {
    "company": _show_company,
    "hours": _show_hours,
    "pack": _show_pack,
    "people": _show_people,
    "data": _show_data,
}
_TAKEN: dict[str, Callable[[Asked, Given], HttpResponse | None]] = {
    "company": _take_company,
    "hours": _take_hours,
    "pack": _take_pack,
    "people": _take_people,
    "data": _take_data,
}
