"""Forecasts: kept, held against what happened, told of by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations, worker
from throughline.core.procedures.models import ProcedureVersion, WorkItem
from throughline.core.refusals import NotAllowed, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.insight.simulation.forecasts import compare_forecasts, compared, keep_forecast
from throughline.insight.simulation.models import Experiment, Forecast
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db, pytest.mark.req("I4")]

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


@pytest.fixture
def experiment(cast: Cast, at: datetime) -> Experiment:
    """Give a finished experiment that says: every case ends with *Done*, after two hours on average."""
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    operations.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    operations.publish(key="call-first", by=by, at=at)
    version = ProcedureVersion.objects.select_related("procedure").get()
    report: dict[str, Any] = {"outcomes": {"end": 0.9, "unfinished": 0.1}, "cycle_time": {"mean": 7200.0}}
    return Experiment.objects.create(
        procedure=version.procedure, version=version, name="As it is", drawing=version.bpmn, scenario={},
        status="done", result={"report": report}, requested_at=at, requested_by_label="x", ended_at=at,
    )  # fmt: skip


def keep(cast: Cast, experiment: Experiment, at: datetime, **values: Any) -> Forecast:
    given = {"since": at, "until": at + WEEK, "by": Actor.user(cast.omar), "at": at}
    return keep_forecast(procedure="call-first", experiment_id=experiment.pk, **{**given, **values})


def run(cast: Cast, at: datetime, hours: float, who: str = "maya") -> None:
    """Let a lead come and be called after some hours."""
    by = Actor.user(getattr(cast, who))
    values = {"name": "Ada", "email": f"{who}{at:%d%H%M}@x.org"}
    capture_lead(values=values, by=by, at=at)
    worker.drain(limit=20, at=at)
    done = at + hours * HOUR
    item = WorkItem.objects.get(status=WorkItem.Status.OPEN)
    operations.complete_work_item(
        work_item_id=item.pk, outcome="reached", answers={"note": "x"}, by=Actor.user(cast.admin), at=done
    )
    worker.drain(limit=20, at=done)


class TestKeepForecast:
    def test_keeps_the_shares_of_what_ends(self, cast: Cast, experiment: Experiment, at: datetime) -> None:
        kept = keep(cast, experiment, at)

        assert kept.expected == {"outcomes": {"end": 1.0}, "cycle_seconds": 7200.0}
        assert Entry.objects.filter(event="simulation.forecast_kept").count() == 1

    @pytest.mark.parametrize(
        ("shift", "said"), [({"until": -WEEK}, "ends before"), ({"since": -2 * WEEK, "until": -WEEK}, "over already")]
    )
    def test_refuses_what_is_no_forecast(
        self, cast: Cast, experiment: Experiment, at: datetime, shift: dict[str, timedelta], said: str
    ) -> None:
        with pytest.raises(Refusal, match=said):
            keep(cast, experiment, at, **{name: at + by for name, by in shift.items()})

    def test_sellers_keep_none(self, cast: Cast, experiment: Experiment, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            keep(cast, experiment, at, by=Actor.user(cast.maya))


class TestCompareForecasts:
    def test_agrees_and_tells_who_kept_it_once_when_the_span_is_over(
        self, cast: Cast, experiment: Experiment, at: datetime
    ) -> None:
        kept = keep(cast, experiment, at)
        for number, hours in enumerate((1, 2, 3)):
            run(cast, at + number * 24 * HOUR, hours)

        assert compare_forecasts(at=at + WEEK - HOUR) == 0
        assert compare_forecasts(at=at + WEEK) == 1
        assert compare_forecasts(at=at + WEEK) == 0

        found = compared(kept, cast.omar)
        assert (found.cases, found.agrees) == (3, True)
        assert found.cycle.happened == 7200
        [message] = Notification.objects.filter(user=cast.omar, kind="simulation.forecast_compared")
        assert message.title == "Your forecast “As it is” agrees with what happened"

    def test_differs_when_cases_take_longer(self, cast: Cast, experiment: Experiment, at: datetime) -> None:
        kept = keep(cast, experiment, at)
        for number, hours in enumerate((9, 10, 11)):
            run(cast, at + number * 24 * HOUR, hours)

        found = compared(kept, cast.omar)

        assert found.cycle.agrees is False
        assert found.agrees is False

    def test_says_nothing_where_nothing_ended(self, cast: Cast, experiment: Experiment, at: datetime) -> None:
        assert compared(keep(cast, experiment, at), cast.omar).agrees is None

    @pytest.mark.req("L1")
    def test_counts_only_what_the_asker_sees(self, cast: Cast, experiment: Experiment, at: datetime) -> None:
        kept = keep(cast, experiment, at)
        run(cast, at, 1)

        assert compared(kept, cast.maya).cases == 1
        assert compared(kept, cast.ines).cases == 0
