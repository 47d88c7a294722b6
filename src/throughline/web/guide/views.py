"""The guided path: seven pages, each of which can be left and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core import access
from throughline.core.procedures.operations import create_procedure
from throughline.core.procedures.queries import overview as queries
from throughline.core.records import registry
from throughline.core.refusals import Refusal
from throughline.insight.guide.answers import Answers, read
from throughline.insight.guide.models import Guide
from throughline.insight.guide.operations import STEPS, begin_guide, finish_guide, keep_answers
from throughline.insight.guide.queries import open_guide
from throughline.web.answers import Asked, done, parameters, signed_in
from throughline.web.guide import asking, drawing
from throughline.web.parts import Choice, FormField, FormSection
from throughline.web.procedures.drawings import DESIGN
from throughline.web.procedures.keys import key_of, named

TITLES: Mapping[str, tuple[Any, Any]] = {
    "journey": (gettext_lazy("Today"), gettext_lazy("How is it done today, what hurts, and who is it for?")),
    "goals": (gettext_lazy("Goals"), gettext_lazy("What shall be better, how is it measured, and how much is enough?")),
    "chart": (gettext_lazy("Chart"), gettext_lazy("Which kind of chart shows it best?")),
    "steps": (gettext_lazy("Steps"), gettext_lazy("What is to be done, one line per step, in the usual order?")),
    "connections": (
        gettext_lazy("Connections"),
        gettext_lazy("What comes after what, and what if not?"),
    ),
    "details": (
        gettext_lazy("Details"),
        gettext_lazy("Who does it, until when, how, and what happens by itself?"),
    ),
    "test": (gettext_lazy("Test and refine"), gettext_lazy("Does it hold, and what became of what hurt?")),
}
REVIEW_AFTER = timedelta(days=91)
"""After so long a procedure is looked at again, if nobody says otherwise: three months."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step of the path in its head: ``state`` is ``done``, ``current`` or ``ahead``."""

    number: int
    label: str
    url: str
    state: str


@signed_in
def begin(request: Asked) -> HttpResponse:
    """Ask what the procedure is called and how it is done today, and begin."""
    access.require_ability(
        request.user, DESIGN, otherwise=_("Your roles do not let you draw procedures. Ask a manager.")
    )
    if request.method != "POST":
        return _begin_page(request, {}, None)
    try:
        name = named(
            request.POST.get("name", ""), otherwise=_("Say what the procedure is about, such as “First contact”.")
        )
        key = key_of(name)
        record = request.POST.get("record", "")
        create_procedure(key=key, name=name, record_type=record, by=request.by, at=request.at, owner_id=request.user.pk)
        begin_guide(key=key, as_is=request.POST.get("as_is", ""), by=request.by, at=request.at)
    except Refusal as refusal:
        return _begin_page(request, parameters(request.POST), refusal)
    return redirect(reverse("web:guide_step", args=[key, STEPS[0]]))


def _begin_page(request: Asked, given: Mapping[str, str], refusal: Refusal | None) -> HttpResponse:
    errors = dict(refusal.fields) if refusal else {}
    errors["name"] = errors.get("name", errors.pop("key", ""))
    records = tuple(Choice(spec.type, str(spec.label)) for spec in registry.everything())
    drawn = tuple(Choice(row.key, row.name) for row in queries.library(user=request.user, at=request.at))
    fields = (
        FormField("name", _("What is it about?"), "string", given.get("name", ""), required=True, error=errors["name"],
                  max_length=120, help=_("Such as “First contact within 24 hours”.")),
        FormField("record", _("What does it deal with?"), "choice", given.get("record", "lead"), choices=records),
        FormField("as_is", _("How it is done today"), "choice", given.get("as_is", ""), choices=drawn,
                  help=_("A procedure that was drawn, brought from another tool or discovered.")),
    )  # fmt: skip
    form = {
        "title": _("Guided path"), "plural": _("Procedures"), "list_url": reverse("web:procedures"),
        "action": reverse("web:guide_new"), "cancel_url": reverse("web:procedures"), "button": _("Begin"),
        "sections": [FormSection(_("A new procedure in seven steps"), fields)],
        "error": refusal.message if refusal and not any(errors.values()) else "",
        "intro": _("You can leave it at any step and go on later."),
    }  # fmt: skip
    return render(request, "components/new_thing.html", {"form": form}, status=refusal.status if refusal else 200)


