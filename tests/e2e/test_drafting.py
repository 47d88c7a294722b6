"""Drawing a procedure in a browser: as a list by keyboard alone, and by the guided path."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import SignIn
from throughline.core.actor import Actor
from throughline.core.drafting.operations import attend
from throughline.core.procedures import operations
from throughline.core.procedures.models import Procedure
from throughline.core.procedures.queries import overview
from throughline.core.records.custom.models import CustomField
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.flow.bpmn.edit import Row
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.guide.models import Guide
from throughline.insight.kpis.models import Goal
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db(transaction=True)]


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

        press_until(page, "Tab", "Add after “Make first contact”")
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
        page.get_by_role("link", name="Add after “Write a proposal”").click()
        page.get_by_label("What comes after “Write a proposal”?").fill("Ask again")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_text("Added “Ask again”.")).to_be_visible()
        page.get_by_role("link", name="Draw", exact=True).click()
        expect(page.locator('.djs-shape:has-text("Ask again")')).to_have_count(1)
        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')


class TestEditor:
    """Help while one draws."""

    @pytest.fixture
    def drawing(self, page: Page, company: Cast, sign_in: SignIn) -> Page:
        """Open the editor."""
        capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(company.maya), at=moments.now())
        sign_in(company.omar)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto("/procedures/call-first/draw/")
        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')
        return page

    @pytest.mark.req("A1")
    def test_expressions_are_completed_and_tried_on_a_record(self, drawing: Page) -> None:
        drawing.locator('[data-element-id="call"] .djs-hit').first.click()
        field = drawing.locator("#prop-priority")
        field.press_sequentially("lead.nam")
        drawing.get_by_role("option", name="lead.name Lead: Name").wait_for()
        field.press("Enter")

        expect(field).to_have_value("lead.name")
        expect(drawing.get_by_text("Ada Byron: Ada Byron")).to_be_visible()

    @pytest.mark.req("A1")
    def test_a_step_says_its_role_tool_inputs_and_outputs(self, drawing: Page) -> None:
        expect(drawing.get_by_text("24 h · 2 fields")).to_be_visible()

        drawing.locator('[data-element-id="call"] .djs-hit').first.click()

        glance = drawing.locator(".prop-glance")
        expect(glance).to_contain_text("Work list")
        expect(glance).to_contain_text("What was said, Budget, outcome")

    @pytest.mark.req("A1")
    def test_of_two_who_draw_one_looks_on_until_the_pen_is_taken(self, drawing: Page, company: Cast) -> None:
        attend(key="call-first", draws=True, takes_over=True, by=Actor.user(company.admin), at=moments.now())
        drawing.reload()
        drawing.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')
        expect(drawing.get_by_text("Admin Root is drawing. You look on.")).to_be_visible()
        expect(drawing.locator(".editor__palette")).to_have_attribute("inert", "")
        expect(drawing.locator(".editor__properties")).to_have_attribute("inert", "")

        drawing.get_by_role("button", name="Take the pen").click()
        expect(drawing.get_by_text("You look on.")).to_have_count(0)
        drawing.locator('[data-element-id="call"] .djs-hit').first.click()
        drawing.get_by_role("button", name="Write a proposal").click()

        expect(drawing.locator('.djs-shape:has-text("Write a proposal")')).to_have_count(1)


class Newcomer:
    """Somebody who uses a page for the first time; every click, choice and field that is filled in counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.interactions = 0

    def click(self, role: str, name: str) -> None:
        """Click what has this role and name."""
        self.interactions += 1
        self.page.get_by_role(role, name=name, exact=True).click()  # type: ignore[arg-type]

    def fill(self, label: str, text: str) -> None:
        """Fill in the field of this label."""
        self.interactions += 1
        self.page.get_by_label(label, exact=True).first.fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of the list of this label."""
        self.interactions += 1
        self.page.get_by_label(label).first.select_option(label=option)

    def tick(self, label: str) -> None:
        """Tick a box."""
        self.interactions += 1
        self.page.get_by_label(label).first.check()

    def sees(self, question: str) -> None:
        """Wait until a step of the path asks its question."""
        expect(self.page.get_by_role("heading", name=question)).to_be_visible()


class TestGuide:
    """The guided path."""

    @pytest.mark.req("M6")
    @pytest.mark.req("A3")
    def test_a_newcomer_builds_the_24_hour_procedure_in_fewer_than_forty_interactions(
        self, page: Page, company: Cast, sign_in: SignIn
    ) -> None:
        sign_in(company.admin)
        page.goto("/procedures/")
        page.wait_for_selector("html[data-ready]")
        person = Newcomer(page)

        person.click("link", "Guided path")
        person.fill("What is it about? (needed)", "First contact")
        person.click("button", "Begin")

        person.sees("How is it done today, what hurts, and who is it for?")
        person.fill("What hurts", "Leads wait for days")
        person.fill("Person", "Owner of a small shop")
        person.fill("What that person wants", "An answer today")
        person.fill("Moment", "Sends the form")
        person.fill("Field that is missing", "Number of vehicles")
        person.choose("What it holds", "Whole number")
        person.click("button", "Go on")

        person.sees("What shall be better, how is it measured, and how much is enough?")
        person.choose("Measured by", "First contact in time (%)")
        person.fill("Target", "95")
        person.click("button", "Go on")

        person.sees("Which kind of chart shows it best?")
        expect(page.get_by_role("radio", name="Swimlanes fits your goal")).to_be_checked()
        person.click("button", "Go on")

        person.sees("What is to be done, one line per step, in the usual order?")
        person.fill("Step", "Call the lead")
        person.interactions += 1
        page.get_by_role("group", name="Step 2").get_by_label("Step", exact=True).fill("Write a mail")
        person.choose("Who", "Sales")
        person.click("button", "Go on")

        person.sees("What comes after what, and what if not?")
        person.choose("If “Reached”", "A new end")
        person.click("button", "Go on")

        person.sees("Who does it, until when, how, and what happens by itself?")
        call = page.get_by_role("group", name="Call the lead")
        person.interactions += 4
        call.get_by_label("Within").fill("24")
        call.get_by_label("Unit").select_option(label="hours")
        call.get_by_label("Guidance").fill("Ask what they want to solve.")
        call.get_by_label("Tell the manager when it takes longer").check()
        person.click("button", "Go on")

        person.sees("Does it hold, and what became of what hurt?")
        expect(page.get_by_text("Proven: every case comes to an end, nothing gets stuck.")).to_be_visible()
        expect(page.get_by_role("img", name="The customer’s journey")).to_be_visible()
        person.choose("In the new way it", "is gone")
        person.fill("Because", "The manager hears of it after 24 hours")
        person.click("button", "Finish")
        expect(page.get_by_text("“First contact” is drawn.")).to_be_visible()
        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')

        assert person.interactions < 40
        drawn = rows("first-contact")
        work = drawn["Call the lead"].node.extensions.work_item
        assert work is not None
        assert (work.due, work.clock, drawn["Call the lead"].lane_name) == ('duration("PT24H")', "elapsed", "Sales")
        [late] = [row for row in drawn.values() if row.after == drawn["Call the lead"].id]
        assert drawn["Notify the manager"].id == late.exits[0].target
        assert [exit_.target_name for exit_ in late.exits] == ["Notify the manager"]
        started = drawn["Start"].node.extensions.trigger
        assert started is not None
        assert started.event == "lead.captured"
        procedure = Procedure.objects.get(key="first-contact")
        assert procedure.review_on is not None
        guide = Guide.objects.get(procedure=procedure)
        assert CustomField.objects.get(record_type="lead").key == "number_of_vehicles"
        assert guide.answers["pains"][0]["fate"] == "removed"
        [goal] = Goal.objects.all()
        assert (goal.kpi, str(goal.target)) == ("contacted-in-time", "0.950000")
        assert Dashboard.objects.get(name="Goals: First contact").tiles[0]["kpi"] == "contacted-in-time"
        operations.publish(key="first-contact", by=Actor.user(company.admin), at=moments.now())

    @pytest.mark.req("A3")
    def test_it_can_be_left_and_taken_up_again(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.omar)
        page.goto("/procedures/call-first/guide/")
        page.get_by_label("What hurts", exact=True).first.fill("Nobody calls")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_label("Measured by")).to_be_visible()

        page.goto("/procedures/")
        page.get_by_role("link", name="Go on with the guided path: 1 of 7 steps answered").click()

        expect(page.get_by_label("Measured by")).to_be_visible()
        page.get_by_role("link", name="1, answered: Today").click()
        expect(page.get_by_label("What hurts", exact=True).first).to_have_value("Nobody calls")
        page.wait_for_selector("html[data-ready]")
