"""
Walking a way on the drawing and keeping it as a test case.

The whole walk is in the form (the members of the test case so far); every answer goes the way again from its beginning.
Nothing is written before somebody keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.procedures import walking
from throughline.core.procedures.forms import read_answers
from throughline.core.procedures.models import KeptTest, ProcedureVersion
from throughline.core.procedures.operations import keep_test
from throughline.core.procedures.operations.proving import LARGEST
from throughline.core.procedures.queries import overview as queries
from throughline.core.procedures.queries.proving import kept_test, latest_version
from throughline.core.procedures.walking import Stop, Walk
from throughline.core.records.spec import FieldSpec, FieldType
from throughline.core.refusals import Refusal
from throughline.flow.simulate.members import written
from throughline.flow.simulate.proving import expectation
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.parts import Choice, FormField, Outcome
from throughline.web.procedures.frame import frame
from throughline.web.proving import shown
from throughline.web.work.steps import form_field

RECORD = "record."
"""What stands before the names of the record's fields in the first form."""


@signed_in
def show_walk(request: Asked, key: str) -> HttpResponse:
    """Show a walk where it stands, or take one step of it."""
    access.require_ability(
        request.user,
        access.DESIGN_PROCEDURES,
        otherwise=_("Your roles do not let you make test cases. Ask a manager."),
    )
    version = latest_version(procedure=key)
    refusal: Refusal | None = None
    members = _members(request, key)
    if request.method == "POST":
        try:
            if request.POST.get("act") == "keep":
                return _keep(request, key, version, members)
            members = acted(version, members, parameters(request.POST))
        except Refusal as told:
            refusal = told
    return _page(request, key, version, members, refusal)


def _members(request: Asked, key: str) -> dict[str, Any]:
    if request.method == "GET" and request.GET.get("test", "").isdecimal():
        members = dict(kept_test(procedure=key, test_id=int(request.GET["test"])).members)
        return {name: value for name, value in members.items() if name != "expect"}
    return members_of(request.POST.get("members", ""))


def members_of(text: str) -> dict[str, Any]:
    """Return the members of a walk that a page carried along as text; nothing when they are none."""
    if not text or len(text) > LARGEST:
        return {}
    try:
        members = json.loads(text)
    except ValueError:
        members = {}
    return members if isinstance(members, dict) and _is_walk(members) else {}


def _is_walk(members: Mapping[str, Any]) -> bool:
    """Say whether these are the members that the form of a walk carries along."""
    answers, variables = members.get("answers"), members.get("variables")
    return isinstance(answers, list) and all(isinstance(each, dict) for each in answers) and isinstance(variables, dict)