@signed_in
def resume(request: Asked, key: str) -> HttpResponse:
    """Go on where the path was left; begin one for a procedure that has none under way."""
    guide = open_guide(key=key) or begin_guide(key=key, as_is=_running(key), by=request.by, at=request.at)
    return redirect(reverse("web:guide_step", args=[key, STEPS[min(guide.step, len(STEPS) - 1)]]))


def _running(key: str) -> str:
    return key if queries.procedure(key=key).versions else ""


Shown = Callable[[Asked, Guide, Answers, Mapping[str, str], Refusal | None], dict[str, Any]]
Sent = Callable[[Asked, Guide, Answers, Mapping[str, str]], Answers]
PAGES: Mapping[str, tuple[Shown, Sent]] = {
    "journey": (asking.journey, asking.journey_sent),
    "goals": (asking.goals, asking.goals_sent),
    "chart": (asking.chart, asking.chart_sent),
    "steps": (drawing.steps, drawing.steps_sent),
    "connections": (drawing.connections, drawing.connections_sent),
    "details": (drawing.details, drawing.details_sent),
    "test": (drawing.refine, drawing.refine_sent),
}


@signed_in
def answer(request: Asked, key: str, step: str) -> HttpResponse:
    """Show a step of the path, or keep its answers and go on."""
    access.require_ability(
        request.user, DESIGN, otherwise=_("Your roles do not let you draw procedures. Ask a manager.")
    )
    guide = open_guide(key=key)
    if guide is None or step not in PAGES:
        return redirect(reverse("web:procedure_guide", args=[key]))
    if request.method != "POST":
        return _page(request, guide, step, {}, None)
    given = parameters(request.POST)
    try:
        with transaction.atomic():
            answers = PAGES[step][1](request, guide, read(guide.answers), given)
            guide = keep_answers(guide_id=guide.pk, step=step, answers=answers, by=request.by, at=request.at)
        if "again" in given:
            return redirect(reverse("web:guide_step", args=[key, step]))
        if step != STEPS[-1]:
            return redirect(reverse("web:guide_step", args=[key, STEPS[STEPS.index(step) + 1]]))
        return _finish(request, guide, given)
    except Refusal as refusal:
        return _page(request, guide, step, given, refusal)


def _finish(request: Asked, guide: Guide, given: Mapping[str, str]) -> HttpResponse:
    try:
        day = parse_date(given.get("review_on", ""))
    except ValueError:
        day = None
    if day is None:
        raise Refusal("no_day", _("Say on which day it is to be looked at again."), "review_on")
    finished = finish_guide(guide_id=guide.pk, review_on=day, by=request.by, at=request.at)
    said = _("“%(name)s” is drawn. Look at it, and publish it when it is right.") % {"name": guide.procedure.name}
    if finished.dashboard is not None:
        said = f"{said} {_('Its goals are on a dashboard of yours.')}"
    return done(request, reverse("web:procedure_draw", args=[guide.procedure.key]), said)


def _page(request: Asked, guide: Guide, step: str, given: Mapping[str, str], refusal: Refusal | None) -> HttpResponse:
    key, number = guide.procedure.key, STEPS.index(step)
    title, question = TITLES[step]
    marks = [
        Mark(
            place + 1,
            str(TITLES[name][0]),
            reverse("web:guide_step", args=[key, name]),
            "current" if name == step else "done" if place < guide.step else "ahead",
        )
        for place, name in enumerate(STEPS)
    ]
    context = {
        "name": guide.procedure.name, "marks": marks, "title": title, "question": question, "number": number + 1,
        "body": f"guide/_{step}.html", "action": reverse("web:guide_step", args=[key, step]),
        "back_url": marks[number - 1].url if number else "",
        "last": number == len(STEPS) - 1,
        "error": refusal.message if refusal else "",
        "review_on": given.get("review_on") or (request.at + REVIEW_AFTER).date().isoformat(),
    }  # fmt: skip
    context |= PAGES[step][0](request, guide, read(guide.answers), given, refusal)
    return render(request, "guide/step.html", context, status=refusal.status if refusal else 200)
