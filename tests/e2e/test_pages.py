"""The daily pages in a real browser: nothing on the console, nothing that axe finds, by mouse and by keyboard."""

from __future__ import annotations

import re
import time
from datetime import datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import DecisionVersion
from throughline.core.procedures.operations.packs import install_pack
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.deals.lines import NewLine
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import set_lines, ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.quotes.models import Quote
from throughline.crm.quotes.operations import draft_quote
from throughline.insight.guide.answers import Answers, Need, PainPoint, Persona, Touchpoint
from throughline.insight.guide.operations import begin_guide, keep_answers
from throughline.packs import get_pack, shipped
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db(transaction=True)]

PINCH = """() => {
    const canvas = document.querySelector('.live__canvas');
    const box = canvas.getBoundingClientRect();
    const send = (name, pointerId, dx) => canvas.dispatchEvent(new PointerEvent(name, {
        pointerId, pointerType: 'touch', bubbles: true,
        clientX: box.x + box.width / 2 + dx, clientY: box.y + box.height / 2,
    }));
    send('pointerdown', 1, -50);
    send('pointerdown', 2, 50);
    send('pointermove', 1, -100);
    send('pointermove', 2, 100);
    send('pointerup', 1, -100);
    send('pointerup', 2, 100);
}"""
"""Two fingers, 100 px apart, move to 200 px."""

PAGES = (
    "/",
    "/leads/",
    "/leads/board/",
    "/leads/?group=status&view=all",
    "/leads/calendar/",
    "/leads/timeline/",
    "/leads/filter/?status=New&owner=me",
    "/leads/columns/",
    "/leads/bin/",
    "/leads/changes/",
    "/leads/new/",
    "/leads/{lead}/",
    "/leads/{lead}/edit/",
    "/lead-form/",
    "/contacts/",
    "/contacts/{contact}/",
    "/organizations/",
    "/activities/",
    "/search/?q=ada",
    "/procedures/",
    "/procedures/new/",
    "/procedures/call-first/live/",
    "/procedures/call-first/cases/",
    "/procedures/call-first/draw/",
    "/procedures/call-first/outline/?step=call&add=captured",
    "/procedures/call-first/playbook/",
    "/procedures/call-first/discussion/",
    "/procedures/call-first/tests/",
    "/procedures/call-first/trial/",
    "/procedures/call-first/publishing/",
    "/procedures/call-first/versions/",
    "/procedures/call-first/steps/call/",
    "/procedures/call-first/versions/difference/?from=1&to=1",
    "/procedures/call-first/charts/?view=system",
    "/procedures/call-first/journey/",
    "/procedures/call-first/guide/journey/",
    "/procedures/call-first/guide/test/",
    "/guide/new/",
    "/library/",
    "/library/renewal/",
    "/drawings/",
    "/charts/",
    "/coaching/",
    "/decisions/",
    "/decisions/route-lead/",
    "/incidents/",
    "/insight/",
    "/insight/figures/lead-conversion/",
    "/insight/goals/",
    "/insight/customers/",
    "/insight/workload/",
    "/procedures/call-first/effect/",
    "/procedures/call-first/split-tests/",
    "/insight/dashboards/",
    "/insight/dashboards/shipped/sales/",
    "/insight/dashboards/shipped/management/",
    "/procedures/call-first/simulations/forecasts/",
    "/procedures/call-first/simulations/new/",
    "/procedures/call-first/simulations/dry-run/",
    "/duplicates/",
    "/imports/",
    "/imports/new/",
    "/operation/",
    "/contacts/{contact}/consents/",
    "/notifications/",
    "/notifications/sent/",
    "/notifications/wanted/",
    "/at-hand/",
    "/loose-ends/",
    "/absence/",
    "/absence/{me}/",
    "/promises/",
    "/leads/{lead}/promises/new/",
    "/f/enquiry/",
)


