"""The pages of selling in a real browser: nothing on the console, nothing that axe finds, no wider than a phone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.coaching.operations import write_note
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal, PriceBook, Product
from throughline.crm.deals.operations import set_lines, ship_pipeline
from throughline.crm.deals.pricing import NewPrice, save_price_book
from throughline.crm.people.models import Contact
from throughline.crm.quotes.models import Quote
from throughline.crm.quotes.operations import draft_quote
from throughline.web import moments

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    "/deals/",
    "/deals/board/",
    "/deals/{deal}/",
    "/deals/{deal}/lines/",
    "/products/{product}/",
    "/prices/",
    "/price-books/",
    "/price-books/{book}/",
    "/price-books/{book}/prices/",
    "/contacts/{contact}/",
    "/quotes/",
    "/quotes/{quote}/",
    "/pipelines/",
    "/pipelines/sales/",
    "/approvals/",
    "/forecast/",
    "/forecast/targets/",
    "/coaching/",
    "/coaching/{maya}/",
)


@pytest.fixture
def selling(transactional_db: None) -> Cast:
    """Give the cast with deals of Maya's: one late, one lost; a quote; and a coaching note."""
    at = moments.now()
    cast = assemble(at=at)
    by, since = Actor.user(cast.maya), at - timedelta(days=9)
    ship_pipeline(by=Actor.system(), at=since)
    names = {"first_name": "Ada", "last_name": "Byron", "email": "ada@x.org"}
    ada = create_record(spec=registry.get("contact"), values=names, by=by, at=since)
    late = {"name": "Turbines", "contact": ada.pk, "next_step_due_at": at - timedelta(days=3)}
    deal = create_record(spec=registry.get("deal"), values=late, by=by, at=since)
    lost = {"name": "Pumps", "stage": "sales.lost", "lost_reason": "Price"}
    create_record(spec=registry.get("deal"), values=lost, by=by, at=since)
    line = NewLine(description="Turbine", unit_price=Decimal(100), tax=Decimal(19))
    pump = create_record(
        spec=registry.get("product"), values={"name": "Pump", "price": "120"}, by=Actor.system(), at=at
    )
    prices = [NewPrice(product_id=pump.pk, amount=Decimal(90), from_quantity=Decimal(10))]
    save_price_book(name="Partners", currency="EUR", prices=prices, by=Actor.system(), at=since)
    set_lines(deal_id=deal.pk, lines=[line], by=by, at=since)
    draft_quote(deal_id=deal.pk, by=by, at=since)
    write_note(person_id=cast.maya.pk, body="Ask for the date.", deal_id=deal.pk, by=Actor.user(cast.omar), at=since)
    return cast


@pytest.mark.req("M1", "D3")
class TestAccessibility:
    """WCAG 2.2 AA as far as axe can see, in light and dark and on a phone."""

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_axe_finds_nothing(self, page: Page, selling: Cast, sign_in: SignIn, mode: Mode) -> None:
        sign_in(selling.omar)
        seen_in(page, mode)
        deal, quote, contact = Deal.objects.get(name="Turbines"), Quote.objects.get(), Contact.objects.get()
        keys = {"deal": deal.pk, "quote": quote.pk, "contact": contact.pk, "maya": selling.maya.pk}
        keys |= {"product": Product.objects.get().pk, "book": PriceBook.objects.get().pk}
        found: dict[str, list[str]] = {}
        for path in PAGES:
            settled(page, path.format(**keys))
            found[path] = complaints(page)

        assert found == {path: [] for path in PAGES}


@pytest.mark.req("D2", "M1")
class TestPriceBooks:
    """A book of prices, from nothing to the line of a deal, on a phone."""

    def test_it_is_made_filled_and_counts(self, page: Page, selling: Cast, sign_in: SignIn) -> None:
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(selling.omar)
        settled(page, "/prices/")
        page.get_by_role("link", name="Price books").first.click()
        page.get_by_role("link", name="New price book").first.click()
        page.get_by_label("Name").first.fill("Friends")
        page.get_by_label("Order").fill("-1")
        page.get_by_role("button", name="Create price book").click()
        expect(page.get_by_text("There are no prices yet")).to_be_visible()

        page.get_by_role("link", name="Change prices").click()
        page.get_by_label("Product 1").select_option(label="Pump")
        page.get_by_label("Price 1").fill("70,50")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("70.50 EUR")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

        page.get_by_role("link", name="Change prices").click()
        sent: FilePayload = {"name": "prices.csv", "mimeType": "text/csv", "buffer": b"Product,From,Price\nPump,5,60\n"}
        page.get_by_label("File", exact=True).set_input_files(sent)
        page.get_by_role("button", name="Show what would change").click()
        expect(page.get_by_text("Nothing is changed yet")).to_be_visible()
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.get_by_role("button", name="Save these prices").click()
        expect(page.get_by_text("60.00 EUR")).to_be_visible()

        deal = Deal.objects.get(name="Turbines")
        settled(page, f"/deals/{deal.pk}/lines/")
        page.get_by_label("Product of line 2").select_option(label="Pump")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("heading", level=1, name="Turbines")).to_be_visible()
        assert deal.lines.get(position=2).unit_price == Decimal("70.50")


@pytest.mark.req("D3", "M1")
class TestCoaching:
    """From the number to the deals, and a note for the person: by keyboard alone, on a phone."""

    def test_a_manager_looks_at_what_is_late_and_writes_a_note(
        self, page: Page, selling: Cast, sign_in: SignIn
    ) -> None:
        page.set_viewport_size({"width": 390, "height": 844})
        sign_in(selling.omar)
        settled(page, "/coaching/")

        page.get_by_role("link", name="1 deals whose next step is late").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Turbines").first).to_be_visible()

        settled(page, "/coaching/")
        page.get_by_role("link", name="Maya Lin").first.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Maya Lin")
        page.get_by_label("What you talked about").focus()
        page.keyboard.type("Call on Monday.")
        page.get_by_role("button", name="Write down").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text("Call on Monday.")).to_be_visible()
