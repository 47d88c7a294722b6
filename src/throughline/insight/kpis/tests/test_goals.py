"""Goals: set, measured with their owner's rights, told when left."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.kpis import goals
from throughline.insight.kpis.models import Goal, GoalState
from throughline.insight.kpis.tests.test_measuring import STAGES, Company

pytestmark = [pytest.mark.django_db, pytest.mark.req("I1")]

HOUR = timedelta(hours=1)


@pytest.fixture
def company(cast: Cast, at: datetime) -> Company:
    """Give the cast with a pipeline."""
    from throughline.crm.deals.operations import save_pipeline

    save_pipeline(key="sales", name="Sales", plans=STAGES, by=Actor.user(cast.omar), at=at)
    return Company(cast, at)


def set_goal(cast: Cast, at: datetime, **values: object) -> Goal:
    given = {"kpi": "lead-conversion", "period": "this_month", "owner_id": cast.maya.pk, "low": Decimal("0.2")}
    return goals.save_goal(**{**given, "by": Actor.user(cast.maya), "at": at, **values})  # type: ignore[arg-type]


class TestSaveGoal:
    def test_is_told_by_the_journal(self, company: Company) -> None:
        goal = set_goal(company.cast, company.at, target=Decimal("0.3"))

        [entry] = Entry.objects.filter(event="goal.saved")
        assert entry.data["kpi"] == "lead-conversion"
        assert goals.goals_of(user=company.cast.maya) == [goal]

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"low": None}, "Give a target"),
            ({"low": Decimal(1), "high": Decimal(0)}, "above its upper end"),
            ({"period": "some_time"}, "means no days"),
        ],
    )
    def test_refuses_what_is_no_goal(self, company: Company, values: dict[str, object], said: str) -> None:
        with pytest.raises(Refusal, match=said):
            set_goal(company.cast, company.at, **values)

    def test_a_seller_sets_none_for_others_and_a_manager_does(self, company: Company) -> None:
        cast = company.cast

        with pytest.raises(NotAllowed):
            set_goal(cast, company.at, owner_id=cast.tom.pk)
        assert set_goal(cast, company.at, owner_id=cast.tom.pk, by=Actor.user(cast.omar)).owner == cast.tom

    def test_refuses_an_owner_who_does_not_see_the_figure(self, company: Company) -> None:
        cast = company.cast

        with pytest.raises(NotFound, match="does not see"):
            set_goal(cast, company.at, owner_id=cast.hana.pk, by=Actor.user(cast.omar))

    def test_another_team_neither_sees_nor_deletes_it(self, company: Company) -> None:
        cast = company.cast
        goal = set_goal(cast, company.at)

        assert goals.goals_of(user=cast.ines) == []
        with pytest.raises(NotFound):
            goals.delete_goal(goal_id=goal.pk, by=Actor.user(cast.ines), at=company.at)


class TestProgress:
    def test_is_the_share_of_the_target(self, company: Company) -> None:
        cast = company.cast
        for number in range(10):
            company.lead(cast.maya, converted_at=company.at if number < 3 else None)
        goal = set_goal(cast, company.at, target=Decimal("0.5"), low=None)

        found = goals.progress_of(goal, at=company.at)

        assert found.figure.value == 0.3
        assert found.reached == pytest.approx(0.6)
        assert found.in_band is None

    def test_of_less_is_better_counts_the_other_way(self, company: Company) -> None:
        cast = company.cast
        company.lead(cast.maya, first_responded_at=company.at + 2 * HOUR)
        goal = set_goal(cast, company.at, kpi="first-response", target=Decimal(3600), low=None)

        assert goals.progress_of(goal, at=company.at).reached == 0.5

    def test_counts_only_what_the_owner_sees(self, company: Company) -> None:
        cast = company.cast
        company.lead(cast.maya, converted_at=company.at)
        company.lead(cast.ines)

        assert goals.progress_of(set_goal(cast, company.at), at=company.at).figure.denominator == 1


class TestWatchGoals:
    def test_tells_the_owner_once_until_it_is_back(self, company: Company) -> None:
        cast, at = company.cast, company.at
        goal = set_goal(cast, at)
        lead = company.lead(cast.maya)

        assert goals.watch_goals(at=at) == 1
        assert goals.watch_goals(at=at + HOUR) == 0

        [message] = Notification.objects.filter(user=cast.maya, kind="goal.left_band")
        assert message.title == "Lead conversion is 0.0 %, outside of 20.0 % to …"
        goal.refresh_from_db()
        assert (goal.state, goal.left_at) == (GoalState.OUT_OF_BAND, at)

        type(lead).objects.update(converted_at=at)
        goals.watch_goals(at=at + 2 * HOUR)
        type(lead).objects.update(converted_at=None)
        assert goals.watch_goals(at=at + 3 * HOUR) == 1
        assert Notification.objects.filter(user=cast.maya, kind="goal.left_band").count() == 2
        told = list(Entry.objects.filter(event__startswith="goal.").order_by("id").values_list("event", flat=True))
        assert told == ["goal.saved", "goal.left_band", "goal.back_in_band", "goal.left_band"]

    def test_the_unknown_is_no_alarm(self, company: Company) -> None:
        set_goal(company.cast, company.at)

        assert goals.watch_goals(at=company.at) == 0

    def test_each_is_looked_at_every_ten_minutes(self, company: Company) -> None:
        goal = set_goal(company.cast, company.at)

        goals.watch_goals(at=company.at)
        goals.watch_goals(at=company.at + timedelta(minutes=9))

        goal.refresh_from_db()
        assert goal.looked_at == company.at
