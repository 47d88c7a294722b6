"""The settings pages: fields, rules and types are made, changed and retired there, by who may."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from throughline.core.access.holding import ACTIONS
from throughline.core.access.permissions import Permissions
from throughline.core.access.roles import SHIPPED
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.records import registry
from throughline.core.records.custom.models import CustomField
from throughline.core.records.custom.operations import Wish, define_field, make_type, set_rule
from throughline.core.records.spec import MASK
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of

FIELD = {"label": "Budget", "type": "money", "section": "Enquiry", "in_list": "yes", "in_filters": "yes"}


@pytest.fixture
def admin(cast: Cast, sign_in: SignIn) -> Client:
    """Give the administrator's browser."""
    return sign_in(cast.admin)


@pytest.mark.req("K1")
class TestFields:
    """From the form to every page."""

    def test_a_field_is_made_and_stands_on_form_list_filter_and_page(
        self, cast: Cast, admin: Client, sign_in: SignIn, at: datetime
    ) -> None:
        assert admin.post("/settings/records/lead/fields/new/", FIELD).status_code == 302
        maya = sign_in(cast.maya)

        assert 'name="budget"' in maya.get("/leads/new/").content.decode()
        made = maya.post("/leads/new/", {"name": "Ada", "budget": "1250"})

        lead = Lead.objects.get()
        assert made.status_code == 302
        assert "1,250.00" in maya.get("/leads/").content.decode()
        assert "1,250.00" in maya.get(f"/leads/{lead.pk}/").content.decode()
        assert "Ada" in maya.get("/leads/?budget=1000").content.decode()
        assert "Ada" not in words_of(maya.get("/leads/?budget=2000"))

    def test_it_is_changed_in_place(self, cast: Cast, admin: Client, sign_in: SignIn, at: datetime) -> None:
        admin.post("/settings/records/lead/fields/new/", FIELD)
        lead = capture_lead(values={"interest": "x"}, by=Actor.user(cast.maya), at=at)

        answer = sign_in(cast.maya).post(
            f"/leads/{lead.pk}/fields/budget/", {"budget": "77", "version": "1"}, headers={"HX-Request": "true"}
        )

        assert answer.status_code == 200
        assert "77.00" in answer.content.decode()

    def test_several_choices_are_ticked_and_taken_off(
        self, cast: Cast, admin: Client, sign_in: SignIn, at: datetime
    ) -> None:
        admin.post(
            "/settings/records/lead/fields/new/",
            {"label": "Metals", "type": "multi_choice", "choices": "Gold\nTin", "section": "Enquiry"},
        )
        lead = capture_lead(values={"interest": "x"}, by=Actor.user(cast.maya), at=at)
        maya, described = sign_in(cast.maya), registry.get("lead")

        maya.post(f"/leads/{lead.pk}/edit/", {"metals": ["", "Gold", "Tin"]})
        kept = Lead.objects.get()
        assert kept.custom == {"metals": ["Gold", "Tin"]}
        page = maya.get(f"/leads/{lead.pk}/edit/").content.decode()
        assert page.count("checked") >= 2
        maya.post(f"/leads/{lead.pk}/edit/", {"metals": [""]})

        assert Lead.objects.get().custom == {}
        assert described is registry.get("lead")

    def test_what_does_not_fit_comes_back_with_a_sentence_at_its_field(self, admin: Client) -> None:
        answer = admin.post("/settings/records/lead/fields/new/", {"label": "", "type": "choice"})

        assert answer.status_code == 422
        assert "Give the field a label" in answer.content.decode()
        assert not CustomField.objects.exists()

    def test_the_preview_follows_what_is_typed(self, admin: Client) -> None:
        sent = {"label": "Metal", "type": "choice", "choices": "Gold\nTin"}

        page = admin.post("/settings/records/lead/fields/preview/", sent).content.decode()

        assert "<option" in page
        assert "Tin" in page

    def test_a_field_is_changed_retired_after_its_uses_are_shown_and_restored(
        self, cast: Cast, admin: Client, at: datetime
    ) -> None:
        admin.post("/settings/records/lead/fields/new/", FIELD)
        admin.post("/settings/records/lead/fields/budget/", {**FIELD, "label": "Means"})
        assert registry.get("lead").field("budget").label == "Means"

        uses = admin.get("/settings/records/lead/fields/budget/retirement/").content.decode()
        assert "No procedure, decision, view or role names it." in uses
        admin.post("/settings/records/lead/fields/budget/retirement/")
        assert "budget" not in registry.get("lead").by_name
        assert "Means" in admin.get("/settings/records/lead/").content.decode()
        admin.post("/settings/records/lead/fields/budget/restoration/")

        assert "budget" in registry.get("lead").by_name

    def test_a_formula_and_a_rollup_are_described_there(self, cast: Cast, admin: Client, at: datetime) -> None:
        formula = {"label": "Double", "type": "number", "source": "formula", "formula": "lead.employees * 2"}
        rollup = {"label": "Leads", "type": "integer", "source": "rollup", "function": "count", "link": "lead.contact"}

        assert admin.post("/settings/records/lead/fields/new/", formula).status_code == 302
        assert admin.post("/settings/records/contact/fields/new/", rollup).status_code == 302

        capture_lead(values={"name": "Ada", "employees": "4"}, by=Actor.user(cast.maya), at=at)
        assert Lead.objects.get().custom == {"double": "8"}
        assert Lead.objects.get().contact.custom == {"leads": 1}  # type: ignore[union-attr]
        assert "lead.employees * 2" in admin.get("/settings/records/lead/fields/double/").content.decode()


