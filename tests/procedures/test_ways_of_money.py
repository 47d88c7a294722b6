"""From money that is missing to the step: which way out of a decision lost it, counted by hand."""

from __future__ import annotations

import html
import re
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.crm.deals import operations as deals
from throughline.crm.deals.models import Deal
from throughline.crm.leads.models import Lead
from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.measuring import Question, Window
from throughline.insight.kpis.ways import Way, changed_ways

pytestmark = [pytest.mark.req("I1")]

CHART = c.chart(
    c.captured(),
    c.element("exclusiveGateway", "sent", default="sent_whole"),
    c.work("whole"),
    c.work("forgotten"),
    c.end(),
    c.flows("captured > sent", "sent > whole > end", 'sent >[lead.region = "UK"] forgotten > end'),
)


def closed(desk: Desk, *, won: bool, count: int, amount: int = 1_000, region: str = "DACH") -> list[Lead]:
    """Let leads travel whose deals of Maya are won or lost an hour later."""
    leads = desk.capture(count, region=region)
    desk.drain()
    stage = "sales.won" if won else "sales.lost"
    for lead in leads:
        values = {"name": f"Deal of {lead.pk}", "amount": amount, "stage": stage, "lost_reason": "Price"}
        made = create_record(
            spec=registry.get("deal"), values=values, by=Actor.user(desk.cast.maya), at=desk.now + timedelta(hours=1)
        )
        Deal.objects.filter(pk=made.pk).update(lead=lead)
    return leads


def asked(desk: Desk, user: User, key: str) -> Question:
    today = desk.now.astimezone(UTC).date()
    return Question(BY_KEY[key], user, Window.of_days(today, today, ZoneInfo("UTC")))


def ways(desk: Desk, user: User, key: str = "revenue-won") -> list[Way]:
    """Return the ways behind the money of the day of ``desk.now``, against the day before."""
    return changed_ways(asked(desk, user, key))


@pytest.fixture
def poorer(desk: Desk) -> Desk:
    """Yesterday four deals were won; today two are, and two whose letter forgot something are lost."""
    deals.ship_pipeline(by=Actor.system(), at=desk.now)
    desk.publish(CHART)
    closed(desk, won=True, count=4)
    desk.now += timedelta(days=1)
    closed(desk, won=True, count=2)
    closed(desk, won=False, count=2, region="UK")
    return desk


class TestWaysOfMoney:
    @pytest.mark.parametrize("key", ["revenue-won", "sales-velocity", "revenue-per-customer"])
    def test_the_way_that_lost_it_comes_first(self, poorer: Desk, key: str) -> None:
        worst, other = ways(poorer, poorer.cast.maya, key)

        assert (worst.node, worst.label) == ("sent", "Forgotten")
        assert (worst.now.cases, worst.now.left, worst.now.mean) == (2, 4, 0.0)
        assert worst.former == pytest.approx(1_000.0)
        assert worst.adds * worst.now.left == pytest.approx(-2_000.0)  # two cases that brought nothing instead of 1,000
        assert other.label == "Whole"
        assert other.adds == pytest.approx(0.0)

    def test_an_average_size_is_that_of_the_won_ones(self, poorer: Desk) -> None:
        closed(poorer, won=True, count=2, amount=4_000, region="UK")

        worst = ways(poorer, poorer.cast.maya, "average-deal-size")[0]

        assert (worst.label, worst.now.cases, worst.now.mean) == ("Forgotten", 2, 4_000.0)
        assert worst.adds == pytest.approx(1_500.0)  # half of the won ones, 3,000 more each

    def test_a_lead_with_two_deals_travelled_once(self, poorer: Desk) -> None:
        (lead,) = closed(poorer, won=True, count=1)
        more = create_record(
            spec=registry.get("deal"), values={"name": "Second", "amount": 500, "stage": "sales.won"},
            by=Actor.user(poorer.cast.maya), at=poorer.now + timedelta(hours=2),
        )  # fmt: skip
        Deal.objects.filter(pk=more.pk).update(lead=lead)

        whole = next(way for way in ways(poorer, poorer.cast.maya) if way.label == "Whole")

        assert whole.now.cases == 3
        assert whole.now.mean == pytest.approx(3_500 / 3)

    def test_margins_are_only_for_who_sees_costs(self, poorer: Desk) -> None:
        values = {"name": "Plan", "price": Decimal(100), "cost": Decimal(40)}
        product = create_record(spec=registry.get("product"), values=values, by=poorer.admin, at=poorer.now)
        Deal.objects.update(product_id=product.pk)

        found = {way.label: way.now.mean for way in ways(poorer, poorer.cast.admin, "lifetime-value")}

        assert found == {"Forgotten": 0.0, "Whole": pytest.approx(600.0)}
        assert ways(poorer, poorer.cast.maya, "lifetime-value") == []

    @pytest.mark.req("L1")
    def test_ines_sees_no_way_of_records_that_she_does_not_see(self, poorer: Desk) -> None:
        assert ways(poorer, poorer.cast.ines) == []

    @pytest.mark.req("L1")
    def test_leads_that_one_does_not_see_count_nowhere(self, poorer: Desk) -> None:
        Deal.objects.update(owner=poorer.cast.ines, team=poorer.cast.south)

        assert ways(poorer, poorer.cast.ines) == []

    def test_the_page_of_the_figure_leads_to_the_cases(self, poorer: Desk) -> None:
        browser = Client()
        browser.force_login(poorer.cast.maya, backend="allauth.account.auth_backends.AuthenticationBackend")
        day = poorer.now.date().isoformat()

        page = browser.get(f"/insight/figures/revenue-won/?since={day}&until={day}").content.decode()

        assert "Adds in all" in page
        assert "−2,000 EUR" in page
        [url] = re.findall(r'href="([^"]*flow=sent_forgotten[^"]*)"', page)
        way = browser.get(html.unescape(url)).content.decode()
        assert "is what each brought on average" in way
        assert way.count("data-row") == 2
        assert 'href="/leads/' in way
        assert "Change the drawing" in way
