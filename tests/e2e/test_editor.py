"""The chart editor in a browser: tables in place, walking, what is said about steps, expressions on any record."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.discussion.models import Remark
from throughline.core.procedures import operations
from throughline.core.procedures.models import DecisionTable, DecisionVersion, KeptTest
from throughline.core.procedures.queries import overview
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.flow import bpmn
from throughline.flow.bpmn.layout import lay_out
from throughline.packs import get_pack
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True)]

_ROUTED = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
    id="d" targetNamespace="t">
  <bpmn:process id="p" name="Routed" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="routed" record="lead"/></bpmn:extensionElements>
    <bpmn:startEvent id="captured" name="Lead captured"/>
    <bpmn:businessRuleTask id="route" name="Route it">
      <bpmn:extensionElements>
        <tl:decision ref="route-lead" decision="Route lead" result="route"/>
      </bpmn:extensionElements>
    </bpmn:businessRuleTask>
    <bpmn:exclusiveGateway id="hot" name="Hot?" default="no"/>
    <bpmn:userTask id="call" name="Call">
      <bpmn:extensionElements>
        <tl:workItem queue="&quot;sales&quot;">
          <tl:outcome value="reached" label="Reached"/><tl:outcome value="missed" label="No answer"/>
          <tl:field name="note" label="What was said" type="text" required="true"/>
        </tl:workItem>
      </bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:intermediateCatchEvent id="wait" name="Wait a day">
      <bpmn:timerEventDefinition id="t1"><bpmn:timeDuration>PT24H</bpmn:timeDuration></bpmn:timerEventDefinition>
    </bpmn:intermediateCatchEvent>
    <bpmn:endEvent id="done" name="Done"/>
    <bpmn:endEvent id="later" name="Later"/>
    <bpmn:sequenceFlow id="f1" sourceRef="captured" targetRef="route"/>
    <bpmn:sequenceFlow id="f2" sourceRef="route" targetRef="hot"/>
    <bpmn:sequenceFlow id="yes" name="Yes" sourceRef="hot" targetRef="call">
      <bpmn:conditionExpression>lead.interest = "Telematics"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="no" name="No" sourceRef="hot" targetRef="wait"/>
    <bpmn:sequenceFlow id="f5" sourceRef="call" targetRef="done"/>
    <bpmn:sequenceFlow id="f6" sourceRef="wait" targetRef="later"/>
  </bpmn:process>
</bpmn:definitions>
"""
_STUCK = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="s" targetNamespace="t">
  <bpmn:process id="stuck" name="Stuck" isExecutable="true">
    <bpmn:startEvent id="begin" name="Begin"/>
    <bpmn:exclusiveGateway id="which" name="Which?" default="one_way"/>
    <bpmn:userTask id="one" name="One"/>
    <bpmn:userTask id="other" name="Other"/>
    <bpmn:parallelGateway id="both"/>
    <bpmn:endEvent id="end" name="End"/>
    <bpmn:sequenceFlow id="s1" sourceRef="begin" targetRef="which"/>
    <bpmn:sequenceFlow id="one_way" sourceRef="which" targetRef="one"/>
    <bpmn:sequenceFlow id="other_way" name="Yes" sourceRef="which" targetRef="other">
      <bpmn:conditionExpression>1 = 2</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="s4" sourceRef="one" targetRef="both"/>
    <bpmn:sequenceFlow id="s5" sourceRef="other" targetRef="both"/>
    <bpmn:sequenceFlow id="s6" sourceRef="both" targetRef="end"/>
  </bpmn:process>
</bpmn:definitions>
"""
STUCK = bpmn.write(lay_out(bpmn.read(_STUCK.encode())))
ROUTED = bpmn.write(lay_out(bpmn.read(_ROUTED.encode())))


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast, a published table, a drawing that asks it, and two leads of Maya's."""
    at = moments.now()
    cast = assemble(at=at)
    by = Actor.user(cast.admin)
    [table] = [table for table in get_pack("lead-to-deal").decisions if table.key == "route-lead"]
    operations.create_decision(key=table.key, name=table.name, by=by, at=at)
    operations.save_decision_draft(key=table.key, model=table.model, by=by, at=at)
    operations.publish_decision(key=table.key, by=by, at=at)
    operations.create_procedure(key="routed", name="Routed", record_type="lead", by=by, at=at)
    operations.save_draft(key="routed", drawing=ROUTED, by=by, at=at)
    maya = Actor.user(cast.maya)
    for name, interest in (("Ada Byron", "Telematics"), ("Grace Hopper", "Parking")):
        values = {"name": name, "email": f"{name.split()[0].lower()}@x.org", "interest": interest}
        capture_lead(values=values, by=maya, at=at)
    return cast


@pytest.fixture
def drawing(page: Page, company: Cast, sign_in: SignIn) -> Page:
    """Open the editor as Omar."""
    sign_in(company.omar)
    page.set_viewport_size({"width": 1440, "height": 900})
    settled(page, "/procedures/routed/draw/")
    return page


