"""Pages of dashboards: built by buttons and by what was dragged, true for each viewer."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import save_pipeline
from throughline.insight.dashboards.models import Dashboard
from throughline.insight.dashboards.tiles import read
from throughline.insight.kpis.tests.test_measuring import STAGES, Company
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1")]


@pytest.fixture
def company(cast: Cast, at: datetime) -> Company:
    """Give two leads of Maya's, of which one became a deal, and one of Ines's."""
    save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
    made = Company(cast, at)
    made.lead(cast.maya, converted_at=at)
    made.lead(cast.maya)
    made.lead(cast.ines)
    return made


class TestShipped:
    @pytest.mark.parametrize("key", ["sales", "management"])
    def test_is_there_for_everybody_with_reports(self, company: Company, sign_in: SignIn, key: str) -> None:
        for who in (company.cast.maya, company.cast.omar, company.cast.petra):
            assert sign_in(who).get(f"/insight/dashboards/shipped/{key}/").status_code == 200
        assert sign_in(company.cast.hana).get(f"/insight/dashboards/shipped/{key}/").status_code == 403

    @pytest.mark.req("L1")
    def test_counts_what_the_viewer_sees(self, company: Company, sign_in: SignIn) -> None:
        pages = {
            who.name: sign_in(who).get("/insight/dashboards/shipped/sales/").content.decode()
            for who in (company.cast.maya, company.cast.ines)
        }

        assert "1 of 2, 1 still open" in pages["Maya Lin"]
        assert "0 of 1, 1 still open" in pages["Ines Duarte"]

    def test_is_copied_to_be_changed(self, company: Company, sign_in: SignIn) -> None:
        browser = sign_in(company.cast.maya)

        answer = browser.post("/insight/dashboards/new/", {"name": "My sales", "shipped": "sales"})

        made = Dashboard.objects.get()
        assert answer["Location"] == f"/insight/dashboards/{made.pk}/?edit=1"
        assert "1 of 2, 1 still open" in browser.get(answer["Location"]).content.decode()


class TestBuilding:
    @pytest.fixture
    def made(self, company: Company, sign_in: SignIn) -> Dashboard:
        """Give a dashboard of Maya's with each kind of tile."""
        browser = sign_in(company.cast.maya)
        browser.post("/insight/dashboards/new/", {"name": "Mine"})
        found = Dashboard.objects.get()
        for sent in (
            {"kind": "number", "kpi": "lead-conversion"}, {"kind": "trend", "kpi": "lead-conversion", "step": "week"},
            {"kind": "bars", "kpi": "lead-conversion", "by": "region"}, {"kind": "funnel"},
            {"kind": "table", "kpi": "lead-conversion"},
        ):  # fmt: skip
            browser.post(f"/insight/dashboards/{found.pk}/tiles/", sent)
        found.refresh_from_db()
        return found

    def test_shows_every_kind_of_tile(self, company: Company, made: Dashboard, sign_in: SignIn) -> None:
        page = sign_in(company.cast.maya).get(f"/insight/dashboards/{made.pk}/").content.decode()

        assert [tile.kind for tile in read(made.tiles)] == ["number", "trend", "bars", "funnel", "table"]
        assert page.count('data-island="plot"') == 3
        assert "Customer" in page

    @pytest.mark.parametrize(
        ("deed", "ids", "size"),
        [
            ("later", [2, 1, 3, 4, 5], (3, 2)),
            ("wider", [1, 2, 3, 4, 5], (4, 2)),
            ("higher", [1, 2, 3, 4, 5], (3, 3)),
            ("remove", [2, 3, 4, 5], None),
        ],
    )
    def test_is_changed_by_buttons(
        self, company: Company, made: Dashboard, sign_in: SignIn, deed: str, ids: list[int], size: object
    ) -> None:
        sign_in(company.cast.maya).post(f"/insight/dashboards/{made.pk}/tiles/1/", {"deed": deed})

        made.refresh_from_db()
        tiles = {tile.id: tile for tile in read(made.tiles)}
        assert list(tiles) == ids
        assert size is None or (tiles[1].wide, tiles[1].high) == size

    def test_is_changed_by_what_was_dragged(self, company: Company, made: Dashboard, sign_in: SignIn) -> None:
        browser, url = sign_in(company.cast.maya), f"/insight/dashboards/{made.pk}/arrangement/"

        answer = browser.post(url, {"version": made.version, "tile": 5, "place": 0}, "application/json")
        late = browser.post(url, {"version": made.version, "tile": 5, "place": 1}, "application/json")

        assert [tile["id"] for tile in answer.json()["tiles"]] == [5, 1, 2, 3, 4]
        assert late.status_code == 409

    @pytest.mark.req("L1")
    def test_is_shared_with_a_team_and_counted_anew_for_each(
        self, company: Company, made: Dashboard, sign_in: SignIn
    ) -> None:
        cast = company.cast
        sign_in(cast.maya).post(f"/insight/dashboards/{made.pk}/sharing/", {"with": str(cast.north.pk)})

        seen = {
            who.name: sign_in(who).get(f"/insight/dashboards/{made.pk}/") for who in (cast.tom, cast.omar, cast.ines)
        }

        assert [answer.status_code for answer in seen.values()] == [200, 200, 404]
        assert "1 of 3, 2 still open" in seen["Omar Haddad"].content.decode()
        assert "Change it" not in seen["Tom Berg"].content.decode()

    def test_refuses_a_tile_of_nothing(self, company: Company, made: Dashboard, sign_in: SignIn) -> None:
        browser = sign_in(company.cast.maya)

        for sent in ({"kind": "cloud"}, {"kind": "bars", "kpi": "lead-conversion", "by": "stage"}):
            assert browser.post(f"/insight/dashboards/{made.pk}/tiles/", sent).status_code == 422
