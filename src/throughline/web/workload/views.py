"""Workload, relationships and hand-overs of oneself and, for managers, of the people of their teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.insight.workload import Handing, Load, Relationship, colleagues, handings, loads, relationships
from throughline.insight.workload.loads import SEE_OTHERS
from throughline.web.answers import Asked, signed_in
from throughline.web.customers.views import list_url
from throughline.web.insight.views import require_reports, tabs
from throughline.web.parts import Tone
from throughline.web.records.present import url_of
from throughline.web.simulation.shown import span

SHOWN = 25
MUCH, TOO_MUCH = 2.0, 4.0
"""Weeks of work ahead from which a load is marked."""


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show how much there is to do, who knows whom, and who hands work to whom."""
    require_reports(request)
    people = colleagues(user=request.user)
    known = relationships(people=people, user=request.user, at=request.at)
    names = {person.pk: person.name for person in people}
    context = {
        "tabs": tabs("workload"),
        "is_manager": access.allows(request.user, SEE_OTHERS),
        "loads": [_load(each, known, request) for each in loads(people=people, user=request.user, at=request.at)],
        "relationships": _known(known[:SHOWN], names),
        "more": max(len(known) - SHOWN, 0),
        "handings": [_handing(each, names) for each in handings(people=people, user=request.user, at=request.at)],
    }
    return render(request, "workload/workload.html", context)


def _load(load: Load, known: Sequence[Relationship], request: Asked) -> dict[str, Any]:
    own = [each for each in known if each.person == load.person.pk]
    weeks = load.weeks_ahead
    return {
        "name": load.person.name,
        "steps": f"{load.steps:,}",
        "late": f"{load.late_steps:,}" if load.late_steps else "",
        "tasks": f"{load.tasks:,}",
        "late_tasks": f"{load.late_tasks:,}" if load.late_tasks else "",
        "tasks_url": _tasks_url(load.person),
        "steps_url": reverse("web:my_work") if load.person.pk == request.user.pk else "",
        "done": f"{load.done:,}",
        "capacity": f"{load.capacity}%",
        "weeks": "–" if weeks is None else f"{weeks:.1f}",
        "tone": _tone(weeks),
        "is_away": load.person.away_from is not None
        and load.person.away_from <= request.at
        and (load.person.away_until is None or load.person.away_until > request.at),
        "relationships": f"{len(own):,}",
        "strength": f"{sum(each.strength for each in own):.1f}",
    }


def _tone(weeks: float | None) -> Tone:
    if weeks is None or weeks < MUCH:
        return ""
    return "late" if weeks >= TOO_MUCH else "wait"


def _tasks_url(person: User) -> str:
    conditions = [
        {"field": "owner", "op": "is", "value": person.pk},
        {"field": "kind", "op": "is", "value": "Task"},
        {"field": "status", "op": "is", "value": "Planned"},
    ]
    return list_url("activity", {"all": conditions})


def _known(known: Sequence[Relationship], names: Mapping[int, str]) -> list[dict[str, Any]]:
    titles = record_titles([RecordRef("contact", each.contact) for each in known])
    return [
        {
            "who": names.get(each.person, ""),
            "contact": titles.get(RecordRef("contact", each.contact), ""),
            "url": url_of(registry.get("contact"), each.contact),
            "strength": f"{each.strength:.1f}",
            "touches": each.touches,
            "last_at": each.last_at,
        }
        for each in known
    ]


def _handing(each: Handing, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "giver": names[each.giver],
        "taker": names[each.taker],
        "count": f"{each.count:,}",
        "mean": span(each.mean.total_seconds()),
    }