def acted(version: ProcedureVersion, members: dict[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """
    Return the members after one more answer, or one less: ``given["act"]`` says what was done.

    Raises:
        Refusal: the walk does not wait there, or what was answered is not what is asked for.
    """
    act = given.get("act", "")
    if act == "again":
        return {}
    if act == "begin" or not members:
        return walking.first_members(version, _record(version, given))
    if act == "back":
        return {**members, "answers": list(members.get("answers", ()))[:-1]}
    answer = _answer(walking.walk(version, members), given)
    return {**members, "answers": [*members.get("answers", ()), answer]}


def _record(version: ProcedureVersion, sent: Mapping[str, str]) -> dict[str, Any]:
    given = {name.removeprefix(RECORD): value for name, value in sent.items() if name.startswith(RECORD)}
    fields = {field.name: field for field in walking.fields_read(version) or ()}
    known = {name: _stored(fields[name], text) for name, text in given.items() if name in fields}
    return {version.procedure.record_type: known} if version.procedure.record_type else {}


def _stored(field: FieldSpec, text: str) -> Any:
    """Return what somebody typed into a field of the record, in the form of test cases."""
    text = text.strip()
    if not text:
        return None
    if field.type in _AS_TEXT:
        return text
    if field.type is FieldType.BOOLEAN:
        return text == "yes"
    if field.type is FieldType.DATE:
        return {"$feel": f'date("{text}")'}
    if field.type is FieldType.DATETIME:
        return {"$feel": f'date and time("{text}")'}
    if field.type in (FieldType.TAGS, FieldType.LIST, FieldType.MULTI_CHOICE):
        return [part.strip() for part in text.split(",") if part.strip()]
    return shown.typed(text)


_AS_TEXT = (
    FieldType.TEXT,
    FieldType.LONG_TEXT,
    FieldType.EMAIL,
    FieldType.PHONE,
    FieldType.URL,
    FieldType.CHOICE,
    FieldType.TEAM,
)


def _answer(walk: Walk, given: Mapping[str, str]) -> dict[str, Any]:
    place = given.get("stop", "")
    stop = walk.stops[int(place)] if place.isdecimal() and int(place) < len(walk.stops) else None
    if given.get("act") == "pass":
        span = given.get("span", "").strip().upper()
        if not span:
            raise Refusal("no_span", _("How much time passes? Write it as PT5H or P2D."), "span")
        return {"advance": span}
    if stop is None:
        raise Refusal("gone_on", _("The walk does not wait there any more. Look where it stands."))
    if stop.kind == "timer":
        return {"advance": stop.wait}
    if stop.kind in ("message", "signal"):
        return {stop.kind: stop.name}
    if stop.kind == "action":
        result = {name: shown.typed(given.get(f"out.{name}", "")) for name in stop.outputs}
        return {"complete": stop.node, "variables": result}
    fields = () if stop.work is None else stop.work.fields
    filled = {field.name: given.get(field.name) or None for field in fields}
    said = read_answers(stop.work, given.get("outcome", ""), filled)
    return {"complete": stop.node, "variables": {name: written(value) for name, value in said.items()}}


def _keep(request: Asked, key: str, version: ProcedureVersion, members: dict[str, Any]) -> HttpResponse:
    test, said = kept(request, key, version, members, request.POST.get("name", ""))
    return done(request, reverse("web:procedure_test", args=[key, test.pk]), said)


def kept(
    request: Asked, key: str, version: ProcedureVersion, members: dict[str, Any], name: str
) -> tuple[KeptTest, str]:
    """
    Keep a walk as a test case that expects what came of it, and say so.

    Raises:
        Refusal: the drawing cannot run, or the name is missing or taken.
    """
    walk = walking.walk(version, members)
    if walk.outcome is None:
        raise Refusal("not_runnable", walk.problem)
    expecting = {**members, "expect": expectation(walk.outcome)}
    test = keep_test(procedure=key, name=name, members=expecting, by=request.by, at=request.at)
    return test, _("“%(name)s” is kept. It runs before every publication.") % {"name": test.name}


# -- The page ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A stop as the page shows it: what can be said there."""

    number: int
    kind: str
    node: str
    title: str
    words: str
    guidance: str = ""
    outcomes: tuple[Outcome, ...] = ()
    fields: tuple[FormField, ...] = ()


def _page(
    request: Asked, key: str, version: ProcedureVersion, members: dict[str, Any], refusal: Refusal | None
) -> HttpResponse:
    found = queries.procedure(key=key)
    drawing = shown.drawn(version)
    walk = walking.walk(version, members) if members else None
    problem = refusal.message if refusal else walk.problem if walk else ""
    faults = refusal.fields if refusal else {}
    fields = None if walk else walking.fields_read(version)
    labels = shown.labels_of(drawing)
    outcome = walk.outcome if walk else None
    context = frame(found, "tests") | {
        "title": _("Walk a way"),
        "version": _("Draft") if version.status == "draft" else _("Version %(n)d") % {"n": version.number},
        "members": json.dumps(members) if members else "",
        "begun": bool(walk),
        "fields": [record_field(field) for field in fields or ()],
        "unrunnable": not walk and fields is None,
        "places": [place_of(number, stop, faults) for number, stop in enumerate(walk.stops)] if walk else [],
        "answers": shown.answers(members, labels),
        "came": " > ".join(outcome.trace) if outcome else "",
        "ended": bool(outcome and outcome.status == "completed"),
        "after": str(outcome.after) if outcome and outcome.after else "",
        "error": problem,
        "name": request.POST.get("name", ""),
        "picture": shown.picture(drawing, outcome, (), found.name),
        "tests_url": shown.tests_url(key),
        "action": reverse("web:test_walk", args=[key]),
    }
    return render(request, "proving/walk.html", context, status=refusal.status if refusal else 200)


def record_field(field: FieldSpec) -> FormField:
    """Return a field of the record as the form at the beginning of a walk asks for it."""
    kind = {
        FieldType.BOOLEAN: "boolean",
        FieldType.DATE: "date",
        FieldType.DATETIME: "datetime",
        FieldType.INTEGER: "number",
        FieldType.NUMBER: "number",
        FieldType.MONEY: "number",
    }.get(field.type, "choice" if field.choices else "string")
    choices = tuple(Choice(each.value, str(each.label)) for each in field.choices)
    return FormField(f"{RECORD}{field.name}", str(field.label), kind, choices=choices)


def place_of(number: int, stop: Stop, faults: Mapping[str, str]) -> Place:
    """Return a stop as a page shows it; ``faults`` are what is wrong with fields of its form."""
    if stop.kind == "work":
        work = stop.work
        outcomes = () if work is None else work.outcomes
        return Place(
            number, stop.kind, stop.node, stop.label, _("A person does this step."),
            guidance="" if work is None else work.guidance.strip(),
            outcomes=tuple(Outcome(each.value, each.label or each.value, n == 0) for n, each in enumerate(outcomes)),
            fields=() if work is None else tuple(form_field(field, {}, faults) for field in work.fields),
        )  # fmt: skip
    if stop.kind == "action":
        fields = tuple(FormField(f"out.{name}", name, "string") for name in stop.outputs)
        words = _("An automatic step. Say what it answers.")
        return Place(number, stop.kind, stop.node, stop.label, words, fields=fields)
    if stop.kind == "timer":
        words = _("The clock: in %(wait)s.") % {"wait": stop.wait}
        return Place(number, stop.kind, stop.node, stop.label, words)
    words = _("Waits for the message “%(name)s”.") if stop.kind == "message" else _("Waits for the signal “%(name)s”.")
    return Place(number, stop.kind, stop.node, stop.label, words % {"name": stop.name})
