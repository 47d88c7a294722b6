"""The forecast of a month, quarter or year; as of any day that was kept; targets; and how near forecasts came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.identity.queries import colleagues
from throughline.core.refusals import NotAllowed, Refusal
from throughline.crm.deals.stages import stages
from throughline.crm.forecast.models import Target
from throughline.crm.forecast.operations import leads, set_target, take_snapshot
from throughline.crm.forecast.queries import Line, forecast, held_against, kept_days, may_see
from throughline.crm.forecast.rules import Period, Told, months_on
from throughline.web.answers import Asked, done, signed_in
from throughline.web.deals.reading import number
from throughline.web.parts import Choice, Tab
from throughline.web.records.filters import address

LENGTHS = ((1, gettext_lazy("Month")), (3, gettext_lazy("Quarter")), (12, gettext_lazy("Year")))


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _asked_period(request: Asked) -> Period:
    given = request.GET.get("months", "3")
    months = int(given) if given in ("1", "3", "12") else 3
    return Period.around(_day(request.GET.get("from", "")) or request.at.date(), months)


def _named(period: Period) -> str:
    if period.months == 12:
        return str(period.first.year)
    if period.months == 3:
        return _("Quarter %(n)d of %(year)d") % {"n": (period.first.month + 2) // 3, "year": period.first.year}
    return formats.date_format(period.first, "F Y")


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else formats.number_format(amount, decimal_pos=0, force_grouping=True)


def _told(told: Told) -> dict[str, str]:
    return {
        "closed": _money(told.closed),
        "commit": _money(told.commit),
        "best_case": _money(told.best_case),
        "pipeline": _money(told.pipeline),
        "committed": _money(told.committed),
        "weighted": _money(told.weighted),
    }


def _line(line: Line, nobody: str) -> dict[str, Any]:
    behind = line.pace is not None and line.told.closed < line.pace
    return {
        "name": line.name or nobody,
        **_told(line.told),
        "target": _money(line.target),
        "pace": _money(line.pace),
        "tone": "" if line.pace is None else "wait" if behind else "good",
        "words": "" if line.pace is None else _("behind") if behind else _("on pace"),
    }


@signed_in
def show(request: Asked) -> HttpResponse:
    """Show the forecast of a period."""
    period, pipeline, day = _asked_period(request), request.GET.get("pipeline", ""), _day(request.GET.get("day", ""))
    found = forecast(user=request.user, period=period, at=request.at, day=day, pipeline=pipeline)
    kept = {"months": str(period.months), "pipeline": pipeline, "day": day.isoformat() if day else ""}

    def to(other: Period, **more: str) -> str:
        return "?" + address({**kept, "from": other.first.isoformat(), **more})

    may_set = access.allows(request.user, access.SET_TARGETS)
    context = {
        "name": _named(period),
        "previous_url": to(period.previous),
        "next_url": to(period.next),
        "tabs": [
            Tab(
                str(label),
                "calendar",
                to(Period.around(period.first, months), months=str(months)),
                months == period.months,
            )
            for months, label in LENGTHS
        ],
        "whole": _line(found.whole, ""),
        "people": [_line(line, _("Nobody")) for line in found.people],
        "teams": [_line(line, _("No team")) for line in found.teams],
        "months": [{"name": formats.date_format(on, "F Y"), **_told(told)} for on, told in found.months],
        "currency": found.currency,
        "live": found.live,
        "day": found.day,
        "days": [Choice(on.isoformat(), formats.date_format(on, "j M Y"), on == found.day) for on in kept_days()],
        "pipelines": [Choice(key, each.name, key == pipeline) for key, each in stages().pipelines.items()],
        "period": {"months": period.months, "from": period.first.isoformat()},
        "unrated": [{"currency": currency, "count": count} for currency, count in found.unrated.items()],
        "undated": found.undated,
        "targets_url": reverse("web:forecast_targets") if may_set else "",
        "keep_url": reverse("web:forecast_snapshots") if may_set else "",
        "accuracy_url": reverse("web:forecast_accuracy"),
        "prices_url": reverse("web:prices"),
    }
    return render(request, "forecast/forecast.html", context)


@signed_in
def show_accuracy(request: Asked) -> HttpResponse:
    """Show how near the forecasts of past periods came."""
    months = _asked_period(request).months
    rows = [
        {
            "name": _named(held.period),
            "day": held.day,
            "weighted": _money(held.weighted),
            "committed": _money(held.committed),
            "became": _money(held.became),
            "weighted_accuracy": held.weighted_accuracy,
            "committed_accuracy": held.committed_accuracy,
        }
        for held in held_against(user=request.user, months=months, at=request.at)
    ]
    tabs = [Tab(str(label), "calendar", f"?months={length}", length == months) for length, label in LENGTHS]
    return render(request, "forecast/accuracy.html", {"rows": rows, "tabs": tabs, "list_url": reverse("web:forecast")})


@signed_in
def targets(request: Asked) -> HttpResponse:
    """Show the targets of the year of those one leads, or set them."""
    if not access.allows(request.user, access.SET_TARGETS) or not may_see(request.user):
        raise NotAllowed(_("Your roles do not let you set targets."))
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and 2000 <= int(given) <= 2200 else request.at.year
    months = [months_on(date(year, 1, 1), place) for place in range(12)]
    people = [person for person in colleagues() if leads(request.user, person)]
    error = ""
    if request.method == "POST":
        try:
            _set(request, months, [person.pk for person in people])
        except NotAllowed:
            raise
        except Refusal as refusal:
            error = refusal.message
        else:
            return done(request, f"{reverse('web:forecast_targets')}?year={year}", _("Saved."))
    stored = {
        (row.person_id, row.month): f"{row.amount:f}"
        for row in Target.objects.filter(person__in=people, month__year=year)
    }
    context = {
        "year": year,
        "previous_url": f"?year={year - 1}",
        "next_url": f"?year={year + 1}",
        "months": [formats.date_format(month, "M") for month in months],
        "rows": [
            {
                "name": person.name,
                "cells": [
                    {
                        "name": f"t.{person.pk}.{month.month}",
                        "value": request.POST.get(f"t.{person.pk}.{month.month}", stored.get((person.pk, month), "")),
                        "label": f"{person.name}, {formats.date_format(month, 'F')}",
                    }
                    for month in months
                ],
            }
            for person in people
        ],
        "error": error,
        "list_url": reverse("web:forecast"),
    }
    return render(request, "forecast/targets.html", context, status=422 if error else 200)


def _set(request: Asked, months: Sequence[date], people: Sequence[int]) -> None:
    """Set what was changed."""
    stored = {
        (row.person_id, row.month): row.amount for row in Target.objects.filter(person__in=people, month__in=months)
    }
    for person in people:
        for month in months:
            text = request.POST.get(f"t.{person}.{month.month}", "").strip()
            known = stored.get((person, month))
            if not text and known is None:
                continue
            amount = number(text, formats.date_format(month, "F"), default=Decimal(0))
            if amount != known:
                set_target(person_id=person, month=month, amount=amount, by=request.by, at=request.at)


@require_POST
@signed_in
def keep(request: Asked) -> HttpResponse:
    """Keep the forecast of today."""
    take_snapshot(by=request.by, at=request.at)
    return done(request, reverse("web:forecast"), _("Kept. The forecast of today can be looked at again any day."))