JOURNEY = Answers(
    personas=(Persona(name="Owner of a small shop", wants="An answer today"),),
    touchpoints=(Touchpoint(moment="Sends the form", channel="Web"), Touchpoint(moment="Is called")),
    pains=(PainPoint(text="Waits for days", moment="Is called", fate="removed", how="An alarm"),),
    needs=(Need(label="Number of vehicles", type="integer"),),
)


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast, a procedure and a lead of Maya's at its first step, all at the instant of the machine."""
    at = moments.now()
    cast = assemble(at=at)
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    [table] = [table for table in get_pack("lead-to-deal").decisions if table.key == "route-lead"]
    operations.create_decision(key=table.key, name=table.name, by=by, at=at)
    operations.save_decision_draft(key=table.key, model=table.model, by=by, at=at)
    operations.publish_decision(key=table.key, by=by, at=at)
    guide = begin_guide(key="call-first", by=by, at=at)
    keep_answers(guide_id=guide.pk, step="journey", answers=JOURNEY, by=by, at=at)
    capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)
    ship_pipeline(by=by, at=at)
    deal = create_record(spec=registry.get("deal"), values={"name": "Turbines"}, by=Actor.user(cast.maya), at=at)
    line = NewLine(description="Turbine", unit_price=Decimal(100), tax=Decimal(19))
    set_lines(deal_id=deal.pk, lines=[line], by=Actor.user(cast.maya), at=at)
    draft_quote(deal_id=deal.pk, by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)
    return cast


@pytest.mark.req("M1")
class TestAccessibility:
    """WCAG 2.2 AA as far as axe can see, in light and dark and on a phone."""

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_axe_finds_nothing(self, browser: Browser, page: Page, company: Cast, sign_in: SignIn, mode: Mode) -> None:
        sign_in(company.admin)
        seen_in(page, mode)
        found: dict[str, list[str]] = {}
        for path in PAGES:
            lead = Lead.objects.get()
            deal, quote = Deal.objects.get(), Quote.objects.get()
            keys = {"lead": lead.pk, "contact": lead.contact_id, "deal": deal.pk, "quote": quote.pk}
            settled(page, path.format(**keys, me=company.admin.pk))
            found[path] = complaints(page)

        assert found == {path: [] for path in PAGES}


class TestLeadPage:
    """Working on a lead."""

    @pytest.mark.req("B2", "M1")
    def test_a_step_is_done_without_leaving_the_page(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.maya)
        settled(page, f"/leads/{Lead.objects.get().pk}/")

        page.get_by_label("What was said").fill("Wants a demo")
        page.get_by_role("button", name="Reached").click()

        expect(page.get_by_text("“Make first contact” is done.")).to_be_visible()

    def test_enter_adds_a_tag(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.maya)
        settled(page, f"/leads/{Lead.objects.get().pk}/")

        page.get_by_label("New tag").fill("vip")
        page.keyboard.press("Enter")

        expect(page.get_by_role("button", name="Remove tag vip")).to_be_visible()

    def test_the_palette_finds_and_opens_by_keyboard(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.maya)
        settled(page, "/")

        page.keyboard.press("Control+k")
        page.keyboard.type("ada byron")
        expect(page.get_by_role("option").first).to_contain_text("Ada Byron")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("Ada Byron")


class TestBoard:
    """Moving cards."""

    @pytest.mark.req("M1")
    @pytest.mark.parametrize("way", ["mouse", "menu"])
    def test_a_card_moves_by_mouse_and_without(self, page: Page, company: Cast, sign_in: SignIn, way: str) -> None:
        sign_in(company.maya)
        page.set_viewport_size({"width": 1440, "height": 900})
        settled(page, "/leads/board/")
        card = page.locator("[data-card]").first

        if way == "mouse":
            card.drag_to(page.locator('[data-column="Working"]'), source_position={"x": 60, "y": 50})
        else:
            page.get_by_role("button", name="Move Ada Byron").press("Enter")
            page.get_by_role("button", name="Working", exact=True).press("Enter")

        expect(page.get_by_text("Moved to Working.")).to_be_visible()
        expect(page.locator('[data-column="Working"] [data-card]')).to_have_count(1)
        assert Lead.objects.get().status == "Working"


