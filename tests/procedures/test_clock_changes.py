"""Deadlines of live cases around the change of clocks in three zones, on elapsed and on working time with holidays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core.identity.models import BusinessCalendar
from throughline.core.procedures.models import Timer

WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NIGHTS = {day: [["00:00", "04:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def local(zone: str, text: str) -> datetime:
    """Return an instant of a zone's clock on the wall; ``again`` is the second time of a repeated hour."""
    wall = datetime.fromisoformat(text.removesuffix(" again"))
    return wall.replace(tzinfo=ZoneInfo(zone), fold=int(text.endswith("again"))).astimezone(UTC)


def chart(kind: str, text: str, settings: str = "") -> bytes:
    timer = (
        f"<bpmn:timerEventDefinition {settings}>"
        f'<bpmn:{kind} xsi:type="bpmn:tFormalExpression">{escape(text)}</bpmn:{kind}></bpmn:timerEventDefinition>'
    )
    return c.chart(
        c.captured(),
        c.work("call"),
        c.element("boundaryEvent", "late", "", timer, attachedToRef="call"),
        c.end("done"),
        c.end("missed"),
        c.flows("captured > call > done", "late > missed"),
    )


def expect_due(desk: Desk, begun: datetime, due: datetime) -> None:
    """Capture a lead at ``begun`` and see its deadline fire at ``due``: not a second earlier, and once."""
    desk.now = begun
    desk.capture()
    desk.drain()
    assert Timer.objects.get().due_at == due

    early = desk.drain(seconds=(due - begun - timedelta(seconds=1)).total_seconds())
    in_time = desk.drain(seconds=1)
    later = desk.drain(days=3)

    assert (early.timers, in_time.timers, later.timers) == (0, 1, 0)
    assert trace(desk.case()) == "captured > late > missed"


@pytest.mark.req("B5", "C2")
class TestElapsedTime:
    @pytest.mark.parametrize(
        ("zone", "begun", "due"),
        [
            ("Europe/Berlin", "2026-03-28T15:00", "2026-03-29T16:00"),  # the night had an hour less
            ("Europe/Berlin", "2026-10-24T15:00", "2026-10-25T14:00"),
            ("America/New_York", "2026-03-07T15:00", "2026-03-08T16:00"),
            ("America/New_York", "2026-11-01T01:30", "2026-11-02T00:30"),  # from the first 1:30 of two
            ("America/New_York", "2026-11-01T01:30 again", "2026-11-02T01:30"),
            ("Australia/Lord_Howe", "2026-04-04T15:00", "2026-04-05T14:30"),  # half an hour there
            ("Australia/Lord_Howe", "2026-10-03T15:00", "2026-10-04T15:30"),
        ],
    )
    def test_a_day_has_24_hours_whatever_the_clock_on_the_wall_says(
        self, desk: Desk, zone: str, begun: str, due: str
    ) -> None:
        desk.publish(chart("timeDuration", "PT24H"))

        expect_due(desk, local(zone, begun), local(zone, due))


@pytest.mark.req("B5", "C2")
class TestMoments:
    @pytest.mark.parametrize(
        ("moment", "zone", "due"),
        [
            ("2026-03-29T09:00:00@Europe/Berlin", "Europe/Berlin", "2026-03-29T09:00"),
            ("2026-11-01T09:00:00@America/New_York", "America/New_York", "2026-11-01T09:00"),
            ("2026-10-04T09:00:00@Australia/Lord_Howe", "Australia/Lord_Howe", "2026-10-04T09:00"),
        ],
    )
    def test_a_moment_is_that_of_its_zone_on_that_day(self, desk: Desk, moment: str, zone: str, due: str) -> None:
        desk.publish(chart("timeDate", f'date and time("{moment}")'))
        at = local(zone, due)

        expect_due(desk, at - timedelta(days=2), at)


@pytest.mark.req("B5", "C2")
class TestWorkingTime:
    @pytest.mark.parametrize(
        ("zone", "holidays", "begun", "hours", "due"),
        [
            # Over the weekend of the change: the same hours of the office as ever.
            ("Europe/Berlin", [], "2026-03-27T16:00", 2, "2026-03-30T10:00"),
            ("America/New_York", [], "2026-10-30T16:00", 2, "2026-11-02T10:00"),
            ("Australia/Lord_Howe", [], "2026-10-02T16:00", 2, "2026-10-05T10:00"),
            # A holiday on the first day after it.
            ("Europe/Berlin", ["2026-03-30"], "2026-03-27T16:00", 2, "2026-03-31T10:00"),
            ("America/New_York", ["2026-11-02", "2026-11-03"], "2026-10-30T16:00", 2, "2026-11-04T10:00"),
            ("Australia/Lord_Howe", ["2026-10-05"], "2026-10-02T16:00", 2, "2026-10-06T10:00"),
        ],
    )
    def test_the_office_opens_by_its_own_clock(
        self, desk: Desk, zone: str, holidays: list[str], begun: str, hours: int, due: str
    ) -> None:
        BusinessCalendar.objects.create(key="office", name="Office", zone=zone, hours=WEEK, holidays=holidays)
        desk.publish(chart("timeDuration", f"PT{hours}H", 'tl:clock="business" tl:calendar="office"'))

        expect_due(desk, local(zone, begun), local(zone, due))

    @pytest.mark.parametrize(
        ("zone", "begun", "due"),
        [
            ("Europe/Berlin", "2026-03-29T00:00", "2026-03-30T01:00"),  # three hours that night
            ("Europe/Berlin", "2026-10-25T00:00", "2026-10-25T03:00"),  # five, of which four are enough
            ("America/New_York", "2026-03-08T00:00", "2026-03-09T01:00"),
            ("America/New_York", "2026-11-01T00:00", "2026-11-01T03:00"),
            ("Australia/Lord_Howe", "2026-10-04T00:00", "2026-10-05T00:30"),
            ("Australia/Lord_Howe", "2026-04-05T00:00", "2026-04-05T03:30"),
        ],
    )
    def test_a_night_shift_works_the_hours_that_there_are(self, desk: Desk, zone: str, begun: str, due: str) -> None:
        BusinessCalendar.objects.create(key="night", name="Night", zone=zone, hours=NIGHTS)
        desk.publish(chart("timeDuration", "PT4H", 'tl:clock="business" tl:calendar="night"'))

        expect_due(desk, local(zone, begun), local(zone, due))
