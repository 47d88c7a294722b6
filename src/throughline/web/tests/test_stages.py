"""The stages of a relationship, on the person's page."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.people.models import Contact
from throughline.web.tests.conftest import SignIn, words_of


@pytest.mark.req("C5")
class TestStages:
    @pytest.fixture
    def ada(self, cast: Cast, at: datetime) -> Contact:
        values = {"first_name": "Ada", "last_name": "Byron"}
        made: Contact = create_record(spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at)
        return made

    def test_are_moved_with_a_reason_that_the_page_and_the_history_show(
        self, cast: Cast, ada: Contact, sign_in: SignIn
    ) -> None:
        maya = sign_in(cast.maya)

        maya.post(f"/contacts/{ada.pk}/stage/", {"stage": "Advocate", "reason": "Spoke at our day"})
        page = words_of(maya.get(f"/contacts/{ada.pk}/"))

        assert "Spoke at our day" in page
        assert "Stage of the person moved" in page
        assert 'value="Advocate" selected' in page

    def test_no_reason_or_no_right_moves_nothing(self, cast: Cast, ada: Contact, sign_in: SignIn) -> None:
        path = f"/contacts/{ada.pk}/stage/"

        assert sign_in(cast.maya).post(path, {"stage": "Advocate"}).status_code == 422
        assert sign_in(cast.ines).post(path, {"stage": "Advocate", "reason": "x"}).status_code == 404

        ada.refresh_from_db()
        assert ada.lifecycle_stage == "Lead"
