"""Dashboards by mail: when they come, who gets them, and who may say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from throughline.core.actions import ActionRequest
from throughline.core.actor import Actor
from throughline.core.attachments import attachments_of
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.dashboards.models import Report
from throughline.insight.dashboards.operations import delete_dashboard, make_dashboard
from throughline.insight.dashboards.reports import (
    Times,
    end_report,
    keep_report,
    letters_of,
    reports_of,
    tell_due_reports,
)

pytestmark = pytest.mark.req("I1")

MONDAYS = Times("week", 1, 8, "Europe/Berlin")


def when(text: str) -> datetime:
    """Return an instant (UTC)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestTimes:
    @pytest.mark.parametrize(
        ("times", "moment", "due"),
        [
            (MONDAYS, "2026-03-02T06:59", "2026-03-02T07:00"),
            (MONDAYS, "2026-03-02T07:00", "2026-03-09T07:00"),
            (MONDAYS, "2026-03-24T12:00", "2026-03-30T06:00"),  # summer time has begun
            (Times("month", 28, 0, "UTC"), "2026-01-28T00:00", "2026-02-28T00:00"),
            (Times("month", 1, 23, "America/New_York"), "2026-02-01T12:00", "2026-02-02T04:00"),
        ],
    )
    def test_the_next_moment_is_by_the_clock_of_the_zone(self, times: Times, moment: str, due: str) -> None:
        assert times.after(when(moment)) == when(due)

    @pytest.mark.parametrize(
        "times",
        [
            Times("day", 1, 8, "UTC"),
            Times("week", 8, 8, "UTC"),
            Times("month", 29, 8, "UTC"),
            Times("week", 1, 24, "UTC"),
            Times("week", 1, 8, "Mars/Base"),
        ],
    )
    def test_what_is_no_time_is_refused(self, times: Times) -> None:
        with pytest.raises(Refusal):
            times.check()


def kept(by: User, at: datetime, *receivers: User, **which: object) -> Report:
    """Return a report of the shipped dashboard that somebody makes for others, or for themselves."""
    which = which or {"shipped": "sales"}
    people = [each.pk for each in receivers or (by,)]
    return keep_report(receivers=people, times=MONDAYS, by=Actor.user(by), at=at, **which)  # type: ignore[arg-type]


