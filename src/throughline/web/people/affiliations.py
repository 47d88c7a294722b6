"""Who belongs where: the further organizations of a person, and the people of an organization with their roles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage
from throughline.core.records.text import fold
from throughline.core.refusals import Refusal
from throughline.crm.people.affiliations import affiliate, end_affiliation, further_of, make_main
from throughline.crm.people.models import Affiliation, Contact
from throughline.crm.people.queries import people_of
from throughline.web import moments
from throughline.web.answers import Asked, done, signed_in
from throughline.web.people.stages import stage_panel
from throughline.web.people.trees import tree_panel
from throughline.web.records.filters import address
from throughline.web.records.present import url_of

SHOWN = 30
"""So many people stand on the page of an organization; the list has all of them."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A person at an organization, seen from the one or the other: ``url`` leads to the other, where it may be seen."""

    id: int
    name: str
    url: str
    role: str
    span: str
    number: str = ""
    since: str = ""
    until: str = ""
    over: bool = False
    main: bool = False
    change_url: str = ""
    main_url: str = ""
    end_url: str = ""


# -- On the page of a person -------------------------------------------------------------------------------------------


def contact_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a contact's page: where we stand, and where else the person belongs. Two queries."""
    rights = access.field_rights(request.user, found.spec)
    panel = {**stage_panel(request, found), "template": "people/_contact.html"}
    if not rights.reads("organization"):
        return panel
    may_edit = bool(found.can.get(access.EDIT)) and rights.writes("organization")
    rows = further_of([found.record.pk])
    return {
        **panel,
        "further": [_belonging(row, _seen(rows, request), request, may_edit=may_edit) for row in rows],
        "add_url": reverse("web:contact_affiliations", args=[found.record.pk]) if may_edit else "",
    }


def _seen(rows: list[Affiliation], request: Asked) -> set[int]:
    spec = registry.get("organization")
    seen = spec.model._default_manager.filter(access.visible(spec, request.user), deleted_at=None)
    return set(seen.filter(pk__in=[row.organization_id for row in rows]).values_list("pk", flat=True))


def _belonging(row: Affiliation, seen: set[int], request: Asked, *, may_edit: bool) -> Belonging:
    organization = row.organization
    may_change = may_edit and organization.pk in seen
    return Belonging(
        id=row.pk,
        name=organization.name,
        url=url_of(registry.get("organization"), organization.pk) if organization.pk in seen else "",
        role=row.role,
        span=_span(row.since_on, row.until_on),
        number=organization.number,
        since=row.since_on.isoformat() if row.since_on else "",
        until=row.until_on.isoformat() if row.until_on else "",
        over=row.until_on is not None and row.until_on < localtime(request.at).date(),
        change_url=reverse("web:contact_affiliations", args=[row.contact_id]) if may_change else "",
        main_url=reverse("web:affiliation_main", args=[row.pk]) if may_change else "",
        end_url=reverse("web:affiliation_end", args=[row.pk]) if may_edit else "",
    )


def _span(since: date | None, until: date | None) -> str:
    first = _("since %(day)s") % {"day": moments.date_in_words(since)} if since else ""
    last = _("until %(day)s") % {"day": moments.date_in_words(until)} if until else ""
    return ", ".join(part for part in (first, last) if part)


# -- On the page of an organization ------------------------------------------------------------------------------------


def organization_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of an organization's page: its people, and the tree it is part of. Two queries more."""
    panel = {**tree_panel(request, found), "template": "people/_organization.html"}
    spec = registry.get("contact")
    rights = access.field_rights(request.user, spec)
    scope = access.grants(request.user).scope("contact", access.VIEW)
    if not rights.reads("organization") or scope is access.Scope.NONE:
        return panel
    people = people_of(organization_id=found.record.pk, user=request.user, limit=SHOWN + 1)
    wanted = {"field": "organization", "op": "is_also", "value": str(found.record.pk)}
    listed = address({"view": "all", "f": json.dumps({"all": [wanted]}, separators=(",", ":"))})
    return {
        **panel,
        "people": [_person(person, row, request) for person, row in people[:SHOWN]],
        "people_url": f"{reverse('web:record_list', args=['contacts'])}?{listed}" if len(people) > SHOWN else "",
        "can_add_people": bool(found.can.get(access.EDIT)) and rights.writes("organization"),
        "add_person_url": reverse("web:organization_people", args=[found.record.pk]),
    }


