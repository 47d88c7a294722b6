"""Lists in a real browser: groups by keyboard; calendar and columns on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import SignIn
from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast and three leads of Maya's in two regions."""
    at = moments.now()
    cast = assemble(at=at)
    for name, region in (("Ada Byron", "EU"), ("Mei Lin", "US"), ("Cem Kaya", "EU")):
        capture_lead(values={"name": name, "region": region}, by=Actor.user(cast.maya), at=at)
    return cast


def opened(page: Page, path: str) -> None:
    """Open a page and wait until its scripts are there."""
    page.goto(path)
    page.wait_for_selector("html[data-ready]")


class TestKeyboard:
    """Without a mouse."""

    def test_a_group_unfolds_and_the_sums_are_there(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.maya)
        opened(page, "/leads/?group=region&view=all")

        page.locator("summary", has_text="EU").press("Enter")

        expect(page.get_by_role("link", name="Cem Kaya")).to_be_visible()


class TestPhone:
    """The same at 390 px."""

    @pytest.mark.req("M1")
    def test_a_view_is_built_and_a_lead_is_moved_to_another_day(
        self, page: Page, company: Cast, sign_in: SignIn
    ) -> None:
        at = moments.now()
        Lead.objects.update(first_contact_on=at.date())
        sign_in(company.maya)
        page.set_viewport_size({"width": 390, "height": 844})
        opened(page, "/leads/calendar/?by=first_contact_on&view=all")

        page.get_by_role("button", name="Move Ada Byron").click()
        page.get_by_role("button", name="A day later").click()
        expect(page.get_by_text("Moved.")).to_be_visible()
        assert (Lead.objects.get(contact__name="Ada Byron").first_contact_on - at.date()).days == 1  # type: ignore[operator]

        page.get_by_role("link", name="List", exact=True).click()
        page.get_by_role("link", name="Columns").click()
        page.get_by_label("Column to add").select_option(label="First contact")
        page.get_by_role("button", name="Add column").click()
        expect(page.get_by_role("link", name="Move First contact up")).to_be_visible()
        page.get_by_role("link", name="Show the list").click()
        expect(page.locator("td[data-label='First contact']").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