class TestEditor:
    """Drawing."""

    @pytest.fixture
    def drawing(self, page: Page, company: Cast, sign_in: SignIn) -> Page:
        """Open the editor."""
        sign_in(company.omar)
        page.set_viewport_size({"width": 1440, "height": 900})
        settled(page, "/procedures/call-first/draw/?expose=1")
        return page

    @pytest.mark.req("A1")
    def test_a_step_of_the_list_is_appended_and_undone(self, drawing: Page) -> None:
        drawing.locator('[data-element-id="call"] .djs-hit').first.click()
        drawing.get_by_role("button", name="Write a proposal").click()
        expect(drawing.locator('.djs-shape:has-text("Write a proposal")')).to_have_count(1)

        drawing.get_by_role("button", name="Undo").click()

        expect(drawing.locator('.djs-shape:has-text("Write a proposal")')).to_have_count(0)

    @pytest.mark.req("A1")
    def test_the_menus_have_entries(self, drawing: Page) -> None:
        """A second copy of preact empties them without an error."""
        drawing.locator('[data-element-id="call"] .djs-hit').first.click()
        drawing.locator('.djs-context-pad [data-action="replace"]').click()
        expect(drawing.locator(".djs-popup .entry").first).to_be_visible()
        drawing.keyboard.press("Escape")

        drawing.locator('.djs-context-pad [data-action="append-step"]').click()
        drawing.keyboard.type("wait")

        expect(drawing.locator(".djs-popup .entry").first).to_contain_text("Wait")

    def test_what_was_set_up_is_in_the_file(self, drawing: Page) -> None:
        drawing.locator('[data-element-id="call"] .djs-hit').first.click()
        drawing.locator("#prop-due").fill("PT4H")
        drawing.locator("#prop-name").click()

        kept = drawing.evaluate("async () => (await throughlineEditor.saveXML()).xml")

        assert 'due="PT4H"' in kept
        assert '<tl:outcome value="reached" label="Reached" />' in kept

    def test_the_draft_is_kept_by_the_keyboard(self, drawing: Page) -> None:
        drawing.locator('[data-element-id="call"] .djs-hit').first.click()
        drawing.locator("#prop-name").fill("Call the lead")
        drawing.keyboard.press("Control+s")

        expect(drawing.locator(".editor__state")).to_have_text("Draft saved")

    def test_the_mark_of_bpmn_io_is_in_plain_view(self, drawing: Page) -> None:
        in_view = drawing.evaluate(
            """() => {
                const mark = document.querySelector('.bjs-powered-by');
                const box = mark.getBoundingClientRect();
                const corners = [[2, 2], [box.width - 2, 2], [2, box.height - 2], [box.width - 2, box.height - 2]];
                return corners.every(([x, y]) => mark.contains(document.elementFromPoint(box.x + x, box.y + y)));
            }"""
        )

        assert in_view


