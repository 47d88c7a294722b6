"""The tree of organizations, on the page of each."""

from __future__ import annotations

import html
import re
from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import ship_pipeline
from throughline.web.tests.conftest import SignIn, words_of


@pytest.mark.req("D4")
class TestTree:
    def test_an_organization_shows_its_group_and_leads_to_the_deals_of_all(
        self, cast: Cast, sign_in: SignIn, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        ship_pipeline(by=Actor.system(), at=at)
        acme = create_record(spec=registry.get("organization"), values={"name": "Acme"}, by=by, at=at)
        below = {"name": "Acme North", "parent": acme.pk}
        north = create_record(spec=registry.get("organization"), values=below, by=by, at=at)
        values = {"name": "Turbines", "organization": north.pk, "amount": "1200"}
        create_record(spec=registry.get("deal"), values=values, by=by, at=at)
        maya = sign_in(cast.maya)

        page = maya.get(f"/organizations/{acme.pk}/").content.decode()
        (listed,) = re.findall(r'href="([^"]+)">1<span class="sr-only"> open deals of Acme and below', page)

        assert "The whole group" in page
        assert "1,200" in page
        assert "Turbines" in words_of(maya.get(html.unescape(listed)))
        assert "Acme" not in words_of(sign_in(cast.ines).get(f"/organizations/{acme.pk}/"))
