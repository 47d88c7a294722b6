"""Signing in, as a person does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from throughline.cli.invite import sign_in_link
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.identity.operations import create_user

pytestmark = [pytest.mark.req("L2"), pytest.mark.django_db(transaction=True)]

PASSWORD = "a long walk along the river"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def maya(transactional_db: None) -> User:
    """Maya of sales."""
    return create_user(email="maya@example.com", name="Maya Lindqvist", password=PASSWORD, by=Actor.system(), at=AT)


class TestSignIn:
    def test_leads_to_the_page_that_was_asked_for(self, page: Page, maya: User) -> None:
        page.goto("/")

        page.get_by_label("Email").fill("Maya@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")

        expect(page).not_to_have_url("/accounts/login/")
        expect(page.get_by_text("Maya Lindqvist").first).to_be_attached()

    def test_says_the_same_for_a_wrong_password_and_an_unknown_address(self, page: Page, maya: User) -> None:
        said = []
        for address in ("maya@example.com", "nobody@example.com"):
            page.goto("/accounts/login/")
            page.get_by_label("Email").fill(address)
            page.get_by_label("Password", exact=True).fill("not this one")
            page.keyboard.press("Enter")
            said.append(page.get_by_role("alert").inner_text())

        assert said[0] == said[1]

    def test_needs_no_form_for_the_other_tests(self, page: Page, maya: User, sign_in: Callable[[User], None]) -> None:
        sign_in(maya)

        page.goto("/")

        expect(page.get_by_text("Maya Lindqvist").first).to_be_attached()

    def test_offers_no_public_account(self, page: Page, maya: User) -> None:
        page.goto("/accounts/signup/")

        expect(page.locator("input[type=password]")).to_have_count(0)


class TestInvitation:
    def test_lets_a_person_choose_a_password_and_come_in(self, page: Page, transactional_db: None) -> None:
        ada = create_user(email="ada@example.com", name="Ada Okafor", by=Actor.system(), at=AT)

        page.goto(sign_in_link(ada).removeprefix(settings.SITE_URL))
        page.locator("input[type=password]").nth(0).fill(PASSWORD)
        page.locator("input[type=password]").nth(1).fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/accounts/password/reset/key/done/")
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill("ada@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_text("Ada Okafor").first).to_be_attached()

    def test_refuses_a_password_that_is_easy_to_guess(self, page: Page, transactional_db: None) -> None:
        ada = create_user(email="ada@example.com", name="Ada Okafor", by=Actor.system(), at=AT)

        page.goto(sign_in_link(ada).removeprefix(settings.SITE_URL))
        page.locator("input[type=password]").nth(0).fill("123456789012")
        page.locator("input[type=password]").nth(1).fill("123456789012")
        page.keyboard.press("Enter")

        expect(page.get_by_text("This password is entirely numeric.")).to_be_visible()
        ada.refresh_from_db()
        assert not ada.has_usable_password()