class TestDecisionTable:
    """A decision table with its tests."""

    @pytest.fixture
    def table(self, page: Page, company: Cast, sign_in: SignIn) -> Page:
        """Open the shipped table."""
        sign_in(company.omar)
        page.set_viewport_size({"width": 1440, "height": 900})
        settled(page, "/decisions/route-lead/")
        return page

    @pytest.mark.req("B4")
    def test_a_failing_test_is_told_and_keeps_the_table_from_being_published(self, table: Page) -> None:
        expect(table.get_by_text("All 3 tests pass.")).to_be_visible()
        table.get_by_label("lead.source of test 1").fill("Referral")
        table.get_by_label("lead.source of test 1").press("Tab")
        expect(table.get_by_text("1 of 3 tests fail.")).to_be_visible()
        expect(table.get_by_text("Recommended leads go to the north team.").last).to_be_visible()

        table.get_by_role("button", name="Publish", exact=True).click()

        expect(table.get_by_text("1 of 3 tests fail, so nothing was published.")).to_be_visible()
        assert DecisionVersion.objects.filter(status="draft").count() == 1

    def test_what_came_out_is_taken_for_expected_and_kept(self, table: Page) -> None:
        table.get_by_label("lead.source of test 1").fill("Referral")
        table.get_by_label("lead.source of test 1").press("Tab")
        table.get_by_role("button", name="Expect this").click()
        expect(table.get_by_text("All 3 tests pass.")).to_be_visible()

        table.get_by_role("button", name="Publish", exact=True).click()

        expect(table.get_by_text("Version 2 is in use")).to_be_visible()
        kept = bytes(DecisionVersion.objects.get(status="published").dmn).decode()
        assert 'name="lead.source" value="&#34;Referral&#34;"' in kept

    def test_a_trial_is_kept_as_a_test_and_one_is_removed(self, table: Page) -> None:
        table.locator("#trial-lead-region").fill("South")
        table.get_by_role("button", name="Decide").click()
        table.get_by_role("button", name="Keep as a test").click()
        expect(table.get_by_text("All 4 tests pass.")).to_be_visible()

        table.get_by_role("button", name="Remove test 2").click()

        expect(table.get_by_text("All 3 tests pass.")).to_be_visible()
        expect(table.get_by_label("Name of test 2")).to_have_value("Region goes first")

    def test_a_gap_is_told_with_an_example_to_try(self, table: Page) -> None:
        table.locator('[data-element-id="r8d"]').first.click()
        table.keyboard.press("Control+a")
        table.keyboard.type('"nobody"')

        expect(table.get_by_text("No rule matches when").first).to_be_visible()
        table.get_by_role("button", name="Try this example").first.click()

        expect(table.get_by_text("No rule matched.")).to_be_visible()

    def test_a_width_that_was_dragged_is_kept(self, table: Page) -> None:
        handle = table.locator("th.input-cell .resize-column-handle").first
        box = handle.bounding_box()
        assert box is not None
        table.mouse.move(box["x"] + 3, box["y"] + 20)
        table.mouse.down()
        table.mouse.move(box["x"] + 103, box["y"] + 20, steps=5)
        table.mouse.up()
        table.get_by_role("button", name="Save draft").click()
        drafts = DecisionVersion.objects.filter(status="draft")
        until = time.monotonic() + 30
        while not drafts.exists() and time.monotonic() < until:  # "Draft saved" stood there before
            table.wait_for_timeout(50)

        kept = bytes(drafts.get().dmn).decode()
        widths = re.findall(r'biodi:width="(\d+)"', kept)
        assert int(widths[0]) > 190


class TestPhone:
    """Wide drawings on a small screen."""

    @pytest.mark.req("M1")
    @pytest.mark.parametrize("way", ["live", "draw"])
    def test_a_wide_drawing_opens_readable(self, page: Page, company: Cast, sign_in: SignIn, way: str) -> None:
        by, at = Actor.user(company.admin), moments.now()
        [pack] = [pack for pack in shipped() if pack.key == "lead-to-deal"]
        install_pack(pack=pack, by=by, at=at)
        sign_in(company.omar)
        page.set_viewport_size({"width": 390, "height": 844})

        settled(page, f"/procedures/lead-to-deal/{way}/")

        label = page.locator('[data-element-id="captured"] text, [data-element-id="captured_label"] text').first
        box = label.bounding_box()
        assert box is not None
        assert box["height"] > 9
        assert 0 < box["x"] < 390


class TestLive:
    """The running procedure."""

    @pytest.mark.req("M1")
    def test_two_fingers_make_the_drawing_larger(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.maya)
        settled(page, "/procedures/call-first/live/")
        step = page.locator('[data-element-id="call"] .djs-visual').first
        before = step.bounding_box()

        page.evaluate(PINCH)

        after = step.bounding_box()
        assert before is not None
        assert after is not None
        assert after["width"] > 1.5 * before["width"]

    @pytest.mark.req("B8")
    def test_a_new_case_appears_on_its_step_without_a_reload(self, page: Page, company: Cast, sign_in: SignIn) -> None:
        sign_in(company.maya)
        settled(page, "/procedures/call-first/live/")
        count = page.get_by_role("button", name="Make first contact: ")
        expect(count).to_have_text("1")

        at: datetime = moments.now()
        capture_lead(values={"name": "Mei Lin"}, by=Actor.user(company.maya), at=at)
        worker.drain(limit=50, at=at)

        expect(count).to_have_text("2")
        count.click()
        expect(page.get_by_role("link", name="Mei Lin")).to_be_visible()
