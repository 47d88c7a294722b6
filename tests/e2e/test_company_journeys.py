"""What a company does with its own people, fields and types, and with what is planned: by keyboard, or with a thumb."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hands import Way, hands
from tests.e2e.looking import SignIn, is_accessible, settled
from tests.e2e.test_journeys import both_ways, company, lead_of
from throughline.core.identity.models import Role, Team, User
from throughline.core.records.custom.models import CustomField
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity
from throughline.crm.leads.models import Lead
from throughline.web import moments

__all__ = ["company"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("M1")]


def answered(page: Page) -> None:
    """Wait until the page asks for nothing any more."""
    expect(page.locator(".htmx-request")).to_have_count(0)


@pytest.mark.req("C4", "C7")
@both_ways
def test_a_call_is_planned_and_done(page: Page, company: Cast, sign_in: SignIn, way: Way) -> None:
    do, lead, soon = hands(page, way), lead_of("Ada Byron"), moments.now() + timedelta(days=1)
    sign_in(company.maya)
    settled(page, f"/leads/{lead.pk}/")

    do.press(page.get_by_role("link", name="Plan something").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan something")
    is_accessible(page)
    do.choose(page.get_by_label("Kind", exact=True), "Call")
    do.write(page.get_by_label("What", exact=True), "Ask about June")
    do.write_moment(page.get_by_label("When, or until when"), f"{soon:%Y-%m-%d}", "09:00")
    do.choose(page.get_by_label("Remind", exact=True), "An hour before")
    do.press(page.get_by_role("button", name="Plan it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Byron")
    planned = page.get_by_role("region", name="Planned", exact=True)
    expect(planned.get_by_role("link", name="Ask about June")).to_be_visible()
    is_accessible(page)

    settled(page, "/")
    expect(planned).to_contain_text("Ada Byron")
    is_accessible(page)
    do.press(planned.get_by_role("link", name="Ask about June"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask about June")
    expect(page.get_by_role("region", name="What it is about")).to_contain_text("Ada Byron")
    is_accessible(page)
    do.press(page.get_by_text("How it went", exact=True))
    do.write(page.get_by_label("What came of it"), "Wants prices")
    do.press(page.get_by_role("button", name="It took place"))
    expect(page.get_by_text("“Ask about June” is done.")).to_be_visible()
    expect(planned).to_have_count(0)
    call = Activity.objects.get()
    assert (call.status, call.outcome) == ("Held", "Wants prices")


@pytest.mark.req("C7")
@both_ways
def test_somebody_goes_away_and_a_colleague_takes_over(page: Page, company: Cast, sign_in: SignIn, way: Way) -> None:
    do, soon = hands(page, way), moments.now() + timedelta(days=1)
    sign_in(company.maya)
    settled(page, "/absence/")

    do.press(page.get_by_role("link", name="Maya Lin"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Maya Lin")
    do.write_moment(page.get_by_label("Away from"), f"{soon:%Y-%m-%d}", "09:00")
    do.write_moment(page.get_by_label("Until"), f"{soon + timedelta(days=7):%Y-%m-%d}", "18:00")
    do.choose(page.get_by_label("Who stands in"), "Tom Berg")
    do.press(page.get_by_role("button", name="Save").first)
    expect(page.get_by_text("Routing leaves the person out meanwhile.")).to_be_visible()

    do.choose(page.get_by_label("To", exact=True), "Tom Berg")
    do.write(page.get_by_label("Why"), "Holidays")
    do.press(page.get_by_role("button", name="Hand over"))
    expect(page.get_by_text("Handed over.")).to_be_visible()
    assert Lead.objects.filter(owner=company.tom).count() == 3

    do.press(page.get_by_role("button", name="Take back"))
    expect(page.get_by_text("What was still there has come back.")).to_be_visible()
    assert Lead.objects.filter(owner=company.maya).count() == 3


@pytest.mark.req("K1")
def test_a_field_of_ones_own_is_made_filled_and_asked_for(
    page: Page, company: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    do = hands(page, "keyboard")
    sign_in(company.admin)
    settled(page, "/settings/records/")

    do.press(page.get_by_role("main").get_by_role("link", name="Leads", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Leads")
    do.press(page.get_by_role("link", name="New field").first)
    do.write(page.get_by_role("textbox", name="Label (needed)"), "Codename")
    expect(page.locator("#field-preview")).to_contain_text("Codename")
    for where in ("A column of the list", "In the filter bar"):
        do.tick(page.get_by_role("checkbox", name=where))
        answered(page)
    do.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Codename")).to_be_visible()
    assert CustomField.objects.get().key == "codename"

    settled(page, f"/leads/{lead_of('Ada Byron').pk}/")
    do.press(page.get_by_role("link", name="Edit", exact=True))
    do.write(page.get_by_label("Codename"), "Falcon")
    do.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Byron")
    expect(page.get_by_text("Falcon").first).to_be_visible()

    settled(page, "/leads/?view=all")
    expect(page.get_by_role("columnheader", name="Codename")).to_be_visible()
    do.press(page.get_by_role("button", name="Filter", exact=True))
    do.write(page.get_by_label("Codename", exact=True), "falcon")
    do.press(page.get_by_role("button", name="Apply"))
    expect(page.get_by_text("Codename: falcon")).to_be_visible()
    expect(page.locator("tbody [data-row]")).to_have_count(1)

    do.press(page.get_by_role("main").get_by_role("button", name="More", exact=True))
    with page.expect_download() as sent:
        do.press(page.get_by_role("link", name="Export as CSV"))
    file = tmp_path / "leads.csv"
    sent.value.save_as(file)
    told = file.read_text("utf-8-sig")
    assert "Codename" in told.splitlines()[0]
    assert "Falcon" in told.splitlines()[1]

    settled(page, "/imports/new/")
    page.get_by_label("File").set_input_files(file)
    do.choose(page.get_by_label("What is in it"), "Leads")
    do.press(page.get_by_role("button", name="Look at it"))
    chosen = page.get_by_label("Field of the column Codename").locator("option:checked")
    expect(chosen).to_have_text("Codename")


@pytest.mark.req("K1", "L1")
def test_an_administrator_makes_a_type_a_role_a_team_and_a_person(page: Page, company: Cast, sign_in: SignIn) -> None:
    do = hands(page, "phone")
    sign_in(company.admin)
    settled(page, "/settings/records/")

    do.press(page.get_by_role("link", name="New record type"))
    do.write(page.get_by_label("One of them is called"), "Visit")
    do.write(page.get_by_label("Several are called"), "Visits")
    do.write(page.get_by_label("Numbers begin with"), "VIS")
    do.press(page.get_by_role("button", name="Make the type"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Visits")

    do.press(page.get_by_role("link", name="New field").first)
    do.write(page.get_by_role("textbox", name="Label (needed)"), "Purpose")
    expect(page.locator("#field-preview")).to_contain_text("Purpose")
    answered(page)
    do.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Purpose")).to_be_visible()

    settled(page, "/visit/new/")
    do.write(page.get_by_label("Purpose", exact=True), "Look at the pump")
    do.write(page.get_by_role("textbox", name=re.compile("^Name")), "Babbage works")
    do.press(page.get_by_role("button", name="Create visit"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Babbage works")
    expect(page.get_by_text("Look at the pump").first).to_be_visible()
    is_accessible(page)

    settled(page, "/settings/roles/")
    do.press(page.get_by_role("link", name="New role"))
    do.write(page.get_by_label("Name"), "Closer")
    do.choose(page.get_by_label("Begins as"), "Sales")
    do.press(page.get_by_role("button", name="Make the role"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Closer")
    do.choose(page.get_by_label("Visits: Delete"), "nothing")
    do.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("link", name="Closer")).to_be_visible()
    assert Role.objects.get(key="closer").permissions["records"]["visit"]["delete"] == "none"

    settled(page, "/settings/people/")
    do.press(page.get_by_role("link", name="New team"))
    do.write(page.get_by_label("Name"), "Sales West")
    do.choose(page.get_by_label("Below"), "Sales")
    do.press(page.get_by_role("button", name="Make the team"))
    expect(page.get_by_role("link", name="Sales West")).to_be_visible()
    assert Team.objects.get(name="Sales West").parent == company.sales

    do.press(page.get_by_role("link", name="New person"))
    do.write(page.get_by_label("Name"), "Noor Aziz")
    do.write(page.get_by_label("E-mail"), "noor@example.com")
    do.tick(page.get_by_role("checkbox", name="Closer"))
    do.tick(page.get_by_role("checkbox", name="Sales West"))
    is_accessible(page)
    do.press(page.get_by_role("button", name="Make the account"))
    do.press(page.get_by_role("button", name="Link to choose a password", exact=True))
    expect(page.get_by_label("It holds for three days")).to_have_value(re.compile("/accounts/password/reset/key/"))
    noor = User.objects.get(email="noor@example.com")
    assert (noor.roles.get().key, noor.teams.get().name) == ("closer", "Sales West")