def select(page: Page, node: str) -> None:
    """Select a step of the drawing."""
    page.locator(f'[data-element-id="{node}"] .djs-hit').first.click()


class TestTables:
    """Decision tables in place."""

    @pytest.mark.req("A1", "B4")
    def test_a_table_is_changed_tried_and_kept_beside_the_drawing(self, drawing: Page) -> None:
        select(drawing, "route")
        drawing.get_by_role("button", name="Show the rules").click()
        drawer = drawing.get_by_role("region", name="Route a lead")
        expect(drawer.get_by_role("heading", name="Route a lead", exact=True)).to_be_focused()

        cell = drawer.locator("td.output-cell").first
        cell.click()
        drawing.keyboard.press("Control+a")
        drawing.keyboard.type('"nowhere"')
        expect(drawer.get_by_text("Not saved yet")).to_be_visible()
        drawing.get_by_role("button", name="Undo", exact=True).focus()  # the drawing's own: nothing of it to take back
        drawer.get_by_role("button", name="Close the table").click()
        expect(drawer).to_have_count(0)

        draft = DecisionVersion.objects.get(table__key="route-lead", status="draft")
        assert b'"nowhere"' in bytes(draft.dmn)
        expect(drawing.locator('[data-element-id="route"]').first).to_be_visible()

    @pytest.mark.req("A1")
    def test_a_step_gets_a_new_table_that_asks_for_a_field(self, drawing: Page) -> None:
        select(drawing, "route")
        drawing.get_by_role("button", name="New table").click()
        drawing.get_by_label("Name of the table").fill("Which team")
        drawing.get_by_label("It looks at").select_option(label="Lead: Region")
        drawing.get_by_role("button", name="Make the table").click()

        drawer = drawing.get_by_role("region", name="Which team")
        drawer.get_by_label("lead.region").fill("DACH")
        drawer.get_by_role("button", name="Decide").click()
        expect(drawer.get_by_text("Answer:")).to_be_visible()
        expect(drawing.get_by_label("Decision table", exact=True)).to_have_value("which-team")
        drawing.keyboard.press("Control+s")
        expect(drawing.locator(".editor__bar .editor__state").first).to_have_text("Draft saved")

        assert DecisionTable.objects.filter(key="which-team").exists()
        draft = overview.procedure(key="routed").latest("draft")
        assert draft is not None
        assert b'ref="which-team"' in overview.drawing(version_id=draft.id)

    @pytest.mark.req("M1")
    def test_the_keyboard_opens_and_closes_it(self, drawing: Page) -> None:
        select(drawing, "route")
        drawing.keyboard.press("t")
        expect(drawing.get_by_role("heading", name="Route a lead", exact=True)).to_be_focused()

        drawing.keyboard.press("Escape")

        expect(drawing.get_by_role("button", name="Show the rules")).to_be_focused()


class TestFaults:
    """What a browser cannot show."""

    def test_a_drawing_that_cannot_be_shown_says_so(
        self, context: BrowserContext, company: Cast, sign_in: SignIn
    ) -> None:
        drawing = ROUTED.replace(b'bpmnElement="p"', b'bpmnElement="captured"')
        assert drawing != ROUTED
        operations.save_draft(key="routed", drawing=drawing, by=Actor.user(company.omar), at=moments.now())
        sign_in(company.omar)
        page = context.new_page()  # that of the fixture may have no fault
        page.goto("/procedures/routed/draw/")

        expect(page.get_by_role("alert").filter(has_text="could not be shown")).to_be_visible()


