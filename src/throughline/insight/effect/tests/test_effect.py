"""Before and after, on cases counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures import charts
from throughline.core.procedures.models import Case, Incident
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.effect import Assumptions, Effect, Side, compare, saving
from throughline.insight.effect.measuring import Compared, Mean
from throughline.insight.kpis.statistics import Interval, newcombe

pytestmark = [pytest.mark.django_db, pytest.mark.req("I7")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TWO = c.chart(
    c.captured(), c.work("call", due='duration("PT2H")'), c.work("write"), c.end("sold"),
    c.flows("captured > call > write > sold"),
)  # fmt: skip
ONE = c.chart(c.captured(), c.work("call", due='duration("PT2H")'), c.end("sold"), c.flows("captured > call > sold"))


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Desk:
    """Ten cases of version 1 with two human steps, ten of version 2 with one; all over after an hour per step."""
    charts.forget_all()
    made = Desk(cast, at)
    for drawing in (TWO, ONE):
        made.publish(drawing)
        made.capture(10)
        made.drain()
        while items := made.open_items():
            made.now += HOUR
            for item in items:
                made.complete(item)
            made.drain()
    return made


def effect(desk: Desk, **values: object) -> Effect:
    given = {
        "procedure": "test", "user": desk.cast.admin, "before": Side(version=1), "after": Side(version=2), "days": 1,
        "at": desk.now + 2 * DAY,
    }  # fmt: skip
    return compare(**{**given, **values})  # type: ignore[arg-type]


def figure(desk: Desk, key: str, **values: object) -> Compared:
    found = effect(desk, **values).figure(key)
    assert found is not None
    return found


class TestCompare:
    def test_tells_the_time_to_the_end_of_both_versions(self, desk: Desk) -> None:
        time = figure(desk, "time")

        assert (time.before.count, time.before.mean) == (10, 7200)
        assert (time.after.count, time.after.mean) == (10, 3600)
        assert time.difference == -3600
        assert time.is_good

    def test_counts_human_steps(self, desk: Desk) -> None:
        steps = figure(desk, "steps")

        assert (steps.before.mean, steps.after.mean) == (2, 1)

    def test_counts_errors_with_an_interval(self, desk: Desk) -> None:
        for case in Case.objects.filter(version__number=1)[:6]:
            Incident.objects.create(
                case=case,
                version=case.version,
                node="call",
                message="Expected mail, but none.",
                opened_at=case.started_at,
            )

        incidents = figure(desk, "incidents")

        assert (incidents.before.mean, incidents.after.mean) == (0.6, 0.0)
        assert incidents.interval == newcombe(6, 10, 0, 10)
        assert incidents.is_good

    def test_what_may_be_chance_is_neither_good_nor_bad(self, desk: Desk) -> None:
        case = Case.objects.filter(version__number=1).first()
        assert case is not None
        Incident.objects.create(
            case=case, version=case.version, node="call", message="Expected mail, but none.", opened_at=case.started_at
        )

        assert figure(desk, "incidents").is_good is None

    def test_success_are_the_chosen_ends(self, desk: Desk) -> None:
        assert figure(desk, "success", good=["Sold"]).after.mean == 1
        assert figure(desk, "success", good=["Lost"]).after.mean == 0

    def test_success_of_a_lead_is_to_become_a_deal(self, desk: Desk) -> None:
        from throughline.crm.leads.models import Lead

        first = Case.objects.filter(version__number=2).values_list("record_id", flat=True).first()
        Lead.objects.filter(pk=first).update(converted_at=desk.now)  # type: ignore[misc]

        assert figure(desk, "success").after.mean == 0.1

    def test_both_sides_are_read_at_the_same_age(self, desk: Desk) -> None:
        young = effect(desk, days=30, at=desk.now + 10 * DAY)

        assert (young.before_cases, young.after_cases) == (0, 0)
        assert young.figures[0].interval is None

    def test_tells_how_many_cases_come_in_a_month(self, desk: Desk) -> None:
        first = Case.objects.filter(version__number=2).earliest("started_at").started_at

        assert effect(desk, at=first + 16 * DAY).per_month == pytest.approx(300 / 15)

    def test_periods_are_sides_as_well(self, desk: Desk) -> None:
        middle = Case.objects.filter(version__number=2).earliest("started_at").started_at

        time = figure(desk, "time", before=Side(until=middle), after=Side(since=middle))

        assert (time.before.mean, time.after.mean) == (7200, 3600)

    @pytest.mark.req("L1")
    def test_counts_only_what_the_asker_sees(self, desk: Desk) -> None:
        hidden, shown = effect(desk, user=desk.cast.ines), effect(desk)

        assert (hidden.after_cases, hidden.sees_all) == (0, False)
        assert (shown.after_cases, shown.sees_all) == (10, True)

    def test_refuses_what_there_is_not(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            effect(desk, procedure="none")
        with pytest.raises(Refusal, match="1 to 365 days"):
            effect(desk, days=0)


def made(before: float, after: float, low: float, high: float, key: str) -> Compared:
    mean = [Mean(100, each, 1.0) for each in (before, after)]
    return Compared(key, "count", "down", mean[0], mean[1], after - before, Interval(low, high))


class TestSaving:
    EFFECT = Effect(
        (made(0.2, 0.3, 0.05, 0.15, "success"), made(4, 3, -1.5, -0.5, "steps")), 100, 100, per_month=60, days=30,
        sees_all=True,
    )  # fmt: skip

    def test_turns_steps_into_hours_and_money(self) -> None:
        found = saving(self.EFFECT, Assumptions(minutes=30, rate=50, cost=1800, months=12))

        assert found is not None
        assert (found.hours.value, found.hours.interval) == (30, Interval(15, 45))
        assert found.of_hours.value == 1500
        assert found.total.value == 12 * 1500 - 1800
        assert found.total.interval == Interval(12 * 750 - 1800, 12 * 2250 - 1800)
        assert found.roi == pytest.approx(9)
        assert found.pays_after == pytest.approx(1.2)

    def test_successes_are_worth_what_somebody_said(self) -> None:
        found = saving(self.EFFECT, Assumptions(minutes=0, value=100))

        assert found is not None
        assert found.of_success is not None
        assert found.of_success.value == pytest.approx(600)
        assert found.roi is None

    def test_a_change_that_costs_work_never_pays(self) -> None:
        worse = Effect((made(3, 4, 0.5, 1.5, "steps"),), 100, 100, per_month=60, days=30, sees_all=True)

        found = saving(worse, Assumptions(cost=100))

        assert found is not None
        assert found.hours.value == -15
        assert found.pays_after is None

    def test_says_nothing_while_a_side_is_empty(self) -> None:
        assert saving(Effect((), 0, 0, 0.0, 30, sees_all=True), Assumptions()) is None
