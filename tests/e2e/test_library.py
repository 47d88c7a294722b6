"""A company chooses its starter pack in a real browser, and works by it without help: the consulting pipeline."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.looking import SignIn
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.identity.operations import save_calendar
from throughline.core.procedures.worker import drain
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import assemble
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True)]
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def company(transactional_db: None) -> User:
    """Give a company with people, a calendar and the pipeline of the product; Maya sells."""
    at = moments.now()
    cast = assemble(at=at)
    by = Actor.system()
    hours = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    save_calendar(key="default", name="Office", zone="Europe/Berlin", hours=hours, holidays=[], by=by, at=at)
    ship_pipeline(by=by, at=at)
    return cast.maya


def look(page: Page, name: str) -> None:
    """Keep a picture for whoever wants to look (PICTURES names the folder)."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def work(page: Page) -> None:
    """Let the worker do what there is, and show the page anew."""
    drain(at=moments.now())
    page.reload()


@pytest.mark.req("A7", "M6", "M1")
class TestStarterPack:
    """From the shelf to the proposal."""

    def test_a_consulting_company_chooses_its_pack_and_works_by_it(
        self, page: Page, company: User, sign_in: SignIn
    ) -> None:
        sign_in(User.objects.get(email="omar@example.com"))
        page.goto("/procedures/")
        page.get_by_role("link", name="From the library").click()
        expect(page.get_by_role("heading", name="Starter packs")).to_be_visible()
        look(page, "library-shelf")
        page.get_by_role("link", name="Consulting", exact=True).click()
        expect(page.get_by_role("heading", name="Brings these packs along")).to_be_visible()
        look(page, "library-starter")
        page.get_by_role("link", name="Install").click()
        look(page, "library-install")
        page.get_by_role("button", name="Install").click()
        expect(page.get_by_text("“Consulting” is installed.")).to_be_visible(timeout=60_000)
        page.goto("/library/consulting-engagement/")
        expect(page.get_by_text("Version 1.0 installed")).to_be_visible()
        look(page, "library-pack")

        by, at = Actor.user(company), moments.now()
        deal: Deal = create_record(
            spec=registry.get("deal"), values={"name": "Weber: faster answers", "pipeline": "consulting"}, by=by, at=at
        )
        drain(at=moments.now())
        sign_in(company)
        page.goto(f"/deals/{deal.pk}/")
        expect(page.get_by_text("Hold the discovery call").first).to_be_visible()
        page.get_by_role("button", name="We can help").click()
        expect(page.get_by_role("button", name="We can help")).to_have_count(0)
        work(page)
        expect(page.get_by_text("Write the proposal").first).to_be_visible()
        page.get_by_label("Fee").fill("8000")
        page.get_by_role("button", name="Sent", exact=True).click()
        expect(page.get_by_role("button", name="Sent", exact=True)).to_have_count(0)
        work(page)
        expect(page.get_by_text("Talk about the proposal").first).to_be_visible()
        look(page, "library-working")
        deal.refresh_from_db()
        assert (deal.stage.name, deal.amount) == ("Proposal", Decimal(8000))

    def test_the_shelf_fits_a_phone(self, browser: Browser, page: Page, company: User, sign_in: SignIn) -> None:
        sign_in(company)
        page.set_viewport_size(PHONE)
        for path, name in (("/library/", "shelf"), ("/library/renewal/", "pack")):
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            look(page, f"library-{name}-phone")