class TestKeep:
    def test_it_goes_out_at_the_next_such_hour(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.omar, at, cast.omar, cast.ines)

        assert (report.name, report.period, report.next_at) == ("Sales", "last_90_days", when("2026-03-09T07:00"))
        assert Entry.objects.get(event="report.kept").data["receivers"] == sorted([cast.omar.pk, cast.ines.pk])

    def test_a_seller_sends_their_own_dashboard_to_others(self, cast: Cast, at: datetime) -> None:
        own = make_dashboard(name="Mine", period="last_30_days", by=Actor.user(cast.maya), at=at)

        assert kept(cast.maya, at, cast.tom, dashboard_id=own.pk).name == "Mine"

    def test_and_others_to_themselves_only(self, cast: Cast, at: datetime) -> None:
        assert kept(cast.maya, at).owner == cast.maya

        with pytest.raises(NotAllowed, match="yourself only"):
            kept(cast.maya, at, cast.maya, cast.tom)

    def test_a_dashboard_that_is_not_shared_cannot_be_had(self, cast: Cast, at: datetime) -> None:
        own = make_dashboard(name="Mine", period="last_30_days", by=Actor.user(cast.maya), at=at)

        with pytest.raises(NotFound):
            kept(cast.ines, at, dashboard_id=own.pk)
        with pytest.raises(NotFound):
            kept(cast.ines, at, shipped="gone")

    def test_nobody_gets_it_who_may_not_look_at_reports(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(Refusal, match="may not look at reports"):
            kept(cast.omar, at, cast.ivo)
        with pytest.raises(Refusal, match="Choose who gets it"):
            keep_report(receivers=[], times=MONDAYS, by=Actor.user(cast.omar), at=at, shipped="sales")
        with pytest.raises(NotAllowed):
            kept(cast.ivo, at)

    def test_it_is_changed_by_who_made_it(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.omar, at, cast.omar, cast.ines)
        later = Times("month", 1, 6, "UTC")

        keep_report(receivers=[cast.maya.pk], times=later, by=Actor.user(cast.omar), at=at, report_id=report.pk)

        report.refresh_from_db()
        assert (report.every, report.next_at) == ("month", when("2026-04-01T06:00"))
        assert list(report.receivers.all()) == [cast.maya]
        with pytest.raises(NotFound):
            keep_report(receivers=[cast.ines.pk], times=later, by=Actor.user(cast.ines), at=at, report_id=report.pk)


class TestEnd:
    def test_its_maker_ends_it_for_all_and_a_receiver_for_themselves(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.omar, at, cast.maya, cast.ines)

        end_report(report_id=report.pk, by=Actor.user(cast.ines), at=at)
        assert list(report.receivers.all()) == [cast.maya]
        assert reports_of(user=cast.ines, shipped="sales") == []
        with pytest.raises(NotFound):
            end_report(report_id=report.pk, by=Actor.user(cast.ines), at=at)

        end_report(report_id=report.pk, by=Actor.user(cast.omar), at=at)
        assert not Report.objects.exists()

    def test_the_last_who_leaves_ends_it(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.omar, at, cast.ines)

        end_report(report_id=report.pk, by=Actor.user(cast.ines), at=at)

        assert not Report.objects.exists()

    def test_it_ends_with_its_dashboard(self, cast: Cast, at: datetime) -> None:
        own = make_dashboard(name="Mine", period="last_30_days", by=Actor.user(cast.maya), at=at)
        kept(cast.maya, at, dashboard_id=own.pk)

        delete_dashboard(dashboard_id=own.pk, by=Actor.user(cast.maya), at=at)

        assert not Report.objects.exists()


class TestDue:
    def test_the_journal_is_told_once_however_late(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.maya, at)

        assert tell_due_reports(at=at + timedelta(days=6)) == 0
        assert tell_due_reports(at=at + timedelta(days=17)) == 1
        assert tell_due_reports(at=at + timedelta(days=17)) == 0

        report.refresh_from_db()
        assert report.next_at == when("2026-03-23T07:00")
        assert Entry.objects.get(event="report.due").data == {"report": report.pk, "name": "Sales"}

    def test_who_may_not_look_at_reports_any_more_gets_none(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.omar, at, cast.omar, cast.maya, cast.tom)
        cast.maya.role_memberships.all().delete()
        User.objects.filter(pk=cast.tom.pk).update(is_active=False)

        assert [letter.to for letter in letters_of(report_id=report.pk)] == ["omar@example.com"]
        assert letters_of(report_id=report.pk + 1) == []


class TestAttachment:
    def test_goes_to_its_receiver_only(self, cast: Cast, at: datetime) -> None:
        report = kept(cast.omar, at, cast.maya)
        request = ActionRequest(7, 1, None, {}, Actor("procedure", "7", "Reports by mail"), at)
        reference = f"report:{report.pk}:{cast.maya.pk}"

        [found] = attachments_of(request, [reference], to="maya@example.com")

        assert (found.name, found.media_type, found.content[:4]) == ("Sales 2026-03-02.pdf", "application/pdf", b"%PDF")
        for wrong, to in (
            (reference, "ines@example.com"),
            (f"report:{report.pk}:{cast.ines.pk}", "ines@example.com"),
            (f"report:{report.pk + 1}:{cast.maya.pk}", "maya@example.com"),
            ("report:x", "maya@example.com"),
        ):
            with pytest.raises(Refusal):
                attachments_of(request, [wrong], to=to)
