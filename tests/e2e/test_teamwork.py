"""Working together, by keyboard: a comment with a mention, the message, the answer."""

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
def lead(transactional_db: None) -> tuple[Cast, Lead]:
    """Give the cast and a lead of Maya's."""
    at = moments.now()
    cast = assemble(at=at)
    return cast, capture_lead(values={"name": "Ada Byron"}, by=Actor.user(cast.maya), at=at)


@pytest.mark.req("M4", "M1")
def test_a_mention_is_answered_without_a_mouse(page: Page, lead: tuple[Cast, Lead], sign_in: SignIn) -> None:
    cast, ada = lead
    sign_in(cast.maya)
    page.goto(f"/leads/{ada.pk}/")
    page.wait_for_selector("html[data-ready]")
    page.get_by_label("What happened, or what colleagues should know").focus()
    page.keyboard.type("Can you call her, @to")
    expect(page.get_by_role("option", name="Tom Berg")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("today?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said")).to_have_text("Can you call her, @Tom Berg today?")

    sign_in(cast.tom)
    page.goto("/")
    page.wait_for_selector("html[data-ready]")
    page.get_by_role("link", name="Notifications, 1 unread").first.press("Enter")
    page.get_by_role("link", name="Maya Lin mentioned you: Ada Byron").press("Enter")
    expect(page.locator(".said")).to_be_visible()
    page.get_by_role("link", name="Answer Maya Lin").press("Enter")
    expect(page.get_by_text("You answer Maya Lin.")).to_be_visible()
    page.get_by_label("What happened, or what colleagues should know").press("End")
    page.keyboard.type("Done.")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".said").first).to_have_text("@Maya Lin Done.")
    sign_in(cast.maya)
    page.goto("/notifications/")
    expect(page.get_by_role("link", name="Tom Berg mentioned you: Ada Byron")).to_be_visible()
