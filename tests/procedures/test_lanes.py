"""A flood of one kind of work does not keep the others waiting, and nobody overtakes within a case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core.procedures import operations
from throughline.core.procedures.driver.batch import work_off
from throughline.core.procedures.driver.timers import fire_due
from throughline.core.procedures.inbox import MANY, Lane
from throughline.core.procedures.models import Case, CaseInput, Inbox, Timer, WorkItem
from throughline.core.procedures.worker import LARGEST, Pace, drain

LATE = c.chart(
    c.captured(),
    c.work("call", "reached"),
    c.deadline("late", "call", "PT24H"),
    c.work("escalate"),
    c.end("done"),
    c.end("flagged"),
    c.flows("captured > call > done", "late > escalate > flagged"),
)
FLOOD = MANY + 70
BATCH = 20
MANY_TIMERS = 5_000


@pytest.mark.req("B5", "C1")
class TestLanes:
    def test_a_new_lead_is_served_in_the_first_batch_of_a_flood_of_timers(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture(FLOOD)
        desk.drain()
        desk.drain(hours=23)
        (new,) = desk.capture()
        desk.now += timedelta(hours=1)

        fired = fire_due(at=desk.now, limit=FLOOD)
        work_off(limit=BATCH, at=desk.now)

        assert fired == FLOOD
        assert Case.objects.get(record_id=new.pk).status == "running"
        assert 0 < WorkItem.objects.filter(node="escalate").count() < BATCH

    def test_answers_and_timers_are_served_in_the_first_batch_of_an_import(self, desk: Desk) -> None:
        desk.publish(LATE)
        early, answered = desk.capture(2)
        desk.drain()
        desk.now += timedelta(days=1)
        desk.capture(FLOOD)
        desk.complete(WorkItem.objects.get(record_id=answered.pk), "reached")
        fire_due(at=desk.now, limit=1)

        work_off(limit=BATCH, at=desk.now)

        assert Case.objects.get(record_id=answered.pk).status == "finished"
        assert trace(Case.objects.get(record_id=early.pk)) == "captured > late"
        assert Inbox.objects.filter(lane=Lane.BULK).count() == FLOOD - BATCH + 2

    def test_a_flood_of_timers_and_answers_leaves_room_for_an_import(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture(FLOOD)
        desk.drain()
        desk.drain(hours=23)
        items = desk.open_items()
        for item in items[:MANY]:
            desk.complete(item, "reached")
        desk.now += timedelta(days=1)
        fire_due(at=desk.now, limit=FLOOD)
        desk.capture(FLOOD)

        work_off(limit=BATCH, at=desk.now)

        left = [Inbox.objects.filter(lane=lane).count() for lane in Lane]
        assert left == [MANY - 10, FLOOD - 8, FLOOD - 2]

    def test_a_command_does_not_overtake_an_earlier_one_that_waits_in_another_lane(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture(FLOOD)
        last = Case.objects.order_by("-pk")[0]
        operations.cancel_case(case_id=last.pk, by=desk.admin, at=desk.now, reason="A mistake.")

        work_off(limit=BATCH, at=desk.now)

        last.refresh_from_db()
        assert last.status == "cancelled"
        assert CaseInput.objects.filter(case_id=last.pk).count() == 2
        assert not Inbox.objects.filter(case_id=last.pk).exists()

    def test_while_thousands_of_timers_fall_due_at_once_each_new_lead_is_served_in_the_next_batch(
        self, desk: Desk
    ) -> None:
        desk.publish(LATE)
        desk.capture(MANY_TIMERS)
        desk.drain()
        desk.now += timedelta(hours=24)
        pace = Pace(size=LARGEST)
        left = []

        while Timer.objects.filter(due_at__lte=desk.now).exists():
            (new,) = desk.capture()
            drain(at=desk.now, limit=LARGEST, pace=pace)
            assert Case.objects.get(record_id=new.pk).status == "running"
            left.append(Timer.objects.filter(due_at__lte=desk.now).count())

        drain(at=desk.now)
        assert left == sorted(left, reverse=True)
        assert len(left) >= MANY_TIMERS / LARGEST
        assert WorkItem.objects.filter(node="escalate", status="open").count() == MANY_TIMERS
        assert WorkItem.objects.filter(node="call", status="open").count() == len(left)

    def test_everything_due_is_done_in_the_end(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture(FLOOD)
        desk.drain()

        drained = desk.drain(days=2)

        assert (drained.timers, Timer.objects.count(), Inbox.objects.count()) == (FLOOD, 0, 0)
        assert len(desk.open_items("escalate")) == FLOOD
