"""The whole way once, as a person goes it: draw a procedure, publish it, and watch a lead travel through it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from throughline.core.identity.models import User
from throughline.core.procedures import worker
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.models import Lead
from throughline.web import moments
from throughline.web.forms import views as forms

pytestmark = [pytest.mark.django_db(transaction=True)]

PASSWORD = "a long way from start to end"
Point = tuple[float, float]


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast; Ada can sign in."""
    cast = assemble(at=moments.now())
    cast.admin.set_password(PASSWORD)
    cast.admin.save(update_fields=["password"])
    return cast


class Drawing:
    """The editor, driven by the mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self) -> None:
        """Wait for the canvas and show a known part of it."""
        self.page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]')
        self.page.evaluate("throughlineEditor.get('canvas').viewbox({x: 100, y: 20, width: 1150, height: 720})")

    def drag_in(self, step: str, to: Point) -> str:
        """Drag a step from the list to a place of the drawing, and return the id of what it became."""
        entry = self.page.locator(f'[data-step="{step}"]')
        entry.scroll_into_view_if_needed()
        box = entry.bounding_box()
        assert box is not None
        self._drag((box["x"] + 30, box["y"] + box["height"] / 2), self._on_screen(to))
        return str(self.page.evaluate("throughlineEditor.get('selection').get()[0].id"))

    def connect(self, source: str, target: str) -> str:
        """Draw an arrow with the tool of the selected element, and return its id."""
        self.select(source)
        self.page.locator('.djs-context-pad.open [data-action="connect"]').click()
        spot = self._on_screen(self._spot(target))
        self.page.mouse.move(*spot, steps=10)
        self.page.mouse.click(*spot)
        return str(
            self.page.evaluate(
                "([a, b]) => throughlineEditor.get('elementRegistry').get(a).outgoing.find(f => f.target.id === b).id",
                [source, target],
            )
        )

    def select(self, element: str) -> None:
        """Click an element, after clicks beside the drawing that end whatever was being done."""
        for x in (700, 740):  # the first may be taken for the end of a drag
            self.page.mouse.click(*self._on_screen((x, 640)))
            self.page.wait_for_timeout(300)
        self.page.mouse.click(*self._on_screen(self._spot(element)))
        selected = self.page.evaluate("throughlineEditor.get('selection').get().map(e => e.businessObject.id)")
        assert selected == [element]

    def _spot(self, element: str) -> Point:
        x, y = self.page.evaluate(
            """id => {
                const e = throughlineEditor.get('elementRegistry').get(id);
                if (!e.waypoints) return [e.x + e.width * 0.9, e.y + e.height * 0.9]; // beside the ends of arrows
                const [a, b] = e.waypoints;
                return [(a.x + b.x) / 2, (a.y + b.y) / 2];
            }""",
            element,
        )
        return x, y

    def fill(self, element: str, field: str, value: str) -> None:
        """Select an element and fill a property of it."""
        self.select(element)
        control = self.page.locator(f"#prop-{field}")
        if control.evaluate("control => control.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
        control.press("Tab")

    def _on_screen(self, point: Point) -> Point:
        x, y = self.page.evaluate(
            """([x, y]) => {
                const canvas = throughlineEditor.get('canvas'), view = canvas.viewbox();
                const box = canvas.getContainer().getBoundingClientRect();
                return [box.left + (x - view.x) * view.scale, box.top + (y - view.y) * view.scale];
            }""",
            list(point),
        )
        return x, y

    def _drag(self, start: Point, end: Point) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + 15, start[1] + 5, steps=3)
        mouse.move(*end, steps=10)
        mouse.up()


def sign_in_by_form(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()


def draw_and_publish(page: Page) -> None:
    page.goto("/procedures/new/")
    page.get_by_label("Name").fill("Answer enquiries")
    page.get_by_label("Travels with").select_option(label="Lead")
    page.get_by_role("button", name="Create and draw").click()
    page.wait_for_url("**/draw/")
    page.goto(page.url + "?expose=1")
    drawing = Drawing(page)
    drawing.open()
    for element in ("first", "end"):
        drawing.select(element)
        page.keyboard.press("Delete")

    call = drawing.drag_in("call", (460, 150))
    decision = drawing.drag_in("exclusive", (640, 150))
    good = drawing.drag_in("end", (800, 150))
    bad = drawing.drag_in("end", (800, 320))
    drawing.connect("start", call)
    drawing.connect(call, decision)
    to_good = drawing.connect(decision, good)
    to_bad = drawing.connect(decision, bad)
    drawing.fill("start", "trigger", "lead.captured")
    drawing.fill(call, "name", "Call back")
    drawing.fill(decision, "name", "Reached?")
    drawing.fill(good, "name", "Talked")
    drawing.fill(bad, "name", "Not reached")
    drawing.fill(to_good, "name", "yes")
    drawing.fill(to_good, "condition", 'outcome = "reached"')
    drawing.fill(to_bad, "name", "no")
    drawing.select(to_bad)
    page.get_by_label("Otherwise: when no other arrow fits").check()

    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 runs", exact=True)).to_be_visible()


def send_public_form(browser: Browser, base: str) -> None:
    visitor = browser.new_context(base_url=base).new_page()
    visitor.goto("/f/enquiry/")
    visitor.get_by_role("textbox", name="Your name").fill("Grace Hopper")
    visitor.get_by_role("textbox", name="E-mail").fill("grace@navy.example")
    visitor.get_by_role("checkbox").check()
    visitor.wait_for_timeout(forms.QUICKEST.total_seconds() * 1000 + 200)  # people need a moment to fill it in
    visitor.get_by_role("button").click()
    expect(visitor.get_by_role("status")).to_be_visible()
    visitor.context.close()


@pytest.mark.req("A1", "B1", "B2", "B8", "C1")
class TestTheWholeWay:
    def test_what_was_drawn_is_what_a_lead_goes_through(
        self, browser: Browser, page: Page, company: Cast, drain: Callable[[], None]
    ) -> None:
        page.set_viewport_size({"width": 1440, "height": 900})
        sign_in_by_form(page, company.admin)
        draw_and_publish(page)

        send_public_form(browser, page.url.split("/procedures")[0])
        drain()
        page.goto(f"/leads/{Lead.objects.get().pk}/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Grace Hopper")
        expect(page.locator("[data-here]").first).to_contain_text("Call back")

        page.get_by_role("button", name="Reached", exact=True).click()
        expect(page.get_by_text("“Call back” is done.")).to_be_visible()
        drain()
        page.reload()

        expect(page.locator("[data-here]")).to_have_count(0)
        timeline = page.get_by_role("region", name="Timeline")
        expect(timeline).to_contain_text("Call back: Reached")
        expect(timeline).to_contain_text("“Answer enquiries” ended: Talked")


@pytest.fixture
def drain() -> Callable[[], None]:
    """Do what the worker process does."""

    def work() -> None:
        worker.drain(at=moments.now())

    return work
