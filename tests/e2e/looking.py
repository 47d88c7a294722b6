"""How the browser tests look at a page: settled, in a mode, with axe's eyes, and no wider than its window."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from throughline.core.identity.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

SignIn = Callable[[User], None]
Mode = Literal["light", "dark", "phone"]

_AXE = Path(__file__).parents[2] / "src/throughline/web/frontend/node_modules/axe-core/axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_LOOK = "async (tags) => (await axe.run({runOnly: tags})).violations.map(v => v.id + ': ' + v.nodes[0].html)"


def settled(page: Page, path: str) -> None:
    """Open a page and wait until its islands, if it has any, are there."""
    page.goto(path)
    page.wait_for_selector("html[data-ready], .entrance")
    for island in page.query_selector_all("[data-island]"):
        name = island.get_attribute("data-island")
        page.wait_for_selector(f'[data-island="{name}"][data-mounted="ready"]')


def seen_in(page: Page, mode: Mode) -> None:
    """Let the page be shown in light or dark on a desk, or in light on a phone."""
    page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844} if mode == "phone" else {"width": 1440, "height": 900})


def complaints(page: Page) -> list[str]:
    """Return what WCAG 2.2 AA has against the page as it stands, as far as axe can see, and how much it is too wide."""
    session = page.context.new_cdp_session(page)  # not stopped by the content security policy
    session.send("Runtime.evaluate", {"expression": _axe()})
    violations: list[str] = page.evaluate(_LOOK, _RULES)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*violations, *([f"{wide} px too wide"] if wide > 0 else [])]


def is_accessible(page: Page) -> None:
    """See that there are no complaints."""
    assert complaints(page) == []


@cache
def _axe() -> str:
    if _AXE.exists():
        return _AXE.read_text("utf-8")
    if os.environ.get("CI"):
        pytest.fail("axe-core is not installed, and CI must look at the pages with it.")
    pytest.skip("axe-core is not installed: npm ci in web/frontend.")