class TestWalk:
    """One case goes through the drawing."""

    @pytest.mark.req("A1", "A12")
    def test_a_real_record_is_walked_taken_back_and_kept(self, drawing: Page) -> None:
        drawing.get_by_role("button", name="Walk it").click()
        drawing.get_by_label("With a real record (Lead)").fill("ada")
        drawing.get_by_role("option", name="Ada Byron").click()

        walk = drawing.get_by_role("complementary", name="Walk it")
        expect(walk.get_by_role("button", name="Call", exact=True)).to_be_visible()
        expect(drawing.locator('[data-element-id="call"].tl-here')).to_have_count(1)
        walk.get_by_label("What was said").fill("All well")
        walk.get_by_role("button", name="Reached").click()
        expect(walk.get_by_role("heading", name="The way has ended")).to_be_visible()

        walk.get_by_role("button", name="One step back").click()
        expect(drawing.locator('[data-element-id="call"].tl-here')).to_have_count(1)
        walk.get_by_label("What was said").fill("All well")
        walk.get_by_label("Was it right? Then give it a name").fill("Hot one")
        walk.get_by_role("button", name="Reached").click()
        expect(walk.get_by_role("heading", name="The way has ended")).to_be_visible()
        walk.get_by_role("button", name="Keep as test case").click()
        expect(drawing.get_by_text("“Hot one” is kept.")).to_be_visible()

        assert KeptTest.objects.get().name == "Hot one"

    @pytest.mark.req("A1")
    def test_typed_values_lead_another_way_where_the_clock_is_a_button(self, drawing: Page) -> None:
        drawing.get_by_role("button", name="Walk it").click()
        drawing.get_by_role("button", name="Begin", exact=True).click()

        walk = drawing.get_by_role("complementary", name="Walk it")
        expect(drawing.locator('[data-element-id="wait"].tl-here')).to_have_count(1)
        walk.get_by_role("button", name="Let time pass until then").click()

        expect(walk.get_by_role("heading", name="The way has ended")).to_be_visible()
        walk.get_by_text("The way so far").click()
        expect(walk.get_by_role("listitem").filter(has_text="Later")).to_be_visible()
        walk.get_by_role("button", name="Stop walking").click()
        expect(walk).to_have_count(0)

    @pytest.mark.req("A10")
    def test_the_way_to_a_fault_is_played_by_the_same_token(self, drawing: Page, company: Cast) -> None:
        by, at = Actor.user(company.omar), moments.now()
        operations.create_procedure(key="stuck", name="Stuck", record_type="lead", by=by, at=at)
        operations.save_draft(key="stuck", drawing=STUCK, by=by, at=at)
        settled(drawing, "/procedures/stuck/draw/")
        drawing.locator(".editor__problems summary").click()
        drawing.get_by_role("button", name="Play the way there").first.click()

        expect(drawing.locator(".tl-token--rests")).to_have_count(1)


class TestRemarks:
    """What colleagues say, on the drawing."""

    @pytest.mark.req("A11", "A13")
    def test_a_remark_of_a_trial_stands_at_its_step_until_it_is_done(
        self, page: Page, company: Cast, sign_in: SignIn
    ) -> None:
        operations.start_trial(key="routed", testers=[company.maya.pk], by=Actor.user(company.omar), at=moments.now())
        sign_in(company.maya)
        page.goto("/procedures/routed/trial/")
        page.get_by_label("At the step").select_option(label="Call")
        page.get_by_label("Remark").fill("Which number?")
        page.get_by_role("button", name="Note it").click()
        expect(page.get_by_text("Which number?")).to_be_visible()

        sign_in(company.omar)
        page.set_viewport_size({"width": 1440, "height": 900})
        settled(page, "/procedures/routed/draw/")
        page.get_by_role("button", name="Open remarks on “Call”: 1").click()
        line = page.locator(".editor__said li").filter(has_text="Which number?")
        expect(line).to_contain_text("trying it")
        line.get_by_role("button", name="Done").click()

        expect(page.get_by_text("Settled. It stays in the discussion.")).to_be_visible()
        expect(page.get_by_role("button", name="Open remarks on “Call”: 1")).to_have_count(0)
        assert Remark.objects.get().standing == "done"

    @pytest.mark.req("A11")
    def test_something_is_said_at_a_step(self, drawing: Page) -> None:
        select(drawing, "call")
        drawing.get_by_label("Say something about it").fill("Too early?")
        drawing.get_by_role("button", name="Say it").click()

        expect(drawing.get_by_role("button", name="Open remarks on “Call”: 1")).to_be_visible()
        assert Remark.objects.get().element == "call"


class TestExpressions:
    """Tried on any record."""

    @pytest.mark.req("A1")
    def test_another_record_is_found_by_search(self, drawing: Page) -> None:
        select(drawing, "call")
        drawing.locator("#prop-priority").fill("lead.name")
        expect(drawing.get_by_text("Grace Hopper: Grace Hopper")).to_be_visible()

        drawing.get_by_role("button", name="On another record").click()
        drawing.get_by_label("Try it on").fill("ada")
        drawing.get_by_role("option", name="Ada Byron").click()

        expect(drawing.get_by_text("Ada Byron: Ada Byron")).to_be_visible()


@pytest.mark.req("M1")
class TestLooks:
    """The drawer, the walk and the remarks, as far as axe can see."""

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_axe_finds_nothing(self, page: Page, company: Cast, sign_in: SignIn, mode: Mode) -> None:
        sign_in(company.omar)
        seen_in(page, mode)
        settled(page, "/procedures/routed/draw/")
        select(page, "route")
        page.get_by_role("button", name="Show the rules").click()
        expect(page.get_by_role("region", name="Route a lead").get_by_text("Nothing is saved")).to_be_visible()
        with_table = complaints(page)
        page.get_by_role("button", name="Close the table").click()
        page.get_by_role("button", name="Walk it").click()
        page.get_by_role("button", name="Begin", exact=True).click()
        expect(page.get_by_role("button", name="Let time pass until then")).to_be_visible()

        assert (with_table, complaints(page)) == ([], [])
