"""
Walking a way in the editor: the kernel goes on the server, the token goes on the canvas.

It is the walk of the page (``walking``), told as data. A walk may begin with a real record that the asker sees; what is
kept of it as a test case has made-up values in place of what tells of a person, and goes the same way; where no made-up
value does, the page asks which ones may stay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.procedures import walking
from throughline.core.procedures.models import ProcedureVersion
from throughline.core.procedures.queries.proving import latest_version
from throughline.core.procedures.veils import Told
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import Refusal
from throughline.flow.engine import ChartRefused
from throughline.flow.simulate.members import written
from throughline.flow.values import Value
from throughline.web.answers import Asked, body_of, signed_in_json
from throughline.web.parts import FormField
from throughline.web.procedures.assist import seen
from throughline.web.proving import shown
from throughline.web.proving.walking import acted, kept, members_of, place_of, record_field

RECORD = "record"
"""The member of a request that names a real record to begin with."""


@require_POST
@signed_in_json
def walk_on(request: Asked, key: str) -> HttpResponse:
    """Begin a walk, take one step of it or take one back, and say where it stands; or keep it as a test case."""
    access.require_ability(
        request.user,
        access.DESIGN_PROCEDURES,
        otherwise=_("Your roles do not let you make test cases. Ask a manager."),
    )
    given = {name: str(value) for name, value in body_of(request).items() if value is not None}
    version, act = latest_version(procedure=key), given.get("act", "")
    members = members_of(given.get("members", ""))
    if act == "keep":
        return _keep(request, key, version, members, given)
    if act in ("", "again"):
        return JsonResponse(_beginning(version))
    if act == "begin" and given.get(RECORD):
        told = {name: written(value) for name, value in _told(request, version, given[RECORD]).items()}
        members = walking.first_members(version, {version.procedure.record_type: told})
    else:
        members = acted(version, _as_drawn(version, members), given)
    return JsonResponse(_standing(version, members))


def _beginning(version: ProcedureVersion) -> dict[str, Any]:
    """What can be chosen before a walk: fields to fill in, or a record of a type."""
    fields = walking.fields_read(version)
    spec = registry.find(version.procedure.record_type)
    return {
        "begun": False,
        "problem": "" if fields is not None else _("The drawing cannot run yet. Mend what the check points at first."),
        "fields": [_field(record_field(field)) for field in fields or ()],
        "record": spec.type if spec else "",
        "label": str(spec.label) if spec else "",
    }


def _field(field: FormField) -> dict[str, Any]:
    choices = [{"value": each.value, "label": each.label} for each in field.choices]
    return {
        "name": field.name,
        "label": str(field.label),
        "kind": field.kind,
        "required": field.required,
        "choices": choices,
    }


def _told(request: Asked, version: ProcedureVersion, record_id: str) -> dict[str, Value]:
    """What the drawing reads of a record, as far as the asker may."""
    spec = registry.get(version.procedure.record_type)
    if not record_id.isdecimal():
        raise Refusal("no_record", _("Choose a record from the list."), RECORD)
    record = get_record(spec=spec, user=request.user, record_id=int(record_id))
    try:
        names = walking.names_read(version)
    except ChartRefused as problem:
        raise Refusal("not_runnable", str(problem)) from None
    return seen(spec, record, request, names)


def _as_drawn(version: ProcedureVersion, members: dict[str, Any]) -> dict[str, Any]:
    """A walk goes on over the drawing as it is now: who is asked may have changed since the step before."""
    if not members:
        return {}
    return walking.first_members(version, members["variables"]) | {"answers": members["answers"]}


def _standing(version: ProcedureVersion, members: dict[str, Any]) -> dict[str, Any]:
    drawing = shown.drawn(version)
    labels = shown.labels_of(drawing)
    walk = walking.walk(version, members)
    outcome = walk.outcome
    told = {
        "begun": True,
        "members": json.dumps(members),
        "problem": walk.problem,
        "answers": [asdict(line) for line in shown.answers(members, labels)],
        "places": [_place(number, stop) for number, stop in enumerate(walk.stops)],
    }
    if outcome is None:
        return told | {"way": [], "here": [], "came": [], "variables": [], "ended": False, "after": ""}
    incidents = [each["message"] for each in outcome.incidents]
    return told | {
        "way": outcome.way,
        "here": [each["id"] for each in outcome.waiting],
        "came": outcome.trace,
        "variables": _lines({name: written(value) for name, value in outcome.variables.items()}, labels),
        "ended": outcome.status == "completed",
        "after": str(outcome.after) if outcome.after else "",
        "problem": " ".join(incidents),
    }


def _lines(variables: Mapping[str, Any], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    return [asdict(line) for line in shown.given({"variables": variables}, labels)]


def _place(number: int, stop: walking.Stop) -> dict[str, Any]:
    place = place_of(number, stop, {})
    return {
        "number": place.number,
        "kind": place.kind,
        "node": place.node,
        "title": place.title,
        "words": str(place.words),
        "guidance": place.guidance,
        "outcomes": [{"value": each.value, "label": each.label} for each in place.outcomes],
        "fields": [_field(each) for each in place.fields],
    }


def _keep(
    request: Asked, key: str, version: ProcedureVersion, members: dict[str, Any], given: Mapping[str, str]
) -> HttpResponse:
    if not members:
        raise Refusal("no_walk", _("Begin a walk first, then keep it."))
    if given.get(RECORD):
        facts = _told(request, version, given[RECORD])
        keep = [path for path in given.get("keep", "").split(",") if path]
        made_up = walking.made_up(version, members, facts, keep=keep)
        if made_up.members is None:
            return JsonResponse(_needed(made_up.told, version))
        members = made_up.members
    test, words = kept(request, key, version, members, given.get("name", ""))
    return JsonResponse({"said": words, "url": reverse("web:procedure_test", args=[key, test.pk])})


def _needed(told: Sequence[Told], version: ProcedureVersion) -> dict[str, Any]:
    """Say that made-up values lead another way, and which values one may keep deliberately."""
    spec = registry.find(version.procedure.record_type)
    fields = spec.by_name if spec else {}
    return {
        "elsewhere": _(
            "With made-up values it goes another way: the drawing decides by what tells of the person. Keep what it "
            "decides by, or walk with made-up values of your own."
        ),
        "told": [
            {
                "path": each.path,
                "label": str(found.label) if (found := fields.get(each.path.partition(".")[2])) else each.path,
                "value": each.value,
                "kept": each.kept,
            }
            for each in told
        ],
    }
