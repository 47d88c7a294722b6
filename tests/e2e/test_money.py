"""
Money that is missing, followed in a browser: the revenue dropped, the way out of a decision that lost it, the deals'
cases behind it; then a better version of the drawing, and on its page *Effect* what that is worth.

The figures are counted by hand. History is made by running the procedure under a clock of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.looking import Mode, SignIn, is_accessible, seen_in, settled
from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.procedures import charts
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import assemble
from throughline.crm.deals import operations as deals
from throughline.crm.deals.models import Deal
from throughline.flow import bpmn
from throughline.flow.bpmn.layout import lay_out
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("I1", "I7")]


def drawn(*elements: str) -> bytes:
    """Return a chart with places for its shapes."""
    return bpmn.write(lay_out(bpmn.read(c.chart(*elements))))


FORGETS = drawn(
    c.captured(), c.work("agree"), c.element("exclusiveGateway", "contract_sent", default="contract_sent_signed"),
    c.work("ask_again"), c.end("signed"), c.end("gone"),
    c.flows("captured > agree > contract_sent > signed", 'contract_sent >[lead.region = "UK"] ask_again > gone'),
)  # fmt: skip
"""What goes to the United Kingdom lacks the attachment: somebody has to ask again, and the customer is gone."""
MENDED = drawn(c.captured(), c.work("agree"), c.end("signed"), c.flows("captured > agree > signed"))
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""
MODES: tuple[Mode, ...] = ("light", "dark", "phone")


@dataclass
class Company(Desk):
    """A desk whose leads become deals of 1,000 EUR, won where the contract came whole."""

    def sell(self, count: int, *, region: str, won: bool) -> None:
        """Let leads come and travel to their end; each deal is closed an hour later."""
        leads = self.capture(count, region=region)
        self.drain()
        while items := self.open_items():
            for item in items:
                self.complete(item)
            self.drain()
        for lead in leads:
            stage = "sales.won" if won else "sales.lost"
            values = {"name": f"Deal of {lead.pk}", "amount": 1_000, "stage": stage, "lost_reason": "Price"}
            by = Actor.user(self.cast.maya)
            made = create_record(spec=registry.get("deal"), values=values, by=by, at=self.now + HOUR)
            Deal.objects.filter(pk=made.pk).update(lead=lead)


@pytest.fixture
def company(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """Four deals won in the first week; in the second two, and two lost whose contract lacked something."""
    charts.forget_all()
    made = Company(assemble(at=START), START)
    monkeypatch.setattr(moments, "now", lambda: made.now)
    deals.ship_pipeline(by=made.admin, at=START)
    made.publish(FORGETS)
    made.sell(4, region="DACH", won=True)
    made.now += WEEK
    made.sell(2, region="DACH", won=True)
    made.sell(2, region="UK", won=False)
    made.now += WEEK
    yield made
    charts.forget_all()


def row(page: Page, table: str, name: str) -> Locator:
    """Return the row of a table that begins with these words."""
    return page.get_by_role("table", name=table).get_by_role("row", name=name)


def test_from_missing_money_to_the_cases_that_lost_it(page: Page, company: Company, sign_in: SignIn) -> None:
    sign_in(company.cast.maya)
    page.goto("/insight/")
    page.get_by_role("link", name="Revenue won").click()
    expect(page.get_by_role("heading", name="Revenue won", exact=True)).to_be_visible()
    page.get_by_role("combobox", name="Period").select_option("last_30_days")
    page.get_by_role("combobox", name="Trend").select_option("week")
    page.get_by_role("button", name="Show", exact=True).click()

    page.get_by_text("The same as a table").first.click()
    expect(row(page, "How it went", "2 Mar 2026")).to_contain_text("4,000 EUR")
    drop = row(page, "How it went", "9 Mar 2026")
    expect(drop).to_contain_text("2,000 EUR")

    drop.get_by_role("link").click()
    worst = page.get_by_role("table", name="Which ways the cases took").get_by_role("row").nth(1)
    expect(worst).to_contain_text("Contract sent")
    expect(worst).to_contain_text("−2,000 EUR")
    is_accessible(page)

    worst.get_by_role("link", name="Ask again").click()
    expect(page.get_by_role("heading", name="Contract sent: Ask again")).to_be_visible()
    cases = page.get_by_role("table", name="Cases that took it")
    expect(cases.get_by_text("Gone")).to_have_count(2)
    for mode in MODES:
        seen_in(page, mode)
        settled(page, page.url)
        is_accessible(page)
    seen_in(page, "light")
    settled(page, page.url)

    page.get_by_role("link", name="Change the drawing").click()
    expect(page).to_have_url(re.compile("/procedures/test/draw"))
    page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')


def test_what_the_better_version_is_worth(page: Page, company: Company, sign_in: SignIn) -> None:
    company.publish(MENDED)
    company.sell(2, region="DACH", won=True)
    company.sell(2, region="UK", won=True)
    company.now += DAY

    sign_in(company.cast.admin)
    settled(page, "/procedures/test/live/")
    page.get_by_role("link", name="Effect").click()
    expect(page.get_by_role("heading", name="Version 1 → Version 2")).to_be_visible()
    page.get_by_label("Days after the start that are read").fill("1")
    page.get_by_role("checkbox", name="Signed").check()
    for label, value in (
        ("Minutes of work per human step", "60"), ("Money per hour of work", "40"),
        ("Money of one success more", "100"), ("What the change cost, once", "1200"),
    ):  # fmt: skip
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Show", exact=True).click()

    # 6 of 8 came to a good end, now 4 of 4; 1¼ steps by people, now 1. Four cases a day are 120 a month.
    expect(row(page, "Before and after", "Came to a good end")).to_contain_text("75.0%")
    expect(row(page, "Before and after", "Human steps per case")).to_contain_text("−0.25")
    worth = {
        "Hours of work saved per month": "+30.0",
        "Money of these hours per month": "+1,200",
        "Money of more successes per month": "+3,000",
        "Return over 12 months, less the cost": "+49,200",
        "Return per money spent": "41.0",
        "Has paid after": "0.3 months",
    }
    for name, value in worth.items():
        expect(row(page, "What it is worth", name)).to_contain_text(value)
    for mode in MODES:
        seen_in(page, mode)
        settled(page, page.url)
        is_accessible(page)
