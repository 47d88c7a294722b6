"""The page that says why somebody sees a record, and with whom it is shared."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.access.models import Share
from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"interest": "Zeppelins"}, by=Actor.user(cast.maya), at=at)


@pytest.mark.req("L1")
class TestReasons:
    """Why, why not, and sharing."""

    def test_says_why_and_what_one_may(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.tom).get(f"/leads/{lead.pk}/access/").content.decode()

        assert "It belongs to Sales North" in page
        assert "With nobody beyond" in page

    def test_says_nothing_to_who_may_not_see_it(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.ines).get(f"/leads/{lead.pk}/access/").status_code == 404
        assert (
            sign_in(cast.ines).post(f"/leads/{lead.pk}/sharing/", {"with": f"user.{cast.ines.pk}"}).status_code == 404
        )

    def test_says_to_a_manager_why_somebody_does_not(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = sign_in(cast.omar).get(f"/leads/{lead.pk}/access/?person={cast.ines.pk}").content.decode()

        assert "It belongs to Sales North, which is none of your teams." in page
        assert "Why Ines Duarte does not see it" in page

    @pytest.mark.parametrize("asker", ["maya", "omar"])
    def test_tells_nobody_about_people_who_are_none_of_theirs(
        self, cast: Cast, lead: Lead, sign_in: SignIn, asker: str
    ) -> None:
        other = cast.petra if asker == "omar" else cast.ines

        answer = sign_in(getattr(cast, asker)).get(f"/leads/{lead.pk}/access/?person={other.pk}")

        assert answer.status_code == 404

    def test_shares_and_ends(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya, ines = sign_in(cast.maya), sign_in(cast.ines)
        sent = {"with": f"user.{cast.ines.pk}", "reason": "Holiday"}
        assert maya.post(f"/leads/{lead.pk}/sharing/", sent).status_code == 302

        page = ines.get(f"/leads/{lead.pk}/access/").content.decode()
        assert "Maya Lin shared it with you." in page
        assert 'name="with"' not in page
        assert "Holiday" in maya.get(f"/leads/{lead.pk}/access/").content.decode()
        maya.post(f"/leads/{lead.pk}/sharing/end/", sent)

        assert ines.get(f"/leads/{lead.pk}/").status_code == 404
        assert not Share.objects.exists()

    def test_shares_with_nobody_by_mistake(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert sign_in(cast.maya).post(f"/leads/{lead.pk}/sharing/", {"with": ""}).status_code == 422
