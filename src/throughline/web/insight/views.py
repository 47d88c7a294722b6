"""Key figures: all at a glance, one with its definition, trend, parts, ways and records, and the cases of a way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from throughline.core import access
from throughline.core.procedures import charts
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.titles import record_titles
from throughline.core.refusals import NotAllowed, NotFound
from throughline.insight.kpis.definitions import SEE_REPORTS, Kpi, Unit
from throughline.insight.kpis.goals import goals_of, progress_of
from throughline.insight.kpis.measuring import (
    MONEY,
    PARTS,
    Figure,
    Question,
    available,
    behind,
    currency_of,
    find,
    is_young,
    measure,
    parted,
    trend,
)
from throughline.insight.kpis.saying import change, parts_in_words, shown, tone_of
from throughline.insight.kpis.ways import Way, cases_of_way, changed_ways
from throughline.insight.kpis.wording import in_words
from throughline.web import moments
from throughline.web.answers import Asked, signed_in, with_inline_styles
from throughline.web.insight.asked import (
    Period,
    by_choices,
    period_choices,
    period_of,
    question_of,
    step_choices,
    step_of,
)
from throughline.web.parts import Choice, Tab, Tone
from throughline.web.records.filters import address
from throughline.web.records.present import url_of

PAGE = 50
PART_WORDS = {
    "all": gettext_lazy("All"),
    "counted": gettext_lazy("Counted"),
    "not": gettext_lazy("Not counted"),
    "open": gettext_lazy("Still open"),
}


def require_reports(request: Asked) -> None:
    """Go on only for who may look at reports."""
    if not access.allows(request.user, SEE_REPORTS):
        raise NotAllowed(_("Your role does not see reports. Ask an administrator for it."))


@signed_in
def show_all(request: Asked) -> HttpResponse:
    """Show every figure the asker may see, with the change against the period before."""
    require_reports(request)
    period = period_of(request)
    rows = [_line(request, kpi, period) for kpi in available(request.user)]
    context = {
        "shown": [row for row in rows if row["known"]],
        "waiting": [row for row in rows if not row["known"]],
        "periods": period_choices(period.name),
        "days": days_in_words(period),
        "tabs": tabs("figures"),
    }
    return render(request, "insight/kpis.html", context)


def tabs(current: str) -> list[Tab]:
    """Return the ways of the pages of figures."""
    pages = (
        ("figures", _("Figures"), "gauge", reverse("web:kpis")),
        ("dashboards", _("Dashboards"), "layout-grid", reverse("web:dashboards")),
        ("goals", _("Goals"), "flag", reverse("web:goals")),
        ("customers", _("Customers"), "heart-handshake", reverse("web:customers")),
        ("workload", _("Workload"), "users", reverse("web:workload")),
    )
    return [Tab(label, icon, url, current=name == current) for name, label, icon, url in pages]


def days_in_words(period: Period) -> str:
    """Write the first and the last day of a period."""
    first, last = period.window.days
    return _("%(first)s to %(last)s") % {
        "first": moments.date_in_words(first), "last": moments.date_in_words(last),
    }  # fmt: skip


def _line(request: Asked, kpi: Kpi, period: Period) -> dict[str, Any]:
    asked = Question(kpi, request.user, period.window)
    figure = measure(asked)
    before = measure(asked.during(period.window.before)) if figure.value is not None else Figure(None)
    return {
        "name": kpi.name,
        "url": f"{reverse('web:kpi', args=[kpi.key])}?{address(dict(period.given))}",
        "known": figure.value is not None,
        "value": shown(asked, figure),
        "change": change(asked, figure, before),
        "tone": tone_of(kpi, figure, before),
        "of": parts_in_words(asked, figure),
        "waits_for": kpi.waits_for or _("records of this period"),
    }


# -- One figure --------------------------------------------------------------------------------------------------------


@with_inline_styles
@signed_in
def show_one(request: Asked, key: str) -> HttpResponse:
    """Show one figure: what it is, how it went, of which parts it is made, what lies behind it."""
    kpi, period = find(key, request.user), period_of(request)
    asked = question_of(request, kpi, period)
    figure, former = measure(asked), measure(asked.during(period.window.before))
    step, by = step_of(request, period.window), request.GET.get("by", "")
    by = by or next(iter([choice.value for choice in by_choices(asked, "")]), "")
    here = {**period.given, **asked.where}
    context = {
        "kpi": kpi,
        "value": shown(asked, figure),
        "interval": _interval(figure),
        "of": parts_in_words(asked, figure),
        "p90": in_words(kpi.unit, figure.p90) if figure.p90 is not None else "",
        "note": figure.note,
        "change": change(asked, figure, former),
        "former": shown(asked, former),
        "tone": tone_of(kpi, figure, former),
        "known": figure.value is not None,
        "days": days_in_words(period),
        "periods": period_choices(period.name),
        "steps": step_choices(step),
        "bys": by_choices(asked, by),
        "chosen": _chosen(asked, period),
        "definition": _definition(kpi),
        "trend": _trend(asked, step, here) if kpi.measure else None,
        "parted": _parted(asked, by, here, step) if by and kpi.measure else None,
        "ways": [_way_row(asked, way, here) for way in changed_ways(asked)],
        "way_words": _way_words(asked),
        "behind": _behind(request, asked, here),
        "goals": [goal_row(goal, request) for goal in goals_of(user=request.user, kpi=kpi.key)],
        "goal_url": reverse("web:kpi_goals", args=[kpi.key]),
        "goal_unit": goal_unit(kpi),
        "all_url": reverse("web:kpis"),
    }
    return render(request, "insight/kpi.html", context)


def goal_unit(kpi: Kpi) -> str:
    """Return in what a form takes figures of this unit."""
    return {Unit.SHARE: _("percent"), Unit.SPAN: _("hours"), Unit.POINTS: _("points")}.get(kpi.unit, _("money"))


def goal_row(goal: Any, request: Asked) -> dict[str, Any]:
    """Return a goal as the pages list it."""
    found = progress_of(goal, at=request.at)
    unit = find(goal.kpi, request.user).unit if goal.kpi in {k.key for k in available(request.user)} else Unit.POINTS
    band = [in_words(unit, each) if each is not None else "…" for each in (goal.low, goal.high)]
    states: dict[bool | None, tuple[str, Tone]] = {
        True: (_("in its band"), "good"), False: (_("outside of its band"), "late"), None: ("", ""),
    }  # fmt: skip
    state, tone = states[found.in_band]
    return {
        "name": found.name,
        "url": f"{reverse('web:kpi', args=[goal.kpi])}?{address({'period': goal.period, **goal.where})}",
        "owner": goal.owner.name,
        "period": _period_word(goal.period),
        "where": ", ".join(f"{name} {value}" for name, value in goal.where.items()),
        "value": in_words(unit, found.figure.value),
        "target": in_words(unit, goal.target) if goal.target is not None else "",
        "percent": None if found.reached is None else round(found.reached * 100),
        "band": _("%(low)s to %(high)s") % {"low": band[0], "high": band[1]} if goal.low or goal.high else "",
        "state": state,
        "tone": tone,
        "left_at": goal.left_at,
        "delete_url": reverse("web:goal_deletion", args=[goal.pk]),
    }


def _period_word(name: str) -> str:
    return next(choice.label for choice in period_choices(name) if choice.value == name)


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return ""
    return _("%(low)s to %(high)s with 95 %% confidence") % {
        "low": f"{figure.interval.low:.1%}", "high": f"{figure.interval.high:.1%}",
    }  # fmt: skip


def _chosen(asked: Question, period: Period) -> list[dict[str, str]]:
    url = reverse("web:kpi", args=[asked.kpi.key])
    rows = []
    for name, value in asked.where.items():
        rest = {key: word for key, word in asked.where.items() if key != name}
        label = next((label for label, word, _f in parted(asked, name) if word == value), value)
        rows.append({"label": f"{name.capitalize()}: {label}", "url": f"{url}?{address({**period.given, **rest})}"})
    return rows


def _definition(kpi: Kpi) -> list[tuple[str, str]]:
    return [
        (_("Population"), kpi.population),
        (_("Period"), kpi.period),
        (_("Numerator"), kpi.numerator),
        (_("Denominator"), kpi.denominator),
        (_("Clock"), kpi.clock),
        (_("Open items"), kpi.open_items),
        (_("Data"), ", ".join(kpi.sources)),
    ]


def plot(kind: str, asked: Question, rows: Sequence[tuple[str, Figure, str]], **more: Any) -> dict[str, Any]:
    """Return the properties of a plot: labels, values, words and addresses."""
    values = [None if figure.value is None else float(figure.value) for _label, figure, _url in rows]
    return {
        "kind": kind,
        "name": asked.kpi.name,
        "labels": [label for label, _figure, _url in rows],
        "values": values,
        "shown": [shown(asked, figure) for _label, figure, _url in rows],
        "urls": [url for _label, _figure, url in rows],
        "share": asked.kpi.unit is Unit.SHARE,
        "band": None,
        **more,
    }


def trend_rows(asked: Question, step: str) -> list[tuple[str, Figure, str]]:
    """Return label, figure and address of each part of the period."""
    url = reverse("web:kpi", args=[asked.kpi.key])
    windows = {window.days[0]: window for window in asked.window.parts(step)}
    rows = []
    for day, figure in trend(asked, step):
        first, last = windows[day].days
        given = {"since": first.isoformat(), "until": last.isoformat(), **asked.where}
        rows.append((moments.date_in_words(first), figure, f"{url}?{address(given)}"))
    return rows


def _trend(asked: Question, step: str, here: dict[str, str]) -> dict[str, Any]:
    rows = trend_rows(asked, step)
    band = next(
        ([_number(goal.low), _number(goal.high)] for goal in goals_of(user=asked.user, kpi=asked.kpi.key)
         if dict(goal.where) == dict(asked.where)), None,
    )  # fmt: skip
    young = [is_young(asked.kpi, figure) for _label, figure, _url in rows]
    band = band if band and any(each is not None for each in band) else None
    return {
        "props": plot("line", asked, rows, band=band, young=young),
        "rows": [
            {
                "label": label,
                "value": shown(asked, figure),
                "of": parts_in_words(asked, figure),
                "url": url,
                "young": early,
            }
            for (label, figure, url), early in zip(rows, young, strict=True)
        ],
        "has_young": any(young),
        "here": here,
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _parted(asked: Question, by: str, here: dict[str, str], step: str) -> dict[str, Any]:
    url = reverse("web:kpi", args=[asked.kpi.key])
    rows = []
    for label, word, figure in parted(asked, by)[:30]:
        rows.append((label, figure, f"{url}?{address({**here, 'by': by, 'step': step, by: word})}"))
    return {
        "by": by.capitalize(),
        "props": plot("bar", asked, rows),
        "rows": [
            {"label": label, "value": shown(asked, figure), "of": parts_in_words(asked, figure), "url": link}
            for label, figure, link in rows
        ],
    }


def _way_words(asked: Question) -> dict[str, str]:
    """Return what the columns of ways say of this figure, and a way's own page."""
    if asked.kpi.unit in MONEY:
        return {
            "change": _("Adds in all"),
            "counted": _("Each brought"),
            "own": _("is what each brought on average"),
            "note": _("Lost deals count as nothing brought, against what cases at this decision brought before."),
        }
    if asked.kpi.unit is Unit.SPAN:
        return {"change": _("Adds to the mean"), "counted": _("Their mean"), "own": _("is their mean time")}
    own = _("of them count for %(name)s") % {"name": asked.kpi.name}
    return {"change": _("Change"), "counted": _("Of these counted"), "own": own}


