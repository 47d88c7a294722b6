"""The page of workload and relationships."""

from __future__ import annotations

import pytest

from throughline.core.tests.cast import Cast
from throughline.crm.leads.models import Lead
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("I5")]

PAGE = "/insight/workload/"


class TestShow:
    def test_is_one_of_the_pages_of_figures(self, cast: Cast, sign_in: SignIn) -> None:
        assert f'href="{PAGE}"' in words_of(sign_in(cast.maya).get("/insight/"))

    def test_shows_a_manager_the_people_of_the_teams(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.omar).get(PAGE))

        assert all(name in page for name in ("Maya Lin", "Tom Berg", "Ines Duarte"))
        assert "Petra Novak" not in page

    @pytest.mark.req("L1")
    def test_shows_a_seller_nobody_else(self, cast: Cast, lead: Lead, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get(PAGE))

        assert "Managers see the people of their teams" in page
        assert "Tom Berg" not in page
