"""Groups and sums, under the asker's rights."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import groups, operations, queries, registry, sums
from throughline.core.records.queries import ListQuery
from throughline.core.refusals import Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline


@pytest.fixture
def deals(cast: Cast, at: datetime) -> list[Deal]:
    """Give four deals of Maya's in two currencies, a month apart, and one of Ines's."""
    ship_pipeline(by=Actor.system(), at=at)
    spec = registry.get("deal")
    made = []
    for n, (amount, currency) in enumerate(((100, "EUR"), (50, "USD"), (None, "EUR"), (25, "EUR"), (7, "EUR"))):
        by = Actor.user(cast.ines if n == 4 else cast.maya)
        values = {
            "name": f"D{n}",
            "amount": amount,
            "currency": currency,
            "expected_close_on": (at + timedelta(days=31 * (n % 2))).date(),
            "kind": "New" if n < 2 else "",
        }
        made.append(operations.create_record(spec=spec, values=values, by=by, at=at))
    return made


def grouped(user: User, at: datetime, by: str, **query: Any) -> list[groups.Group]:
    """Return the groups of deals."""
    spec = registry.get("deal")
    of = sums.summable(spec, user, ["name", "amount"])
    return groups.groups(spec=spec, user=user, query=ListQuery(**query), by=by, at=at, of=of).groups


class TestGroups:
    """By any field."""

    @pytest.mark.parametrize(
        ("by", "labels"),
        [
            ("owner", [("Maya Lin", 4)]),
            ("kind", [("New business", 2), ("", 2)]),
            ("expected_close_on", [("2026-03", 2), ("2026-04", 2)]),
            ("created_at", [("2026-03", 4)]),
            ("currency", [("EUR", 3), ("USD", 1)]),
            ("organization", [("", 4)]),
            ("amount", [("25.00", 1), ("50.00", 1), ("100.00", 1), ("", 1)]),
        ],
    )
    def test_each_has_its_count_and_a_filter_that_finds_just_these(
        self, cast: Cast, deals: list[Deal], at: datetime, by: str, labels: list[tuple[str, int]]
    ) -> None:
        found = grouped(cast.maya, at, by)

        assert [(group.label, group.count) for group in found] == labels
        for group in found:
            query = ListQuery(filter=group.filter)
            assert queries.count(spec=registry.get("deal"), user=cast.maya, query=query, at=at).number == group.count

    def test_sums_are_kept_apart_by_currency(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        [group] = grouped(cast.maya, at, "owner")

        total = group.totals["amount"]
        assert total.by_currency == {"EUR": Decimal(125), "USD": Decimal(50)}
        assert (round(total.average or 0, 2), total.filled) == (Decimal("58.33"), 3)

    @pytest.mark.req("L1")
    def test_what_another_team_has_is_neither_counted_nor_summed(
        self, cast: Cast, deals: list[Deal], at: datetime
    ) -> None:
        [group] = grouped(cast.ines, at, "owner")

        assert (group.label, group.count, group.totals["amount"].by_currency) == ("Ines Duarte", 1, {"EUR": Decimal(7)})
        assert sum(each.count for each in grouped(cast.omar, at, "owner")) == 5

    @pytest.mark.req("L1")
    def test_a_hidden_field_is_neither_grouped_nor_summed(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        assert sums.summable(registry.get("deal"), cast.ivo, ["amount", "probability"]) == []
        with pytest.raises(Refusal, match="cannot be grouped"):
            grouped(cast.ivo, at, "expected_close_on")


class TestTotals:
    """Below a list."""

    def test_are_those_of_the_filter(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        spec = registry.get("deal")
        of = sums.summable(spec, cast.maya, ["amount", "probability"])
        query = ListQuery(filter={"field": "currency", "op": "is", "value": "EUR"})

        found = groups.totals(spec=spec, user=cast.maya, query=query, at=at, of=of)

        assert found["amount"].by_currency == {"EUR": Decimal(125)}
        assert found["probability"].filled == 3

    def test_of_nothing_are_none(self, cast: Cast, deals: list[Deal], at: datetime) -> None:
        spec = registry.get("deal")
        of = sums.summable(spec, cast.tom, ["amount"])
        query = ListQuery(filter={"field": "owner", "op": "is", "value": "me"})

        assert groups.totals(spec=spec, user=cast.tom, query=query, at=at, of=of) == {}
