"""The pages of territories: the list, one of them, what would fall in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from throughline.core.access.models import Territory
from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = pytest.mark.req("L1")


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    values = {"subject": "Pumps wanted", "region": "North"}
    return capture_lead(values=values, by=Actor.user(cast.maya), at=at)


def sent(cast: Cast, **more: Any) -> dict[str, Any]:
    wish = {"name": "Far North", "field": ["region", ""], "values": ["North, Arctic", ""], "member": [cast.ines.pk]}
    return {**wish, **more}


class TestPages:
    def test_a_territory_is_tried_saved_renamed_retired_and_restored(
        self, cast: Cast, lead: Lead, sign_in: SignIn
    ) -> None:
        admin, new = sign_in(cast.admin), "/settings/territories/new/?kind=lead"

        tried = words_of(admin.post(new, sent(cast, do="preview")))
        nothing_yet = Territory.objects.exists()
        admin.post(new, sent(cast))
        listed = words_of(admin.get("/settings/territories/"))
        opened = words_of(sign_in(cast.ines).get(f"/leads/{lead.pk}/"))
        page = "/settings/territories/far-north/"
        kept = words_of(admin.get(page))
        admin.post(page, sent(cast, name="North", may_edit="yes"))
        admin.post(f"{page}retirement/")
        closed = sign_in(cast.ines).get(f"/leads/{lead.pk}/").status_code
        retired = words_of(admin.get("/settings/territories/"))
        admin.post(f"{page}restoration/")

        assert "1 record would fall in" in tried
        assert "Pumps wanted" in tried
        assert not nothing_yet
        for word in ("Far North", "Region is North or Arctic", "Ines Duarte", "1 record"):
            assert word in listed
        assert "Pumps wanted" in opened
        assert 'value="North, Arctic"' in kept
        assert closed == 404
        assert "Retired territories" in retired
        territory = Territory.objects.get()
        assert (territory.name, territory.may_edit, territory.retired_at) == ("North", True, None)

    def test_what_cannot_be_is_said_beside_what_was_written(self, cast: Cast, sign_in: SignIn) -> None:
        new = "/settings/territories/new/?kind=lead"

        for wish in ({"field": ["status"], "values": ["Nowhere"]}, {"name": ""}, {"do": "preview", "values": [""]}):
            answer = sign_in(cast.admin).post(new, sent(cast, **wish))
            assert answer.status_code == 422
            assert 'role="alert"' in words_of(answer)
        assert sign_in(cast.admin).get("/settings/territories/new/?kind=shoe").status_code == 404

    def test_are_for_who_may_change_roles(self, cast: Cast, sign_in: SignIn, lead: Lead) -> None:
        sign_in(cast.admin).post("/settings/territories/new/?kind=lead", sent(cast))

        for person in (cast.ines, cast.maya, cast.omar):
            browser = sign_in(person)
            for path in ("", "new/?kind=lead", "far-north/"):
                assert browser.get(f"/settings/territories/{path}").status_code == 403
            assert browser.post("/settings/territories/far-north/retirement/").status_code == 403
            assert "Territories" not in words_of(browser.get("/leads/"))
        assert "Territories" in words_of(sign_in(cast.admin).get("/leads/"))
