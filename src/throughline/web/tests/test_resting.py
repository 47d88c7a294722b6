"""Before a record goes into the bin the pages say how many of its cases will rest."""

from __future__ import annotations

import pytest

from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of


@pytest.mark.req("M2")
class TestResting:
    def test_is_told_on_the_record_and_in_the_preview_of_many(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)

        page = words_of(maya.get(f"/leads/{lead.pk}/"))
        preview = words_of(maya.post("/leads/bulk/change/", {"ids": str(lead.pk), "bin": "yes", "do": "look"}))

        assert "1 running case rests meanwhile" in page
        assert "1 running case rests meanwhile" in preview

    def test_work_of_what_lies_in_the_bin_is_in_no_list(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        maya = sign_in(cast.maya)
        before = words_of(maya.get("/"))

        maya.post(f"/leads/{lead.pk}/bin/", follow=True)  # the page that comes next says what was done, by name
        binned = words_of(maya.get("/"))
        maya.post(f"/leads/{lead.pk}/restoration/", follow=True)
        restored = words_of(maya.get("/"))

        assert "Ada Byron" in before
        assert "Ada Byron" not in binned
        assert "Ada Byron" in restored
