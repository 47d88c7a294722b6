"""The forecast: kept each day, seen as far as the deals are, held against what became of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import NotAllowed
from throughline.core.tests.cast import Cast
from throughline.crm.deals import operations as deals
from throughline.crm.deals.models import Deal
from throughline.crm.deals.pricing import save_exchange_rate
from throughline.crm.forecast.models import Cell, Snapshot
from throughline.crm.forecast.operations import set_target, take_snapshot
from throughline.crm.forecast.queries import forecast, held_against
from throughline.crm.forecast.rules import Period, accuracy, pace, working_days

QUARTER = Period(date(2026, 1, 1), 3)


def deal(by: User, at: datetime, amount: str, **values: Any) -> Deal:
    """Return a new deal that is expected to close in March."""
    given = {"name": f"Deal {amount}", "amount": amount, "expected_close_on": "2026-03-20", **values}
    made: Deal = create_record(spec=registry.get("deal"), values=given, by=Actor.user(by), at=at)
    return made


@pytest.fixture
def company(cast: Cast, at: datetime) -> Cast:
    """Give deals of Maya, Tom and Ines."""
    deals.ship_pipeline(by=Actor.system(), at=at)
    deal(cast.maya, at, "1000", probability=50)
    deal(cast.maya, at, "400", forecast_category="Commit", probability=90)
    deal(cast.tom, at, "300", expected_close_on="2026-04-02", probability=10)
    deal(cast.ines, at, "5000", probability=50)
    deal(cast.ines, at, "77", expected_close_on=None)
    won = deal(cast.maya, at, "250")
    deals.move_deal(deal_id=won.pk, stage="sales.won", by=Actor.user(cast.maya), at=at)
    return cast


@pytest.mark.req("D1")
class TestForecast:
    """What is foretold."""

    def test_it_adds_up_what_closed_what_is_promised_and_what_is_likely(self, company: Cast, at: datetime) -> None:
        found = forecast(user=company.omar, period=QUARTER, at=at)

        told = found.whole.told
        assert (told.closed, told.commit, told.committed) == (Decimal(250), Decimal(400), Decimal(650))
        assert told.weighted == Decimal("250") + Decimal("500") + Decimal("360") + Decimal("2500")
        assert (found.live, found.undated) == (True, 1)

    def test_people_and_teams_are_parts_of_it(self, company: Cast, at: datetime) -> None:
        found = forecast(user=company.omar, period=QUARTER, at=at)

        assert [line.name for line in found.people] == ["Ines Duarte", "Maya Lin"]
        assert sum(line.told.weighted for line in found.people) == found.whole.told.weighted
        assert sum(line.told.weighted for line in found.teams) == found.whole.told.weighted
        assert sum(told.weighted for _month, told in found.months) == found.whole.told.weighted

    @pytest.mark.req("L1")
    def test_another_teams_money_is_in_no_sum(self, company: Cast, at: datetime) -> None:
        mine = forecast(user=company.tom, period=QUARTER, at=at)
        theirs = forecast(user=company.ines, period=QUARTER, at=at)

        assert mine.whole.told.committed == Decimal(650)
        assert [line.name for line in theirs.people] == ["Ines Duarte"]
        assert theirs.whole.told.closed == 0

    @pytest.mark.req("L1")
    @pytest.mark.parametrize("name", ["hana", "ivo", "petra"])
    def test_hr_interns_and_service_see_none_of_it(self, company: Cast, at: datetime, name: str) -> None:
        with pytest.raises(NotAllowed, match="do not let you see forecasts"):
            forecast(user=getattr(company, name), period=QUARTER, at=at)
        with pytest.raises(NotAllowed):
            held_against(user=getattr(company, name), months=3, at=at + timedelta(days=90))

    def test_other_currencies_count_at_their_rate_or_are_said_to_be_left_out(self, company: Cast, at: datetime) -> None:
        deal(company.maya, at, "100", currency="USD", forecast_category="Commit", probability=90)
        left_out = forecast(user=company.maya, period=QUARTER, at=at)
        by = Actor.user(company.omar)
        save_exchange_rate(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.9"), by=by, at=at)

        counted = forecast(user=company.maya, period=QUARTER, at=at)

        assert (left_out.unrated, counted.unrated) == ({"USD": 1}, {})
        assert counted.whole.told.commit - left_out.whole.told.commit == Decimal("90.00")


@pytest.mark.req("D1")
class TestSnapshots:
    """Any past day can be looked at again."""

    def test_a_kept_day_stays_as_it_was(self, company: Cast, at: datetime) -> None:
        before = forecast(user=company.maya, period=QUARTER, at=at)
        take_snapshot(by=Actor.system(), at=at)
        open_one = Deal.objects.get(amount=1000)
        values = {"amount": "9999"}
        later = at + timedelta(days=1)
        update_record(
            spec=registry.get("deal"), record_id=open_one.pk, values=values, by=Actor.user(company.maya), at=later
        )

        then = forecast(user=company.maya, period=QUARTER, at=later, day=at.date())
        now = forecast(user=company.maya, period=QUARTER, at=later)

        assert (then.whole, then.people, then.months) == (before.whole, before.people, before.months)
        assert (then.live, now.whole.told.weighted > then.whole.told.weighted) == (False, True)

    def test_the_first_of_a_day_stays(self, company: Cast, at: datetime) -> None:
        first = take_snapshot(by=Actor.system(), at=at)
        cells = Cell.objects.count()
        deal(company.maya, at, "1")

        assert take_snapshot(by=Actor.system(), at=at + timedelta(hours=3)).pk == first.pk
        assert (Snapshot.objects.count(), Cell.objects.count()) == (1, cells)

    def test_sales_keeps_none(self, company: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            take_snapshot(by=Actor.user(company.maya), at=at)

    def test_a_period_that_is_over_is_held_against_what_closed(self, company: Cast, at: datetime) -> None:
        take_snapshot(by=Actor.system(), at=at)
        won = Deal.objects.get(amount=400)
        deals.move_deal(deal_id=won.pk, stage="sales.won", by=Actor.user(company.maya), at=at + timedelta(days=9))

        [held] = held_against(user=company.maya, months=3, at=datetime(2026, 4, 1, tzinfo=at.tzinfo))

        assert (held.committed, held.became, held.committed_accuracy) == (Decimal(650), Decimal(650), 100)
        assert held.weighted_accuracy is not None
        assert held.weighted_accuracy < 100


@pytest.mark.req("D1")
class TestTargets:
    """What was aimed at."""

    def test_a_quarter_is_the_sum_of_its_months_with_its_pace(self, company: Cast, at: datetime) -> None:
        by = Actor.user(company.omar)
        for month, amount in ((1, "100"), (2, "100"), (3, "440"), (4, "999")):
            on = date(2026, month, 15)
            set_target(person_id=company.maya.pk, month=on, amount=Decimal(amount), by=by, at=at)

        whole = forecast(user=company.maya, period=QUARTER, at=at).whole

        assert whole.target == Decimal(640)
        assert whole.pace == pace(Decimal(640), QUARTER, at.date()) == Decimal("430.00")

    @pytest.mark.req("L1")
    def test_another_teams_targets_are_not_seen(self, company: Cast, at: datetime) -> None:
        set_target(
            person_id=company.ines.pk, month=QUARTER.first, amount=Decimal(500), by=Actor.user(company.omar), at=at
        )

        assert forecast(user=company.maya, period=QUARTER, at=at).whole.target is None

    def test_only_who_leads_sets_them(self, company: Cast, at: datetime) -> None:
        with pytest.raises(NotAllowed, match="do not let you set targets"):
            set_target(
                person_id=company.tom.pk, month=QUARTER.first, amount=Decimal(1), by=Actor.user(company.maya), at=at
            )
        with pytest.raises(NotAllowed, match="none of your teams"):
            set_target(
                person_id=company.petra.pk, month=QUARTER.first, amount=Decimal(1), by=Actor.user(company.omar), at=at
            )


class TestRules:
    """Periods, paces, accuracy."""

    @given(on=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.sampled_from([1, 3, 12]))
    def test_a_period_holds_its_day_and_meets_its_neighbours(self, on: date, months: int) -> None:
        period = Period.around(on, months)

        assert period.holds(on)
        assert period.next.first == period.last + timedelta(days=1)
        assert period.next.previous == period == period.previous.next

    @given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), length=st.integers(-3, 400))
    def test_working_days_are_counted(self, first: date, length: int) -> None:
        last = first + timedelta(days=length)

        days = (first + timedelta(days=each) for each in range(length + 1))
        assert working_days(first, last) == sum(day.weekday() < 5 for day in days)

    def test_at_the_end_the_pace_is_the_target(self) -> None:
        assert pace(Decimal(640), QUARTER, date(2026, 3, 31)) == pace(Decimal(640), QUARTER, date(2027, 1, 1)) == 640
        assert pace(Decimal(640), QUARTER, date(2025, 12, 31)) == 0

    def test_accuracy_is_told_in_percent(self) -> None:
        pairs = ((100, 100), (80, 100), (120, 100), (500, 100), (1, 0))
        assert [accuracy(Decimal(one), Decimal(other)) for one, other in pairs] == [100, 80, 80, 0, None]
