"""How far the relationship with a person has come, and how far the person on the way to buying: seen and moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import registry
from throughline.core.records.queries import RecordPage
from throughline.crm.people.operations import move_stage
from throughline.crm.people.relationship import TRACKS
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Choice
from throughline.web.records.present import url_of

TITLES = {"relationship": gettext_lazy("Relationship"), "journey": gettext_lazy("Way to buying")}


def stage_panel(request: Asked, found: RecordPage) -> Mapping[str, Any]:
    """Return the panel of a contact's page. No query: all of it stands on the record."""
    rights = access.field_rights(request.user, found.spec)
    may_edit = bool(found.can.get(access.EDIT))
    lines = []
    for track, way in TRACKS.items():
        if not rights.reads(way.field):
            continue
        described, stage = found.spec.field(way.field), getattr(found.record, way.field)
        shown = described.choice(stage)
        lines.append(
            {
                "track": track,
                "title": TITLES[track],
                "stage": str(shown.label) if shown else "",
                "tone": shown.tone if shown else "",
                "since": getattr(found.record, way.since),
                "reason": getattr(found.record, way.reason) if rights.reads(way.reason) else "",
                "choices": [Choice(each.value, str(each.label), each.value == stage) for each in described.choices],
                "url": reverse("web:contact_stage", args=[found.record.pk])
                if may_edit and rights.writes(way.field)
                else "",
            }
        )
    return {"template": "people/_stages.html", "lines": lines}


@require_POST
@signed_in
def move(request: Asked, contact_id: int) -> HttpResponse:
    """Move a person to another stage, for a reason."""
    contact = move_stage(
        contact_id=contact_id,
        stage=request.POST.get("stage", ""),
        reason=request.POST.get("reason", ""),
        track=request.POST.get("track", "relationship"),
        by=request.by,
        at=request.at,
    )
    return done(request, url_of(registry.get("contact"), contact.pk), _("Moved."))
