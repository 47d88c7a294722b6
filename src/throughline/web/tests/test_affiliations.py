"""The further organizations of a person on both pages, and for programs."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Affiliation, Contact, Organization
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("C4")


@pytest.fixture
def beta(cast: Cast, at: datetime) -> Organization:
    by = Actor.user(cast.maya)
    made: Organization = create_record(spec=registry.get("organization"), values={"name": "Beta"}, by=by, at=at)
    return made


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    by = Actor.user(cast.maya)
    values = {"first_name": "Ada", "last_name": "Byron", "job_title": "Buyer"}
    made: Contact = create_record(spec=registry.get("contact"), values=values, by=by, at=at)
    return made


class TestPageOfAPerson:
    def test_shows_adds_changes_and_takes_off_further_organizations(
        self, cast: Cast, ada: Contact, beta: Organization, sign_in: SignIn
    ) -> None:
        maya, path = sign_in(cast.maya), f"/contacts/{ada.pk}/organizations/"

        maya.post(path, {"organization": "beta", "role": "Advisor", "since": "2025-01-01"})
        added = words_of(maya.get(f"/contacts/{ada.pk}/"))
        maya.post(path, {"organization": beta.number, "role": "Chair", "until": "2025-06-30"})
        changed = words_of(maya.get(f"/contacts/{ada.pk}/"))
        row = Affiliation.objects.get()
        maya.post(f"/affiliations/{row.pk}/end/")

        assert "Advisor" in added
        assert f'href="/organizations/{beta.pk}/">Beta</a>' in added
        assert "Chair" in changed
        assert ">over<" in changed
        assert not Affiliation.objects.exists()

    def test_makes_one_the_main_one(self, cast: Cast, ada: Contact, beta: Organization, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        maya.post(f"/contacts/{ada.pk}/organizations/", {"organization": "Beta", "role": "Chair"})

        maya.post(f"/affiliations/{Affiliation.objects.get().pk}/main/")

        ada.refresh_from_db()
        assert (ada.organization_id, ada.job_title) == (beta.pk, "Chair")

    def test_says_what_it_did_not_find_and_names_nothing_hidden(
        self, cast: Cast, ada: Contact, sign_in: SignIn, at: datetime
    ) -> None:
        by = Actor.user(cast.ines)
        create_record(spec=registry.get("organization"), values={"name": "Quetzal"}, by=by, at=at)
        maya, path = sign_in(cast.maya), f"/contacts/{ada.pk}/organizations/"

        for name in ("Quetzal", "Nowhere", ""):
            answer = maya.post(path, {"organization": name})
            assert answer.status_code == 422
            assert f"There is no organization “{name}” that you may see" in words_of(answer)
        assert maya.post(path, {"organization": "Quetzal", "since": "soon"}).status_code == 422


class TestPageOfAnOrganization:
    def test_shows_its_people_with_what_they_are_here_and_adds_one(
        self, cast: Cast, ada: Contact, beta: Organization, sign_in: SignIn, at: datetime
    ) -> None:
        values = {"first_name": "Bo", "last_name": "Diaz", "organization": beta.pk, "job_title": "Clerk"}
        create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at)
        maya = sign_in(cast.maya)

        maya.post(f"/organizations/{beta.pk}/people/", {"contact": "Ada Byron", "role": "Advisor"})
        page = words_of(maya.get(f"/organizations/{beta.pk}/"))

        for word in ("Bo Diaz", "Clerk", "Ada Byron", "Advisor", "here, too"):
            assert word in page

    @pytest.mark.req("L1")
    def test_shows_nobody_of_another_team(
        self, cast: Cast, ada: Contact, beta: Organization, sign_in: SignIn, at: datetime
    ) -> None:
        sign_in(cast.maya).post(f"/organizations/{beta.pk}/people/", {"contact": ada.number, "role": "Advisor"})
        Organization.objects.filter(pk=beta.pk).update(owner=cast.ines, team=cast.south)

        page = words_of(sign_in(cast.ines).get(f"/organizations/{beta.pk}/"))

        assert "Beta" in page
        assert "Ada Byron" not in page
        assert "Advisor" not in page
