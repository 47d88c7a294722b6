"""Main journeys by keyboard alone, or with a thumb at 390 px: written once, gone either way (``hands``)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.hands import Way, hands
from tests.e2e.looking import SignIn, is_accessible, settled
from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.invoices.models import Invoice
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.quotes.models import Quote
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("M1")]

both_ways = pytest.mark.parametrize("way", ["keyboard", "phone"])


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast, three leads of Maya's, and a pipeline."""
    at = moments.now()
    cast = assemble(at=at)
    ship_pipeline(by=Actor.system(), at=at)
    for name, region in (("Ada Byron", "North"), ("Mei Lin", "South"), ("Cem Kaya", "North")):
        person = {"name": name, "region": region, "email": f"{name.split()[0].lower()}@x.org", "interest": "Turbines"}
        capture_lead(values=person, by=Actor.user(cast.maya), at=at)
    return cast


@pytest.mark.req("M2")
@both_ways
def test_a_list_is_narrowed_and_changed_with_a_look_ahead_and_a_way_back(
    page: Page, company: Cast, sign_in: SignIn, way: Way
) -> None:
    do = hands(page, way)
    sign_in(company.maya)
    settled(page, "/leads/?view=all")

    do.press(page.get_by_role("button", name="Filter", exact=True))
    do.write(page.get_by_label("Region", exact=True), "North")
    do.press(page.get_by_role("button", name="Apply"))
    expect(page.get_by_role("link", name="Remove filter")).to_be_visible()
    expect(page.locator("tbody [data-row]")).to_have_count(2)
    for name in ("Ada Byron", "Cem Kaya"):
        do.tick(page.get_by_role("checkbox", name=f"Select {name}"))
    do.press(page.get_by_role("button", name="Change…"))

    do.choose(page.get_by_label("Field", exact=True), "Interest")
    do.press(page.get_by_role("button", name="Add field"))
    do.write(page.get_by_label("Interest", exact=True), "Pumps")
    do.press(page.get_by_role("button", name="Look at what would happen"))
    would = page.locator("#bulk-preview")
    expect(would).to_contain_text("Turbines → Pumps")
    is_accessible(page)
    do.press(page.get_by_role("button", name="Change 2 records"))

    expect(page.get_by_text("2 records changed.")).to_be_visible()
    assert Lead.objects.filter(interest="Pumps").count() == 2
    do.press(page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("2 records are as they were.")).to_be_visible()
    assert not Lead.objects.filter(interest="Pumps").exists()


@pytest.mark.req("D1", "D2", "C5")
@pytest.mark.parametrize("way", ["keyboard"])
def test_an_enquiry_becomes_a_deal_a_quote_and_an_invoice(
    browser: Browser, page: Page, company: Cast, sign_in: SignIn, way: Way
) -> None:
    do = hands(page, way)
    sign_in(company.maya)
    settled(page, f"/leads/{Lead.objects.get(contact__name='Ada Byron').pk}/")

    do.press(page.get_by_role("button", name="More", exact=True).first)
    do.press(page.get_by_role("button", name="Make a deal of it"))
    expect(page.get_by_text("Make a deal of it: done.")).to_be_visible()
    deal = Deal.objects.get()

    settled(page, "/deals/board/")
    do.press(page.get_by_role("button", name=f"Move {deal.name}"))
    do.press(page.get_by_role("button", name="Engaging", exact=True))
    expect(page.get_by_text("Moved to Engaging.")).to_be_visible()
    do.press(page.get_by_role("link", name=deal.name).first)

    do.press(page.get_by_role("link", name="Change lines"))
    for label, text in (("Words", "Turbine"), ("Quantity", "2"), ("Price", "1000"), ("Tax", "19")):
        do.write(page.get_by_label(f"{label} of line 1"), text)
    do.press(page.get_by_role("button", name="Save", exact=True))
    do.press(page.get_by_role("button", name="Draft a quote"))
    do.press(page.get_by_role("button", name="Send it"))
    link = page.get_by_label("Link for the customer").input_value()

    accept(browser, page.url.split("/quotes/")[0] + "/q/" + link.split("/q/")[1], way)

    page.reload()
    page.wait_for_selector("html[data-ready]")
    do.press(page.get_by_role("button", name="Draft the invoice"))
    do.press(page.get_by_role("button", name="Issue it"))
    do.press(page.get_by_role("button", name="Record payment"))
    expect(page.get_by_text("Payment recorded.")).to_be_visible()
    assert (Quote.objects.get().status, Invoice.objects.get().status) == ("Accepted", "Paid")


def accept(browser: Browser, link: str, way: Way) -> None:
    """Accept the quote as the customer does, who has no account and the same hands."""
    outside = browser.new_context()
    customer = outside.new_page()
    do = hands(customer, way)
    customer.goto(link)
    do.write(customer.get_by_label("Your full name"), "Ada Byron")
    do.tick(customer.get_by_role("checkbox"))
    do.press(customer.get_by_role("button", name="Accept the quote"))
    expect(customer.get_by_text("Accepted by Ada Byron")).to_be_visible()
    outside.close()
