"""Sharing the pile of a step out anew: its effect, the doing, the taking back."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.procedures.models import WorkItem
from throughline.core.refusals import NotFound, Refusal
from throughline.insight.simulation.rebalance import preview, rebalance, take_back

CHART = c.chart(
    c.captured(),
    c.work("call", "done", assignee="lead.owner", due='duration("PT8H")'),
    c.end("sold"),
    c.flows("captured > call > sold"),
)
HOUR = 3600.0

pytestmark = [pytest.mark.req("B8")]


@pytest.fixture
def pile(desk: Desk) -> Desk:
    """Six calls that took Maya an hour each, and ten that wait for her."""
    desk.publish(CHART)
    desk.capture(6)
    desk.drain()
    for item in desk.open_items():
        desk.drain(hours=1)
        desk.complete(item, "done")
    desk.drain()
    desk.capture(10)
    desk.drain()
    return desk


def ids(desk: Desk, count: int = 10) -> list[int]:
    return [item.pk for item in desk.open_items()][:count]


class TestPreview:
    def test_tells_what_giving_half_away_does(self, pile: Desk) -> None:
        cast = pile.cast

        found = preview(work_item_ids=ids(pile, 5), people_ids=[cast.tom.pk], user=cast.omar, at=pile.now)

        assert found.effect is not None
        assert (found.effect.pieces, found.measured, found.assumed) == (10, 6, ())
        assert (found.effect.all_done.before, found.effect.all_done.after) == (10 * HOUR, 5 * HOUR)
        assert (found.effect.late.before, found.effect.late.after) == (2.0, 0.0)
        assert set(found.plan.values()) == {cast.tom.pk}

    def test_shares_out_so_that_all_have_as_much_to_do(self, pile: Desk) -> None:
        cast = pile.cast

        found = preview(work_item_ids=ids(pile, 8), people_ids=[cast.maya.pk, cast.tom.pk], user=cast.omar, at=pile.now)

        assert found.effect is not None
        assert found.effect.loads == {cast.maya.pk: (10 * HOUR, 5 * HOUR), cast.tom.pk: (0.0, 5 * HOUR)}

    def test_names_what_it_assumes(self, desk: Desk) -> None:
        desk.publish(CHART)
        desk.capture(2)
        desk.drain()

        found = preview(work_item_ids=ids(desk), people_ids=[desk.cast.tom.pk], user=desk.cast.omar, at=desk.now)

        assert (found.measured, found.assumed) == (0, ("Call",))

    def test_refuses_nothing_and_nobody(self, pile: Desk) -> None:
        with pytest.raises(Refusal, match="Select at least one case"):
            preview(work_item_ids=[], people_ids=[pile.cast.tom.pk], user=pile.cast.omar, at=pile.now)
        with pytest.raises(Refusal, match="who shall have it"):
            preview(work_item_ids=ids(pile), people_ids=[], user=pile.cast.omar, at=pile.now)

    @pytest.mark.req("L1")
    def test_shows_nobody_a_pile_that_they_may_not_see(self, pile: Desk) -> None:
        with pytest.raises(Refusal, match="None of the selected"):
            preview(work_item_ids=ids(pile), people_ids=[pile.cast.ines.pk], user=pile.cast.ines, at=pile.now)

    @pytest.mark.req("L1")
    def test_counts_of_a_colleague_only_what_the_asker_sees(self, pile: Desk) -> None:
        cast = pile.cast
        pile.capture(1, owner=cast.ines.pk)
        pile.drain()
        hers = WorkItem.objects.get(assignee=cast.ines)

        found = preview(work_item_ids=[hers.pk], people_ids=[cast.maya.pk], user=cast.ines, at=pile.now)

        assert found.effect is not None
        assert found.effect.pieces == 1


class TestRebalance:
    def test_does_it_and_takes_it_back(self, pile: Desk) -> None:
        cast, by = pile.cast, Actor.user(pile.cast.omar)
        items = ids(pile, 3)

        moved = rebalance(plan=dict.fromkeys(items, cast.tom.pk), by=by, at=pile.now)

        assert moved == dict.fromkeys(items, (cast.maya.pk, cast.tom.pk))
        assert WorkItem.objects.filter(assignee=cast.tom).count() == 3
        assert take_back(moved=moved, by=by, at=pile.now) == 3
        assert WorkItem.objects.filter(assignee=cast.maya, status="open").count() == 10

    def test_what_was_done_or_given_on_since_stays(self, pile: Desk) -> None:
        cast, by = pile.cast, Actor.user(pile.cast.omar)
        first, second, third = ids(pile, 3)
        moved = rebalance(plan=dict.fromkeys((first, second, third), cast.tom.pk), by=by, at=pile.now)
        pile.complete(WorkItem.objects.get(pk=first), "done", by=cast.tom)
        rebalance(plan={second: cast.omar.pk}, by=by, at=pile.now)

        assert take_back(moved=moved, by=by, at=pile.now) == 1
        assert WorkItem.objects.get(pk=third).assignee == cast.maya
        assert WorkItem.objects.get(pk=second).assignee == cast.omar

    def test_what_nobody_had_goes_back_to_its_queue(self, pile: Desk) -> None:
        cast, by = pile.cast, Actor.user(pile.cast.omar)
        [item] = ids(pile, 1)
        WorkItem.objects.filter(pk=item).update(assignee=None)

        moved = rebalance(plan={item: cast.tom.pk}, by=by, at=pile.now)

        assert take_back(moved=moved, by=by, at=pile.now) == 1
        assert WorkItem.objects.get(pk=item).assignee is None

    @pytest.mark.req("L1")
    def test_who_may_not_see_the_records_moves_nothing(self, pile: Desk) -> None:
        with pytest.raises(NotFound):
            rebalance(plan=dict.fromkeys(ids(pile), pile.cast.ines.pk), by=Actor.user(pile.cast.ines), at=pile.now)

        assert not WorkItem.objects.filter(assignee=pile.cast.ines).exists()