def _person(person: Contact, row: Affiliation | None, request: Asked) -> Belonging:
    return Belonging(
        id=person.pk,
        name=person.name,
        url=url_of(registry.get("contact"), person.pk),
        role=row.role if row else person.job_title,
        span=_span(row.since_on, row.until_on) if row else "",
        over=row is not None and row.until_on is not None and row.until_on < localtime(request.at).date(),
        main=row is None,
    )


# -- Changing ----------------------------------------------------------------------------------------------------------


@require_POST
@signed_in
def add(request: Asked, contact_id: int) -> HttpResponse:
    """Name a further organization of a person, or change what is said of it."""
    key = _named("organization", request.POST.get("organization", ""), request)
    kept = _keep(request, contact_id, key)
    return done(request, url_of(registry.get("contact"), contact_id), _("Kept: %(what)s.") % {"what": str(kept)})


@require_POST
@signed_in
def add_person(request: Asked, organization_id: int) -> HttpResponse:
    """Say that a person belongs to this organization, too."""
    contact_id = _named("contact", request.POST.get("contact", ""), request)
    kept = _keep(request, contact_id, organization_id)
    told = {"name": kept.contact.name}
    return done(request, url_of(registry.get("organization"), organization_id), _("%(name)s belongs here, too.") % told)


def _keep(request: Asked, contact_id: int, organization_id: int) -> Affiliation:
    return affiliate(
        contact_id=contact_id,
        organization_id=organization_id,
        role=request.POST.get("role", ""),
        since_on=_day(request.POST.get("since", ""), "since"),
        until_on=_day(request.POST.get("until", ""), "until"),
        by=request.by,
        at=request.at,
    )


def _named(record_type: str, text: str, request: Asked) -> int:
    """Return the key of what somebody named by number or name, among what they may see."""
    spec, written = registry.get(record_type), " ".join(text.split())
    seen = spec.model._default_manager.filter(access.visible(spec, request.user), deleted_at=None, sandbox=False)
    number = written.removeprefix(f"{spec.model.number_prefix}-")
    by_name = Q(name__iexact=written) | Q(sort_name=fold(written))
    wanted = Q(pk=int(number)) if number.isascii() and number.isdigit() and len(number) < 18 else by_name
    found = list(seen.filter(wanted).values_list("pk", flat=True)[:2]) if written else []
    if len(found) > 1:
        raise Refusal("several", _("Several are called “%(name)s”. Write the number.") % {"name": written}, record_type)
    if not found:
        told = _("There is no %(kind)s “%(name)s” that you may see. Write the number, or the whole name.")
        raise Refusal("not_found", told % {"kind": str(spec.label).lower(), "name": written}, record_type)
    return int(found[0])


def _day(text: str, field: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None:
        raise Refusal("no_day", _("“%(text)s” is no day. Write it as 2026-03-31.") % {"text": text}, field)
    return day


@require_POST
@signed_in
def main(request: Asked, affiliation_id: int) -> HttpResponse:
    """Make a further organization the main one."""
    contact = make_main(affiliation_id=affiliation_id, by=request.by, at=request.at)
    said = _("%(name)s is the main organization now.") % {"name": contact.organization}
    return done(request, url_of(registry.get("contact"), contact.pk), said)


@require_POST
@signed_in
def end(request: Asked, affiliation_id: int) -> HttpResponse:
    """Take a further organization off a person."""
    contact = end_affiliation(affiliation_id=affiliation_id, by=request.by, at=request.at)
    return done(request, url_of(registry.get("contact"), contact.pk), _("Taken off."))
