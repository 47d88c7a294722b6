"""
How long until the chart editor is ready, in a real browser, from the click to the mark that it can be drawn in.

    DATABASE_URL=postgres://… python bench/editor.py [--rounds 5]

A scratch database, the real web server, Chromium without a window: the page of a drawing of 40 nodes and one of 300.
A fresh profile each time counts the scripts as a first visit does; then the page is opened again. Beside the wall
clock stands what the page's own thread worked, which a busy machine does not change, and the ratio to the goal. Exits
with 1 when a second visit takes longer than its goal.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from forty_nodes import EACH, drawn_parts, forty_nodes

from bench.served import server, signed_in
from bench.stage import AT, machine, scratch_database

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

GOALS_MS = {"forty": 2000.0, "three-hundred": 2500.0}
READY = '[data-island="chart-editor"][data-mounted="ready"]'


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, in milliseconds: until the editor was ready, and what the page's thread worked."""

    ready: float
    worked: float


def visit(context: BrowserContext, url: str) -> Visit:
    """Open the page and wait for the editor."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(url, wait_until="commit")
    page.wait_for_selector(READY, timeout=60_000)
    ready: float = page.evaluate("performance.now()")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    page.close()
    return Visit(ready, 1000 * metrics["TaskDuration"])


def visits(browser: Browser, url: str, cookie: dict[str, Any], rounds: int) -> tuple[list[Visit], list[Visit]]:
    """Return first visits, each of a fresh profile, and second ones."""
    first, second = [], []
    for _ in range(rounds):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([cookie])  # type: ignore[list-item]
        first.append(visit(context, url))
        second.append(visit(context, url))
        context.close()
    return first, second


def found_procedures() -> Any:
    """Make somebody who draws, and the two procedures; return them."""
    from throughline.core.actor import Actor
    from throughline.core.procedures import operations
    from throughline.flow import bpmn
    from throughline.sample.load import found_company

    people = found_company(password="only here", at=AT)
    omar = people["omar"]
    by = Actor.user(omar)
    for key, drawing in (("forty", forty_nodes()), ("three-hundred", drawn_parts(300 // EACH))):
        laid_out = bpmn.write(bpmn.lay_out(bpmn.read(drawing)))
        operations.create_procedure(key=key, name=key, record_type="lead", by=by, at=AT)
        operations.save_draft(key=key, drawing=laid_out, by=by, at=AT)
    return omar


def told(words: str, found: list[Visit], goal: float) -> bool:
    """Print a line and say whether the goal (in milliseconds) is met."""
    middle, worked = median(each.ready for each in found), median(each.worked for each in found)
    print(
        f"{words:<28} ready {middle:6.0f} ms, {middle / goal:.2f} of the goal of {goal:.0f} ms; "
        f"the page's thread worked {worked:6.0f} ms"
    )
    return middle <= goal


def main() -> int:
    """Measure; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    with scratch_database():
        from playwright.sync_api import sync_playwright

        omar = found_procedures()
        name, _, value = signed_in(omar).partition("=")
        print(machine())
        missed = False
        chromium = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
        with server() as (port, _processes), sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", *sandbox])
            for key, goal in GOALS_MS.items():
                url = f"http://localhost:{port}/procedures/{key}/draw/"
                cookie = {"name": name, "value": value, "url": f"http://localhost:{port}/"}
                first, second = visits(browser, url, cookie, options.rounds)
                told(f"{key}, first visit", first, goal)
                missed |= not told(f"{key}, again", second, goal)
            browser.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
