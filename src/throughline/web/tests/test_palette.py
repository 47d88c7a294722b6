"""The command palette: where one may go, what one may make, what can be done on every page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn


def offered(client: Client, words: str = "") -> list[str]:
    """Return what the palette offers for some words, in its order."""
    page = client.get("/search/", {"q": words}, headers={"HX-Request": "true"}).content.decode()
    return [title.strip() for title in re.findall(r"</svg><span>([^<]+)</span>", page)]


@pytest.mark.req("M1")
class TestPalette:
    """Without words it offers all of it."""

    def test_goes_to_every_page_of_the_navigation_and_to_no_other(self, cast: Cast, sign_in: SignIn) -> None:
        everything = offered(sign_in(cast.admin))

        assert {"My work", "Leads", "Forecast", "Imports", "Roles", "People and teams", "Notifications"} <= set(
            everything
        )
        assert {"Forecast", "Roles", "Pipelines", "New deal"}.isdisjoint(offered(sign_in(cast.hana)))

    def test_makes_what_one_may_make(self, cast: Cast, sign_in: SignIn) -> None:
        assert offered(sign_in(cast.maya), "new deal") == ["New deal"]

    def test_does_what_can_be_done_anywhere(self, cast: Cast, sign_in: SignIn) -> None:
        page = sign_in(cast.maya).get("/search/?q=dark", headers={"HX-Request": "true"}).content.decode()

        assert 'data-click="[data-prefer=&quot;theme=dark&quot;]"' in page
        assert offered(sign_in(cast.maya), "print") == ["Print this page"]

    def test_shows_records_before_commands(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        assert offered(sign_in(cast.maya), "ada")[0] == "Ada Byron"
