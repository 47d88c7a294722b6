"""Forecast against fact: keeping what a simulation says of the next days, and looking at how it came out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core.procedures import charts
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.insight.kpis.definitions import Unit
from throughline.insight.kpis.wording import in_words
from throughline.insight.simulation.forecasts import Compared, Comparison, compared, forecasts, keep_forecast
from throughline.web.answers import Asked, done, signed_in
from throughline.web.parts import Tone
from throughline.web.procedures.frame import frame

VERDICTS: dict[bool | None, Tone] = {True: "good", False: "late", None: ""}


@signed_in
def show_forecasts(request: Asked, key: str) -> HttpResponse:
    """Show each forecast of a procedure beside what happened, counted from the cases that the asker may see."""
    found = overview.procedure(key=key)
    rows = [_shown(compared(each, request.user), request, key) for each in forecasts(procedure=key)]
    context = frame(found, "simulations") | {
        "forecasts": rows, "simulations_url": reverse("web:procedure_simulations", args=[key]),
    }  # fmt: skip
    return render(request, "simulation/forecasts.html", context)


def _shown(found: Comparison, request: Asked, key: str) -> dict[str, Any]:
    forecast = found.forecast
    running = charts.running(forecast.experiment.version_id)
    is_over = forecast.until <= request.at
    words = {True: _("agrees"), False: _("differs"), None: _("nothing ended yet")}
    return {
        "id": forecast.pk,
        "name": forecast.experiment.name,
        "url": reverse("web:simulation", args=[key, forecast.experiment_id]),
        "version": forecast.experiment.version.number,
        "since": forecast.since,
        "until": forecast.until,
        "by": forecast.kept_by_label,
        "cases": found.cases,
        "verdict": words[found.agrees] if is_over else _("under way"),
        "tone": VERDICTS[found.agrees] if is_over else "wait",
        "rows": [
            *(_row(running.label(each.name), each, Unit.SHARE) for each in found.outcomes),
            _row(_("Mean time from start to end"), found.cycle, Unit.SPAN),
        ],
    }


def _row(label: str, each: Compared, unit: Unit) -> dict[str, Any]:
    lies = ""
    if each.interval is not None:
        ends = (in_words(unit, max(0.0, each.interval.low)), in_words(unit, each.interval.high))
        lies = _("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}
    return {
        "label": label,
        "expected": in_words(unit, each.expected),
        "happened": in_words(unit, each.happened),
        "interval": lies,
        "tone": VERDICTS[each.agrees],
        "word": {True: _("agrees"), False: _("differs"), None: ""}[each.agrees],
    }


@require_POST
@signed_in
def keep(request: Asked, key: str, experiment_id: int) -> HttpResponse:
    """Keep what a simulation says of the days from today until one that was chosen."""
    text = request.POST.get("until", "")
    try:
        last = date.fromisoformat(text)
    except ValueError:
        raise Refusal("unreadable_day", _("Write a day such as 2026-03-31."), "until") from None
    until = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(request.user.time_zone))
    keep_forecast(
        procedure=key, experiment_id=experiment_id, since=request.at, until=until, by=request.by, at=request.at
    )
    said = _("The forecast is kept. When its days are over it is compared by itself, and you are told.")
    return done(request, reverse("web:simulation_forecasts", args=[key]), said)
