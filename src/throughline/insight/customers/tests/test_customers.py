"""Who the customers are, on a handful counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.filters import Reading, predicate
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal, Stage, StageKind
from throughline.crm.deals.operations import save_pipeline
from throughline.crm.people.models import Organization
from throughline.insight.customers import (
    Saying,
    Source,
    cohorts,
    groups,
    heaps_of,
    portraits,
    purchases,
    sayings,
    segments,
    themes,
)
from throughline.insight.customers.buying import Purchase, Purchases
from throughline.insight.kpis.tests.test_measuring import STAGES

pytestmark = [pytest.mark.django_db, pytest.mark.req("I8")]

TODAY = date(2026, 3, 2)


def bought(*rows: tuple[int, str, int]) -> Purchases:
    won = tuple(Purchase(customer, date.fromisoformat(day), Decimal(amount)) for customer, day, amount in rows)
    return Purchases(won, "EUR", 0)


class TestCohorts:
    def test_part_customers_by_the_month_of_their_first_won_deal(self) -> None:
        found = cohorts(
            bought=bought((1, "2025-12-05", 100), (1, "2026-02-01", 50), (2, "2025-12-20", 10), (3, "2026-01-31", 7)),
            today=TODAY,
        )

        december, january = found
        assert (december.month, december.customers) == (date(2025, 12, 1), (1, 2))
        assert december.stayed == (1.0, 0.5, 0.5)
        assert [int(each) for each in december.revenue] == [110, 110, 160]
        assert (january.customers, january.stayed) == ((3,), (1.0, 0.0))
        assert [int(each) for each in january.revenue] == [7, 7]

    def test_older_ones_than_a_year_are_left_out(self) -> None:
        assert cohorts(bought=bought((1, "2025-03-31", 1)), today=TODAY) == []
        assert len(cohorts(bought=bought((1, "2025-04-01", 1)), today=TODAY)) == 1


class TestGroups:
    def test_keep_to_the_stated_bounds(self) -> None:
        often = [(1, f"2026-01-0{day}", 10) for day in range(1, 5)]
        found = groups(
            bought=bought(
                *often, (2, "2025-12-02", 5), (3, "2025-12-01", 5), (3, "2024-03-02", 5), (4, "2025-03-02", 1),
                (5, "2025-03-01", 1),
            ),
            today=TODAY,
        )  # fmt: skip

        members = {(each.recency, each.frequency): each.customers for each in found if each.customers}
        assert members == {(0, 0): (1,), (0, 2): (2,), (1, 2): (3, 4), (2, 2): (5,)}
        assert len(found) == 9
        assert sum(each.revenue for each in found) == 40 + 5 + 10 + 1 + 1


@pytest.fixture
def firms(cast: Cast, at: datetime) -> dict[str, Organization]:
    """Two customers and a prospect of Maya's."""
    by = Actor.user(cast.maya)
    save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
    spec = registry.get("organization")
    made = {}
    for name, country, employees in (("Ada", "NO", 12), ("Bo", "NO", 400), ("Cy", "ES", None)):
        values = {"name": name, "country": country, "employees": employees}
        made[name] = Organization.objects.get(pk=create_record(spec=spec, values=values, by=by, at=at).pk)
    won = Stage.objects.get(kind=StageKind.WON)
    for name, amount in (("Ada", 100), ("Bo", 40), ("Bo", 60)):
        values = {"name": name, "organization": made[name].pk, "amount": amount, "pipeline": "sales"}
        deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
        Deal.objects.filter(pk=deal.pk).update(stage=won, closed_at=at - timedelta(days=5))
    return made


class TestPurchases:
    def test_are_won_deals_of_organizations_that_the_asker_sees(
        self, cast: Cast, firms: dict[str, Organization]
    ) -> None:
        found = purchases(user=cast.maya)

        assert {each.customer: each.amount for each in found.won if each.customer == firms["Ada"].pk} == {
            firms["Ada"].pk: Decimal(100)
        }
        assert len(found.won) == 3

    def test_in_another_currency_count_as_bought_without_money(
        self, cast: Cast, firms: dict[str, Organization]
    ) -> None:
        Deal.objects.filter(amount=100).update(currency="CHF")

        found = purchases(user=cast.maya)

        assert (found.currency, found.others, len(found.won)) == ("EUR", 1, 3)
        assert sum(each.amount for each in found.won) == 100

    @pytest.mark.req("L1")
    def test_another_team_sees_none(self, cast: Cast, firms: dict[str, Organization]) -> None:
        assert purchases(user=cast.ines).won == ()


