"""People and teams: an account with roles and teams, a link to choose a password, the tree, a role of one's own."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django.fixtures import Settings

from throughline.connect.mail.queries import OFF
from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, Team, User
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.settings import people
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("L1")


def sent(person: User, **changed: object) -> dict[str, object]:
    """Return what the form of a person sends, with some of it changed."""
    teams = [str(each.team_id) for each in person.team_memberships.order_by("pk")]
    roles = list(person.roles.values_list("key", flat=True))
    return {"name": person.name, "time_zone": person.time_zone, "roles": roles, "teams": teams, **changed}


class TestPeople:
    """Who works here."""

    def test_everybody_stands_in_the_list_with_roles_and_teams(self, cast: Cast, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.admin).get("/settings/people/"))

        assert "Maya Lin" in page
        assert "Sales North" in page
        assert "not signed in yet" in page

    def test_a_team_shows_who_works_in_it(self, cast: Cast, sign_in: SignIn) -> None:
        admin = sign_in(cast.admin)

        assert "Ivo Klein" in words_of(admin.get(f"/settings/teams/{cast.north.pk}/"))
        assert "Who works in it" not in words_of(admin.get("/settings/teams/new/"))

    def test_somebody_is_invited_and_comes_in_by_a_link(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        admin = sign_in(cast.admin)
        wish = {
            "name": "Noor Aziz", "email": "Noor@Example.com", "time_zone": "Europe/Berlin", "roles": ["sales"],
            "teams": [str(cast.north.pk)],
        }  # fmt: skip

        made = admin.post("/settings/people/new/", wish)

        noor = User.objects.get(email="noor@example.com")
        assert made["Location"] == f"/settings/people/{noor.pk}/"
        page = admin.post(f"/settings/people/{noor.pk}/link/").content.decode()
        (path,) = re.findall(r'value="https?://[^/"]+(/accounts/password/reset/[^"]+)"', page)
        assert "works once" in page
        assert b"password" in Client().get(path, follow=True).content
        lead = capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)
        assert sign_in(noor).get(f"/leads/{lead.pk}/").status_code == 200

    def test_the_link_is_mailed(self, cast: Cast, sign_in: SignIn, mailoutbox: list[EmailMessage]) -> None:
        sign_in(cast.admin).post(f"/settings/people/{cast.tom.pk}/link/", {"do": "mail"})

        (sent,) = mailoutbox
        assert sent.to == [cast.tom.email]
        (path,) = re.findall(r"https?://[^/]+(/accounts/password/reset/\S+)", str(sent.body))
        assert b"password" in Client().get(path, follow=True).content

    def test_a_server_that_takes_no_mail_is_told_of(
        self, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(*_args: object) -> None:
            raise ConnectionRefusedError("Connection refused")

        monkeypatch.setattr(people, "send_mail", refused)

        answer = sign_in(cast.admin).post(f"/settings/people/{cast.tom.pk}/link/", {"do": "mail"})

        assert answer.status_code == 422
        assert "The mail server did not take it (Connection refused)" in answer.content.decode()

    def test_without_mail_it_is_handed_over(self, cast: Cast, sign_in: SignIn, settings: Settings) -> None:
        settings.EMAIL_BACKEND = OFF
        admin = sign_in(cast.admin)

        assert "Mail it" not in admin.get(f"/settings/people/{cast.tom.pk}/").content.decode()
        assert admin.post(f"/settings/people/{cast.tom.pk}/link/", {"do": "mail"}).status_code == 422

    def test_what_is_missing_or_taken_is_said_at_its_field(self, cast: Cast, sign_in: SignIn) -> None:
        admin, wish = sign_in(cast.admin), {"name": "X", "email": "maya@example.com", "time_zone": "UTC"}

        taken = admin.post("/settings/people/new/", wish)
        nonsense = admin.post("/settings/people/new/", {**wish, "email": "nobody"})
        nameless = admin.post("/settings/people/new/", {**wish, "name": " ", "email": "n@example.com"})

        assert [each.status_code for each in (taken, nonsense, nameless)] == [422] * 3
        assert "already has an account" in words_of(taken)
        assert "such as maya@example.com" in words_of(nonsense)
        assert "Give a name." in words_of(nameless)

    def test_roles_and_teams_are_changed_and_hold_at_once(self, cast: Cast, sign_in: SignIn, at: datetime) -> None:
        lead = capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)
        admin, ines = sign_in(cast.admin), sign_in(cast.ines)
        assert ines.get(f"/leads/{lead.pk}/").status_code == 404

        admin.post(f"/settings/people/{cast.ines.pk}/", sent(cast.ines, teams=[str(cast.north.pk)]))

        assert ines.get(f"/leads/{lead.pk}/").status_code == 200
        admin.post(f"/settings/people/{cast.ines.pk}/", sent(cast.ines, roles=[]))
        assert ines.get(f"/leads/{lead.pk}/").status_code == 404

    def test_the_home_team_stays_when_another_is_added(self, cast: Cast, sign_in: SignIn) -> None:
        teams = [str(cast.care.pk), str(cast.north.pk)]

        sign_in(cast.admin).post(f"/settings/people/{cast.maya.pk}/", sent(cast.maya, teams=teams))

        assert cast.maya.team_memberships.order_by("pk")[0].team == cast.north

    def test_an_account_is_closed_and_opened_again(self, cast: Cast, sign_in: SignIn) -> None:
        admin, here = sign_in(cast.admin), f"/settings/people/{cast.tom.pk}/account/"

        admin.post(here, {"do": "close"})
        cast.tom.refresh_from_db()
        assert not cast.tom.is_active
        assert admin.post(f"/settings/people/{cast.tom.pk}/link/").status_code == 422
        admin.post(here, {"do": "open"})

        cast.tom.refresh_from_db()
        assert cast.tom.is_active

    def test_nobody_is_left_without_an_administrator(self, cast: Cast, sign_in: SignIn) -> None:
        admin = sign_in(cast.admin)

        own = admin.post(f"/settings/people/{cast.admin.pk}/account/", {"do": "close"})
        last = admin.post(f"/settings/people/{cast.admin.pk}/", sent(cast.admin, roles=["sales"]))

        assert (own.status_code, last.status_code) == (422, 422)
        assert access.allows(User.objects.get(pk=cast.admin.pk), access.MANAGE_ROLES)

    @pytest.mark.parametrize("who", ["maya", "omar", "hana"])
    def test_pages_are_for_who_may_change_roles(self, cast: Cast, sign_in: SignIn, who: str) -> None:
        client, key = sign_in(getattr(cast, who)), cast.maya.pk
        doors = ["people/", "people/new/", f"people/{key}/", "teams/new/", f"teams/{cast.north.pk}/", "roles/new/"]

        assert {client.get(f"/settings/{door}").status_code for door in doors} == {403}
        for door in (*doors[1:], f"people/{key}/link/", f"people/{key}/account/"):
            assert client.post(f"/settings/{door}", {"roles": ["administrator"], "do": "close"}).status_code == 403
        assert not cast.maya.roles.filter(key="administrator").exists()
        assert b"/settings/people/" not in client.get("/").content


class TestTeams:
    """The tree."""

    def test_one_is_made_below_another_and_moved(self, cast: Cast, sign_in: SignIn) -> None:
        admin = sign_in(cast.admin)

        admin.post("/settings/teams/new/", {"name": "Sales  West", "parent": str(cast.sales.pk), "manager": ""})
        west = Team.objects.get(name="Sales West")
        admin.post(
            f"/settings/teams/{west.pk}/",
            {"name": "West", "parent": str(cast.north.pk), "manager": str(cast.maya.pk)},
        )

        west.refresh_from_db()
        assert (west.key, west.name, west.parent, west.manager) == ("sales-west", "West", cast.north, cast.maya)
        page = words_of(admin.get("/settings/people/"))
        assert "managed by Maya Lin" in page

    def test_one_cannot_stand_below_itself_nor_bear_a_name_twice(self, cast: Cast, sign_in: SignIn) -> None:
        admin = sign_in(cast.admin)

        circle = admin.post(f"/settings/teams/{cast.sales.pk}/", {"name": "Sales", "parent": str(cast.north.pk)})
        twice = admin.post("/settings/teams/new/", {"name": "sales north"})

        assert "cannot stand below itself" in words_of(circle)
        assert "already a team called sales north" in words_of(twice)
        assert Team.objects.get(pk=cast.sales.pk).parent is None


class TestRetirement:
    """A team that goes on no more."""

    def test_what_moves_is_shown_then_it_is_retired_and_brought_back(
        self, cast: Cast, at: datetime, sign_in: SignIn
    ) -> None:
        capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)
        admin, here = sign_in(cast.admin), f"/settings/teams/{cast.north.pk}/"
        assert f'href="{here}retirement/"' in admin.get(here).content.decode()

        page = words_of(admin.get(f"{here}retirement/"))
        assert "<strong>1</strong> Lead" in page
        assert "Maya Lin" in page
        assert admin.post(f"{here}retirement/", {"into": str(cast.north.pk)}).status_code == 422
        admin.post(f"{here}retirement/", {"into": str(cast.south.pk)})

        listed = admin.get("/settings/people/").content.decode()
        assert "Retired teams" in listed
        assert f'value="{cast.north.pk}"' not in admin.get(f"/settings/teams/{cast.south.pk}/").content.decode()
        assert Lead.objects.get().team == cast.south
        admin.post(f"{here}restoration/")
        assert Lead.objects.get().team == cast.north
        assert "Retired teams" not in admin.get("/settings/people/").content.decode()

    def test_is_for_who_may_change_roles(self, cast: Cast, sign_in: SignIn) -> None:
        omar, here = sign_in(cast.omar), f"/settings/teams/{cast.north.pk}/"

        assert omar.get(f"{here}retirement/").status_code == 403
        assert omar.post(f"{here}retirement/", {"into": str(cast.south.pk)}).status_code == 403
        assert omar.post(f"{here}restoration/").status_code == 403


class TestNewRole:
    """A role of one's own."""

    def test_it_begins_with_what_another_may_and_is_given_to_people(self, cast: Cast, sign_in: SignIn) -> None:
        admin = sign_in(cast.admin)

        made = admin.post("/settings/roles/new/", {"name": "Team lead", "like": "manager"})

        role = Role.objects.get(key="team-lead")
        assert made["Location"] == "/settings/roles/team-lead/"
        assert role.permissions == Role.objects.get(key="manager").permissions
        assert not role.shipped
        admin.post(f"/settings/people/{cast.maya.pk}/", sent(cast.maya, roles=["team-lead"]))
        assert access.allows(User.objects.get(pk=cast.maya.pk), access.COACH)

    def test_a_name_is_given_once(self, cast: Cast, sign_in: SignIn) -> None:
        answer = sign_in(cast.admin).post("/settings/roles/new/", {"name": "manager", "like": "sales"})

        assert answer.status_code == 422
        assert "already a role called manager" in words_of(answer)
