"""Territories as records: list, page with what they open, the form of their rule, and where they were before."""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from throughline.core.access.models import Territory as Rule
from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.territories.models import Territory
from throughline.core.territories.operations import define_territory
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of
from throughline.web.tests.guarded import text_of

pytestmark = pytest.mark.req("L1")


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    values = {"subject": "Pumps wanted", "region": "North"}
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


@pytest.fixture
def territory(cast: Cast, at: datetime) -> Territory:
    """Give Ines the leads of the north."""
    return define_territory(
        values={"name": "Far North"}, record_type="lead", where={"region": ["North"]}, member_ids=[cast.ines.pk],
        by=Actor.user(cast.admin), at=at,
    )  # fmt: skip


def sent(cast: Cast, **more: Any) -> dict[str, Any]:
    wish = {"field": ["region", ""], "values": ["North, Arctic", ""], "member": [cast.ines.pk], "do": "save"}
    return {**wish, **more}


class TestJourney:
    def test_a_territory_is_made_given_a_rule_put_out_of_use_and_to_use_again(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        admin = sign_in(cast.admin)
        answer = admin.post("/territories/new/", {"name": "Far North", "in_use": "yes"})
        territory = Territory.objects.get()
        here, rule = f"/territories/{territory.pk}/", f"/territories/{territory.pk}/rule/?kind=lead"
        fresh = admin.get(here).content.decode()

        tried = words_of(admin.post(rule, sent(cast, do="preview")))
        nothing_yet = Rule.objects.exists()
        admin.post(rule, sent(cast))
        page, listed = words_of(admin.get(here)), words_of(admin.get("/territories/"))
        opened = words_of(sign_in(cast.ines).get(f"/leads/{lead.pk}/"))
        kept = words_of(admin.get(f"{here}rule/"))
        admin.post(f"{here}edit/", {"name": "North", "version": "2"})
        closed, out = sign_in(cast.ines).get(f"/leads/{lead.pk}/").status_code, words_of(admin.get(here))

        assert answer["Location"] == here
        assert f'href="{rule}"' in fresh
        assert "opens nothing" in fresh
        assert "1 record would fall in" in tried
        assert "Pumps wanted" in tried
        assert not nothing_yet
        for word in ("Far North", "Leads", "Region is North or Arctic"):
            assert word in listed
        for word in ("Leads of which Region is North or Arctic", "Ines Duarte", "1 record", "Pumps wanted", "in use"):
            assert word in page
        assert "Pumps wanted" in opened
        assert 'value="North, Arctic"' in kept
        assert closed == 404
        assert "out of use" in out
        assert (Rule.objects.get().name, Territory.objects.get().in_use) == ("North", False)

    def test_the_bin_closes_it_and_brings_it_back(
        self, cast: Cast, lead: Lead, territory: Territory, sign_in: SignIn
    ) -> None:
        admin, ines, here = sign_in(cast.admin), sign_in(cast.ines), f"/territories/{territory.pk}/"

        admin.post(f"{here}bin/")
        closed = ines.get(f"/leads/{lead.pk}/").status_code
        admin.post(f"{here}restoration/")

        assert (closed, ines.get(f"/leads/{lead.pk}/").status_code) == (404, 200)
        history = words_of(admin.get(here))
        assert "Territory retired" in history
        assert "Territory in use again" in history

    def test_what_cannot_be_is_said_beside_what_was_written(
        self, cast: Cast, territory: Territory, sign_in: SignIn
    ) -> None:
        admin, rule = sign_in(cast.admin), f"/territories/{territory.pk}/rule/"

        for wish in (
            {"field": ["status"], "values": ["Nowhere"]},
            {"do": "preview", "values": [""]},
            {"version": "1"},
        ):
            answer = admin.post(rule, sent(cast, **wish))
            assert answer.status_code in (409, 422)
            assert 'role="alert"' in words_of(answer)
        empty = create_record(
            spec=registry.get("territory"),
            values={"name": "Europe"},
            by=Actor.user(cast.admin),
            at=territory.created_at,
        )
        for kind in ("", "?kind=shoe"):
            assert admin.get(f"/territories/{empty.pk}/rule/{kind}").status_code == 404

    def test_it_goes_out_and_is_found(self, cast: Cast, territory: Territory, sign_in: SignIn) -> None:
        admin = sign_in(cast.admin)

        rows = text_of(admin.get("/territories/export/csv/"))

        for word in ("Made of", "Which belong", "Region is North", "Far North"):
            assert word in rows
        assert f"/territories/{territory.pk}/" in text_of(sign_in(cast.ines).get("/search/?q=far%20north"))
        assert "Far North" in words_of(admin.get("/territories/?made_of=lead&view=all"))
        assert "Far North" not in words_of(admin.get("/territories/?made_of=deal&view=all"))

    def test_former_addresses_lead_on(self, cast: Cast, territory: Territory, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        for former, now in (("", ""), ("new/?kind=lead", "new/"), ("far-north/", f"{territory.pk}/")):
            assert client.get(f"/settings/territories/{former}")["Location"] == f"/territories/{now}"
        assert client.get("/settings/territories/nowhere/").status_code == 404


class TestRights:
    def test_all_staff_read_and_who_may_say_what_roles_see_changes(
        self, cast: Cast, lead: Lead, territory: Territory, sign_in: SignIn
    ) -> None:
        here = f"/territories/{territory.pk}/"

        for person in (cast.ines, cast.maya, cast.omar, cast.hana, cast.ivo):
            browser = sign_in(person)
            page = words_of(browser.get(here))
            assert "Leads of which Region is North" in page
            assert "Ines Duarte" in page
            assert "Change rule and people" not in page
            assert "Territories" in words_of(browser.get("/contacts/"))
            for method, path in (("get", "rule/"), ("post", "rule/"), ("post", "bin/")):
                assert getattr(browser, method)(f"{here}{path}").status_code == 403, (person.name, path)
            assert browser.get("/territories/new/").status_code == 403
        assert "Change rule and people" in words_of(sign_in(cast.admin).get(here))

    def test_a_colleague_comments_on_one(self, cast: Cast, territory: Territory, sign_in: SignIn) -> None:
        maya, here = sign_in(cast.maya), f"/territories/{territory.pk}/"

        maya.post(f"{here}notes/", {"body": "Whose is Iceland?", "kind": "Comment"})

        assert "Whose is Iceland?" in words_of(maya.get(here))

    def test_a_page_names_and_counts_what_its_reader_sees(
        self, cast: Cast, lead: Lead, territory: Territory, sign_in: SignIn, at: datetime
    ) -> None:
        def told(browser: Client) -> str:
            page: str = words_of(browser.get(f"/territories/{territory.pk}/"))
            return page

        maya = sign_in(cast.maya)
        capture_lead(values={"subject": "Valves wanted", "region": "South"}, by=Actor.user(cast.maya), at=at)
        page = maya.get(f"/territories/{territory.pk}/").content.decode()
        (all_of_them,) = re.findall(r'href="(/leads/[?][^"]+)">1 record<', page)
        listed = words_of(maya.get(html.unescape(all_of_them)))

        assert "Pumps wanted" in told(maya)
        assert ("Pumps wanted" in listed, "Valves wanted" in listed) == (True, False)
        assert "Pumps wanted" not in told(sign_in(cast.petra))
        role = Role.objects.get(key="sales")
        permissions = {**role.permissions, "fields": {"lead": {"region": "masked"}}}
        save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)
        hidden = told(sign_in(cast.maya))
        assert "nothing is counted" in hidden
        assert "Pumps wanted" not in hidden

    def test_who_may_not_read_the_rule_is_told_none(self, cast: Cast, territory: Territory, sign_in: SignIn) -> None:
        role = Role.objects.get(key="sales")
        permissions = {**role.permissions, "fields": {"territory": {"which": "hidden"}}}
        save_role(
            key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=territory.created_at
        )
        maya = sign_in(cast.maya)

        page = words_of(maya.get(f"/territories/{territory.pk}/"))

        assert "do not let you read what it opens" in page
        assert "Region is North" not in page
        assert "Region is North" not in words_of(maya.get("/territories/"))
