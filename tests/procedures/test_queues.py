"""Queues of running procedures: what feeds them, what waits in them, and taking the next one."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import operations, queries
from throughline.core.procedures.models import WorkItem
from throughline.core.queues.feeding import Feed, feeding, named_by_drawings
from throughline.core.queues.models import Queue
from throughline.core.queues.operations import take_next
from throughline.core.refusals import NotAllowed, NotFound, Refusal

pytestmark = pytest.mark.req("B2")

CALL = c.chart(
    c.captured(),
    c.work("call", "reached", assignee="null", due='duration("PT24H")'),
    c.end(),
    c.flows("captured > call > end"),
)


def waits(desk: Desk, count: int = 3) -> list[WorkItem]:
    """Let so many leads of Maya's wait in the queue, the first one captured being due last."""
    desk.publish(CALL)
    desk.capture(count)
    desk.drain(seconds=1)
    items = desk.open_items()
    for hours, item in enumerate(reversed(items)):
        WorkItem.objects.filter(pk=item.pk).update(due_at=desk.now + timedelta(hours=hours - 1))
    return desk.open_items()


def take(desk: Desk, who: User) -> WorkItem:
    """Let somebody take the next one of the only queue."""
    return take_next(queue_id=Queue.objects.get().pk, by=Actor.user(who), at=desk.now)


class TestTakingTheNextOne:
    def test_what_is_due_first_comes_first(self, desk: Desk) -> None:
        first, second, third = waits(desk)

        taken = [take(desk, who).pk for who in (desk.cast.maya, desk.cast.tom, desk.cast.maya)]

        assert taken == [third.pk, second.pk, first.pk]
        owners = WorkItem.objects.order_by("pk").values_list("assignee__name", flat=True)
        assert list(owners) == ["Maya Lin", "Tom Berg", "Maya Lin"]
        with pytest.raises(Refusal, match="Nothing waits in Sales for you now"):
            take(desk, desk.cast.maya)

    def test_only_who_belongs_to_it_takes_and_only_what_they_may_see(self, desk: Desk) -> None:
        waits(desk)

        with pytest.raises(NotAllowed, match="You do not belong to Sales"):
            take(desk, desk.cast.omar)
        with pytest.raises(Refusal, match="Nothing waits in Sales for you now"):
            take(desk, desk.cast.ines)
        with pytest.raises(NotFound):
            take_next(queue_id=0, by=Actor.user(desk.cast.maya), at=desk.now)
        with pytest.raises(Refusal, match="Only a person"):
            take_next(queue_id=Queue.objects.get().pk, by=Actor.system(), at=desk.now)
        assert not WorkItem.objects.exclude(assignee=None).exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_who_take_at_once_get_two_different_ones(self, desk: Desk) -> None:
        waits(desk, 6)
        people, gate, taken = (desk.cast.maya, desk.cast.tom), Barrier(2), list[int]()

        def press(who: User) -> None:
            try:
                gate.wait()
                taken.extend(take(desk, who).pk for _ in range(3))
            finally:
                connection.close()

        threads = [Thread(target=press, args=[who]) for who in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(taken) == sorted(item.pk for item in desk.open_items())
        assert {item.assignee for item in desk.open_items()} == set(people)


class TestWhatWaits:
    def test_nobody_counts_or_reads_what_they_may_not_see(self, desk: Desk) -> None:
        waits(desk)
        found = {}
        for who in (desk.cast.maya, desk.cast.omar, desk.cast.ines, desk.cast.hana):
            figures = queries.queue_figures(queues=["sales"], user=who, at=desk.now)["sales"]
            rows = queries.waiting_in(queue="sales", user=who, at=desk.now, limit=2)
            found[who.name] = (figures.waiting, figures.late, len(rows))

        assert found == {
            "Maya Lin": (3, 1, 2),
            "Omar Haddad": (3, 1, 2),
            "Ines Duarte": (0, 0, 0),
            "Hana Sato": (0, 0, 0),
        }

    def test_a_refusal_names_the_queue(self, desk: Desk) -> None:
        (item,) = waits(desk, 1)
        Queue.objects.update(name="First calls")
        WorkItem.objects.update(record_id=None, record_type="")

        with pytest.raises(NotAllowed, match="This step belongs to the queue First calls"):
            operations.claim_work_item(work_item_id=item.pk, by=Actor.user(desk.cast.petra), at=desk.now)


class TestFeeding:
    def test_steps_that_name_a_queue_and_those_of_its_lane_feed_it(self, desk: Desk) -> None:
        desk.publish(CALL)

        (found,) = feeding("sales")

        assert (found.key, found.name, found.only_watches) == ("test", "Test", False)
        assert found.feeds == (Feed("sales", "", "call", "Call"),)
        assert feeding("service") == []

    def test_the_texts_of_a_formula_count_when_they_are_roles(self, desk: Desk) -> None:
        formula = 'if lead.region = "DACH" then "service" else "sales"'
        drawing = c.chart(
            c.captured(), c.work("call", "reached", queue=formula), c.end(), c.flows("captured > call > end")
        )

        desk.publish(drawing)

        assert named_by_drawings() == {"sales": "", "service": ""}
        assert sorted(Queue.objects.values_list("key", flat=True)) == ["sales", "service"]
