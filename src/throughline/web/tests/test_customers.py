"""The page of who the customers are."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import unquote_plus

import pytest

from throughline.core.actor import Actor
from throughline.core.records import registry
from throughline.core.records.operations import create_record
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal, Stage, StageKind
from throughline.crm.deals.operations import save_pipeline
from throughline.insight.kpis.tests.test_measuring import STAGES
from throughline.web.tests.conftest import SignIn, words_of
from throughline.web.tests.tables import figures

pytestmark = [pytest.mark.django_db, pytest.mark.req("I8")]

PAGE = "/insight/customers/"


@pytest.fixture
def firm(cast: Cast, at: datetime) -> str:
    """Ada Ltd of Norway bought for 120 from Maya; its person is Bea."""
    by = Actor.user(cast.maya)
    save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)

    def made(kind: str, **values: object) -> int:
        return int(create_record(spec=registry.get(kind), values=values, by=by, at=at).pk)

    firm = made("organization", name="Ada Ltd", country="NO", employees=20)
    made("contact", first_name="Bea", last_name="Berg", organization=firm, country="NO")
    deal = made("deal", name="Telematics for Ada", organization=firm, amount=120, pipeline="sales")
    won = Stage.objects.get(kind=StageKind.WON)
    Deal.objects.filter(pk=deal).update(stage=won, closed_at=at - timedelta(days=40))
    return "Ada Ltd"


def links(page: str) -> list[str]:
    return [unescape(url) for url in re.findall(r'href="(/[a-z]+/\?f=[^"]+)"', page)]


class TestShow:
    def test_is_one_of_the_pages_of_figures(self, cast: Cast, sign_in: SignIn) -> None:
        assert f'href="{PAGE}"' in words_of(sign_in(cast.maya).get("/insight/"))

    def test_shows_customers_cohorts_and_portraits(self, cast: Cast, firm: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.maya).get(PAGE))

        assert "120 EUR" in page
        assert "2026-01" in page
        assert "10–49" in page
        assert "bought in the last 90 days" in page

    def test_every_number_leads_to_a_list_with_just_these(self, cast: Cast, firm: str, sign_in: SignIn) -> None:
        client = sign_in(cast.maya)

        found = links(words_of(client.get(PAGE)))

        assert len(found) > 8
        shown = {url: words_of(client.get(url)) for url in found}
        assert any("Bea Berg" in page for url, page in shown.items() if url.startswith("/contacts/"))
        assert any("Telematics for Ada" in page for url, page in shown.items() if url.startswith("/deals/"))
        assert all(firm in page for url, page in shown.items() if url.startswith("/organizations/"))

    def test_tells_what_customers_say_by_a_field_of_theirs(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        by = Actor.user(cast.maya)
        save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
        for name, country in (("Ada", "NO"), ("Bo", "NO"), ("Cy", "ES")):
            spec = registry.get("organization")
            firm = create_record(spec=spec, values={"name": name, "country": country}, by=by, at=at).pk
            values = {"name": f"Deal of {name}", "organization": firm, "pipeline": "sales"}
            deal = create_record(spec=registry.get("deal"), values=values, by=by, at=at)
            Deal.objects.filter(pk=deal.pk).update(lost_reason="No decision", won_reason=f"Price fits {name}")
        client = sign_in(cast.maya)

        page = words_of(client.get(PAGE, {"by": "country"}))

        told = figures(page, "What they say")
        assert told["decision “No decision”"] == [
            "3 customers, decision", "Deals: Why lost 3", "2 customers, decision", "1 customers, decision",
        ]  # fmt: skip
        assert told["price “Price fits Ada”, “Price fits Bo”"][1] == "Deals: Why won 3"
        for ending in ('"value":["No decision"]}', '"value":"price"}'):
            (there,) = {url for url in links(page) if unquote_plus(url).endswith(ending)}
            listed = words_of(client.get(there))
            assert [name for name in ("Ada", "Bo", "Cy") if f"Deal of {name}" in listed] == ["Ada", "Bo", "Cy"]
        assert "No decision" not in words_of(sign_in(cast.ines).get(PAGE))

    def test_says_what_will_stand_here(self, cast: Cast, sign_in: SignIn) -> None:
        assert "No customers yet" in words_of(sign_in(cast.maya).get(PAGE))

    @pytest.mark.req("L1")
    def test_shows_another_team_nothing(self, cast: Cast, firm: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.ines).get(PAGE))

        assert "No customers yet" in page
        assert "120 EUR" not in page
        assert links(page) == []
