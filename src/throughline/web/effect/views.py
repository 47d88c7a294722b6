"""Before and after: two versions or two periods of a procedure, figure by figure, and what the difference is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from throughline.core.procedures.models import Procedure
from throughline.core.procedures.queries import overview
from throughline.core.refusals import Refusal
from throughline.insight.effect import Assumptions, Compared, Effect, Side, compare, saving
from throughline.insight.effect.saving import Worth
from throughline.insight.kpis.statistics import Interval
from throughline.insight.split_tests.queries import ends_of
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import Choice, Tone
from throughline.web.procedures.frame import frame
from throughline.web.simulation.shown import share, span

DAYS, PERIOD = 30, 90
Writer = Callable[[float], str]
WRITERS: dict[str, Writer] = {"share": share, "seconds": span, "count": lambda value: f"{value:.2f}"}
BY_VERSION, BY_PERIOD = "version", "period"


@signed_in
def show(request: Asked, key: str) -> HttpResponse:
    """Show what became of a procedure's figures, printable on one page."""
    found = overview.procedure(key=key)
    procedure = Procedure.objects.get(key=key)
    ran = [each for each in found.versions if each.status != "draft"]
    by = request.GET.get("by", BY_VERSION if len(ran) > 1 else BY_PERIOD)
    days = _whole(request, "days", DAYS)
    good = [each for each in request.GET.getlist("good") if each]
    sides = _versions(request, ran) if by == BY_VERSION and len(ran) > 1 else _periods(request, days)
    given = _assumptions(request)
    effect = compare(
        procedure=key, user=request.user, before=sides["before"], after=sides["after"], days=days, good=good,
        at=request.at,
    )  # fmt: skip
    context = frame(found, "effect") | {
        "form": {
            "by": by,
            "versions": [(side, _choices(ran, sides["numbers"][side])) for side in ("before", "after")],
            "has_versions": len(ran) > 1,
            "change": sides["change"],
            "days": days,
            "ends": [Choice(each, each, each in good) for each in ends_of(procedure=procedure)],
            "assumptions": [
                (name, label, help_text, _plain(getattr(given, name))) for name, label, help_text in _questions()
            ],
        },
        "ran": bool(ran),
        "titles": sides["titles"],
        "counts": (f"{effect.before_cases:,}", f"{effect.after_cases:,}"),
        "rows": [_row(each, good) for each in effect.figures],
        "days": days,
        "sees_all": effect.sees_all,
        "worth": _worth(effect, given),
        "given": [(label, _plain(getattr(given, name))) for name, label, _help in _questions()],
        "per_month": f"{effect.per_month:,.0f}",
        "tests_url": reverse("web:split_tests", args=[key]),
        "offices_url": reverse("web:procedure_offices", args=[key]),
        "at": request.at,
    }
    return render(request, "effect/effect.html", context)


# --- what is asked ----------------------------------------------------------------------------------------------------
def _whole(request: Asked, name: str, otherwise: int) -> int:
    text = request.GET.get(name, "").strip()
    if not text:
        return otherwise
    if not text.isdecimal() or len(text) > 6:
        raise Refusal("no_number", _("Write a whole number of days."), name)
    return int(text)


def _assumptions(request: Asked) -> Assumptions:
    usual, given = Assumptions(), {}
    for each in fields(Assumptions):
        text = request.GET.get(each.name, "").strip().replace(",", ".")
        try:
            number = float(text) if text else getattr(usual, each.name)
        except ValueError:
            raise Refusal("no_number", _("Write a number such as 15 or 12.5."), each.name) from None
        if not 0 <= number < 1e12:
            raise Refusal("no_number", _("Write a number that is not below 0."), each.name)
        given[each.name] = number
    return Assumptions(**given)


def _questions() -> tuple[tuple[str, str, str], ...]:
    return (
        ("minutes", _("Minutes of work per human step"), ""),
        ("rate", _("Money per hour of work"), ""),
        ("value", _("Money of one success more"), ""),
        ("cost", _("What the change cost, once"), ""),
        ("months", _("Months over which it is to pay"), ""),
    )


