"""
Dashboards by mail: who gets which, on which days, and when the hour has come.

Theory of operation. A report is a row that its owner and its receivers can look at and end. When its hour has come the
journal is told (``report.due``); a procedure that begins with that (the shipped *Reports by mail*) asks for the letters
(``report.letters``) and mails each of them with the PDF attached. The PDF is made when the mail goes out, with the
rights that its receiver has then, and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.insight.dashboards.events import ReportDue, ReportEnded, ReportKept
from throughline.insight.dashboards.models import Dashboard, Every, Report
from throughline.insight.dashboards.operations import find_dashboard
from throughline.insight.dashboards.shipped import SHIPPED
from throughline.insight.kpis.definitions import SEE_REPORTS

RECEIVERS_AT_MOST = 50
LAST_DAY: Mapping[str, int] = {Every.WEEK: 7, Every.MONTH: 28}


@dataclass(frozen=True, slots=True)
class Times:
    """When a report goes out: ``every`` week or month, on which ``day`` of it, at which ``hour`` in ``zone``."""

    every: str
    day: int
    hour: int
    zone: str

    def check(self) -> None:
        """Refuse what is no time."""
        if self.every not in LAST_DAY or not 1 <= self.day <= LAST_DAY[self.every]:
            raise Refusal("no_day", _("Choose a day of the week, or one of the month from 1 to 28."), "day")
        if not 0 <= self.hour <= 23:
            raise Refusal("no_hour", _("Choose an hour from 0 to 23."), "hour")
        if self.zone not in available_timezones():
            raise Refusal("no_zone", _("There is no such time zone."), "zone")

    def after(self, moment: datetime) -> datetime:
        """Return the first such moment after ``moment`` (UTC)."""
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date()
        while True:
            due = datetime.combine(day, time(self.hour), zone).astimezone(UTC)
            if self._is_on(day) and due > moment:
                return due
            day += timedelta(days=1)

    def _is_on(self, day: date) -> bool:
        return day.isoweekday() == self.day if self.every == Every.WEEK else day.day == self.day


def times_of(report: Report) -> Times:
    """Return when a report goes out."""
    return Times(report.every, report.day, report.hour, report.zone)


# -- Who gets what -----------------------------------------------------------------------------------------------------


def reports_of(*, user: User, dashboard_id: int | None = None, shipped: str = "") -> list[Report]:
    """Return the reports of a dashboard that a person has made or gets."""
    mine = Q(owner=user) | Q(receivers=user)
    found = Report.objects.filter(mine, dashboard=dashboard_id, shipped=shipped)
    return list(found.distinct().select_related("owner", "dashboard").prefetch_related("receivers"))


def may_send_to_others(user: User, dashboard: Dashboard | None) -> bool:
    """Say whether somebody may have a dashboard mailed to others: their own, or with the ability ``views.share``."""
    is_own = dashboard is not None and dashboard.owner_id == user.pk
    return is_own or access.allows(user, "views.share")


@transaction.atomic
def keep_report(
    *,
    receivers: Collection[int],
    times: Times,
    by: Actor,
    at: datetime,
    report_id: int | None = None,
    dashboard_id: int | None = None,
    shipped: str = "",
) -> Report:
    """
    Have a dashboard mailed (one of somebody's, or by its key one that is always there), or change a report.

    Raises:
        NotAllowed: the person may not look at reports, or not send this dashboard to others.
        NotFound: the dashboard or report is gone, or not theirs.
        Refusal: nobody is to get it, somebody may not look at reports, or its time is none.
    """
    owner = access.user_of(by)
    if owner is None or not access.allows(owner, SEE_REPORTS):
        raise NotAllowed(_("Your role does not see reports. Ask an administrator for it."))
    report = _own(report_id, owner) if report_id is not None else _new(owner, dashboard_id, shipped)
    times.check()
    people = _receivers(receivers)
    if {person.pk for person in people} != {owner.pk} and not may_send_to_others(owner, report.dashboard):
        raise NotAllowed(_("You can have it mailed to yourself only. Ask a manager to send it to others."))
    report.every, report.day, report.hour, report.zone = times.every, times.day, times.hour, times.zone
    report.next_at = times.after(at)
    report.save()
    report.receivers.set(people)
    kept = ReportKept(
        report=report.pk,
        name=report.name,
        every=report.every,
        day=report.day,
        hour=report.hour,
        receivers=sorted(person.pk for person in people),
    )
    journal.record(kept, by=by, at=at, about=_ref(report))
    return report


def _new(owner: User, dashboard_id: int | None, shipped: str) -> Report:
    if dashboard_id is None:
        if shipped not in SHIPPED:
            raise NotFound(_("There is no such dashboard."))
        return Report(owner=owner, shipped=shipped)
    return Report(owner=owner, dashboard=find_dashboard(dashboard_id=dashboard_id, user=owner))


def _own(report_id: int, owner: User) -> Report:
    found = Report.objects.select_for_update(of=("self",)).select_related("dashboard").filter(pk=report_id, owner=owner)
    report = found.first()
    if report is None:
        raise NotFound(_("This report is gone, or somebody else's."))
    return report


def _receivers(keys: Collection[int]) -> list[User]:
    people = list(User.objects.filter(pk__in=keys, is_active=True).order_by("pk"))
    if not people:
        raise Refusal("nobody", _("Choose who gets it."), "receivers")
    if len(people) > RECEIVERS_AT_MOST:
        raise Refusal("too_many", _("A report goes to %(n)d people at most.") % {"n": RECEIVERS_AT_MOST}, "receivers")
    for person in people:
        if not access.allows(person, SEE_REPORTS):
            name = person.name
            raise Refusal("sees_no_reports", _("%(name)s may not look at reports.") % {"name": name}, "receivers")
    return people


@transaction.atomic
def end_report(*, report_id: int, by: Actor, at: datetime) -> None:
    """
    Mail a report no more: for everybody when it is one's own, else for oneself.

    Raises:
        NotFound: it is gone, or the person neither made nor gets it.
    """
    user = access.user_of(by)
    report = Report.objects.select_for_update(of=("self",)).select_related("dashboard").filter(pk=report_id).first()
    if report is None or user is None or not (report.owner_id == user.pk or _gets(report, user)):
        raise NotFound(_("This report is gone, or somebody else's."))
    ended = ReportEnded(report=report.pk, name=report.name)
    journal.record(ended, by=by, at=at, about=_ref(report))
    if report.owner_id != user.pk:
        report.receivers.remove(user)
    if report.owner_id == user.pk or not report.receivers.exists():
        report.delete()


def _gets(report: Report, user: User) -> bool:
    return report.receivers.filter(pk=user.pk).exists()


def _ref(report: Report) -> RecordRef:
    return RecordRef("report", report.pk)


# -- When its hour has come --------------------------------------------------------------------------------------------


@transaction.atomic
def tell_due_reports(*, at: datetime) -> int:
    """Tell the journal of the reports whose hour has come, each once however late it is; return how many."""
    due = Report.objects.select_for_update(of=("self",), skip_locked=True).select_related("dashboard")
    found = list(due.filter(next_at__lte=at).order_by("next_at", "pk"))
    for report in found:
        report.next_at, report.sent_at = times_of(report).after(at), at
        report.save(update_fields=["next_at", "sent_at"])
    facts = [journal.Fact(ReportDue(report=report.pk, name=report.name), _ref(report)) for report in found]
    journal.record_many(facts, by=Actor.system(), at=at)
    return len(found)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that carries a report to one person: ``file`` names the PDF, made when the mail goes out."""

    user_id: int
    to: str
    subject: str
    text: str
    file: str


def letters_of(*, report_id: int) -> list[Letter]:
    """Return a report as mails to those who get it and may still look at reports; none when it has ended."""
    report = Report.objects.select_related("dashboard").filter(pk=report_id).first()
    if report is None:
        return []
    people = report.receivers.filter(is_active=True).order_by("pk")
    with translation.override(settings.LANGUAGE_CODE):
        return [_letter(report, person) for person in people if access.allows(person, SEE_REPORTS)]


def _letter(report: Report, person: User) -> Letter:
    lines: Sequence[str] = (
        _("The dashboard “%(name)s” is attached, with the figures that you may see.") % {"name": report.name},
        "",
        _("Open it: %(address)s") % {"address": f"{settings.SITE_URL}/{address_of(report)}"},
        _("There you can also change when it comes, or end it."),
    )
    return Letter(person.pk, person.email, report.name, "\n".join(lines), f"report:{report.pk}:{person.pk}")


def address_of(report: Report) -> str:
    """Return where its dashboard is, below the installation's address."""
    which = f"shipped/{report.shipped}" if report.dashboard_id is None else f"{report.dashboard_id}"
    return f"insight/dashboards/{which}/"
