"""From a file of another system to the cases behind a figure, in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import SignIn, is_accessible
from throughline.core.tests.cast import Cast, assemble
from throughline.web import moments

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.req("I2"),
]


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast."""
    return assemble(at=moments.now())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Thirty tickets: most are opened, solved and closed; every fifth is solved twice, one is closed at once."""
    path = tmp_path / "desk.csv"
    lines = ["ticket,step,when,who,channel"]
    for ticket in range(30):
        at = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(hours=7 * ticket)
        middle = [] if ticket == 7 else ["Solve"] * (2 if ticket % 5 == 0 else 1)
        steps = ["Open", *middle, "Close"]
        for number, step in enumerate(steps):
            moment = at + timedelta(hours=2 * number)
            who = "Petra" if number % 2 else "Tom"
            channel = "mail" if ticket % 2 else "phone"
            lines.append(f"{ticket},{step},{moment.isoformat()},{who},{channel}")
    path.write_text("\n".join(lines) + "\n")
    return path


PATIENCE = 120_000
"""Milliseconds: a log is read by a process of its own, which takes its time on a busy machine."""


def look_at(page: Page, log: Path) -> None:
    """Send a file and come to its columns."""
    page.get_by_label("File").set_input_files(log)
    page.get_by_role("button", name="Look at it").click(no_wait_after=True)
    page.wait_for_url(re.compile(r"/logs/\d+/columns/$"), timeout=PATIENCE)


def read(page: Page) -> None:
    """Have the log read and come to its map."""
    page.get_by_role("button", name="Read the log").click(no_wait_after=True)
    page.wait_for_url(re.compile(r"/logs/\d+/$"), timeout=PATIENCE)
    expect(page.locator("#map .panel__head")).to_contain_text("of 3 steps")


@pytest.mark.usefixtures("reader")
class TestImportedLog:
    def test_is_sent_confirmed_looked_at_and_filtered_down_to_cases(
        self, page: Page, company: Cast, log: Path, sign_in: SignIn
    ) -> None:
        sign_in(company.maya)
        page.goto("/logs/")
        is_accessible(page)
        page.get_by_role("link", name="Import a log").first.click()
        is_accessible(page)
        look_at(page, log)
        expect(page.get_by_label("Case (needed)")).to_have_value("ticket")
        is_accessible(page)
        page.get_by_label("Name of the log").fill("Service desk")
        read(page)

        expect(page.get_by_role("heading", level=1)).to_have_text("Service desk")
        is_accessible(page)

        page.get_by_label("Steps").fill("30")
        expect(page.locator("#map .panel__head")).to_contain_text("1 of 3 steps")
        page.get_by_label("Steps").fill("100")
        expect(page.locator("#map .panel__head")).to_contain_text("3 of 3 steps")
        page.get_by_label("Figures on the paths").select_option(label="median time between")
        expect(page.locator(".flow-map__figure").first).to_contain_text("2 h")

        page.get_by_role("button", name="Play").click()
        expect(page.locator(".flow-token").first).to_be_attached()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Play")).to_be_visible()

        page.get_by_text("Add a filter").click()
        page.get_by_label("With", exact=True).select_option(label="channel: mail")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("link", name="Remove the filter: channel: mail")).to_be_visible()
        expect(page.get_by_text("15 of 30 cases")).to_be_visible()

        page.get_by_role("link", name="Ways", exact=True).click()
        expect(page.get_by_role("link", name="Remove the filter: channel: mail")).to_be_visible()
        is_accessible(page)
        page.get_by_role("link", name="Only way 3").click()
        expect(page.get_by_text("1 of 30 cases")).to_be_visible()

        page.get_by_role("link", name="Cases", exact=True).click()
        is_accessible(page)
        page.get_by_role("link", name="7", exact=True).click()
        expect(page.get_by_role("heading", name="Case 7")).to_be_visible()
        expect(page.get_by_role("rowheader", name="Close")).to_be_visible()
        is_accessible(page)

    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_every_way_to_look_at_it_is_accessible(
        self, page: Page, company: Cast, log: Path, sign_in: SignIn, mode: str
    ) -> None:
        page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
        page.set_viewport_size({"width": 390, "height": 844} if mode == "phone" else {"width": 1440, "height": 900})
        sign_in(company.omar)
        page.goto("/logs/new/")
        look_at(page, log)
        read(page)
        address = re.sub(r"\?.*", "", page.url)

        for way in (
            "",
            "statistics/",
            "ways/",
            "cases/",
            "cases/7/",
            "dots/",
            "conformance/",
            "value-stream/",
            "prediction/",
        ):
            page.goto(f"{address}{way}")
            is_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, way

    @pytest.mark.req("A10")
    def test_a_drawing_is_discovered_and_opens_in_the_editor(
        self, page: Page, company: Cast, log: Path, sign_in: SignIn
    ) -> None:
        sign_in(company.omar)
        page.goto("/logs/new/")
        look_at(page, log)
        read(page)

        page.get_by_role("button", name="Discover a drawing").click(no_wait_after=True)

        page.wait_for_selector('[data-island="chart-editor"][data-mounted="ready"]', timeout=PATIENCE)
        expect(page.locator('.djs-shape:has-text("Solve")').first).to_be_visible()


class TestReading:
    """While nobody reads, so that what is shown stays."""

    def test_shows_how_far_it_is_and_can_be_stopped(
        self, page: Page, company: Cast, log: Path, sign_in: SignIn
    ) -> None:
        sign_in(company.maya)
        page.goto("/logs/new/")
        look_at(page, log)
        page.get_by_role("button", name="Read the log").click(no_wait_after=True)
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_text("Waits for a worker: 0 %")).to_be_visible()
        is_accessible(page)

        page.get_by_role("button", name="Stop it").click()

        expect(page.get_by_text("Reading is stopped.")).to_be_visible()
        expect(page.get_by_role("heading", name="Confirm the columns")).to_be_visible()
