"""Teams side by side: what the same procedure comes to in each office, by which variant, and how each ramped up."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.insight.effect.measuring import FIGURES
from throughline.insight.offices import LEAST, Office, Offices, Versus, compare_offices
from throughline.web.answers import Asked, signed_in
from throughline.web.effect.views import DAYS, WRITERS, in_words
from throughline.web.parts import Tone
from throughline.web.procedures.frame import frame


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show a procedure's figures team by team; of a variant, those of its base with all variants."""
    found = overview.procedure(key=key)
    if found.base_key:
        return redirect(reverse("web:procedure_offices", args=[found.base_key]))
    problem = ""
    told = Offices((), 0, sees_all=True)
    try:
        told = compare_offices(procedure=key, user=request.user, at=request.at, days=DAYS)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        problem = refusal.message
    names = _names(told)
    months = max((len(each.ramp_up) for each in told.offices), default=0)
    context = frame(found, "effect") | {
        "offices": [_office(each, names, months) for each in told.offices],
        "heads": list(names.values()),
        "months": months,
        "problem": problem,
        "said": _said(told),
        "sees_all": told.sees_all,
        "days": DAYS,
        "least": LEAST,
        "effect_url": reverse("web:procedure_effect", args=[key]),
        "variants_url": reverse("web:procedure_variants", args=[key]),
        "live_url": reverse("web:procedure_live", args=[key]),
    }
    return render(request, "effect/offices.html", context)


def _names(told: Offices) -> dict[str, str]:
    """What the figures are called that there are, in order."""
    names = {
        "success": _("Success"),
        "time": _("Time to the end"),
        "late": _("Late steps"),
        "departures": _("Left the drawing"),
        "incidents": _("Failed steps"),
    }
    there = {each.figure for office in told.offices for each in office.figures}
    return {key: name for key, name in names.items() if key in there}


def _said(told: Offices) -> str:
    if len(told.offices) < 2:
        return _("There is one team at most whose cases you see. Two are needed to compare them.")
    differ = sum(each.is_good is not None for office in told.offices for each in office.figures)
    if not told.comparisons:
        return _("There are not enough cases yet to say where teams differ.")
    if not differ:
        return _("No team differs from the others by more than chance.")
    return _("%(n)d figures of teams differ from the others by more than chance.") % {"n": differ}


def _office(office: Office, names: dict[str, str], months: int) -> dict[str, Any]:
    return {
        "name": office.name or _("No team"),
        "cases": f"{office.cases:,}",
        "running": f"{office.running:,}",
        "began_at": office.began_at,
        "variants": [(name or _("Standard"), f"{count:,}") for name, count in office.variants],
        "figures": [_figure(each, names[key]) for key in names if (each := office.figure(key)) is not None],
        "ramp_up": [
            {"cases": f"{each.cases:,}", "success": "" if each.success is None else WRITERS["share"](each.success)}
            for each in office.ramp_up
        ],
        "gap": range(months - len(office.ramp_up)),
    }


def _figure(each: Versus, name: str) -> dict[str, Any]:
    write = WRITERS[FIGURES[each.figure][0] if each.figure in FIGURES else "share"]
    tones: dict[bool | None, Tone] = {True: "good", False: "late", None: ""}
    return {
        "name": name,
        "value": write(each.inside.mean) if each.inside.count else "–",
        "against": in_words(each.interval, write),
        "tone": tones[each.is_good],
    }
