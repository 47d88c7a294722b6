"""What if, as a person asks it: a simulation, its result, one more seller, both side by side, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import SignIn, is_accessible
from throughline.core.actor import Actor
from throughline.core.procedures import operations
from throughline.core.tests.cast import Cast, assemble
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("I4")]

PAGE = "/procedures/call-first/simulations/"


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast and a procedure that runs."""
    at = moments.now()
    cast = assemble(at=at)
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    return cast


class TestWhatIf:
    def test_one_more_seller_is_asked_for_computed_and_compared(
        self, page: Page, company: Cast, analyst: None, sign_in: SignIn
    ) -> None:
        sign_in(company.admin)
        page.goto(PAGE)
        page.get_by_role("link", name="New simulation").first.click()
        page.get_by_label("Name").fill("As it is")
        page.get_by_label("Cases per run").fill("300")
        page.get_by_label("Minutes between two cases").fill("30")
        page.get_by_label("Minutes of work: Make first contact").fill("27")
        page.get_by_role("button", name="Simulate").click()

        expect(page.get_by_role("heading", name="Where cases wait")).to_be_visible(timeout=60_000)
        is_accessible(page)
        page.get_by_label("How many: sales").fill("2")
        page.get_by_role("button", name="Simulate the change").click()
        expect(page.get_by_role("heading", name="2 × sales")).to_be_visible()
        expect(page.get_by_role("heading", name="Where cases wait")).to_be_visible(timeout=60_000)
        page.get_by_label("As it is").check()
        page.get_by_role("button", name="Compare").click()

        row = page.get_by_role("row", name="Waiting for people, mean")
        expect(row).to_contain_text("to")
        expect(row.locator('[data-tone="late"]')).to_be_visible()
        is_accessible(page)

    def test_a_dearer_hour_is_told_in_money_per_case(
        self, page: Page, company: Cast, analyst: None, sign_in: SignIn
    ) -> None:
        sign_in(company.admin)
        page.goto(f"{PAGE}new/")
        page.get_by_label("Name").fill("As it is")
        page.get_by_label("Cases per run").fill("200")
        page.get_by_label("Minutes of work: Make first contact").fill("30")
        page.get_by_label("An hour costs: sales").fill("40")
        page.get_by_role("button", name="Simulate").click()
        expect(page.get_by_role("heading", name="Where cases wait")).to_be_visible(timeout=60_000)
        cost = page.get_by_role("row", name="Cost per case").get_by_role("cell").last
        expect(cost).to_have_text(re.compile(r"\d+\.\d\d"))
        before = float(cost.inner_text())

        page.get_by_role("link", name="Change more").click()
        page.get_by_label("Name").fill("Twice as dear")
        page.get_by_label("An hour costs: sales").fill("80")
        page.get_by_role("button", name="Simulate").click()
        expect(page.get_by_role("heading", name="Twice as dear")).to_be_visible()
        expect(page.get_by_role("heading", name="Where cases wait")).to_be_visible(timeout=60_000)
        assert float(cost.inner_text()) == pytest.approx(2 * before, abs=0.02), "the same luck, dearer"
        page.get_by_label("As it is").check()
        page.get_by_role("button", name="Compare").click()

        row = page.get_by_role("row", name="Cost per case")
        expect(row).to_contain_text(f"{before:,.2f}")
        expect(row.locator('[data-tone="good"]')).to_be_visible()

    def test_a_long_one_can_be_stopped(self, page: Page, company: Cast, analyst: None, sign_in: SignIn) -> None:
        sign_in(company.admin)
        page.goto(f"{PAGE}new/")
        page.get_by_label("Name").fill("Too long")
        page.get_by_label("Cases per run").fill("500000")
        page.get_by_role("button", name="Simulate").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        is_accessible(page)

        page.get_by_role("button", name="Stop it").click()

        expect(page.get_by_text("Cancelled")).to_be_visible()


class TestDryRun:
    def test_is_asked_for_done_by_a_worker_and_kept(
        self, page: Page, company: Cast, reader: None, sign_in: SignIn
    ) -> None:
        sign_in(company.admin)
        page.goto(f"{PAGE}dry-run/")
        page.get_by_role("button", name="Try").click()

        expect(page.get_by_text("No case that you may see can be tried yet.")).to_be_visible(timeout=60_000)
        is_accessible(page)
        page.get_by_role("link", name="All dry runs").click()
        expect(page.get_by_role("table", name="Your dry runs").get_by_text("Done")).to_be_visible()
        is_accessible(page)
