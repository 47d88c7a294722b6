"""Time: deadlines, reminders, waits and schedules, exact to the second, also after the worker has been away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core.procedures import operations
from throughline.core.procedures.driver.timers import next_due
from throughline.core.procedures.models import Case, StartTrigger, Timer, WorkItem

LATE = c.chart(
    c.captured(),
    c.work("call", "reached"),
    c.deadline("late", "call", "PT24H"),
    c.work("escalate"),
    c.end("done"),
    c.end("flagged"),
    c.flows("captured > call > done", "late > escalate > flagged"),
)


@pytest.mark.req("B5", "C2")
class TestDeadlines:
    def test_a_timer_fires_at_its_second_and_not_before(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture()
        desk.drain()

        before = desk.drain(hours=23, minutes=59, seconds=59)
        after = desk.drain(seconds=1)

        assert (before.timers, after.timers) == (0, 1)
        assert trace(desk.case()) == "captured > late"
        assert [item.node for item in desk.open_items()] == ["escalate"]
        assert WorkItem.objects.get(node="call").status == "withdrawn"

    def test_after_an_outage_it_fires_once(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture(30)
        desk.drain()

        drained = desk.drain(days=5)

        assert (drained.timers, len(desk.open_items("escalate"))) == (30, 30)
        assert desk.drain(days=1).timers == 0

    def test_work_done_in_time_disarms_it(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture()
        desk.drain()

        desk.complete(desk.open_items()[0], "reached")
        desk.drain(seconds=1)

        assert not Timer.objects.exists()
        assert desk.drain(days=2).timers == 0
        assert desk.case().end_node == "done"

    def test_work_and_deadline_at_once_are_decided_by_what_came_first(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture()
        desk.drain()
        desk.complete(desk.open_items()[0], "reached")

        desk.drain(hours=25)

        assert (desk.case().status, desk.case().end_node) == ("finished", "done")

    def test_the_worker_sleeps_until_the_next_due_moment(self, desk: Desk) -> None:
        desk.publish(LATE)
        desk.capture()
        desk.drain()

        assert next_due() == desk.now + timedelta(hours=24)

    def test_a_reminder_that_interrupts_nothing_leaves_the_work_open(self, desk: Desk) -> None:
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call"),
                c.deadline("remind", "call", "PT1H", interrupting=False),
                c.work("look"),
                c.end("done"),
                c.end("seen"),
                c.flows("captured > call > done", "remind > look > seen"),
            )
        )
        desk.capture()
        desk.drain()

        desk.drain(hours=1)

        assert [item.node for item in desk.open_items()] == ["call", "look"]


@pytest.mark.req("B1")
class TestSchedules:
    def chart(self, kind: str, text: str) -> bytes:
        timer = f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
        return c.chart(c.start("tick", "", timer), c.work("clean"), c.end(), c.flows("tick > clean > end"), record="")

    def test_a_cycle_starts_a_case_each_time_and_does_not_drift(self, desk: Desk) -> None:
        desk.publish(self.chart("timeCycle", "R/PT24H"), record_type="")
        begun = desk.now

        desk.drain(hours=25)
        desk.drain(hours=24)

        assert Case.objects.count() == 2
        assert StartTrigger.objects.get().due_at == begun + timedelta(hours=72)

    def test_what_was_missed_while_nothing_ran_is_done_once(self, desk: Desk) -> None:
        desk.publish(self.chart("timeCycle", "R/PT1H"), record_type="")
        begun = desk.now

        desk.drain(hours=64.5)

        assert Case.objects.count() == 1
        assert StartTrigger.objects.get().due_at == begun + timedelta(hours=65)
        desk.drain(hours=1)
        assert Case.objects.count() == 2

    def test_of_a_counted_cycle_those_that_were_missed_are_over(self, desk: Desk) -> None:
        desk.publish(self.chart("timeCycle", "R5/PT1H"), record_type="")

        desk.drain(hours=1)
        desk.drain(hours=3.5)
        assert Case.objects.count() == 2
        desk.drain(hours=1)
        desk.drain(hours=100)

        assert Case.objects.count() == 3
        assert StartTrigger.objects.get().due_at is None

    def test_a_counted_cycle_of_which_all_were_missed_starts_one_last_case(self, desk: Desk) -> None:
        desk.publish(self.chart("timeCycle", "R5/PT1H"), record_type="")

        desk.drain(hours=100)
        desk.drain(hours=100)

        assert Case.objects.count() == 1
        assert StartTrigger.objects.get().due_at is None

    def test_a_moment_that_was_missed_is_made_up_for(self, desk: Desk) -> None:
        desk.publish(self.chart("timeDate", (desk.now + timedelta(hours=2)).isoformat()), record_type="")

        desk.drain(hours=100)
        desk.drain(hours=100)

        assert Case.objects.count() == 1

    def test_retiring_ends_the_schedule(self, desk: Desk) -> None:
        desk.publish(self.chart("timeCycle", "R/PT24H"), record_type="")
        operations.retire(key="test", by=desk.admin, at=desk.now, reason="Not needed.")

        desk.drain(hours=30)

        assert not Case.objects.exists()
