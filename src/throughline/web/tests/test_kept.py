"""What is kept of lists from page to page: everything it rests on may change, and the next page shows it changed."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client
from django.utils.translation import get_language

from throughline.core.access.operations import save_role
from throughline.core.access.permissions import Permissions
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, Team, User
from throughline.core.records import FieldType, registry
from throughline.core.records.custom.operations import Wish, define_field
from throughline.core.records.views import Look, save_view
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Stage
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.web.records import filters
from throughline.web.tests.conftest import SignIn

SCRIPT = "<script>alert(1)</script>"


def shown(client: Client, path: str = "/leads/?view=all", language: str = "en") -> str:
    """Return a page as somebody sees it."""
    return client.get(path, headers={"accept-language": language}).content.decode()


def part(page: str, begins: str, ends: str = "</select>") -> str:
    """Return what stands in a page from a text to another one."""
    return page.partition(begins)[2].partition(ends)[0]


def permit(key: str, cast: Cast, at: datetime, **more: object) -> None:
    """Let a shipped role have other permissions."""
    role = Role.objects.get(key=key)
    save_role(key=key, name=role.name, permissions={**role.permissions, **more}, by=Actor.user(cast.admin), at=at)


class TestNavigation:
    """The side bar."""

    def test_one_place_is_marked_and_it_is_that_of_the_page(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        for path, place in (("/leads/", "/leads/"), ("/contacts/", "/contacts/"), ("/leads/new/", "/leads/")) * 2:
            side = part(shown(maya, path), "<aside", "</aside>")

            assert re.findall(r'href="([^"]*)" aria-current', side) == [place]

    def test_a_changed_role_opens_and_closes_places(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        maya = sign_in(cast.maya)
        before = shown(maya)

        granted = Permissions.read(Role.objects.get(key="sales").permissions)
        hidden = {kind: dict(actions) for kind, actions in granted.records.items()} | {"contact": {"*": "none"}}
        permit("sales", cast, at, records=hidden)
        after = shown(maya)

        assert 'href="/contacts/"' in before
        assert 'href="/contacts/"' not in after

    def test_a_forecast_goes_with_the_field_that_it_rests_on(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        omar = sign_in(cast.omar)
        before = shown(omar)

        permit("manager", cast, at, fields={"deal": {"amount": "hidden"}})
        after = shown(omar)

        assert 'href="/forecast/"' in before
        assert 'href="/forecast/"' not in after

    def test_titles_of_favourites_are_escaped(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        made = capture_lead(values={"name": SCRIPT, "email": "a@x.org"}, by=Actor.user(cast.maya), at=at)
        maya = sign_in(cast.maya)
        maya.post(f"/leads/{made.pk}/marks/", {"do": "star"})

        page = shown(maya)

        assert SCRIPT not in page
        assert "&lt;script&gt;" in part(page, "<aside", "</aside>")


class TestFilterBar:
    """The fields by which a list is narrowed."""

    def owners(self, page: str) -> str:
        """Return the owners that are offered."""
        return part(page, 'id="filter-owner"')

    def test_people_who_come_go_and_change_their_name(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        assert "Tom Berg" in self.owners(shown(maya))

        User.objects.filter(pk=cast.tom.pk).update(name=SCRIPT)
        User.objects.filter(pk=cast.ines.pk).update(is_active=False)
        page = shown(maya)

        assert "Tom Berg" not in self.owners(page)
        assert "Ines" not in self.owners(page)
        assert "&lt;script&gt;" in self.owners(page)
        assert SCRIPT not in page

    def test_each_is_offered_the_own_teams(self, cast: Cast, sign_in: SignIn) -> None:
        maya, omar = sign_in(cast.maya), sign_in(cast.omar)

        hers, his = (part(shown(each, "/leads/?view=all&team="), 'id="filter-team"') for each in (maya, omar))
        Team.objects.filter(pk=cast.north.pk).update(name="Far North")
        after = part(shown(maya, "/leads/?view=all&team="), 'id="filter-team"')

        assert "Sales North" in hers
        assert "Sales South" not in hers
        assert "Sales South" in his
        assert "Far North" in after

    def test_a_field_of_ones_own_and_a_hidden_one(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        maya, tier = sign_in(cast.maya), Wish(
            label="Tier", type=FieldType.CHOICE, choices=(("gold", SCRIPT),), in_filters=True
        )  # fmt: skip
        before = shown(maya)

        define_field(record_type="lead", wish=tier, by=Actor.user(cast.admin), at=at)
        offered = shown(maya)
        permit("sales", cast, at, fields={"lead": {"tier": "hidden"}})
        hidden = shown(maya)

        assert 'id="filter-tier"' not in before
        assert "&lt;script&gt;" in part(offered, 'id="filter-tier"')
        assert SCRIPT not in offered
        assert '<option value="tier">Tier</option>' in offered
        assert "tier" not in part(hidden, "<main", "</main>")

    def test_stages_are_those_of_now(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        maya, path = sign_in(cast.maya), "/deals/?view=all&stage="
        stage = Stage.objects.order_by("pk")[0]
        before = part(shown(maya, path), 'id="filter-stage"')

        Stage.objects.filter(pk=stage.pk).update(name="Sniffing")
        after = part(shown(maya, path), 'id="filter-stage"')

        assert f">{stage.name}<" in before
        assert ">Sniffing<" in after
        assert f">{stage.name}<" not in after

    def test_what_is_chosen_on_one_page_is_chosen_on_no_other(self, cast: Cast, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        for _ in range(2):
            narrowed, plain = shown(maya, "/leads/?view=all&status=New&group=status"), shown(maya)

            assert '<option value="New" selected>' in part(narrowed, 'id="filter-status"')
            assert "selected" in part(narrowed, 'id="list-group"')
            assert "selected" not in part(plain, "<main", "</form>")

    def test_each_language_has_its_own_words(
        self, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(filters, "_", lambda text: f"{get_language()}: {text}")
        maya = sign_in(cast.maya)

        english, chinese, again = shown(maya), shown(maya, language="zh-hans"), shown(maya)

        assert ">en: Nobody yet<" in self.owners(english)
        assert ">zh-hans: Nobody yet<" in self.owners(chinese)
        assert self.owners(again) == self.owners(english)


class TestBulkBar:
    """What is done with the records that somebody ticks."""

    @pytest.mark.usefixtures("lead")
    def test_owners_are_those_of_now(self, cast: Cast, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)
        before = part(shown(omar), 'id="bulk-owner"')

        User.objects.filter(pk=cast.tom.pk).update(name=SCRIPT)
        page = shown(omar)

        assert "Tom Berg" in before
        assert "&lt;script&gt;" in part(page, 'id="bulk-owner"')
        assert SCRIPT not in page


def test_names_of_views_are_escaped(cast: Cast, sign_in: SignIn, at: datetime) -> None:
    save_view(spec=registry.get("lead"), name=SCRIPT, user=cast.maya, at=at, look=Look())

    page = shown(sign_in(cast.maya))

    assert SCRIPT not in page
    assert "&lt;script&gt;" in part(page, 'class="view-tabs"', "</nav>")
