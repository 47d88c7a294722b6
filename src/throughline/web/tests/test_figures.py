"""Pages of key figures: what they say, where they lead, and for whom they are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.tests.cast import Cast
from throughline.crm.deals.operations import save_pipeline
from throughline.crm.leads.models import Lead
from throughline.insight.kpis.definitions import KPIS
from throughline.insight.kpis.models import Goal
from throughline.insight.kpis.tests.test_measuring import STAGES, Company
from throughline.web.tests.conftest import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1")]

DAY = timedelta(days=1)


@pytest.fixture
def company(cast: Cast, at: datetime) -> Company:
    """Give leads of the last weeks: of Maya's ten one in two became a deal, of Ines's four none."""
    save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
    made = Company(cast, at)
    for number in range(10):
        made.lead(cast.maya, -number, converted_at=at if number % 2 else None)
    for number in range(4):
        made.lead(cast.ines, -number)
    return made


class TestAll:
    def test_shows_figures_with_what_they_are_of(self, company: Company, sign_in: SignIn) -> None:
        page = sign_in(company.cast.maya).get("/insight/").content.decode()

        assert "Lead conversion" in page
        assert "50.0 %" in page
        assert "5 of 10, 5 still open" in page

    def test_what_is_unknown_waits_and_is_no_zero(self, company: Company, sign_in: SignIn) -> None:
        page = sign_in(company.cast.maya).get("/insight/").content.decode()

        assert "waits for surveys and their answers" in page

    @pytest.mark.req("L1")
    def test_another_team_counts_its_own(self, company: Company, sign_in: SignIn) -> None:
        page = sign_in(company.cast.ines).get("/insight/").content.decode()

        assert "0 of 4, 4 still open" in page
        assert "of 10" not in page

    @pytest.mark.req("L1")
    def test_hr_sees_neither_the_page_nor_the_way_there(self, company: Company, sign_in: SignIn) -> None:
        browser = sign_in(company.cast.hana)

        assert browser.get("/insight/").status_code == 403
        assert browser.get("/insight/figures/revenue-won/").status_code == 403
        assert 'href="/insight/"' not in browser.get("/").content.decode()


class TestOne:
    @pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.key)
    def test_states_its_definition(self, company: Company, sign_in: SignIn, kpi: object) -> None:
        answer = sign_in(company.cast.admin).get(f"/insight/figures/{kpi.key}/")  # type: ignore[attr-defined]

        page = answer.content.decode()
        assert answer.status_code == 200
        for word in ("Population", "Period", "Numerator", "Denominator"):
            assert f"<dt>{word}</dt>" in page

    def test_says_where_the_trend_may_still_change(self, company: Company, sign_in: SignIn, at: datetime) -> None:
        Lead.objects.filter(created_at__lt=at - 7 * DAY).update(closed_at=at)
        browser = sign_in(company.cast.maya)

        page = browser.get("/insight/figures/lead-conversion/?step=day&period=last_90_days").content.decode()

        assert "more than 1 in 10 is still open there" in page
        assert (
            page.count("may still change</span>")
            == Lead.objects.filter(owner=company.cast.maya, closed_at=None, converted_at=None).count()
        )
        assert "still open there" not in browser.get("/insight/figures/closed-win-rate/").content.decode()

    def test_lists_the_records_behind_it(self, company: Company, sign_in: SignIn) -> None:
        page = sign_in(company.cast.maya).get("/insight/figures/lead-conversion/?part=counted").content.decode()

        assert "1 to 5 of 5" in page

    def test_a_part_leads_to_its_own_page(self, company: Company, sign_in: SignIn) -> None:
        browser = sign_in(company.cast.omar)
        page = browser.get("/insight/figures/lead-conversion/?by=owner").content.decode()
        assert f"owner={company.cast.maya.pk}" in page

        of_maya = browser.get(f"/insight/figures/lead-conversion/?owner={company.cast.maya.pk}").content.decode()

        assert "5 of 10" in of_maya
        assert "Owner: Maya Lin" in of_maya

    @pytest.mark.parametrize("query", ["period=some", "since=a&until=b", "by=pipeline", "part=half", "owner=x"])
    def test_refuses_what_it_cannot_read(self, company: Company, sign_in: SignIn, query: str) -> None:
        answer = sign_in(company.cast.maya).get(f"/insight/figures/lead-conversion/?{query}")

        assert answer.status_code == 422

    def test_there_is_no_other(self, company: Company, sign_in: SignIn) -> None:
        assert sign_in(company.cast.maya).get("/insight/figures/win-rate/").status_code == 404


class TestGoals:
    def test_is_set_on_the_page_in_percent_and_shown_with_its_progress(self, company: Company, sign_in: SignIn) -> None:
        browser = sign_in(company.cast.maya)
        sent = {"period": "last_90_days", "target": "62,5", "low": "40"}

        browser.post("/insight/figures/lead-conversion/goals/", sent)

        goal = Goal.objects.get()
        assert (float(goal.target or 0), float(goal.low or 0), goal.owner) == (0.625, 0.4, company.cast.maya)
        page = browser.get("/insight/goals/").content.decode()
        assert "80 %" in page
        assert "in its band" in page
        browser.post(f"/insight/goals/{goal.pk}/deletion/")
        assert not Goal.objects.exists()

    def test_of_others_are_not_shown(self, company: Company, sign_in: SignIn) -> None:
        sign_in(company.cast.maya).post("/insight/figures/lead-conversion/goals/", {"period": "today", "low": "40"})

        page = sign_in(company.cast.ines).get("/insight/goals/").content.decode()

        assert "No goals yet" in page
