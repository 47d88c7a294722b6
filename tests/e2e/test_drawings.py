"""Drawings from elsewhere, the playbook, discussions and planned charts in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from tests.e2e.test_pages import company
from throughline.core.actor import Actor
from throughline.core.discussion import operations
from throughline.core.discussion.operations import About, Suggestion
from throughline.core.sketches.operations import send_drawing
from throughline.core.tests.cast import Cast
from throughline.flow.charts.tests.test_import import drawio, edge, vertex
from throughline.insight.charts.plans import plan_shape
from throughline.web import moments

assert company  # the fixture of the other pages' tests

SKETCH = drawio(
    vertex("s", "Sales", "swimlane;", 0, 0, size=(640, 160)),
    vertex("a", "Call the lead", "rounded=1;", 50, 40, "s"),
    vertex("b", "Reached?", "rhombus;", 250, 40, "s"),
    vertex("c", "Done", "ellipse;", 450, 40, "s"),
    vertex("d", "Lost", "ellipse;", 450, 400),
    edge("f1", "a", "b"),
    edge("f2", "b", "c", "yes"),
    edge("f3", "b", "d"),
)
PAGES = (
    "/drawings/",
    "/drawings/new/",
    "/drawings/{drawing}/",
    "/charts/",
    "/charts/types/",
    "/procedures/call-first/charts/?view=activity",
    "/procedures/call-first/charts/?view=stream",
    "/procedures/call-first/charts/?view=future",
    "/procedures/call-first/charts/?view=team",
    "/procedures/call-first/playbook/?role=",
    "/procedures/call-first/discussion/",
)


@pytest.fixture
def drawing(company: Cast) -> int:
    """Give a drawing under review, remarks, and something planned."""
    by, at = Actor.user(company.admin), moments.now()
    about = About("call-first", 1, "call")
    operations.add_remark(about=about, body="Nobody picks up before ten.", by=Actor.user(company.maya), at=at)
    operations.add_remark(about=about, body="", suggestion=Suggestion("name", "Ring them"), by=by, at=at)
    plan_shape(key="types", kind="class", shape="class", name="Ticket", estimate="40 a day", by=by, at=at)
    return send_drawing(content=SKETCH, file_name="calls.drawio", by=by, at=at).pk


@pytest.mark.req("M1")
class TestAccessibility:
    """WCAG 2.2 AA as far as axe can see, in light and dark and on a phone."""

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_axe_finds_nothing(
        self,
        browser: Browser,
        page: Page,
        company: Cast,
        drawing: int,
        sign_in: SignIn,
        mode: Mode,
    ) -> None:
        sign_in(company.admin)
        seen_in(page, mode)
        found: dict[str, list[str]] = {}
        for path in PAGES:
            settled(page, path.format(drawing=drawing))
            found[path] = complaints(page)

        assert found == {path: [] for path in PAGES}


class TestReview:
    """From a drawing to the editor."""

    @pytest.mark.req("A4")
    def test_a_question_is_answered_with_one_click_and_the_draft_opens(
        self,
        page: Page,
        company: Cast,
        drawing: int,
        sign_in: SignIn,
    ) -> None:
        sign_in(company.admin)
        settled(page, f"/drawings/{drawing}/")

        page.get_by_role("button", name="When nothing else fits").click()
        expect(page.get_by_text("When nothing else fits", exact=True)).to_be_visible()
        page.get_by_role("button", name="Make it a draft").click()

        expect(page).to_have_url("http://" + page.url.split("/")[2] + "/procedures/calls/draw/")
        expect(page.locator(".djs-element[data-element-id='n_a']")).to_be_visible()
