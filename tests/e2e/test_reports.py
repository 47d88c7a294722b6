"""A dashboard by mail in a browser: readable, reachable, as narrow as a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import Mode, SignIn, is_accessible, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast, assemble
from throughline.insight.dashboards.reports import Times, keep_report
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True)]

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MODES: tuple[Mode, ...] = ("light", "dark", "phone")


@pytest.fixture
def cast(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Give the people, at an instant that stands still."""
    monkeypatch.setattr(moments, "now", lambda: AT)
    return assemble(at=AT - timedelta(days=1))


@pytest.mark.req("I1")
def test_a_dashboard_says_when_and_to_whom_it_is_mailed(page: Page, cast: Cast, sign_in: SignIn) -> None:
    keep_report(
        shipped="sales", receivers=[cast.omar.pk, cast.maya.pk], times=Times("week", 1, 8, "UTC"),
        by=Actor.user(cast.omar), at=AT,
    )  # fmt: skip
    sign_in(cast.omar)

    for mode in MODES:
        seen_in(page, mode)
        settled(page, "/insight/dashboards/shipped/sales/")
        mail = page.locator("#mail")
        expect(mail.get_by_text("every week, Monday, 08:00 (UTC)").first).to_be_visible()
        mail.get_by_text("Mail this dashboard").click()
        expect(mail.get_by_role("button", name="Mail it")).to_be_visible()
        is_accessible(page)
