"""Experiments from the wish to the result, with the process that computes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations as procedures
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.errands import leases
from throughline.insight.simulation import computing, queries
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.operations import cancel_experiment, request_experiment
from throughline.web.tests.charts import CALL_FIRST

pytestmark = [pytest.mark.django_db, pytest.mark.req("I4")]

SCENARIO: dict[str, Any] = {
    "arrivals": {"distribution": "exponential", "mean": "PT30M"},
    "cases": 200,
    "replications": 3,
    "warm_up": 0.1,
    "seed": 1,
    "resources": {"sellers": {"amount": 1, "cost_per_hour": 40}},
    "tasks": {"call": {"duration": {"distribution": "exponential", "mean": "PT20M"}, "resource": "sellers"}},
}


@pytest.fixture
def procedure(cast: Cast, at: datetime) -> str:
    by = Actor.user(cast.admin)
    procedures.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    procedures.save_draft(key="call-first", drawing=CALL_FIRST, by=by, at=at)
    procedures.publish(key="call-first", by=by, at=at)
    return "call-first"


def asked(cast: Cast, at: datetime, name: str = "As it is", **changed: Any) -> Experiment:
    return request_experiment(
        procedure="call-first",
        version=1,
        name=name,
        scenario={**SCENARIO, **changed},
        by=Actor.user(cast.omar),
        at=at,
    )


def computed(at: datetime) -> Experiment:
    """Compute what has waited longest."""
    claimed = leases.claim(Experiment, at=at)
    assert claimed is not None
    computing.compute(claimed, clock=lambda: at + timedelta(seconds=5), wanted=lambda: True)
    claimed.refresh_from_db()
    return claimed


class TestRequest:
    def test_waits_for_a_worker_and_is_in_the_journal(self, cast: Cast, procedure: str, at: datetime) -> None:
        made = asked(cast, at)

        assert (made.status, made.version.number, made.requested_by) == ("waiting", 1, cast.omar)
        entry = Entry.objects.filter(event="simulation.requested").get()
        assert (entry.data["name"], entry.data["cases"], entry.data["seed"]) == ("As it is", 200, 1)

    def test_a_scenario_that_does_not_fit_is_refused_in_one_sentence(
        self, cast: Cast, procedure: str, at: datetime
    ) -> None:
        with pytest.raises(Refusal, match='Expected tasks to name a step of the chart .*, but "nobody" is none'):
            asked(cast, at, tasks={"nobody": {}})

        assert not Experiment.objects.exists()

    def test_needs_the_right_to_draw(self, cast: Cast, procedure: str, at: datetime) -> None:
        with pytest.raises(NotAllowed):
            request_experiment(
                procedure="call-first", version=1, name="x", scenario=SCENARIO, by=Actor.user(cast.maya), at=at
            )

    def test_needs_a_version_that_exists(self, cast: Cast, procedure: str, at: datetime) -> None:
        with pytest.raises(NotFound):
            request_experiment(
                procedure="call-first", version=7, name="x", scenario=SCENARIO, by=Actor.user(cast.omar), at=at
            )

    def test_refuses_what_would_take_the_machine(self, cast: Cast, procedure: str, at: datetime) -> None:
        with pytest.raises(Refusal, match="too much for this machine"):
            asked(cast, at, cases=1_000_000, replications=100)


class TestCompute:
    def test_keeps_the_report_and_what_is_needed_to_compare(self, cast: Cast, procedure: str, at: datetime) -> None:
        asked(cast, at)

        done = computed(at)

        assert (done.status, done.progress, done.claimed_until) == ("done", 1.0, None)
        assert done.result["report"]["outcomes"] == {"end": 1.0}
        assert len(done.result["values"]["cycle_time.mean"]) == 3
        assert done.result["series"]["in_progress"]

    def test_the_same_question_has_the_same_answer(self, cast: Cast, procedure: str, at: datetime) -> None:
        asked(cast, at)
        asked(cast, at + timedelta(seconds=1))

        one, two = computed(at), computed(at)

        assert one.pk != two.pk
        assert one.result == two.result

    def test_what_fails_says_why(self, cast: Cast, procedure: str, at: datetime) -> None:
        made = asked(cast, at)
        Experiment.objects.filter(pk=made.pk).update(scenario={"cases": 0})

        failed = computed(at)

        assert failed.status == "failed"
        assert failed.problem == "Expected cases to be a whole number from 1 to 10000000, but it is 0."

    def test_a_worker_that_died_is_stood_in_for(self, cast: Cast, procedure: str, at: datetime) -> None:
        asked(cast, at)
        assert leases.claim(Experiment, at=at) is not None

        too_early = leases.claim(Experiment, at=at + timedelta(seconds=10))
        later = leases.claim(Experiment, at=at + timedelta(minutes=1))

        assert too_early is None
        assert later is not None

    def test_a_worker_that_must_stop_leaves_it_to_another(self, cast: Cast, procedure: str, at: datetime) -> None:
        asked(cast, at, cases=100_000)
        claimed = leases.claim(Experiment, at=at)
        assert claimed is not None
        moments = iter(at + timedelta(seconds=2 * number) for number in range(1_000))

        computing.compute(claimed, clock=lambda: next(moments), wanted=lambda: False)

        claimed.refresh_from_db()
        assert (claimed.status, claimed.claimed_until) == ("waiting", None)


class TestCancel:
    def test_stops_what_is_under_way(self, cast: Cast, procedure: str, at: datetime) -> None:
        made = asked(cast, at, cases=100_000)
        claimed = leases.claim(Experiment, at=at)
        assert claimed is not None
        cancel_experiment(experiment_id=made.pk, by=Actor.user(cast.omar), at=at)
        moments = iter(at + timedelta(seconds=2 * number) for number in range(1_000))

        computing.compute(claimed, clock=lambda: next(moments), wanted=lambda: True)

        made.refresh_from_db()
        assert (made.status, made.result) == ("cancelled", None)
        assert Entry.objects.filter(event="simulation.cancelled").count() == 1

    def test_comes_too_late_for_what_has_ended(self, cast: Cast, procedure: str, at: datetime) -> None:
        made = asked(cast, at)
        computed(at)

        with pytest.raises(Refusal, match="ended already"):
            cancel_experiment(experiment_id=made.pk, by=Actor.user(cast.omar), at=at)


class TestSideBySide:
    def test_one_more_seller_shortens_the_wait(self, cast: Cast, procedure: str, at: datetime) -> None:
        asked(cast, at, replications=8)
        asked(cast, at + timedelta(seconds=1), "One more", replications=8, resources={"sellers": {"amount": 2}})
        one, two = computed(at), computed(at)

        found = queries.side_by_side(procedure="call-first", base_id=one.pk, other_ids=[two.pk])

        waiting = found.differences[two.pk]["waiting_time.mean"]
        assert waiting.certain
        assert waiting.difference < 0

    def test_another_seed_is_refused(self, cast: Cast, procedure: str, at: datetime) -> None:
        asked(cast, at)
        asked(cast, at + timedelta(seconds=1), "Another seed", seed=2)
        one, two = computed(at), computed(at)

        with pytest.raises(Refusal, match="the same seed, but they have 1 and 2"):
            queries.side_by_side(procedure="call-first", base_id=one.pk, other_ids=[two.pk])
