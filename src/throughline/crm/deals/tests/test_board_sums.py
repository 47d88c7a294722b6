"""The sums of the board, which deals keep of themselves, are what a count gives, whoever writes the deals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core import access
from throughline.core.access.models import Territory
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures.chores import look_after
from throughline.core.procedures.undoing import undo_import
from throughline.core.records import bulk_edit, registry
from throughline.core.records.bulk_edit import Wish
from throughline.core.records.filters import Filter
from throughline.core.records.importing import import_rows
from throughline.core.records.imports.models import Import
from throughline.core.records.kept_sums import add_up
from throughline.core.records.merging.operations import merge_records, take_back_merge
from throughline.core.records.operations import (
    Assignment,
    assign_records,
    create_record,
    delete_records,
    restore_records,
    update_record,
)
from throughline.core.records.queries import ListQuery, board, rows
from throughline.core.records.sharing import share_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal, DealSum, Pipeline
from throughline.crm.deals.operations import move_deal, ship_pipeline

SPEC = registry.get("deal")
SUMMED = ("amount", "expected_revenue")
FILTERS: Mapping[str, Callable[[Cast], Filter]] = {
    "none": lambda _: {},
    "a pipeline": lambda _: {"field": "pipeline", "op": "is", "value": "sales"},
    "an owner": lambda cast: {"field": "owner", "op": "is", "value": str(cast.maya.pk)},
    "the asker": lambda _: {"field": "owner", "op": "is", "value": "me"},
    "the asker's team": lambda _: {"field": "owner", "op": "is", "value": "my_team"},
    "no owner": lambda _: {"field": "owner", "op": "empty"},
    "all but a team": lambda cast: {"field": "team", "op": "is_not", "value": str(cast.north.pk)},
    "stages": lambda _: {"field": "stage", "op": "one_of", "value": ["sales.prospecting", "sales.won"]},
    "a currency": lambda _: {"not": {"field": "currency", "op": "is", "value": "usd"}},
    "either": lambda cast: {
        "any": [
            {"field": "owner", "op": "none_of", "value": [str(cast.maya.pk), str(cast.ines.pk)]},
            {"field": "stage", "op": "is", "value": "sales.won"},
        ]
    },
    "what is not kept": lambda _: {"field": "amount", "op": "gt", "value": "100"},
    "both": lambda _: {
        "all": [{"field": "owner", "op": "is", "value": "me"}, {"field": "kind", "op": "is", "value": "New"}]
    },
}
pytestmark = [pytest.mark.req("D1"), pytest.mark.usefixtures("pipeline")]

Told = dict[str, tuple[int, dict[str, Any]]]


@pytest.fixture
def pipeline(cast: Cast, at: datetime) -> Pipeline:
    """Give the shipped pipeline."""
    ship_pipeline(by=Actor.system(), at=at)
    return Pipeline.objects.get(key="sales")


@pytest.fixture
def by(cast: Cast) -> Actor:
    """Give Omar, who may do the most."""
    return Actor.user(cast.omar)


@pytest.fixture
def deals(cast: Cast, at: datetime) -> list[Deal]:
    """Give deals of Maya, of Ines and of nobody: in two currencies, one without an amount, some closed."""
    made = [
        new_deal(cast.maya, at, amount="100.10"),
        new_deal(cast.maya, at, amount="200", currency="USD"),
        new_deal(cast.maya, at),
        new_deal(cast.ines, at, amount="400"),
        new_deal(cast.ines, at, amount="800", currency="CHF"),
    ]
    for deal, day in ((made[1], 1), (made[4], 2)):
        closed_at = datetime(2026, 1, day, 23, 30, tzinfo=UTC)
        Deal.objects.filter(pk=deal.pk).update(stage_id="sales.won", closed_at=closed_at)
    unowned = new_deal(cast.maya, at, amount="1600")
    Deal.objects.filter(pk=unowned.pk).update(owner=None, team=None)
    return [*made, unowned]


def new_deal(person: User, at: datetime, **values: Any) -> Deal:
    """Make a deal of somebody's."""
    made: Deal = create_record(spec=SPEC, values={"name": "Pumps", **values}, by=Actor.user(person), at=at)
    return made


# -- Told and counted --------------------------------------------------------------------------------------------------


def told(person: User, at: datetime, filter_: Filter, base: str = "EUR") -> Told:
    """Return what the board says of each column: how many, and of each field the sums and how many are filled."""
    access.forget(person)
    columns = board(spec=SPEC, user=person, query=ListQuery(filter=filter_), at=at, of=SUMMED, base=base)
    return {
        column.value: (
            column.count,
            {
                name: (dict(total.by_currency), dict(total.dated), total.filled, total.average)
                for name, total in column.totals.items()
                if total.filled
            },
        )
        for column in columns
        if column.count
    }


def counted(person: User, at: datetime, filter_: Filter, base: str = "EUR") -> Told:
    """Count the same, deal by deal."""
    access.forget(person)
    found: dict[str, list[Deal]] = {}
    for deal in rows(spec=SPEC, user=person, query=ListQuery(filter=filter_), at=at):
        found.setdefault(deal.stage_id, []).append(deal)
    return {
        stage: (len(held), {name: summed for name in SUMMED if (summed := _summed(held, name, base))})
        for stage, held in found.items()
    }


