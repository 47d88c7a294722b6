"""
Two ways to work a page: by keyboard alone, and with a thumb on a phone. A journey is written once and goes both ways.

By keyboard everything is reached with Tab and Shift+Tab from where the focus stands, as somebody without a mouse
reaches it: what cannot be reached so fails the test. With a thumb everything is pressed where it is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import pytest
from playwright.sync_api import expect

from tests.e2e.looking import seen_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MOST_STEPS = 300
"""So many times somebody presses Tab at most until they are there."""
LISTENING = "html[data-ready], .entrance"
"""A page whose scripts hear what is done, or one that needs none."""
WHERE = """e => {
    const here = document.activeElement;
    if (here === e) return 0;
    return here.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING
        && !here.contains(e) && here !== document.body ? -1 : 1;
}"""
"""Whether an element has the focus (0), or in which direction of the document it lies."""

Way = Literal["keyboard", "phone"]


class Hands(Protocol):
    """What somebody does to a page."""

    page: Page

    def press(self, what: Locator) -> None:
        """Press a button, follow a link."""

    def write(self, where: Locator, text: str) -> None:
        """Write into a field, over what stands there."""

    def choose(self, where: Locator, label: str) -> None:
        """Choose from a list by the words one reads."""

    def tick(self, what: Locator) -> None:
        """Tick a box."""

    def write_moment(self, where: Locator, day: str, time: str) -> None:
        """Write a day (``2026-03-09``) and a time (``09:00``) into a field for both."""


class Keyboard:
    """No mouse at all."""

    def __init__(self, page: Page) -> None:
        self.page = page
        seen_in(page, "light")

    def reach(self, what: Locator) -> None:
        """Press Tab until the focus is there."""
        seen(self.page, what)
        for _ in range(MOST_STEPS):
            direction = what.evaluate(WHERE)
            if direction == 0:
                return
            self.page.keyboard.press("Tab" if direction > 0 else "Shift+Tab")
        pytest.fail(f"Expected {what} to be reached by Tab, but {MOST_STEPS} steps do not lead there.")

    def press(self, what: Locator) -> None:
        """Reach it and press Enter."""
        self.reach(what)
        self.page.keyboard.press("Enter")

    def write(self, where: Locator, text: str) -> None:
        """Reach the field and type."""
        self.reach(where)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        expect(where).to_have_value(text)

    def choose(self, where: Locator, label: str) -> None:
        """Reach the list and go down it from its top."""
        self.reach(where)
        offered = [text.strip() for text in where.locator("option").all_text_contents()]
        self.page.keyboard.press("Home")
        for _ in range(offered.index(label)):
            self.page.keyboard.press("ArrowDown")
        expect(where.locator("option:checked")).to_have_text(label)

    def tick(self, what: Locator) -> None:
        """Reach the box and press the space bar."""
        self.reach(what)
        self.page.keyboard.press("Space")
        expect(what).to_be_checked()

    def write_moment(self, where: Locator, day: str, time: str) -> None:
        """Reach the field; in which order its parts are typed is the browser's affair."""
        self.reach(where)
        where.fill(f"{day}T{time}")


class Thumb:
    """A window of 390 px: everything is brought into view and pressed there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        seen_in(page, "phone")

    def press(self, what: Locator) -> None:
        """Press it."""
        seen(self.page, what)
        what.click()

    def write(self, where: Locator, text: str) -> None:
        """Write into it."""
        where.fill(text)

    def choose(self, where: Locator, label: str) -> None:
        """Choose from it."""
        where.select_option(label=label)

    def tick(self, what: Locator) -> None:
        """Tick it."""
        seen(self.page, what)
        what.check()

    def write_moment(self, where: Locator, day: str, time: str) -> None:
        """Write into it."""
        where.fill(f"{day}T{time}")


def seen(page: Page, what: Locator) -> None:
    """Wait until something stands on a page that listens."""
    expect(what).to_be_visible()
    page.wait_for_selector(LISTENING, state="attached")


def hands(page: Page, way: Way) -> Hands:
    """Give the hands for a way of working."""
    return Keyboard(page) if way == "keyboard" else Thumb(page)
