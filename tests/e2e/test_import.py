"""A file from elsewhere in a real browser: uploaded, understood, tried, imported, taken back; axe at every step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import SignIn, is_accessible
from throughline.core.records.imports import running
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.people.models import Contact
from throughline.web import moments

pytestmark = [pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("THROUGHLINE_SHOTS", "")
PEOPLE = (
    "First name,Last name,Contact at,Birthday,Stage\n"
    "Ada,Byron,ada@x.org,10/12/1815,Custmer\nMei,Lin,mei@y.org,01/02/1990,Lead\nNo,Mail,nonsense,03/04/1990,Lead\n"
)


@pytest.fixture
def company(transactional_db: None) -> Cast:
    """Give the people."""
    return assemble(at=moments.now())


def looked_at(page: Page, name: str) -> None:
    """Let axe look at a step, and see that nothing is wider than the window."""
    page.wait_for_selector("html[data-ready]")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    is_accessible(page)


@pytest.mark.req("K1", "M1", "M2")
@pytest.mark.parametrize("mode", ["light", "phone"])
def test_a_file_comes_in_by_the_wizard_and_goes_again(
    page: Page, company: Cast, sign_in: SignIn, tmp_path: Path, mode: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    sign_in(company.alma)
    page.emulate_media(color_scheme="dark" if mode == "phone" else "light")
    page.set_viewport_size({"width": 390, "height": 844} if mode == "phone" else {"width": 1440, "height": 900})

    page.goto("/imports/")
    looked_at(page, f"list-{mode}")
    page.get_by_role("link", name="New import").click()
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("What is in it").select_option("contact")
    looked_at(page, f"new-{mode}")
    page.get_by_role("button", name="Look at it").click()

    expect(page.get_by_text("can be read in more than one way")).to_be_visible()
    page.get_by_label("Field of the column Contact at").select_option("email")
    page.get_by_label("Field of the column Stage").select_option("lifecycle_stage")
    page.get_by_label("Order of days in the column Birthday").select_option("dd-mm-yyyy")
    looked_at(page, f"columns-{mode}")
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_label("Read Custmer as")).to_have_value("Customer")
    looked_at(page, f"values-{mode}")
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    looked_at(page, f"trial-{mode}")
    page.get_by_role("button", name="Import 3 lines").click()
    expect(page.locator("#import-progress")).to_contain_text("running")
    while running.advance_imports(at=moments.now()):
        pass
    expect(page.get_by_role("link", name="Refused lines as a file")).to_be_visible()
    page.reload()
    looked_at(page, f"result-{mode}")
    assert set(Contact.objects.values_list("name", "lifecycle_stage")) == {
        ("Ada Byron", "Customer"),
        ("Mei Lin", "Lead"),
    }

    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_text("Taken back by Alma Reyes.")).to_be_visible()
    looked_at(page, f"undone-{mode}")
    assert not Contact.objects.filter(deleted_at=None).exists()
