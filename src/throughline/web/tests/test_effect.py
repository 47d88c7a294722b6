"""The page of before and after."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.web.tests.charts import CALL_FIRST
from throughline.web.tests.conftest import SignIn, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("I7")]

PAGE = "/procedures/call-first/effect/"


@pytest.fixture
def ran(cast: Cast, at: datetime, procedure: str) -> str:
    """Four leads of Maya's through version 1, four through version 2, two months ago."""
    by, then = Actor.user(cast.admin), at.replace(month=1)
    for version in (1, 2):
        if version == 2:
            operations.save_draft(key=procedure, drawing=CALL_FIRST, by=by, at=then)
            operations.publish(key=procedure, by=by, at=then)
        for number in range(4):
            values = {"name": "Ada", "email": f"a{version}{number}@x.org"}
            capture_lead(values=values, by=Actor.user(cast.maya), at=then)
    Case.objects.filter(version__number=2).update(status="finished", ended_at=then.replace(hour=11))
    return procedure


class TestShow:
    def test_is_one_of_the_ways_to_look_at_a_procedure(self, cast: Cast, procedure: str, sign_in: SignIn) -> None:
        assert f'href="{PAGE}"' in words_of(sign_in(cast.omar).get("/procedures/call-first/live/"))

    def test_compares_the_version_that_runs_with_the_one_before(self, cast: Cast, ran: str, sign_in: SignIn) -> None:
        answer = sign_in(cast.admin).get(PAGE)

        page = words_of(answer)
        assert "Version 1 → Version 2" in page
        assert "30 d" in page
        assert "2 h" in page
        assert "Hours of work saved per month" in page

    def test_takes_other_assumptions_and_shows_them(self, cast: Cast, ran: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.admin).get(PAGE, {"minutes": "7.5", "cost": "900"}))

        assert "<dd>7.5</dd>" in page
        assert "<dd>900</dd>" in page
        assert "Has paid after" in page

    def test_compares_the_time_before_and_after_a_day(self, cast: Cast, ran: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.admin).get(PAGE, {"by": "period", "change": "2026-01-01"}))

        assert "90 days before 2026-01-01 → since 2026-01-01" in page

    @pytest.mark.parametrize(
        "asked", [{"days": "x"}, {"days": "0"}, {"minutes": "-1"}, {"rate": "nan"}, {"by": "period", "change": "soon"}]
    )
    def test_refuses_what_it_cannot_read(self, cast: Cast, ran: str, sign_in: SignIn, asked: dict[str, str]) -> None:
        assert sign_in(cast.admin).get(PAGE, asked).status_code == 422

    @pytest.mark.req("L1")
    def test_counts_what_the_reader_sees(self, cast: Cast, ran: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.ines).get(PAGE))

        assert "Counted are the cases that you may see." in page
        assert "one of the sides has too few cases" in page

    def test_says_what_to_do_first(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        operations.create_procedure(key="new", name="New", record_type="lead", by=Actor.user(cast.admin), at=at)

        assert "Nothing ran yet" in words_of(sign_in(cast.omar).get("/procedures/new/effect/"))


@pytest.mark.req("A7")
class TestOffices:
    """The same procedure, team by team."""

    OFFICES = "/procedures/call-first/offices/"

    def test_is_reached_from_the_effect_and_from_the_variants(self, cast: Cast, ran: str, sign_in: SignIn) -> None:
        omar = sign_in(cast.omar)

        assert f'href="{self.OFFICES}"' in words_of(omar.get(PAGE))
        assert f'href="{self.OFFICES}"' in words_of(omar.get("/procedures/call-first/variants/"))

    def test_shows_each_team_with_its_cases_and_its_first_months(
        self, cast: Cast, ran: str, at: datetime, sign_in: SignIn
    ) -> None:
        values = {"name": "Bo", "email": "b@x.org"}
        capture_lead(values=values, by=Actor.user(cast.ines), at=at.replace(month=1))

        page = words_of(sign_in(cast.admin).get(self.OFFICES))

        assert "Sales North" in page
        assert "Standard 8" in page
        assert "Sales South" in page
        assert "Standard 1" in page
        assert "not enough cases yet to say where teams differ" in page
        assert "Month 1" in page

    @pytest.mark.req("L1")
    def test_another_team_sees_and_counts_its_own_only(self, cast: Cast, ran: str, sign_in: SignIn) -> None:
        page = words_of(sign_in(cast.ines).get(self.OFFICES))

        assert "No cases yet" in page
        assert "Sales North" not in page

    def test_a_procedure_without_records_says_so(self, cast: Cast, at: datetime, sign_in: SignIn) -> None:
        operations.create_procedure(key="bare", name="Bare", record_type="", by=Actor.user(cast.admin), at=at)

        page = words_of(sign_in(cast.admin).get("/procedures/bare/offices/"))

        assert "travels with no record" in page
