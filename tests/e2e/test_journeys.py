"""Main journeys by keyboard alone, or with a thumb at 390 px: written once, gone either way (``hands``)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.hands import Hands, Way, hands
from tests.e2e.looking import SignIn, is_accessible, settled
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.matching import following
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.invoices.models import Invoice
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact
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


def lead_of(name: str) -> Lead:
    """Return the lead of somebody."""
    return Lead.objects.select_related("contact").get(contact__name=name)


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


@pytest.mark.req("C1", "C5")
@both_ways
def test_an_enquiry_is_captured_and_turned_into_a_deal(page: Page, company: Cast, sign_in: SignIn, way: Way) -> None:
    do = hands(page, way)
    sign_in(company.maya)
    settled(page, "/leads/" if way == "keyboard" else "/")

    do.press(page.get_by_role("link", name="New lead").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("New lead")
    do.write(page.get_by_label("Name", exact=True), "Zoe Quill")
    do.write(page.get_by_label("E-mail", exact=True), "zoe@quill.example")
    do.write(page.get_by_label("Interest", exact=True), "Pumps")
    do.press(page.get_by_role("button", name="Create lead"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoe Quill")

    do.press(page.get_by_role("main").get_by_role("button", name="More", exact=True))
    do.press(page.get_by_role("button", name="Make a deal of it"))
    expect(page.get_by_text("Make a deal of it: done.")).to_be_visible()
    deal = Deal.objects.get()
    do.press(page.get_by_role("main").get_by_role("link", name=deal.name).first)
    expect(page.get_by_role("heading", level=1)).to_have_text(deal.name)
    is_accessible(page)
    assert Contact.objects.get(deals=deal).email == "zoe@quill.example"


@pytest.mark.req("D1")
@both_ways
def test_a_deal_is_given_its_organization_by_name(page: Page, company: Cast, sign_in: SignIn, way: Way) -> None:
    do, by = hands(page, way), Actor.user(company.maya)
    for name in ("Babbage Engines", "Babbage Books"):
        create_record(spec=registry.get("organization"), values={"name": name}, by=by, at=moments.now())
    sign_in(company.maya)
    settled(page, "/deals/new/")

    do.write(page.get_by_role("textbox", name=re.compile("^Name")), "Two turbines")
    field = page.get_by_label("Organization", exact=True)
    do.write(field, "babb")
    offers = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(offers).to_have_count(2)
    is_accessible(page)
    page.keyboard.type("age eng")
    expect(offers).to_have_count(1)
    if way == "keyboard":
        page.keyboard.press("Enter")
    else:
        do.press(offers.first)
    expect(field).to_have_value(re.compile(r"^Babbage Engines \(O-\d+\)$"))
    do.press(page.get_by_role("button", name="Create deal"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Two turbines")
    expect(page.get_by_role("link", name="Babbage Engines").first).to_be_visible()

    settled(page, "/deals/filter/")
    do.choose(page.get_by_label("Field", exact=True), "Organization")
    if way == "keyboard":
        page.keyboard.press("Enter")
    do.write(page.get_by_label("Organization", exact=True).last, "babbage engines")
    expect(offers).to_have_count(1)
    page.keyboard.press("Escape")
    do.press(page.get_by_role("button", name="Show these"))
    expect(page.locator("tbody [data-row]")).to_have_count(1)
    expect(page.get_by_text("Organization is Babbage Engines")).to_be_visible()


@pytest.mark.req("D1", "D2", "C5")
@pytest.mark.parametrize("way", ["keyboard"])
def test_an_enquiry_becomes_a_deal_a_quote_and_an_invoice(
    browser: Browser, page: Page, company: Cast, sign_in: SignIn, way: Way
) -> None:
    do = hands(page, way)
    sign_in(company.maya)
    settled(page, f"/leads/{lead_of('Ada Byron').pk}/")

    do.press(page.get_by_role("main").get_by_role("button", name="More", exact=True))
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


@pytest.mark.req("K1", "M2")
@both_ways
def test_two_of_one_person_are_merged_and_made_two_again(page: Page, company: Cast, sign_in: SignIn, way: Way) -> None:
    do, by, at = hands(page, way), Actor.user(company.maya), moments.now()
    spec = registry.get("contact")
    for last, more in (("Hopper", {"city": "New York"}), ("Hoper", {"phone": "+1 212 555 0100"})):
        names = {"first_name": "Grace", "last_name": last, "email": "grace@navy.example", **more}
        made = create_record(spec=spec, values=names, by=by, at=at)
        following.refresh(spec=spec, ids=[made.pk], at=at)
    sign_in(company.maya)
    settled(page, "/duplicates/")

    do.press(page.get_by_role("link", name=re.compile("^Compare ?: Grace")))
    expect(page.get_by_role("heading", level=1)).to_have_text("The same?")
    do.press(page.get_by_role("button", name="Merge"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Grace")
    alive = Contact.objects.filter(email="grace@navy.example", deleted_at=None)
    kept = alive.get()
    assert (kept.city, bool(kept.phone)) == ("New York", True)

    settled(page, "/duplicates/")
    do.press(page.get_by_role("button", name=re.compile("^Take it back ?: Grace")))
    expect(page.get_by_text("taken back", exact=True)).to_be_visible()
    assert alive.count() == 2


@both_ways
def test_the_palette_finds_goes_makes_and_does(page: Page, company: Cast, sign_in: SignIn, way: Way) -> None:
    do = hands(page, way)
    sign_in(company.maya)
    settled(page, "/")

    ask(do, way, "mei")
    expect(offered(page).first).to_contain_text("Mei Lin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mei Lin")

    settled(page, f"/leads/{lead_of('Mei Lin').pk}/")
    ask(do, way, "make a deal")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Make a deal of it: done.")).to_be_visible()
    page.wait_for_selector("html[data-ready]")

    ask(do, way, "dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    ask(do, way, "new organization")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New organization")


def offered(page: Page) -> Locator:
    """Return what the palette offers."""
    return page.get_by_role("dialog").get_by_role("option")


def ask(do: Hands, way: Way, words: str) -> None:
    """Open the palette and type."""
    if way == "keyboard":
        do.page.keyboard.press("Control+k")
    else:
        do.press(do.page.get_by_role("navigation", name="Main, phone").get_by_role("button", name="More"))
        do.press(do.page.get_by_role("dialog", name="More").get_by_role("link", name="Search"))
    expect(do.page.get_by_role("combobox", name="Search records and commands")).to_be_focused()
    do.page.keyboard.type(words)
    expect(offered(do.page).first).to_contain_text(words.split()[0], ignore_case=True)


def test_a_question_mark_shows_the_shortcuts_that_there_are(page: Page, company: Cast, sign_in: SignIn) -> None:
    sign_in(company.maya)
    settled(page, f"/leads/{lead_of('Ada Byron').pk}/")

    page.keyboard.press("?")

    shown = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shown.get_by_text("My work", exact=True)).to_be_visible()
    expect(shown.get_by_text("Edit", exact=True)).to_be_visible()
    expect(shown.get_by_text("Search or command")).to_be_visible()
    is_accessible(page)
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", level=1)).to_have_text("Leads")


def test_on_paper_stands_what_is_said_without_what_can_be_pressed(page: Page, company: Cast, sign_in: SignIn) -> None:
    sign_in(company.maya)
    page.emulate_media(media="print")

    for path, said in (
        ("/leads/?view=all", "Mei Lin"),
        (f"/leads/{lead_of('Ada Byron').pk}/", "Turbines"),
        ("/leads/board/", "Cem Kaya"),
    ):
        settled(page, path)
        expect(page.get_by_text(said).first).to_be_visible()
        expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_hidden()
        expect(page.locator("main button:visible")).to_have_count(0)
