"""A variant in a browser: made, changed on the list of steps, published, taken by the right leads, followed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import Mode, SignIn, is_accessible, seen_in, settled
from throughline.core.actor import Actor
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import ProcedureVersion, WorkItem
from throughline.core.procedures.operations.variants import make_variant
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.web import moments
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the cast and a procedure that runs."""
    at = moments.now()
    cast = assemble(at=at)
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    return cast


def capture(cast: Cast, name: str, region: str) -> WorkItem:
    """Let a lead come in, and return the first step that waits for it."""
    at = moments.now()
    lead = capture_lead(values={"name": name, "region": region}, by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)
    return WorkItem.objects.select_related("case__version__procedure").get(record_id=lead.pk, status="open")


def draw(cast: Cast, key: str, *, due: str | None = None, name: str | None = None) -> None:
    """Keep a draft with another due time or another name for the call."""
    newest = ProcedureVersion.objects.filter(procedure__key=key).order_by("-number")[0]
    drawn = bpmn.read(bytes(newest.bpmn))
    if due:
        drawn = edit.set_work(drawn, node="call", due=due)
    if name:
        drawn = edit.rename(drawn, element="call", name=name)
    operations.save_draft(key=key, drawing=bpmn.write(drawn), by=Actor.user(cast.admin), at=moments.now())


@pytest.fixture
def conflict(company: Cast) -> Cast:
    """Give the same company a variant whose base got another due time where the variant has its own."""
    at, by = moments.now(), Actor.user(company.admin)
    make_variant(
        base="call-first", key="call-first-vip", name="VIP", rule='lead.region = "DACH"', by=by, at=at,
        owner_id=company.omar.pk,
    )  # fmt: skip
    for key, due in (("call-first-vip", "PT4H"), ("call-first", "PT12H")):
        draw(company, key, due=due)
        operations.publish(key=key, by=by, at=moments.now())
    return company


@pytest.mark.req("A6")
def test_some_leads_are_called_sooner_and_follow_when_the_base_changes(
    page: Page, company: Cast, sign_in: SignIn
) -> None:
    sign_in(company.admin)
    seen_in(page, "light")
    page.goto("/procedures/call-first/variants/")
    page.get_by_role("link", name="New variant").first.click()

    page.get_by_label("Name").fill("VIP")
    page.get_by_label("Takes the records for which this holds").press_sequentially("lead.reg")
    page.get_by_role("option").first.click()
    expect(page.get_by_label("Takes the records for which this holds")).to_have_value("lead.region")
    page.get_by_label("Takes the records for which this holds").press_sequentially(' = "DACH"')
    expect(page.get_by_text("There is no record yet that it could take.")).to_be_visible()
    is_accessible(page)
    page.get_by_role("button", name="Make the variant").click()
    expect(page.get_by_text("Nothing yet: it is drawn as its base is.")).to_be_visible()

    page.get_by_role("link", name="Change the steps").click()
    page.get_by_role("link", name="Make first contact", exact=True).click()
    page.get_by_label("Within").fill("2")
    page.get_by_role("button", name="Keep").first.click()
    expect(page.get_by_text("Kept “Make first contact”.")).to_be_visible()

    page.goto("/procedures/call-first-vip/variant/")
    expect(page.get_by_role("rowheader", name="Make first contact").first).to_be_visible()
    page.get_by_role("link", name="Publish the draft").click()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_text("Version 1 runs now.")).to_be_visible()

    vip, other = capture(company, "Ada Byron", "DACH"), capture(company, "Bo Ek", "Nordics")
    assert [each.case.version.procedure.key for each in (vip, other)] == ["call-first-vip", "call-first"]
    assert vip.due_at is not None
    assert other.due_at is not None
    assert vip.due_at < other.due_at

    draw(company, "call-first", name="Ring the lead")
    page.goto("/procedures/call-first/publishing/")
    expect(page.get_by_role("heading", name="Its variants")).to_be_visible()
    expect(page.get_by_text("follows", exact=True)).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_text("Version 2 runs now.")).to_be_visible()

    third = capture(company, "Cy Ode", "DACH")
    assert (third.title, third.case.version.procedure.key) == ("Ring the lead", "call-first-vip")
    page.goto("/procedures/call-first/variants/")
    expect(page.get_by_text("version 2 over 2")).to_be_visible()


@pytest.mark.req("A6")
@pytest.mark.parametrize("mode", ["light", "dark", "phone"])
def test_are_told_and_decided_on_pages_that_all_can_read(
    page: Page, conflict: Cast, sign_in: SignIn, mode: Mode
) -> None:
    sign_in(conflict.omar)
    seen_in(page, mode)
    settled(page, "/procedures/call-first/variants/")
    is_accessible(page)

    page.get_by_role("link", name="VIP").click()
    expect(page.get_by_role("heading", name="Version 2 of the base waits")).to_be_visible()
    is_accessible(page)

    page.get_by_label("Keep the variant's").check()
    page.get_by_role("button", name="Do as chosen").click()
    expect(page.get_by_text("It is drawn over the base as that runs now.")).to_be_visible()
    expect(page.get_by_role("button", name="Publish version 2")).to_be_visible()
