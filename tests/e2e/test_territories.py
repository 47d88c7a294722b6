"""Territories, data quality and further organizations in a browser: by keyboard alone, and nothing that axe finds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.looking import Mode, SignIn, complaints, seen_in, settled
from throughline.core.access.models import Territory as Rule
from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.records.quality import keeping
from throughline.core.territories.operations import define_territory
from throughline.core.tests.cast import Cast, assemble
from throughline.crm.leads.capture import capture_lead
from throughline.crm.people.affiliations import affiliate
from throughline.web import moments

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = (
    "/territories/",
    "/territories/new/",
    "/territories/{territory}/",
    "/territories/{territory}/rule/",
    "/territories/{larger}/",
    "/territories/{larger}/rule/?kind=lead",
    "/quality/?kind=contact",
    "/contacts/{contact}/",
    "/organizations/{organization}/",
)


@pytest.fixture
def company(transactional_db: None) -> dict[str, int]:
    """Give a contact of two organizations, a lead in the north, and a territory."""
    at = moments.now()
    cast: Cast = assemble(at=at)
    by = Actor.user(cast.admin)
    acme, beta = (
        create_record(spec=registry.get("organization"), values={"name": name}, by=by, at=at)
        for name in ("Acme", "Beta")
    )
    values = {"first_name": "Ada", "last_name": "Byron", "organization": acme.pk, "job_title": "Buyer"}
    ada = create_record(spec=registry.get("contact"), values=values, by=by, at=at)
    affiliate(contact_id=ada.pk, organization_id=beta.pk, role="Advisor", by=by, at=at)
    keeping.keep_scores(spec=registry.get("contact"), ids=[ada.pk], at=at)
    capture_lead(values={"subject": "Pumps wanted", "region": "North"}, by=by, at=at)
    larger = create_record(spec=registry.get("territory"), values={"name": "Europe"}, by=by, at=at)
    territory = define_territory(
        values={"name": "Far North", "parent": larger.pk},
        record_type="lead",
        where={"region": ["Arctic", "North"]},
        member_ids=[cast.ines.pk],
        by=by,
        at=at,
    )
    return {
        "contact": ada.pk,
        "organization": beta.pk,
        "admin": cast.admin.pk,
        "territory": territory.pk,
        "larger": larger.pk,
    }


@pytest.fixture
def admin(company: dict[str, int], sign_in: SignIn) -> dict[str, int]:
    """Sign the administrator in."""
    from throughline.core.identity.models import User

    sign_in(User.objects.get(pk=company["admin"]))
    return company


class TestKeyboard:
    def test_makes_a_territory_after_a_look_at_what_falls_in(self, page: Page, admin: dict[str, int]) -> None:
        settled(page, "/territories/new/")

        page.get_by_label("Name (needed)").focus()
        page.keyboard.type("North")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Say what belongs").focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Leads", exact=True).last.focus()
        page.keyboard.press("Enter")
        page.get_by_label("Field 1").focus()
        page.keyboard.type("Region")
        page.keyboard.press("Tab")
        page.keyboard.type("North")
        page.get_by_role("button", name="Show what falls in").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="1 record would fall in")).to_be_visible()
        expect(page.get_by_role("link", name="Pumps wanted")).to_be_visible()
        page.get_by_role("button", name="Save").focus()
        page.keyboard.press("Enter")

        expect(page.get_by_text("Leads of which Region is North")).to_be_visible()
        assert Rule.objects.get(key="north").where == {"region": ["North"]}


class TestPages:
    @pytest.mark.parametrize("mode", ["light", "dark", "phone"])
    def test_are_accessible_and_no_wider_than_their_window(self, page: Page, admin: dict[str, int], mode: Mode) -> None:
        seen_in(page, mode)
        found = {}
        for path in PAGES:
            settled(page, path.format(**admin))
            found[path] = complaints(page)

        assert {path: said for path, said in found.items() if said} == {}