def _summed(held: list[Deal], name: str, base: str) -> tuple[Any, ...] | None:
    filled = [deal for deal in held if getattr(deal, name) is not None]
    whole: Counter[Any] = Counter()
    dated: Counter[Any] = Counter()
    for deal in filled:
        whole[deal.currency] += getattr(deal, name)
        if deal.closed_at is not None and deal.currency != base:
            dated[deal.currency, deal.closed_at.astimezone(UTC).date()] += getattr(deal, name)
    return (dict(whole), dict(dated), len(filled), sum(whole.values()) / len(filled)) if filled else None


def expect_true(cast: Cast, at: datetime, *filters: str) -> None:
    """Compare what the board says with a count, for people who see their own, their team's and everybody's deals."""
    for person in (cast.maya, cast.ines, cast.omar, cast.admin):
        for name in filters or ("none", "an owner", "what is not kept"):
            filter_ = FILTERS[name](cast)
            assert told(person, at, filter_) == counted(person, at, filter_), (person.name, name)


# -- Ways to write -----------------------------------------------------------------------------------------------------


def _create(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    new_deal(cast.maya, at, amount="3")
    yield
    Deal.objects.bulk_create([Deal(
        name="x", sort_name="x", pipeline_id="sales", stage_id="sales.won", stage_entered_at=at, amount=Decimal(place),
        forecast_category="Closed", closed_at=at, created_at=at, updated_at=at, sandbox=place == 2, owner=cast.tom,
    ) for place in range(3)])  # fmt: skip
    yield


def _move(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    move_deal(deal_id=deals[0].pk, stage="sales.engaging", by=by, at=at)
    yield
    move_deal(deal_id=deals[0].pk, stage="sales.lost", reason="Price", by=by, at=at)
    yield


def _change(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    for values in ({"amount": "7"}, {"amount": ""}, {"currency": "USD"}, {"currency": "EUR"}, {"name": "Fans"}):
        update_record(spec=SPEC, record_id=deals[0].pk, values=values, by=by, at=at)
        yield


def _hand_over(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    keys = [deal.pk for deal in deals[:3]]
    for owner, team in ((cast.ines.pk, None), (cast.tom.pk, None), (None, cast.north.pk)):
        wishes = [Assignment(key, owner, team) for key in keys]
        assign_records(spec=SPEC, assignments=wishes, by=by, at=at)
        yield


def _edit_many(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    ids = [deal.pk for deal in deals[:3]]
    wish = Wish(values={"amount": "55"})
    run = bulk_edit.ask(spec=SPEC, wish=wish, ids=ids, by=by, user=cast.omar, at=at)
    assert bulk_edit.carry_out(run=run, clock=lambda: at).changed == 3
    yield
    back = bulk_edit.undo(run_id=run.pk, by=by, user=cast.omar, at=at)
    assert bulk_edit.carry_out(run=back, clock=lambda: at).changed == 3
    yield


def _import(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    content = b"id,name,amount,currency,owner\n1,One,10,EUR,maya@example.com\n2,Two,20,USD,ines@example.com\n"
    import_rows(spec=SPEC, content=content, by=Actor.user(cast.admin), at=at)
    assert Deal.objects.filter(name="Two", deleted_at=None).exists()
    yield
    undo_import(import_id=Import.objects.latest("pk").pk, by=Actor.user(cast.admin), at=at + timedelta(days=1))
    assert not Deal.objects.filter(name="Two", deleted_at=None).exists()
    yield


def _put_away(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    ids = [deal.pk for deal in deals[:2]]
    delete_records(spec=SPEC, ids=ids, by=by, at=at)
    yield
    restore_records(spec=SPEC, ids=ids, by=by, at=at)
    yield


def _merge(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    merge = merge_records(spec=SPEC, survivor_id=deals[0].pk, absorbed_id=deals[1].pk, by=by, at=at)
    yield
    take_back_merge(merge_id=merge.pk, by=by, at=at)
    yield


def _by_hand(cast: Cast, deals: list[Deal], by: Actor, at: datetime) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE deals_deal SET team_id = %s, amount = amount * 2", [cast.south.pk])
        yield
        cursor.execute("DELETE FROM deals_deal WHERE currency = 'CHF'")
        yield
        cursor.execute("UPDATE deals_deal SET sandbox = NOT sandbox WHERE id = %s", [deals[0].pk])
        yield


WAYS = (_create, _move, _change, _hand_over, _edit_many, _import, _put_away, _merge, _by_hand)


class TestBoardSums:
    def test_are_there_at_all(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        shown = told(cast.omar, at, {})

        assert shown["sales.prospecting"][1]["amount"][0] == {"EUR": Decimal("2100.10")}
        assert shown["sales.won"][1]["amount"][1] == {
            ("USD", date(2026, 1, 1)): Decimal(200),
            ("CHF", date(2026, 1, 2)): Decimal(800),
        }

    @pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
    def test_are_true_after_every_way_to_write(
        self, cast: Cast, deals: list[Deal], by: Actor, at: datetime, way: Callable[..., Iterator[None]]
    ) -> None:
        for _ in way(cast, deals, by, at):
            expect_true(cast, at)
        add_up()

        expect_true(cast, at)

    def test_are_true_whatever_is_asked_for(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        expect_true(cast, at, *FILTERS)

    @pytest.mark.parametrize("base", ["EUR", "USD", "CHF"])
    def test_are_true_whatever_the_company_counts_in(
        self, cast: Cast, deals: list[Deal], at: datetime, base: str
    ) -> None:
        assert told(cast.omar, at, {}, base) == counted(cast.omar, at, {}, base)

    @pytest.mark.parametrize("seed", range(5))
    def test_are_true_after_anything(self, cast: Cast, deals: list[Deal], at: datetime, seed: int) -> None:
        chance = Random(seed)
        teams = {cast.maya: cast.north, cast.tom: cast.north, cast.ines: cast.south, None: None}
        for _ in range(30):
            owner = chance.choice(list(teams))
            values = {
                "owner": owner,
                "team": teams[owner] if chance.random() < 0.8 else cast.care,
                "amount": chance.choice([None, Decimal(chance.randrange(1000)) / 100]),
                "currency": chance.choice(["EUR", "USD"]),
                "stage_id": chance.choice(["sales.prospecting", "sales.engaging", "sales.won"]),
                "closed_at": chance.choice([None, at, at - timedelta(days=1)]),
                "deleted_at": chance.choice([None, None, at]),
            }
            Deal.objects.filter(pk__in=chance.sample([deal.pk for deal in deals], 2)).update(**values)
            if chance.random() < 0.3:
                add_up()

        expect_true(cast, at)

    def test_count_what_is_seen_by_other_ways_once(
        self, cast: Cast, deals: list[Deal], by: Actor, at: datetime
    ) -> None:
        of_ines, of_maya = deals[3], deals[0]
        before = told(cast.maya, at, {})["sales.prospecting"][0]

        for deal in (of_ines, of_maya):
            share_record(spec=SPEC, record_id=deal.pk, user_id=cast.maya.pk, by=by, at=at)
        where = {"currency": ["CHF", "EUR"]}
        territory = Territory.objects.create(key="t", name="T", record_type="deal", where=where)

        assert told(cast.maya, at, {})["sales.prospecting"][0] == before + 1
        expect_true(cast, at)
        territory.members.add(cast.maya)
        expect_true(cast, at)
        assert told(cast.maya, at, {})["sales.won"][0] == 2

    def test_tell_nobody_of_what_is_hidden(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        assert told(cast.ines, at, {}) == counted(cast.ines, at, {})
        assert sum(number for number, _ in told(cast.ines, at, {}).values()) == 2
        assert told(cast.petra, at, {}) == counted(cast.petra, at, {})
        assert told(cast.ivo, at, {})["sales.prospecting"] == (2, {})  # an intern reads no amounts

    def test_are_not_read_from_the_deals(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        with CaptureQueriesContext(connection) as asked:
            told(cast.maya, at, {})

        (summing,) = [query["sql"] for query in asked if "SUM(" in query["sql"]]
        assert '"deals_deal"' not in summing

    def test_are_added_up_by_the_worker(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        delete_records(spec=SPEC, ids=[deals[3].pk], by=Actor.user(cast.omar), at=at)

        look_after(at=at)

        assert not DealSum.objects.filter(is_merged=False).exists()
        keys = DealSum.objects.values_list(*DealSum.key_columns())
        assert len(set(keys)) == len(keys)
        assert not DealSum.objects.filter(number=0).exists()
        expect_true(cast, at)

    def test_are_left_alone_by_what_they_do_not_tell_of(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        before = DealSum.objects.count()

        Deal.objects.update(name="Fans", next_step="Call")

        assert DealSum.objects.count() == before

    def test_can_be_counted_anew(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        DealSum.objects.update(number=7, amount=1)

        with connection.cursor() as cursor:
            cursor.execute("SELECT deals_sum_anew()")

        expect_true(cast, at)


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_nobody_waits_and_nothing_is_lost_when_many_write_at_once(self, cast: Cast, at: datetime) -> None:
        deals = [new_deal(cast.maya, at, amount="1") for _ in range(4)]
        gate = Barrier(len(deals) + 1)

        def write(key: int) -> None:
            try:
                gate.wait()
                for amount in range(20):
                    stage = ("sales.prospecting", "sales.engaging")[amount % 2]
                    Deal.objects.filter(pk=key).update(amount=amount, stage_id=stage)
            finally:
                connection.close()

        def merge() -> None:
            try:
                gate.wait()
                for _ in range(20):
                    add_up()
            finally:
                connection.close()

        threads = [*(Thread(target=write, args=[deal.pk]) for deal in deals), Thread(target=merge)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert told(cast.maya, at, {}) == counted(cast.maya, at, {})
        assert told(cast.maya, at, {})["sales.engaging"][1]["amount"][0] == {"EUR": Decimal(76)}
