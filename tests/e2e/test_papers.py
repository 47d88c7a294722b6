"""From the deal to the money in a real browser: lines, quote, its public page, the invoice; on a phone too."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.looking import SignIn
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.invoices.models import Invoice
from throughline.crm.quotes.models import Quote
from throughline.crm.quotes.operations import draft_quote, set_quote_lines
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True)]
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def deal(transactional_db: None) -> Deal:
    """Give a deal of Maya's with a customer."""
    at = moments.now()
    cast: Cast = assemble(at=at)
    by = Actor.user(cast.maya)
    ship_pipeline(by=Actor.system(), at=at)
    acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
    values = {"name": "Turbines for Acme", "organization": acme.pk}
    made: Deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
    return made


def look(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look (PICTURES names the folder)."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.req("D2", "M1")
class TestFromDealToMoney:
    """The whole way once."""

    def test_a_quote_is_built_sent_accepted_and_billed(
        self, browser: Browser, page: Page, deal: Deal, sign_in: SignIn
    ) -> None:
        sign_in(User.objects.get(email="maya@example.com"))
        page.goto(f"/deals/{deal.pk}/lines/")
        page.get_by_label("Words of line 1").fill("Turbine")
        page.get_by_label("Quantity of line 1").fill("2")
        page.get_by_label("Price of line 1").fill("1,000.50")
        page.get_by_label("Tax of line 1").fill("19")
        look(page, "lines")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", name="Turbines for Acme")).to_be_visible()
        look(page, "deal")

        page.get_by_role("button", name="Draft a quote").click()
        page.get_by_role("button", name="Send it").click()
        link = page.get_by_label("Link for the customer").input_value()
        look(page, "quote")

        outside = browser.new_context(viewport=PHONE)
        customer = outside.new_page()
        customer.goto(page.url.split("/quotes/")[0] + "/q/" + link.split("/q/")[1])
        customer.get_by_label("Your full name").fill("Ada Byron")
        customer.get_by_role("checkbox").check()
        look(customer, "public_phone")
        assert customer.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        customer.get_by_role("button", name="Accept the quote").click()
        expect(customer.get_by_text("Accepted by Ada Byron")).to_be_visible()
        outside.close()

        page.reload()
        page.get_by_role("button", name="Draft the invoice").click()
        page.get_by_role("button", name="Issue it").click()
        expect(page.get_by_text("2,381.19 EUR are open")).to_be_visible()
        look(page, "invoice")
        page.set_viewport_size(PHONE)
        page.get_by_role("button", name="Record payment").click()
        expect(page.get_by_text("Payment recorded.")).to_be_visible()
        look(page, "invoice_phone")

        assert Quote.objects.get().status == "Accepted"
        assert Invoice.objects.get().status == "Paid"

    def test_a_colleague_looks_it_over_first(self, page: Page, deal: Deal, sign_in: SignIn) -> None:
        maya, at = Actor.user(User.objects.get(email="maya@example.com")), moments.now()
        quote = draft_quote(deal_id=deal.pk, by=maya, at=at)
        line = NewLine(description="Turbine", unit_price=Decimal(1000), discount=Decimal(15))
        set_quote_lines(quote_id=quote.pk, lines=[line], by=maya, at=at)

        sign_in(User.objects.get(email="maya@example.com"))
        page.goto(f"/quotes/{quote.pk}/")
        page.get_by_text("Ask for a review").first.click()
        page.get_by_label("What is to be looked at").fill("15 % off: may we?")
        page.get_by_role("button", name="Ask for a review").click()
        expect(page.get_by_text("In review, asked by Maya Lin")).to_be_visible()
        expect(page.get_by_role("button", name="Send it", exact=True)).to_have_count(0)
        look(page, "quote_in_review")

        sign_in(User.objects.get(email="omar@example.com"))
        page.set_viewport_size(PHONE)
        page.goto("/approvals/")
        look(page, "approvals_phone")
        page.get_by_role("link", name="Look it over").click()
        look(page, "quote_to_review_phone")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.get_by_label("What is to be changed, or a word on it").fill("Fine for Acme")
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Approved by Omar Haddad").first).to_be_visible()

        sign_in(User.objects.get(email="maya@example.com"))
        page.goto(f"/quotes/{quote.pk}/")
        look(page, "quote_approved_phone")
        page.get_by_role("button", name="Send it").click()
        expect(page.get_by_label("Link for the customer")).to_be_visible()
