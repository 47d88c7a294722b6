"""What an address asks of a figure: which period, which step, which records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core.refusals import Refusal
from throughline.insight.kpis.definitions import DIMENSIONS, Kpi
from throughline.insight.kpis.measuring import STEPS, Question, Window, dimensions
from throughline.web.answers import Asked, parameters
from throughline.web.parts import Choice

DEFAULT = "last_90_days"
WORDS = {
    "today": gettext_lazy("today"),
    "this_week": gettext_lazy("this week"),
    "last_7_days": gettext_lazy("last 7 days"),
    "last_30_days": gettext_lazy("last 30 days"),
    "last_90_days": gettext_lazy("last 90 days"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
    "last_365_days": gettext_lazy("last 365 days"),
}
"""The periods that pages offer."""
STEP_WORDS = {"day": gettext_lazy("by day"), "week": gettext_lazy("by week"), "month": gettext_lazy("by month"),
              "quarter": gettext_lazy("by quarter")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """The period of a page: its window, its name (empty when days were given), and how the address says it."""

    window: Window
    name: str
    given: Mapping[str, str]


def period_of(request: Asked, default: str = DEFAULT) -> Period:
    """
    Return the period that the address asks for.

    Raises:
        Refusal: its days cannot be read.
    """
    given = parameters(request.GET)
    since, until = given.get("since", ""), given.get("until", "")
    if since and until:
        try:
            first, last = date.fromisoformat(since), date.fromisoformat(until)
        except ValueError:
            raise Refusal("unreadable_period", _("Write days such as 2026-03-31."), "since") from None
        if first > last:
            raise Refusal("unreadable_period", _("The period ends before it begins."), "until")
        window = Window.of_days(first, last, ZoneInfo(request.user.time_zone))
        return Period(window, "", {"since": since, "until": until})
    name = given.get("period") or default
    return Period(Window.named(name, user=request.user, at=request.at), name, {"period": name})


def period_choices(chosen: str) -> list[Choice]:
    """Return the periods that a page offers."""
    names = (*WORDS,) if chosen in WORDS or not chosen else (*WORDS, chosen)
    return [Choice(name, str(WORDS.get(name, name)), name == chosen) for name in names]


def question_of(request: Asked, kpi: Kpi, period: Period) -> Question:
    """Return what the address asks of a figure; what is no dimension of it is left alone."""
    where = {name: request.GET[name] for name in DIMENSIONS[kpi.record] if name in request.GET}
    return Question(kpi, request.user, period.window, where)


def step_of(request: Asked, window: Window) -> str:
    """Return the step of the trend: what the address says, else what gives some ten to twenty points."""
    given = request.GET.get("step", "")
    if given in STEPS:
        return given
    first, last = window.days
    days = (last - first).days
    return "day" if days <= 21 else "week" if days <= 140 else "month"


def step_choices(chosen: str) -> list[Choice]:
    """Return the steps that a page offers."""
    return [Choice(name, str(STEP_WORDS[name]), name == chosen) for name in STEPS]


def by_choices(asked: Question, chosen: str) -> list[Choice]:
    """Return the dimensions that a figure can be parted by."""
    return [Choice(name, name.capitalize(), name == chosen) for name in dimensions(asked.kpi, asked.user)]