class TestPortraits:
    def test_count_heaps_with_their_customers_and_money(self, cast: Cast, firms: dict[str, Organization]) -> None:
        found = portraits(user=cast.maya, bought=purchases(user=cast.maya), today=TODAY)

        country = next(each for each in found if (each.spec.type, each.field.name) == ("organization", "country"))
        assert [(heap.value, heap.count, heap.customers, heap.revenue) for heap in country.heaps] == [
            ("NO", 2, 2, Decimal(200)),
            ("ES", 1, 0, Decimal(0)),
        ]

    def test_every_heap_has_the_filter_that_finds_it(self, cast: Cast, firms: dict[str, Organization]) -> None:
        now = datetime(2026, 3, 2, 15, tzinfo=UTC)
        Organization.objects.filter(name="Ada").update(last_activity_at=now - timedelta(days=3))
        Organization.objects.filter(name="Bo").update(last_activity_at=now - timedelta(days=700))
        reading = Reading(cast.maya, now)

        found = portraits(user=cast.maya, bought=purchases(user=cast.maya), today=TODAY)

        assert {each.field.name for each in found} >= {"country", "employees", "type", "last_activity_at"}
        for each in found:
            records = each.spec.model._default_manager.filter(access.visible(each.spec, cast.maya))
            for heap in each.heaps:
                if each.field.name == "employees" and not heap.value:
                    continue
                assert records.filter(predicate(each.spec, heap.filter, reading)).count() == heap.count, heap

    @pytest.mark.req("L1")
    def test_another_team_sees_none(self, cast: Cast, firms: dict[str, Organization]) -> None:
        found = portraits(user=cast.ines, bought=purchases(user=cast.ines), today=TODAY)

        assert [each for each in found if each.spec.type == "organization"] == []


PRICE = Source("deal", "lost_reason", "organization_id")
QUOTE = Source("quote", "answer_reason", "organization_id")


def said(*rows: tuple[str, int | None]) -> list[Saying]:
    return [Saying(PRICE, text, customer) for text, customer in rows]


class TestThemes:
    def test_are_words_that_three_customers_use(self) -> None:
        found = themes(
            [
                *said(
                    ("Price too high", 1),
                    ("The price.", 2),
                    ("PRICES rose", 3),
                    ("Support was slow", 1),
                    ("Support", 2),
                ),
                Saying(QUOTE, "Price too high", 1),
            ]
        )

        (price,) = found
        assert (price.word, price.customers, price.count) == ("price", (1, 2, 3), 4)
        assert price.sayings == {PRICE: 3, QUOTE: 1}
        assert price.examples == ("Price too high", "PRICES rose")

    def test_one_customer_who_says_it_often_is_no_theme(self) -> None:
        assert themes(said(*[("Support is slow", 1)] * 9)) == []

    def test_words_without_a_meaning_of_their_own_are_none(self) -> None:
        assert themes(said(*[("They would have been with them", customer) for customer in range(5)])) == []

    def test_what_nobody_knows_the_customer_of_counts_as_said_and_not_as_a_customer(self) -> None:
        (price,) = themes(said(("Price", 1), ("Price", 2), ("Price", 3), ("Price", None)))

        assert (price.count, len(price.customers)) == (4, 3)


class TestSayings:
    @pytest.fixture
    def lost(self, cast: Cast, firms: dict[str, Organization]) -> None:
        for deal in Deal.objects.all():
            deal.lost_reason = "Too expensive"
            deal.save(update_fields=["lost_reason"])

    def test_are_the_reasons_that_the_asker_may_read(self, cast: Cast, lost: None) -> None:
        found = sayings(user=cast.maya)

        assert {(each.source, each.text) for each in found} == {(PRICE, "Too expensive")}
        assert len(found) == 3

    @pytest.mark.req("L1")
    def test_another_team_reads_none(self, cast: Cast, lost: None) -> None:
        assert sayings(user=cast.ines) == []

    @pytest.mark.req("L2")
    def test_of_a_hidden_field_none_are_read(self, cast: Cast, lost: None, monkeypatch: pytest.MonkeyPatch) -> None:
        real = access.field_rights

        def hidden(user: Any, spec: Any) -> Any:
            rights = real(user, spec)
            return SimpleNamespace(reads=lambda name: name != "lost_reason" and rights.reads(name))

        monkeypatch.setattr(access, "field_rights", hidden)

        assert sayings(user=cast.maya) == []


class TestSegments:
    def test_say_in_which_heap_each_customer_is(self, cast: Cast, firms: dict[str, Organization]) -> None:
        country = next(each for each in segments(user=cast.maya) if each.name == "country")

        found = heaps_of(country, user=cast.maya, today=TODAY)

        assert found == {firms["Ada"].pk: "NO", firms["Bo"].pk: "NO", firms["Cy"].pk: "ES"}
        assert heaps_of(country, user=cast.ines, today=TODAY) == {}
