"""Sums of deals in several currencies: what is closed counts as it did on its day, what is open as today."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal, ExchangeRate, Stage, StageKind
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.deals.trees import tree_of
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("D1")

NOTE = "closed ones at the rates of the day they closed"


def deal(cast: Cast, at: datetime, amount: str, currency: str, closed_on: date | None = None, **values: object) -> Deal:
    """Make a deal of Maya's, won on a day if one is given."""
    by = Actor.user(cast.maya)
    said = {"name": f"{amount} {currency}", "amount": amount, "currency": currency, **values}
    made: Deal = create_record(spec=registry.get("deal"), values=said, by=by, at=at)
    if closed_on is not None:
        won = Stage.objects.get(pipeline=made.pipeline, kind=StageKind.WON)
        closed_at = datetime.combine(closed_on, datetime.min.time(), UTC)
        Deal.objects.filter(pk=made.pk).update(stage=won, closed_at=closed_at)
    return made


@pytest.fixture
def rates(cast: Cast, at: datetime) -> None:
    """A dollar was worth half a euro in 2025, and is worth 0.9 today."""
    ship_pipeline(by=Actor.system(), at=at)
    ExchangeRate.objects.create(currency="USD", valid_from=date(2025, 1, 1), rate=Decimal("0.5"))
    ExchangeRate.objects.create(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.9"))


@pytest.mark.usefixtures("rates")
class TestSums:
    def test_below_a_list_take_the_rate_of_the_closing_day(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        deal(cast, at, "100", "EUR", date(2025, 6, 1))
        deal(cast, at, "1000", "USD", date(2025, 6, 1))
        deal(cast, at, "1000", "USD", date(2026, 2, 1))
        deal(cast, at, "1000", "USD")

        shown = words_of(sign_in(cast.maya).get("/deals/totals/?view=all"))

        assert "2,400.00 EUR" in shown  # 100 + 500 + 900 + 900
        assert NOTE in shown

    def test_of_groups_do_so_and_say_it(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        deal(cast, at, "1000", "USD", date(2025, 6, 1), kind="New")
        deal(cast, at, "1000", "USD", kind="Renewal")

        shown = words_of(sign_in(cast.maya).get("/deals/?view=all&group=kind"))

        assert f"500.00 EUR ({NOTE}" in shown
        assert "900.00 EUR" in shown

    def test_of_a_board_do_so(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        deal(cast, at, "100", "EUR")
        deal(cast, at, "1000", "USD")
        deal(cast, at, "1000", "USD", date(2025, 6, 1))
        deal(cast, at, "1000", "CHF", date(2025, 6, 1))

        board = sign_in(cast.maya).get("/deals/board/").context["page"].columns_of_board
        by_value = {column.value: column.sum for column in board}

        assert by_value["sales.prospecting"] == "1,000 EUR · weighted 100 EUR"  # 100 + 900
        assert by_value["sales.won"] == "500 EUR and 1,000 CHF"

    def test_of_a_board_weigh_what_the_filter_leaves(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        deal(cast, at, "1000", "USD", kind="New")
        deal(cast, at, "5000", "USD", kind="Renewal")

        board = sign_in(cast.maya).get("/deals/board/?kind=New").context["page"].columns_of_board

        assert board[0].sum == "900 EUR · weighted 90 EUR"

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("other", ["ines", "ivo"])
    def test_of_a_board_are_told_to_nobody_else(self, cast: Cast, sign_in: SignIn, at: datetime, other: str) -> None:
        deal(cast, at, "1000", "USD")

        board = sign_in(getattr(cast, other)).get("/deals/board/").context["page"].columns_of_board

        assert {column.sum for column in board} == {""}

    def test_in_the_own_currency_alone_say_nothing_of_rates(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        deal(cast, at, "100", "EUR", date(2025, 6, 1))

        shown = words_of(sign_in(cast.maya).get("/deals/totals/?view=all"))

        assert "100.00 EUR" in shown
        assert NOTE not in shown

    def test_closed_before_there_was_a_rate_stay_in_their_currency(
        self, cast: Cast, sign_in: SignIn, at: datetime
    ) -> None:
        deal(cast, at, "1000", "USD", date(2024, 6, 1))
        deal(cast, at, "1000", "USD")

        shown = words_of(sign_in(cast.maya).get("/deals/totals/?view=all"))

        assert "900.00 EUR and 1,000.00 USD" in shown

    def test_of_a_group_of_organizations_too(self, cast: Cast, at: datetime) -> None:
        spec, by = registry.get("organization"), Actor.user(cast.maya)
        acme = create_record(spec=spec, values={"name": "Acme"}, by=by, at=at)
        north = create_record(spec=spec, values={"name": "North", "parent": acme.pk}, by=by, at=at)
        deal(cast, at, "1000", "USD", date(2025, 6, 1), organization=north.pk)
        deal(cast, at, "1000", "USD", organization=north.pk)

        tree = tree_of(organization_id=acme.pk, user=cast.maya, at=at)

        assert tree is not None
        assert (tree.branches[0].won_amount, tree.branches[0].open_amount) == (Decimal(500), Decimal(900))