def _way_row(asked: Question, way: Way, here: dict[str, str]) -> dict[str, Any]:
    given = {**here, "procedure": way.procedure, "node": way.node, "flow": way.flow}
    url = f"{reverse('web:kpi_way', args=[asked.kpi.key])}?{address(given)}" if way.now.cases else ""
    base = {
        "procedure": way.procedure_name, "node": way.node_label, "label": way.label, "cases": way.now.cases,
        "now": _share(way.now.share), "before": _share(way.before.share), "url": url,
    }  # fmt: skip
    if asked.kpi.unit in MONEY:
        currency = currency_of(asked)
        more = way.adds * way.now.left
        amount = in_words(Unit.MONEY, abs(more), currency)
        return base | {
            "change": (_("+%(money)s") if more > 0 else _("−%(money)s")) % {"money": amount} if round(more) else "",
            "tone": "late" if way.adds < 0 and -way.adds >= 0.1 * way.former else "",
            "counted": in_words(Unit.MONEY, way.now.mean, currency),
        }
    if asked.kpi.unit is Unit.SPAN:
        longer = in_words(Unit.SPAN, abs(way.adds))
        return base | {
            "change": (_("+%(time)s") if way.adds > 0 else _("−%(time)s")) % {"time": longer} if way.adds else "",
            "tone": "late" if way.adds > 0 and way.adds >= 0.1 * (way.now.mean or 0.0) else "",
            "counted": in_words(Unit.SPAN, way.now.mean),
        }
    worse = way.change >= 0.1 and way.now.cases and way.now.counted / way.now.cases < 0.5
    return base | {
        "change": _("%(n)+.0f points") % {"n": way.change * 100} if way.change else "",
        "tone": "late" if worse else "",
        "counted": _share(way.now.counted / way.now.cases if way.now.cases else None),
    }


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _behind(request: Asked, asked: Question, here: dict[str, str]) -> dict[str, Any]:
    part = request.GET.get("part", "all")
    start = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    rows, count = behind(asked, part=part, limit=PAGE, after=start)
    base = reverse("web:kpi", args=[asked.kpi.key])
    return {
        "parts": [
            Choice(f"{base}?{address({**here, 'part': name})}#records", str(PART_WORDS[name]), name == part)
            for name in PARTS
        ],
        "rows": [
            {
                "title": row.title,
                "url": url_of(asked.spec, row.id),
                "dated": row.dated,
                "counted": row.counted,
                "value": _own_value(asked, row.value),
            }
            for row in rows
        ],
        "count": count,
        "shown": _("%(first)s to %(last)s of %(all)s")
        % {"first": start + 1 if rows else 0, "last": start + len(rows), "all": f"{count:,}"},
        "next_url": (
            f"{base}?{address({**here, 'part': part, 'from': str(start + PAGE)})}#records"
            if start + len(rows) < count
            else ""
        ),
    }


