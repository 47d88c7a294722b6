"""Dashboards by mail: who gets one, on which days, and the PDF as it would come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from throughline.core.identity.queries import colleagues
from throughline.core.paper import PDF
from throughline.core.procedures.queries.uses import procedures_that_do
from throughline.core.refusals import NotFound
from throughline.insight.dashboards import reports
from throughline.insight.dashboards.models import Dashboard, Every, Report
from throughline.insight.dashboards.operations import find_dashboard
from throughline.insight.dashboards.paper import printed
from throughline.insight.dashboards.shipped import SHIPPED
from throughline.web.answers import Asked, done, signed_in
from throughline.web.insight.views import require_reports
from throughline.web.parts import Choice

LETTERS = "report.letters"
"""The action by which a procedure mails reports; without one that does, that is said."""
EVERY = {Every.WEEK: gettext_lazy("every week"), Every.MONTH: gettext_lazy("every month")}
MONDAY = date(2026, 1, 5)


def reports_context(request: Asked, *, dashboard: Dashboard | None = None, shipped: str = "") -> dict[str, Any]:
    """Return what the page of a dashboard shows of its mails."""
    found = reports.reports_of(
        user=request.user, dashboard_id=None if dashboard is None else dashboard.pk, shipped=shipped
    )
    args: list[Any] = [shipped] if dashboard is None else [dashboard.pk]
    name = "web:dashboard_shipped" if dashboard is None else "web:dashboard"
    to_others = reports.may_send_to_others(request.user, dashboard)
    return {
        "reports": [_shown(report, request, to_others=to_others) for report in found],
        "report_new": {
            "url": reverse(f"{name}_reports", args=args),
            "fields": _fields(request, None, to_others=to_others),
        },
        "report_pdf_url": reverse(f"{name}_pdf", args=args),
        "report_sender": procedures_that_do(actions=[LETTERS]).get(LETTERS),
        "report_library_url": reverse("web:library"),
    }


def _shown(report: Report, request: Asked, *, to_others: bool) -> dict[str, Any]:
    is_own = report.owner_id == request.user.pk
    return {
        "when": _when(report),
        "to": ", ".join(person.name for person in report.receivers.all()),
        "by": "" if is_own else report.owner.name,
        "next_at": report.next_at,
        "url": reverse("web:report", args=[report.pk]) if is_own else "",
        "end_url": reverse("web:report_end", args=[report.pk]),
        "fields": _fields(request, report, to_others=to_others) if is_own else None,
        "id": report.pk,
    }


def _when(report: Report) -> str:
    day = weekday(report.day) if report.every == Every.WEEK else _("day %(n)d") % {"n": report.day}
    words = {"every": EVERY[Every(report.every)], "day": day, "hour": f"{report.hour:02}:00", "zone": report.zone}
    return _("%(every)s, %(day)s, %(hour)s (%(zone)s)") % words


def weekday(number: int) -> str:
    """Return a day of the week in words, from 1 (Monday)."""
    return formats.date_format(MONDAY + timedelta(days=number - 1), "l")


def _fields(request: Asked, report: Report | None, *, to_others: bool) -> dict[str, Any]:
    every = report.every if report else Every.WEEK
    chosen = {person.pk for person in report.receivers.all()} if report else {request.user.pk}
    hour, day = (report.hour, report.day) if report else (8, 1)
    people = colleagues() if to_others else [request.user]
    return {
        "prefix": f"report-{report.pk if report else 'new'}",
        "every": [Choice(value.value, str(words), chosen=value == every) for value, words in EVERY.items()],
        "weekdays": [Choice(str(each), weekday(each), chosen=each == day) for each in range(1, 8)],
        "days": [Choice(str(each), str(each), chosen=each == day) for each in range(1, 29)],
        "hours": [Choice(str(each), f"{each:02}:00", chosen=each == hour) for each in range(24)],
        "zone": report.zone if report else request.user.time_zone,
        "people": [Choice(str(each.pk), each.name, chosen=each.pk in chosen) for each in people],
    }


@require_POST
@signed_in
def add(request: Asked, dashboard_id: int) -> HttpResponse:
    """Have a dashboard mailed."""
    _keep(request, dashboard_id=dashboard_id)
    return _back(request, reverse("web:dashboard", args=[dashboard_id]))


@require_POST
@signed_in
def add_shipped(request: Asked, key: str) -> HttpResponse:
    """Have a dashboard mailed that is always there."""
    _keep(request, shipped=key)
    return _back(request, reverse("web:dashboard_shipped", args=[key]))


@require_POST
@signed_in
def change(request: Asked, report_id: int) -> HttpResponse:
    """Change to whom a report goes, and when."""
    report = _keep(request, report_id=report_id)
    return _back(request, f"/{reports.address_of(report)}")


def _keep(request: Asked, **which: Any) -> Report:
    given = request.POST
    every = given.get("every", "")
    day = given.get("month_day" if every == Every.MONTH else "week_day", "")
    times = reports.Times(every, _whole(day), _whole(given.get("hour", "")), given.get("zone", ""))
    receivers = [int(each) for each in given.getlist("receivers") if each.isdecimal()]
    return reports.keep_report(receivers=receivers, times=times, by=request.by, at=request.at, **which)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else -1


def _back(request: Asked, url: str) -> HttpResponse:
    return done(request, f"{url}#mail", _("It is mailed as chosen; everybody gets their own figures."))


@require_POST
@signed_in
def end(request: Asked, report_id: int) -> HttpResponse:
    """End a report, or stop getting it."""
    reports.end_report(report_id=report_id, by=request.by, at=request.at)
    return done(request, reverse("web:dashboards"), _("It is mailed no more."))


@signed_in
def show_pdf(request: Asked, dashboard_id: int) -> HttpResponse:
    """Give a dashboard as the PDF that a mail would carry."""
    return _pdf(request, Report(dashboard=find_dashboard(dashboard_id=dashboard_id, user=request.user)))


@signed_in
def show_shipped_pdf(request: Asked, key: str) -> HttpResponse:
    """Give a dashboard that is always there as a PDF."""
    if key not in SHIPPED:
        raise NotFound(_("There is no such dashboard."))
    return _pdf(request, Report(shipped=key))


def _pdf(request: Asked, report: Report) -> HttpResponse:
    require_reports(request)
    content = printed(report, user=request.user, at=request.at)
    return HttpResponse(content, PDF, headers={"Content-Disposition": 'inline; filename="dashboard.pdf"'})