@pytest.mark.req("K1")
class TestRulesAndTypes:
    """Rules and record types."""

    def test_a_rule_is_made_asked_at_the_form_and_retired(
        self, cast: Cast, admin: Client, sign_in: SignIn, at: datetime
    ) -> None:
        said = {"name": "Staff", "condition": "lead.employees > 0", "message": "Say how many.", "field": "employees"}
        assert admin.post("/settings/records/lead/rules/new/", said).status_code == 302
        maya = sign_in(cast.maya)

        refused = maya.post("/leads/new/", {"name": "Ada"})
        assert refused.status_code == 422
        assert "Say how many." in refused.content.decode()
        rule = int(admin.get("/settings/records/lead/").content.decode().split("/rules/")[2].split("/")[0])
        admin.post(f"/settings/records/lead/rules/{rule}/retirement/")

        assert maya.post("/leads/new/", {"name": "Ada"}).status_code == 302

    def test_a_type_is_made_and_has_list_form_page_and_a_place_in_the_navigation(
        self, cast: Cast, admin: Client, sign_in: SignIn
    ) -> None:
        said = {"label": "Project", "plural": "Projects", "number_prefix": "PRJ", "icon": "rocket", "key": "project"}
        assert admin.post("/settings/records/new/", said).status_code == 302
        maya = sign_in(cast.maya)

        assert 'href="/project/"' in maya.get("/").content.decode()
        made = maya.post("/project/new/", {"name": "Alpha"})

        assert made.status_code == 302
        assert "Alpha" in maya.get("/project/").content.decode()
        assert "PRJ-1" in maya.get("/project/1/").content.decode()
        assert "Alpha" not in sign_in(cast.ines).get("/project/").content.decode()
        assert sign_in(cast.ines).get("/project/1/").status_code == 404

    @pytest.mark.parametrize("key", ["settings", "search", "procedures"])
    def test_a_type_at_another_pages_address_is_refused(self, admin: Client, key: str) -> None:
        said = {"label": "X", "plural": "Xs", "number_prefix": "XX", "key": key}

        assert admin.post("/settings/records/new/", said).status_code == 422

    def test_a_type_is_changed_retired_and_restored(self, cast: Cast, admin: Client, at: datetime) -> None:
        by = Actor.user(cast.admin)
        make_type(key="visit", label="Visit", plural="Visits", number_prefix="VIS", by=by, at=at)
        admin.post("/settings/records/visit/change/", {"label": "Call", "plural": "Calls at the door"})
        assert registry.get("visit").plural == "Calls at the door"

        admin.post("/settings/records/visit/retirement/")
        assert registry.find("visit") is None
        assert admin.post("/settings/records/visit/restoration/").status_code == 302

        assert registry.get("visit").label == "Call"


