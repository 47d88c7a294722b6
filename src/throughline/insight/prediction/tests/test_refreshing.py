"""The worker learns anew, and what it found is read per case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations as procedures
from throughline.core.procedures import worker
from throughline.core.procedures.models import Case, Procedure
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.insight.mined.sources import procedure_source
from throughline.insight.prediction import operations, refreshing
from throughline.insight.prediction.models import Outlook, Prediction
from throughline.insight.prediction.operations import keep_prediction
from throughline.insight.prediction.queries import outlooks
from throughline.insight.prediction.refreshing import due, refresh_predictions
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db, pytest.mark.req("I2")]

HOUR = timedelta(hours=1)
SHOWN = {"shown": True, "reason": "", "validation": None}


def result(case: Case, **values: float) -> dict[str, Any]:
    """What learning apart answers, as far as it is kept per case."""
    return {"questions": {"remaining": SHOWN, "late": SHOWN}, "open": {str(case.pk): values}, "finished": 200}


@pytest.fixture
def case(cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Case:
    """An open case beside one that is over; one is enough to learn from."""
    by = Actor.user(cast.admin)
    procedures.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    procedures.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    procedures.publish(key="call-first", by=by, at=at)
    for name in ("ada", "bo"):
        capture_lead(values={"name": name, "email": f"{name}@x.org"}, by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)
    over, still = Case.objects.order_by("pk")
    Case.objects.filter(pk=over.pk).update(status="finished", ended_at=at)
    monkeypatch.setattr(refreshing, "LEAST_OVER", 1)
    return still


def keep(cast: Cast, case: Case, at: datetime, **values: float) -> None:
    source = procedure_source(procedure="call-first", user=cast.admin)
    keep_prediction(source=source, result=result(case, **values), by=Actor.system(), at=at)


class TestKeepPrediction:
    def test_keeps_what_it_says_of_each_open_case(self, cast: Cast, at: datetime, case: Case) -> None:
        keep(cast, case, at + HOUR, remaining=7200.0, late=0.7, **{"outcome:end": 0.9})

        found = outlooks(cases=[case.pk])[case.pk]

        assert found.ends_at == at + 2 * HOUR
        assert (found.late, found.ends) == (0.7, {"end": 0.9})

    def test_says_nothing_of_questions_that_are_not_shown(self, cast: Cast, at: datetime, case: Case) -> None:
        keep(cast, case, at + HOUR, late=0.2)

        assert outlooks(cases=[case.pk])[case.pk].ends_at is None

    def test_what_was_said_before_is_gone(self, cast: Cast, at: datetime, case: Case) -> None:
        keep(cast, case, at, late=0.2)
        keep(cast, case, at + HOUR)

        assert not Outlook.objects.exists()


class TestOutlooks:
    def test_of_a_case_that_has_moved_are_not_told(self, cast: Cast, at: datetime, case: Case) -> None:
        keep(cast, case, at, late=0.2)
        Case.objects.filter(pk=case.pk).update(moved_at=at + HOUR)

        assert outlooks(cases=[case.pk]) == {}

    def test_of_a_case_that_is_over_are_not_told(self, cast: Cast, at: datetime, case: Case) -> None:
        keep(cast, case, at, late=0.2)
        Case.objects.filter(pk=case.pk).update(status="finished", ended_at=at)

        assert outlooks(cases=[case.pk]) == {}

    def test_of_no_cases_ask_nothing(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert outlooks(cases=[]) == {}


class TestDue:
    def test_is_what_was_never_learned(self, at: datetime, case: Case) -> None:
        found = due(at=at)

        assert found is not None
        assert found.pk == case.version_id

    def test_is_what_has_moved_since_an_hour_ago(self, cast: Cast, at: datetime, case: Case) -> None:
        keep(cast, case, at, late=0.2)
        assert due(at=at + 2 * HOUR) is None
        Case.objects.filter(pk=case.pk).update(moved_at=at + timedelta(minutes=5))

        assert due(at=at + timedelta(minutes=59)) is None
        assert due(at=at + HOUR) is not None

    def test_is_nothing_with_too_few_cases_over(
        self, at: datetime, case: Case, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(refreshing, "LEAST_OVER", 2)

        assert due(at=at) is None


class TestRefreshPredictions:
    @pytest.fixture(autouse=True)
    def at_once(self, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
        """Learning apart is tested beside; here it answers at once."""
        monkeypatch.setattr(operations, "_learned", lambda *_given: result(case, late=0.4))

    def test_learns_without_anybody_asking(self, at: datetime, case: Case) -> None:
        assert refresh_predictions(at=at) == "call-first"

        assert Prediction.objects.get().learned_by_label == Actor.system().label
        assert outlooks(cases=[case.pk])[case.pk].late == 0.4
        assert Entry.objects.filter(event="prediction.learned").count() == 1

    def test_learns_one_version_every_ten_minutes(self, at: datetime, case: Case) -> None:
        refresh_predictions(at=at)
        Prediction.objects.all().delete()

        assert refresh_predictions(at=at + timedelta(minutes=9)) == ""
        assert refresh_predictions(at=at + timedelta(minutes=10)) == "call-first"

    def test_what_refuses_to_be_learned_waits(self, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operations, "EVENTS_AT_MOST", 0)

        assert refresh_predictions(at=at) == ""
        assert Procedure.objects.count() == 1
