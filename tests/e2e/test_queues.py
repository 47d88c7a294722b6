"""Queues in a real browser: taking what waits by the keyboard and on a phone; nothing that axe finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import WorkItem
from throughline.core.queues.models import Queue
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("B2", "M1")]


@pytest.fixture
def waiting(transactional_db: None) -> Cast:
    """Give the cast with two leads of Maya's whose first step waits in a queue, one of them late."""
    at = moments.now() - timedelta(hours=30)
    cast = assemble(at=at)
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    for name, later in (("Ada Byron", 0), ("Grace Hopper", 20)):
        moment = at + timedelta(hours=later)
        capture_lead(values={"name": name}, by=Actor.user(cast.maya), at=moment)
        worker.drain(limit=50, at=moment)
    WorkItem.objects.update(assignee=None)
    return cast


@pytest.mark.parametrize("mode", ["light", "dark", "phone"])
def test_axe_finds_nothing(page: Page, waiting: Cast, sign_in: SignIn, mode: Mode) -> None:
    seen_in(page, mode)
    key, found = Queue.objects.get().pk, {}
    for person, path in (
        (waiting.tom, "/queues/"),
        (waiting.tom, f"/queues/{key}/"),
        (waiting.tom, "/?show=queue"),
        (waiting.admin, f"/queues/{key}/people/"),
    ):
        sign_in(person)
        settled(page, path)
        found[path] = complaints(page)

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_the_next_one_is_taken_and_done_on_a_phone(page: Page, waiting: Cast, sign_in: SignIn) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(waiting.tom)
    settled(page, "/?show=queue")
    expect(page.get_by_text("1 overdue")).to_be_visible()
    page.get_by_role("link", name="Sales", exact=True).click()
    expect(page.get_by_role("heading", name="Waiting")).to_be_visible()

    page.get_by_role("button", name="Take the next one").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Ada Byron").first).to_be_visible()
    expect(page.get_by_role("button", name="Reached")).to_be_visible()
    item = WorkItem.objects.get(assignee=waiting.tom)
    assert page.url.endswith(f"#step-{item.pk}")


def test_somebody_is_added_to_a_queue_and_finds_the_work(page: Page, waiting: Cast, sign_in: SignIn) -> None:
    key = Queue.objects.get().pk
    sign_in(waiting.admin)
    settled(page, f"/queues/{key}/")
    page.get_by_role("link", name="Add or remove people").click()
    page.get_by_label("Person").select_option(label="Ivo Klein")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("button", name="Remove Ivo Klein")).to_be_visible()

    sign_in(waiting.ivo)
    settled(page, f"/queues/{key}/")
    page.get_by_role("button", name="Take the next one").click()
    expect(page.get_by_role("heading", name="Ada Byron").first).to_be_visible()
