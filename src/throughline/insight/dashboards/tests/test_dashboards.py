"""Dashboards: tiles in order and size, who may see and change them."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.dashboards import operations
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.dashboards.shipped import SHIPPED
from throughline.insight.dashboards.tiles import Kind, Tile, added, moved, read, resized, stepped, stored
from throughline.insight.kpis.definitions import BY_KEY, DIMENSIONS

pytestmark = pytest.mark.req("I1")

NUMBER = Tile(id=0, kind=Kind.NUMBER, kpi="lead-conversion")


class TestTiles:
    def test_are_added_with_a_number_of_their_own_and_a_natural_size(self) -> None:
        tiles = added(added([], NUMBER), Tile(id=0, kind=Kind.HEAT, procedure="p"))

        assert [(tile.id, tile.wide, tile.high) for tile in tiles] == [(1, 3, 2), (2, 12, 4)]
        assert read(stored(tiles)) == tiles

    @pytest.mark.parametrize(("place", "order"), [(0, [3, 1, 2]), (1, [1, 3, 2]), (9, [1, 2, 3]), (-1, [3, 1, 2])])
    def test_move(self, place: int, order: list[int]) -> None:
        tiles = added(added(added([], NUMBER), NUMBER), NUMBER)

        assert [tile.id for tile in moved(tiles, 3, place)] == order

    def test_take_the_nearest_size(self) -> None:
        [tile] = resized(added([], NUMBER), 1, wide=7, high=99)

        assert (tile.wide, tile.high) == (6, 6)
        assert stepped(tile, wide=1, high=1) == (8, 6)
        assert stepped(tile, wide=-9, high=-1) == (3, 4)


class TestShipped:
    @pytest.mark.parametrize("key", SHIPPED)
    def test_ask_for_what_there_is(self, key: str) -> None:
        for tile in SHIPPED[key].tiles:
            assert tile.kind in (Kind.FUNNEL, Kind.HEAT) or tile.kpi in BY_KEY
            assert not tile.by or tile.by in DIMENSIONS[BY_KEY[tile.kpi].record]


def make(cast: Cast, at: datetime, **values: object) -> Dashboard:
    given = {"name": "Mine", "period": "this_month", "tiles": [NUMBER], "by": Actor.user(cast.maya), "at": at}
    return operations.make_dashboard(**{**given, **values})  # type: ignore[arg-type]


@pytest.mark.django_db
class TestOperations:
    def test_is_made_arranged_shared_and_deleted_and_the_journal_tells(self, cast: Cast, at: datetime) -> None:
        by = Actor.user(cast.maya)
        made = make(cast, at)

        operations.arrange(dashboard_id=made.pk, version=1, tiles=added([], NUMBER), by=by, at=at)
        operations.share_dashboard(dashboard_id=made.pk, team_id=cast.north.pk, by=by, at=at)
        operations.delete_dashboard(dashboard_id=made.pk, by=by, at=at)

        told = list(Entry.objects.filter(event__startswith="dashboard.").order_by("id").values_list("event", flat=True))
        assert told == ["dashboard.saved"] * 3 + ["dashboard.deleted"]

    @pytest.mark.req("L1")
    def test_is_seen_by_whom_it_is_shared_with(self, cast: Cast, at: datetime) -> None:
        made = make(cast, at)
        assert operations.dashboards_of(cast.tom) == []

        operations.share_dashboard(dashboard_id=made.pk, team_id=cast.north.pk, by=Actor.user(cast.maya), at=at)

        assert [operations.dashboards_of(who) for who in (cast.maya, cast.tom, cast.omar, cast.ines)] == [
            [made], [made], [made], [],
        ]  # fmt: skip
        with pytest.raises(NotFound):
            operations.find_dashboard(dashboard_id=made.pk, user=cast.ines)
        with pytest.raises(NotFound):
            operations.arrange(dashboard_id=made.pk, version=2, tiles=[], by=Actor.user(cast.tom), at=at)

    def test_only_who_may_shares_with_everybody(self, cast: Cast, at: datetime) -> None:
        made = make(cast, at)

        with pytest.raises(NotAllowed):
            operations.share_dashboard(dashboard_id=made.pk, everybody=True, by=Actor.user(cast.maya), at=at)
        with pytest.raises(NotAllowed, match="own teams"):
            operations.share_dashboard(dashboard_id=made.pk, team_id=cast.south.pk, by=Actor.user(cast.maya), at=at)

    def test_two_who_change_it_do_not_write_over_each_other(self, cast: Cast, at: datetime) -> None:
        made, by = make(cast, at), Actor.user(cast.maya)
        operations.arrange(dashboard_id=made.pk, version=1, tiles=[], by=by, at=at)

        with pytest.raises(Conflict):
            operations.arrange(dashboard_id=made.pk, version=1, tiles=[NUMBER], by=by, at=at)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"name": " "}, "Give the dashboard a name"),
            ({"period": "ever"}, "means no days"),
            ({"tiles": [Tile(id=1, kind=Kind.TREND)]}, "which figure"),
            ({"tiles": [Tile(id=1, kind=Kind.BARS, kpi="lead-conversion", by="pipeline")]}, "cannot be parted"),
            ({"tiles": [Tile(id=1, kind=Kind.HEAT)]}, "whose drawing"),
            ({"tiles": [NUMBER] * 31}, "holds 30 tiles"),
        ],
    )
    def test_refuses_what_shows_nothing(self, cast: Cast, at: datetime, values: dict[str, object], said: str) -> None:
        with pytest.raises(Refusal, match=said):
            make(cast, at, **values)

    def test_names_are_used_once(self, cast: Cast, at: datetime) -> None:
        make(cast, at)

        with pytest.raises(Refusal, match="of this name"):
            make(cast, at)

    def test_hr_makes_none(self, cast: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            make(cast, at, by=Actor.user(cast.hana))
