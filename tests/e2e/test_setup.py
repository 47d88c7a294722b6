"""Somebody sets up a company of their own in a real browser: company, hours, pack, people; left and taken up again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.access.operations import ship_roles
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, User
from throughline.core.identity.operations import create_user
from throughline.crm.deals.operations import ship_pipeline
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("M2", "A7")]
STEPS = ("company", "hours", "pack", "people", "data")


@pytest.fixture
def founder(transactional_db: None) -> User:
    """Give the first administrator of an installation in which nothing is yet."""
    by, at = Actor.system("invite"), moments.now()
    ship_roles(by=by, at=at)
    ship_pipeline(by=by, at=at)
    role = Role.objects.get(key="administrator")
    return create_user(email="eva@acme.example", name="Eva Graz", roles=[role], by=by, at=at)


class TestSetUp:
    """From the first page after signing in."""

    def test_a_company_is_set_up_left_in_between_and_finished(self, page: Page, founder: User, sign_in: SignIn) -> None:
        sign_in(founder)
        settled(page, "/")
        page.get_by_role("link", name="Set up your company").click()
        expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
        page.get_by_role("textbox", name="Name").fill("Acme Ltd")
        page.get_by_label("Currency").select_option("USD")
        page.get_by_label("Address").fill("1 High Street\nSpringfield")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="When do you work?")).to_be_visible()

        settled(page, "/setup/")
        expect(page.get_by_role("heading", name="When do you work?")).to_be_visible()
        page.get_by_label("Time zone").select_option("Europe/Vienna")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="How do you sell?")).to_be_visible()
        page.get_by_role("radio", name="Consulting").check()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="Install “Consulting”")).to_be_visible()
        page.get_by_role("button", name="Install").click()
        expect(page.get_by_role("heading", name="Who works with you?")).to_be_visible(timeout=60_000)
        page.get_by_role("textbox", name="Name").fill("Jon Doe")
        page.get_by_label("E-mail").fill("jon@acme.example")
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_text("Jon Doe has an account.")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", name="What do you bring along?")).to_be_visible()
        page.get_by_role("button", name="Leave it out for now").click()
        expect(page.get_by_role("heading", name="Acme Ltd is set up")).to_be_visible()
        page.get_by_role("button", name="Begin to work").click()

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("link", name="Set up your company")).to_have_count(0)

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_axe_finds_nothing(self, page: Page, founder: User, sign_in: SignIn, mode: Mode) -> None:
        sign_in(founder)
        seen_in(page, mode)
        found: dict[str, list[str]] = {}
        for step in STEPS:
            settled(page, f"/setup/{step}/")
            found[step] = complaints(page)

        assert found == {step: [] for step in STEPS}