def _own_value(asked: Question, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return in_words(Unit.SPAN, value.total_seconds())
    return in_words(asked.kpi.unit, value)


# -- The cases of a way ------------------------------------------------------------------------------------------------


@signed_in
def show_way(request: Asked, key: str) -> HttpResponse:
    """Show the cases behind a figure that took one arrow of a drawing: from a drop to the step to its cases."""
    kpi, period = find(key, request.user), period_of(request)
    asked = question_of(request, kpi, period)
    procedure, node, flow = (request.GET.get(name, "") for name in ("procedure", "node", "flow"))
    way = next(
        (each for each in changed_ways(asked, limit=500) if (each.procedure, each.node, each.flow) ==
         (procedure, node, flow)), None,
    )  # fmt: skip
    if way is None:
        raise NotFound(_("No case of this period took this way."))
    found = cases_of_way(asked, procedure=procedure, node=node, flow=flow)
    titles = record_titles([RecordRef(case.record_type, case.record_id or 0) for case in found])
    here = {**period.given, **asked.where}
    context = {
        "kpi": kpi,
        "way": _way_row(asked, way, here),
        "way_words": _way_words(asked),
        "days": days_in_words(period),
        "back_url": f"{reverse('web:kpi', args=[kpi.key])}?{address(here)}",
        "draw_url": reverse("web:procedure_draw", args=[procedure]),
        "step_url": f"{reverse('web:procedure_mined', args=[procedure])}?version={way.version}",
        "cases": [
            {
                "title": titles.get(RecordRef(case.record_type, case.record_id or 0), "–"),
                "url": url_of(registry.get(case.record_type), case.record_id or 0),
                "version": case.version.number,
                "started_at": case.started_at,
                "end": charts.running(case.version_id).label(case.end_node) if case.end_node else _("under way"),
            }
            for case in found
        ],
    }
    return render(request, "insight/way.html", context)