def _versions(request: Asked, ran: list[overview.VersionRow]) -> dict[str, Any]:
    numbers = {each.number for each in ran}
    live = next((each.number for each in ran if each.status == "published"), ran[0].number)
    former = max((each for each in numbers if each < live), default=min(numbers))

    def chosen(name: str, otherwise: int) -> int:
        text = request.GET.get(name, "")
        return int(text) if text.isdecimal() and int(text) in numbers else otherwise

    before, after = chosen("before", former), chosen("after", live)
    return {
        "before": Side(version=before),
        "after": Side(version=after),
        "numbers": {"before": before, "after": after},
        "titles": tuple(_("Version %(n)d") % {"n": number} for number in (before, after)),
        "change": "",
    }


def _periods(request: Asked, days: int) -> dict[str, Any]:
    """The 90 days before a day of change, and the time since; by default as long ago as cases can be read for 90."""
    zone = ZoneInfo(request.user.time_zone)
    text = request.GET.get("change", "")
    try:
        change = date.fromisoformat(text) if text else (request.at - timedelta(days=days + PERIOD)).date()
        moment = datetime.combine(change, time(), zone)
        since = moment - timedelta(days=PERIOD)
    except (ValueError, OverflowError):
        raise Refusal("no_day", _("Write a day such as 2026-03-31."), "change") from None
    return {
        "before": Side(since=since, until=moment),
        "after": Side(since=moment),
        "numbers": {"before": 0, "after": 0},
        "titles": (_("90 days before %(day)s") % {"day": change}, _("since %(day)s") % {"day": change}),
        "change": change.isoformat(),
    }


def _choices(ran: list[overview.VersionRow], chosen: int) -> list[Choice]:
    return [Choice(str(each.number), _("Version %(n)d") % {"n": each.number}, each.number == chosen) for each in ran]


# --- what is shown ----------------------------------------------------------------------------------------------------
def _plain(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".").replace(",", "")


def _row(each: Compared, good: list[str]) -> dict[str, Any]:
    names = {
        "success": _("Came to a good end") if good else _("Success: became a deal, or was won"),
        "time": _("Time to the end"),
        "incidents": _("Had a step that failed"),
        "late": _("Had a late step"),
        "departures": _("Left the drawing by hand (skipped, moved)"),
        "steps": _("Human steps per case"),
    }
    write = WRITERS[each.unit]
    tones: dict[bool | None, Tone] = {True: "good", False: "late", None: ""}
    known = each.difference is not None
    return {
        "name": names[each.key],
        "before": write(each.before.mean) if each.before.count else "–",
        "after": write(each.after.mean) if each.after.count else "–",
        "difference": _signed(each.difference, write) if known else "–",
        "interval": in_words(each.interval, write),
        "tone": tones[each.is_good],
        "may_be_chance": known and each.is_good is None,
    }


def _signed(value: float | None, write: Writer) -> str:
    if value is None:
        return "–"
    return f"+{write(value)}" if value > 0 else f"−{write(-value)}" if value < 0 else write(0.0)


def in_words(interval: Interval | None, write: Writer) -> str:
    """Return where a difference lies, with signs; nothing where nobody knows."""
    if interval is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": _signed(interval.low, write), "high": _signed(interval.high, write)}


def _worth(effect: Effect, given: Assumptions) -> dict[str, Any] | None:
    found = saving(effect, given)
    if found is None:
        return None

    def line(label: str, worth: Worth, write: Writer) -> dict[str, str]:
        return {"label": label, "value": _signed(worth.value, write), "interval": in_words(worth.interval, write)}

    lines = [
        line(_("Hours of work saved per month"), found.hours, lambda value: f"{value:,.1f}"),
        line(_("Money of these hours per month"), found.of_hours, lambda value: f"{value:,.0f}"),
    ]
    if found.of_success is not None:
        lines.append(line(_("Money of more successes per month"), found.of_success, lambda value: f"{value:,.0f}"))
    months = _("Return over %(n)s months, less the cost") % {"n": _plain(given.months)}
    lines.append(line(months, found.total, lambda value: f"{value:,.0f}"))
    if found.roi is not None:
        lines.append({"label": _("Return per money spent"), "value": f"{found.roi:.1f}", "interval": ""})
        pays = _("%(n).1f months") % {"n": found.pays_after} if found.pays_after is not None else _("never")
        lines.append({"label": _("Has paid after"), "value": pays, "interval": ""})
    return {"lines": lines}
