"""Planned activities where they are seen: on the page of a record, on their own page, in My work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from throughline.core import access
from throughline.core.records import RecordRef, RecordSpec, registry
from throughline.core.records.queries import RecordPage
from throughline.core.records.titles import record_titles
from throughline.core.teamwork.queries import seen
from throughline.crm.activities.models import Activity, Kind, Status
from throughline.crm.activities.queries import open_for, planned_about, subjects_of
from throughline.web import moments
from throughline.web.answers import Asked
from throughline.web.parts import SearchHit, Tone
from throughline.web.records.present import slug, url_of

ICONS = {
    Kind.CALL: "phone",
    Kind.EMAIL: "mail",
    Kind.MEETING: "video",
    Kind.NOTE: "notebook-pen",
    Kind.TASK: "circle-check",
    Kind.MESSAGE: "message-square",
}
IN_MY_WORK = 20
"""So many planned activities stand in My work, the next due first."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned activity with what may be done with it; without addresses for who may not change it."""

    id: int
    subject: str
    kind: str
    icon: str
    who: str
    about: str
    due_at: datetime | None
    tone: Tone
    overdue: bool
    url: str
    done_url: str
    cancel_url: str


def as_planned(activity: Activity, request: Asked, about: str = "") -> Planned:
    """Return a planned activity in words."""
    spec, due = registry.get("activity"), activity.due_at
    may = access.can(request.user, access.EDIT, spec, activity)
    return Planned(
        id=activity.pk,
        subject=activity.subject,
        kind=activity.get_kind_display(),
        icon=ICONS[Kind(activity.kind)],
        who=activity.owner.name if activity.owner is not None else "",
        about=about,
        due_at=due,
        tone=moments.tone(due, now=request.at) if due is not None else "",
        overdue=due is not None and due < request.at,
        url=url_of(spec, activity.pk),
        done_url=reverse("web:activity_completion", args=[activity.pk]) if may else "",
        cancel_url=reverse("web:activity_cancellation", args=[activity.pk]) if may else "",
    )


def may_be_about(spec: RecordSpec) -> bool:
    """Whether activities are about records of a type."""
    return spec.type != "activity"


def plan_url(request: Asked, found: RecordPage) -> str:
    """Return where something is planned about a record, nothing where that is not possible."""
    if not may_be_about(found.spec) or not access.can(request.user, access.CREATE, registry.get("activity")):
        return ""
    return reverse("web:activity_new", args=[slug(found.spec), found.record.pk])


def planned_context(request: Asked, found: RecordPage) -> dict[str, Any]:
    """Return what is planned about a record. No query for one with nothing dated before it."""
    spec, record = found.spec, found.record
    if not may_be_about(spec) or record.next_activity_at is None:
        return {"planned": []}
    rows = planned_about(ref=RecordRef(spec.type, record.pk), user=request.user)
    return {"planned": [as_planned(row, request) for row in rows]}


def planned_by(request: Asked) -> list[Planned]:
    """Return what the asker has planned, the next due first, each with the first record that it is about."""
    rows = open_for(user=request.user, limit=IN_MY_WORK)
    if not rows:
        return []
    subjects = subjects_of(activities=rows)
    titles = record_titles(seen(refs={ref for refs in subjects.values() for ref in refs}, user=request.user))
    return [as_planned(row, request, _first(subjects.get(row.pk, []), titles)) for row in rows]


def _first(refs: Iterable[RecordRef], titles: Mapping[RecordRef, str]) -> str:
    return next((titles[ref] for ref in refs if ref in titles), "")


def activity_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of an activity's page: what it is about, and how it went while it is planned."""
    activity: Activity = found.record
    refs = subjects_of(activities=[activity]).get(activity.pk, [])
    titles = record_titles(seen(refs=refs, user=request.user))
    return {
        "template": "activities/_panel.html",
        "about": [
            SearchHit(spec.icon, titles[ref], url_of(spec, ref.id), str(spec.label))
            for ref in refs
            if ref in titles
            for spec in (registry.get(ref.type),)
        ],
        "hidden": len(refs) - len(titles),
        "planned": [as_planned(activity, request)] if activity.status == Status.PLANNED else [],
    }
