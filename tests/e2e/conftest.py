"""
The browser tests: a real Chromium, driven by Playwright, against the live pages.

Every page is watched: an error on the console (a script that failed, something that the content security policy
stopped) or a request that failed makes the test fail, whatever it was about.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from throughline.core.rows import fetch
from throughline.workers import analysts, readers
from throughline.workers.main import utc_now

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from throughline.core.identity.models import User

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PATIENCE_MILLISECONDS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.browser)


def _chromium() -> str:
    chosen = os.environ.get("CHROMIUM_PATH")
    found = chosen or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("There is no Chromium on this machine, and CI must run the browser tests.")
    pytest.skip("There is no Chromium on this machine. Install it, or set CHROMIUM_PATH.")


@pytest.fixture(autouse=True)
def tables_of_own_types_go(transactional_db: None) -> Iterator[None]:
    """
    Take away the tables of record types that a test made, before the database is emptied: that knows the product's
    tables only, and cannot empty what others point from.
    """
    from throughline.core.records.custom import live, types
    from throughline.core.records.custom.models import CustomType

    yield
    _wait_for_the_last_answers()
    with connection.schema_editor() as editor:
        for custom in CustomType.objects.all():
            editor.delete_model(types.model_of(custom))
    live.forget()


def _wait_for_the_last_answers() -> None:
    """Wait until the server has answered what the pages still asked for: nobody may read while tables are emptied."""
    until, quiet = time.monotonic() + PATIENCE_MILLISECONDS / 1000, 0
    while quiet < 2 and time.monotonic() < until:
        ((at_work,),) = fetch(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND state <> 'idle'"
        )
        quiet = 0 if at_work else quiet + 1
        time.sleep(0.05)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in the thread of the tests
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=[*QUIET, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, live_server: LiveServer) -> Iterator[BrowserContext]:
    """A fresh profile that knows where the pages are."""
    context = browser.new_context(
        base_url=live_server.url, viewport=DESKTOP, locale="en-GB", timezone_id="Europe/Berlin"
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that is watched: at the end nothing may have gone wrong in it."""
    page = context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} ({message.location})")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page moved on before the answer came
            complaints.append(f"request: {request.url} {request.failure}")

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("requestfailed", failed)
    yield page
    assert complaints == []


@pytest.fixture
def sign_in(context: BrowserContext, live_server: LiveServer) -> Callable[[User], None]:
    """Sign a person in without the form; who was there before is gone, with all that their pages still asked for."""

    def enter(user: User) -> None:
        for page in context.pages:
            page.goto("about:blank")
        context.clear_cookies()
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return enter


@contextmanager
def _thread_of(run: Callable[..., None]) -> Iterator[None]:
    """Let a thread of a worker work, as the product does, until the test is over."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), kwargs={"clock": utc_now})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def analyst(transactional_db: None) -> Iterator[None]:
    """Have simulations computed, as a worker does."""
    with _thread_of(analysts.run):
        yield


@pytest.fixture
def analysing(transactional_db: None) -> Callable[[], AbstractContextManager[None]]:
    """Give what has simulations computed for a while only: in all it does the worker goes by the clock on the wall."""
    return lambda: _thread_of(analysts.run)


@pytest.fixture
def reader(transactional_db: None) -> Iterator[None]:
    """Have logs read and past cases tried, as a worker does."""
    with _thread_of(readers.run):
        yield