PAGES = (
    "/settings/records/", "/settings/records/new/", "/settings/records/lead/", "/settings/records/lead/fields/new/",
    "/settings/records/lead/fields/budget/", "/settings/records/lead/fields/budget/retirement/",
    "/settings/records/lead/rules/new/",
)  # fmt: skip


@pytest.mark.req("L1")
class TestRoles:
    """What roles may, as a matrix."""

    @staticmethod
    def filled(page: str) -> dict[str, Any]:
        """Return what a browser would send of the form as it stands."""
        sent: dict[str, Any] = {"name": "", "pool": [], "ability": []}
        sent["name"] = re.findall(r'name="name" value="([^"]*)"', page)[0]
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
            chosen = re.findall(r'<option value="([^"]*)" selected', options)
            assert len(chosen) == 1, name
            sent[name] = chosen[0]
        for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]+)" checked', page):
            sent[name].append(value)
        return sent

    @pytest.mark.parametrize("key", sorted(SHIPPED))
    def test_saving_a_shipped_role_as_it_stands_changes_nothing_it_may(
        self, cast: Cast, admin: Client, key: str
    ) -> None:
        before = Permissions.read(Role.objects.get(key=key).permissions)
        page = admin.get(f"/settings/roles/{key}/?fields=deal").content.decode()

        assert admin.post(f"/settings/roles/{key}/", self.filled(page)).status_code == 302

        after = Permissions.read(Role.objects.get(key=key).permissions)
        for spec in registry.everything():
            for action in ACTIONS:
                assert after.scope(spec.type, action) is before.scope(spec.type, action), (spec.type, action)
            for name in spec.by_name:
                assert after.field_right(spec.type, name, sensitive=False) is before.field_right(
                    spec.type, name, sensitive=False
                )
            assert after.sees_pool(spec.type) is before.sees_pool(spec.type)
        assert set(after.abilities) == set(before.abilities)

    def test_a_changed_role_holds_from_the_next_page_on(
        self, cast: Cast, admin: Client, sign_in: SignIn, at: datetime
    ) -> None:
        lead = capture_lead(values={"interest": "Zeppelins"}, by=Actor.user(cast.tom), at=at)
        maya = sign_in(cast.maya)
        assert maya.get(f"/leads/{lead.pk}/").status_code == 200
        sent = self.filled(admin.get("/settings/roles/sales/?fields=lead").content.decode())

        admin.post("/settings/roles/sales/", {**sent, "field.lead.interest": "masked"})
        page = maya.get(f"/leads/{lead.pk}/").content.decode()
        assert "Zeppelins" not in maya.get("/leads/").content.decode()
        assert MASK in page
        admin.post("/settings/roles/sales/", {**sent, "lead.view": "own"})

        assert maya.get(f"/leads/{lead.pk}/").status_code == 404

    def test_nobody_can_lock_everybody_out(self, cast: Cast, admin: Client) -> None:
        sent = self.filled(admin.get("/settings/roles/administrator/").content.decode())

        answer = admin.post("/settings/roles/administrator/", {**sent, "ability": []})

        assert answer.status_code == 422
        assert "Nobody would be left" in answer.content.decode()

    @pytest.mark.parametrize("path", ["/settings/roles/", "/settings/roles/sales/"])
    def test_pages_are_for_who_may(self, cast: Cast, admin: Client, sign_in: SignIn, path: str) -> None:
        assert sign_in(cast.omar).get(path).status_code == 403
        assert sign_in(cast.omar).post(path, {"name": "X"}).status_code == 403
        assert admin.get(path).status_code == 200


@pytest.mark.req("L1")
class TestRights:
    """Who has not the ability sees no page of it."""

    @pytest.mark.parametrize("path", PAGES)
    def test_pages_are_for_who_may(
        self, cast: Cast, admin: Client, sign_in: SignIn, at: datetime, path: str, django_assert_max_num_queries: Any
    ) -> None:
        by = Actor.user(cast.admin)
        define_field(record_type="lead", wish=Wish(label="Budget"), by=by, at=at)
        set_rule(record_type="lead", name="R", condition="lead.employees > 0", message="No.", by=by, at=at)

        assert sign_in(cast.maya).get(path).status_code == 403
        with django_assert_max_num_queries(25):
            assert admin.get(path).status_code == 200
        assert "Fields and types" not in sign_in(cast.maya).get("/").content.decode()
