"""Predictions for open cases, from the question to what is kept."""

from __future__ import annotations

from datetime import datetime

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations as procedures
from throughline.core.procedures import worker
from throughline.core.refusals import NotAllowed
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.flow.mining.filters import Containing, filtered
from throughline.insight.prediction import desk
from throughline.insight.prediction.operations import learn
from throughline.insight.prediction.queries import learned
from throughline.insight.prediction.tests.test_prediction import _log as made_log
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.req("I2")]


class TestAnswer:
    def test_tells_of_open_cases_what_was_learned_from_the_others(self) -> None:
        log = made_log(900, 3, telling=True, outcome=True)
        names = list(log.names)
        finished, won = set(names[:-5]), {name for name in names if _last(log, name) == "won"}

        found = desk.answer(log, finished, {"won": won})

        assert found["finished"] == 895
        assert found["questions"]["remaining"]["shown"]
        assert found["questions"]["won"]["shown"]
        assert set(found["open"]) == set(names[-5:])
        for case in names[-5:]:
            assert found["open"][case]["remaining"] >= 0
            assert 0 <= found["open"][case]["won"] <= 1

    def test_predicts_nothing_from_pure_chance(self) -> None:
        log = made_log(900, 4, telling=False, outcome=True)
        names = list(log.names)

        found = desk.answer(log, set(names[:-5]), {"won": {name for name in names if _last(log, name) == "won"}})

        assert not found["questions"]["won"]["shown"]
        assert found["questions"]["won"]["reason"]
        assert all("won" not in each for each in found["open"].values())


def _last(log: object, name: str) -> str:
    only = filtered(log, [Containing((name,))])  # type: ignore[arg-type]
    return only.activity.to_list()[-1] or ""


@pytest.mark.django_db
class TestLearn:
    @pytest.fixture
    def procedure(self, cast: Cast, at: datetime) -> str:
        """A procedure with one open case."""
        by = Actor.user(cast.admin)
        procedures.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
        procedures.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
        procedures.publish(key="call-first", by=by, at=at)
        capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)
        worker.drain(limit=50, at=at)
        return "call-first"

    def test_says_when_there_is_too_little_and_keeps_it(self, cast: Cast, at: datetime, procedure: str) -> None:
        made = learn(procedure=procedure, version=None, by=Actor.user(cast.admin), at=at)

        kept = learned(version_id=made.version_id)
        assert kept is not None
        assert kept.result["questions"]["remaining"]["reason"].startswith("There is too little data: 0 finished cases")
        assert Entry.objects.get(event="prediction.learned").data["shown"] == 0

    def test_learning_anew_takes_the_place_of_the_former(self, cast: Cast, at: datetime, procedure: str) -> None:
        first, second = (learn(procedure=procedure, version=1, by=Actor.user(cast.admin), at=at) for _ in range(2))

        assert first.pk == second.pk

    @pytest.mark.req("L1")
    def test_is_for_those_who_see_all_cases(self, cast: Cast, at: datetime, procedure: str) -> None:
        with pytest.raises(NotAllowed):
            learn(procedure=procedure, version=None, by=Actor.user(cast.ines), at=at)
