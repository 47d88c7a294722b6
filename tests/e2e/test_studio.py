"""Drawing a procedure in a browser: as a list by keyboard alone, and by the guided path."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import operations
from throughline.core.procedures.queries import overview
from throughline.core.tests.cast import Cast, assemble
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.flow.bpmn.edit import Row
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db(transaction=True)]
SignIn = Callable[[User], None]


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast and a procedure."""
    at = moments.now()
    cast = assemble(at=at)
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    return cast


def rows(key: str) -> dict[str, Row]:
    """Return the steps of a draft by what they are called."""
    draft = overview.procedure(key=key).latest("draft")
    assert draft is not None
    return {row.node.name: row for row in edit.outline(bpmn.read(overview.drawing(version_id=draft.id)))}


def press_until(page: Page, key: str, name: str) -> None:
    """Press a key until what has the focus is called ``name``."""
    focused = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText.trim()"
    for _step in range(200):
        page.keyboard.press(key)
        if page.evaluate(focused) == name:
            return
    pytest.fail(f"The keyboard does not reach “{name}”.")


class TestSteps:
    """The list of steps."""

    @pytest.mark.req("A1")
    def test_a_step_is_added_furnished_and_taken_back_by_keyboard_alone(
        self, page: Page, company: Cast, sign_in: SignIn
    ) -> None:
        sign_in(company.omar)
        page.goto("/procedures/call-first/outline/")
        page.wait_for_selector("html[data-ready]")

        press_until(page, "Tab", "Add a step after “Make first contact”")
        page.keyboard.press("Enter")
        expect(page.get_by_label("What comes after “Make first contact”?")).to_be_focused()
        page.keyboard.type("Ask Omar")
        page.keyboard.press("Tab")
        page.keyboard.type("App")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Added “Ask Omar”.")).to_be_visible()
        expect(page.get_by_role("link", name="Ask Omar", exact=True)).to_be_visible()
        assert [exit_.target_name for exit_ in rows("call-first")["Make first contact"].exits] == ["Ask Omar"]

        page.get_by_label("Within").focus()
        page.keyboard.press("Control+a")
        page.keyboard.type("2")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("within 2 days")).to_be_visible()

        page.get_by_role("button", name="Undo").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Taken back: Kept “Ask Omar”.")).to_be_visible()
        expect(page.get_by_text("within 2 days")).to_have_count(0)

    @pytest.mark.req("A1")
    def test_list_and_drawing_are_one_document(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.omar)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto("/procedures/call-first/draw/")
        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')
        page.locator('[data-element-id="call"] .djs-hit').first.click()
        page.get_by_role("button", name="Write a proposal").click()
        expect(page.locator('.djs-shape:has-text("Write a proposal")')).to_have_count(1)

        page.get_by_role("link", name="Steps", exact=True).click()

        expect(page.get_by_role("link", name="Write a proposal", exact=True)).to_be_visible()
        page.get_by_role("link", name="Add a step after “Write a proposal”").click()
        page.get_by_label("What comes after “Write a proposal”?").fill("Ask again")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("Added “Ask again”.")).to_be_visible()
        page.get_by_role("link", name="Draw", exact=True).click()
        expect(page.locator('.djs-shape:has-text("Ask again")')).to_have_count(1)
        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')
