"""More or older work than usual at a step is told once, by a shipped procedure."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import charts, worker
from throughline.core.procedures.models import Case, Procedure, WorkItem
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.tests.cast import Cast
from throughline.insight.bands.models import StepBand
from throughline.insight.bands.watching import steps, watch_steps
from throughline.packs import get_pack

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2")]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CALL = c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end"))


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Desk:
    """Twenty days on which one call waited at this minute, for an hour."""
    charts.forget_all()
    made = Desk(cast, at)
    made.publish(CALL)
    Procedure.objects.update(owner=cast.omar)
    made.capture(20)
    made.drain()
    for back, item in enumerate(WorkItem.objects.order_by("pk"), 1):
        offered = made.now - back * DAY - HOUR
        WorkItem.objects.filter(pk=item.pk).update(offered_at=offered, closed_at=offered + 2 * HOUR, status="done")
    return made


def wait(desk: Desk, count: int) -> None:
    desk.capture(count)
    desk.drain()


class TestSteps:
    def test_tell_what_waited_at_this_minute_of_each_day(self, desk: Desk) -> None:
        wait(desk, 3)

        [step] = steps(at=desk.now)

        assert (step.key, step.node, step.title) == ("test", "call", "Call")
        assert step.queue == (3.0, *[1.0] * 20)
        assert step.age == (0.0, *[1.0] * 20)


class TestWatchSteps:
    def test_says_once_that_more_waits_than_usual(self, desk: Desk) -> None:
        wait(desk, 3)

        found = [watch_steps(at=desk.now), watch_steps(at=desk.now + timedelta(minutes=11))]

        [entry] = Entry.objects.filter(event="step.left_band")
        assert found == [1, 0]
        assert (entry.data["figure"], entry.data["value"], entry.data["high"]) == ("queue", "3.0", "2.0")

    def test_says_that_work_is_older_than_usual(self, desk: Desk) -> None:
        wait(desk, 1)
        WorkItem.objects.filter(status="open").update(offered_at=desk.now - 5 * HOUR)

        watch_steps(at=desk.now)

        assert [entry.data["figure"] for entry in Entry.objects.filter(event="step.left_band")] == ["age"]

    def test_as_much_as_usual_says_nothing(self, desk: Desk) -> None:
        wait(desk, 2)

        assert watch_steps(at=desk.now) == 0

    def test_too_short_a_past_says_nothing(self, desk: Desk) -> None:
        WorkItem.objects.filter(offered_at__lt=desk.now - 7 * DAY).delete()
        wait(desk, 50)

        assert watch_steps(at=desk.now) == 0

    def test_looks_every_ten_minutes_only(self, desk: Desk) -> None:
        watch_steps(at=desk.now)
        wait(desk, 9)

        assert watch_steps(at=desk.now + timedelta(minutes=9)) == 0
        assert watch_steps(at=desk.now + timedelta(minutes=10)) == 1

    def test_says_when_it_is_over_and_then_again(self, desk: Desk) -> None:
        wait(desk, 5)
        watch_steps(at=desk.now)
        WorkItem.objects.filter(status="open").update(status="done", closed_at=desk.now)
        wait(desk, 1)
        watch_steps(at=desk.now + 20 * timedelta(minutes=1))
        assert StepBand.objects.get(figure="queue").left_at is None
        wait(desk, 8)

        assert watch_steps(at=desk.now + timedelta(minutes=40)) == 1
        assert Entry.objects.filter(event="step.back_in_band").count() == 1


class TestShippedProcedure:
    def test_tells_the_owner_of_the_procedure_with_a_link(self, desk: Desk) -> None:
        install_pack(pack=get_pack("bottleneck-watch"), by=Actor.user(desk.cast.admin), at=desk.now)
        wait(desk, 6)

        watch_steps(at=desk.now)
        worker.drain(at=desk.now)

        [message] = Notification.objects.filter(kind="step.left_band")
        assert message.user_id == desk.cast.omar.pk
        assert message.title == "Test: more waits than usual at “Call”"
        assert (message.record_type, message.place) == ("step_band", "test")
        assert Case.objects.filter(version__procedure__key="bottleneck-watch", status="finished").count() == 1

    def test_without_an_owner_those_are_told_who_may_repair(self, desk: Desk) -> None:
        install_pack(pack=get_pack("bottleneck-watch"), by=Actor.user(desk.cast.admin), at=desk.now)
        Procedure.objects.update(owner=None)
        wait(desk, 6)

        watch_steps(at=desk.now)
        worker.drain(at=desk.now)

        assert desk.cast.admin.pk in set(Notification.objects.values_list("user_id", flat=True))
