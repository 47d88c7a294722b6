"""Split tests from plan to promotion, on cases of a real procedure."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import charts, operations
from throughline.core.procedures.models import Case, ProcedureVersion
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.insight.split_tests.measures import MEASURES, Asking, results
from throughline.insight.split_tests.models import SplitTest, Status, Verdict
from throughline.insight.split_tests.operations import begin_test, end_test, plan_test, read, watch_tests
from throughline.insight.split_tests.queries import ends_of, measures_for, split_test

pytestmark = [pytest.mark.django_db, pytest.mark.req("I6")]

DAY = timedelta(days=1)


def drawing(step: str) -> bytes:
    return c.chart(
        c.captured(), c.work(step, due='duration("PT2H")'), c.end("sold"), c.flows(f"captured > {step} > sold")
    )


@pytest.fixture
def desk(cast: Cast, at: datetime) -> Desk:
    """A procedure of two versions; the second is published."""
    charts.forget_all()
    made = Desk(cast, at)
    made.publish(drawing("call"))
    made.publish(drawing("write"))
    return made


def plan(desk: Desk, **values: object) -> SplitTest:
    given = {
        "procedure": "test", "hypothesis": "A letter brings more than a call.", "other": 1, "percent": 50,
        "measure": "ends", "good": ["Sold"], "horizon_days": 2, "difference": 0.3, "expected": 0.4,
        "owner_id": desk.cast.admin.pk, "by": desk.admin, "at": desk.now,
    }  # fmt: skip
    return plan_test(**{**given, **values})  # type: ignore[arg-type]


def running(desk: Desk) -> SplitTest:
    return begin_test(procedure="test", test_id=plan(desk).pk, by=desk.admin, at=desk.now)


def finish(desk: Desk, test: SplitTest, version: int, share: float, after: timedelta = timedelta(hours=1)) -> None:
    """Let a share of the cases of a version end well."""
    cases = list(Case.objects.filter(version__number=version, split_id=test.split_id).order_by("pk"))
    for place, case in enumerate(cases):
        ends = int((place + 1) * share) > int(place * share)
        Case.objects.filter(pk=case.pk).update(
            status="finished" if ends else "running",
            outcome="Sold" if ends else "",
            ended_at=case.started_at + after if ends else None,
        )


class TestPlanTest:
    def test_states_beforehand_how_many_cases_it_takes(self, desk: Desk) -> None:
        test = plan(desk)

        assert (test.status, test.live, test.other, test.expected) == (Status.PLANNED, 2, 1, 0.4)
        assert 100 < test.cases < 400
        assert [entry.data["cases"] for entry in Entry.objects.filter(event="split_test.planned")] == [test.cases]

    def test_takes_what_is_usual_from_the_past(self, desk: Desk) -> None:
        desk.capture(40)
        Case.objects.filter(pk__in=list(Case.objects.values_list("pk", flat=True)[:10])).update(
            status="finished", outcome="Sold", ended_at=desk.now + timedelta(hours=3)
        )
        desk.now += 3 * DAY

        assert plan(desk, expected=None).expected == pytest.approx(0.25)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"expected": None}, "Only 0 past cases"),
            ({"hypothesis": " "}, "Say in a sentence"),
            ({"good": []}, "at least one end"),
            ({"difference": 0.0}, "above 0"),
            ({"difference": 0.0001}, "five million"),
            ({"other": 2}, "published before"),
            ({"horizon_days": 0}, "1 to 365 days"),
        ],
    )
    def test_refuses_what_was_not_thought_through(self, desk: Desk, values: dict[str, object], said: str) -> None:
        with pytest.raises(Refusal, match=said):
            plan(desk, **values)

    def test_refuses_a_measure_of_other_records(self, desk: Desk) -> None:
        with pytest.raises(NotFound, match="measures"):
            plan(desk, measure="won")

    @pytest.mark.req("L1")
    def test_its_owner_sees_all_cases(self, desk: Desk) -> None:
        with pytest.raises(NotAllowed, match="Ines"):
            plan(desk, owner_id=desk.cast.ines.pk)

    @pytest.mark.req("L1")
    def test_is_for_who_may_publish(self, desk: Desk) -> None:
        with pytest.raises(NotAllowed):
            plan(desk, by=Actor.user(desk.cast.maya))


class TestRead:
    def test_counts_only_cases_whose_span_is_over_and_each_record_once(self, desk: Desk) -> None:
        test = running(desk)
        leads = desk.capture(30)
        finish(desk, test, 1, 1.0)
        finish(desk, test, 2, 0.0)
        from throughline.core.recordref import RecordRef

        refs = [RecordRef("lead", lead.pk) for lead in leads]
        operations.start_cases(procedure="test", records=refs, by=desk.admin, at=desk.now + timedelta(hours=4))
        desk.now += 2 * DAY
        desk.capture(5)

        values, is_other = read(test, at=desk.now + timedelta(hours=5))

        assert len(values) == 30
        assert (values == is_other).all()

    def test_an_end_after_the_span_is_none(self, desk: Desk) -> None:
        test = running(desk)
        desk.capture(10)
        for version in (1, 2):
            finish(desk, test, version, 1.0, after=3 * DAY)

        values, _ = read(test, at=desk.now + 9 * DAY)

        assert len(values) == 10
        assert not values.any()

    @pytest.mark.parametrize("measure", sorted(MEASURES))
    def test_reads_each_measure(self, desk: Desk, measure: str) -> None:
        test = running(desk)
        desk.capture(8)
        desk.drain()
        asking = Asking(measure, ["Sold"], timedelta(hours=4), desk.now, desk.now + DAY)

        assert test.split_id is not None
        values, _ = results(split=test.split_id, asking=asking)

        expected = {"ends": 0, "converted": 0, "won": 0, "time": 1, "late": 1, "incidents": 0}[measure]
        assert values.tolist() == [expected] * 8


class TestWatchTests:
    def test_tells_the_owner_once_when_one_version_is_better(self, desk: Desk) -> None:
        test = running(desk)
        desk.capture(200)
        finish(desk, test, 1, 0.9)
        finish(desk, test, 2, 0.2)

        found = [watch_tests(at=desk.now + 3 * DAY), watch_tests(at=desk.now + 4 * DAY)]

        test.refresh_from_db()
        assert found == [1, 0]
        assert (test.status, test.verdict) == (Status.SETTLED, Verdict.OTHER)
        assert 0 < test.found["low"] < 0.7 < test.found["high"]
        [message] = Notification.objects.filter(kind="split_test.settled")
        assert message.user_id == desk.cast.admin.pk
        assert message.title == "Test: version 1 is better than version 2"

    def test_says_that_they_do_alike_after_the_planned_cases_only(self, desk: Desk) -> None:
        test = running(desk)
        desk.capture(test.cases - 1)
        for version in (1, 2):
            finish(desk, test, version, 0.4)
        early = watch_tests(at=desk.now + 3 * DAY)
        desk.capture(1)

        assert early == 0
        assert watch_tests(at=desk.now + 4 * DAY) == 1
        test.refresh_from_db()
        assert test.verdict == Verdict.NO_DIFFERENCE

    def test_for_time_less_is_better(self, desk: Desk) -> None:
        test = plan(desk, measure="time", expected=0.6, difference=0.2)
        test = begin_test(procedure="test", test_id=test.pk, by=desk.admin, at=desk.now)
        desk.capture(300)
        finish(desk, test, 1, 1.0, after=40 * timedelta(hours=1))
        finish(desk, test, 2, 1.0, after=10 * timedelta(hours=1))

        watch_tests(at=desk.now + 3 * DAY)

        test.refresh_from_db()
        assert test.verdict == Verdict.LIVE

    def test_ends_when_another_version_was_published(self, desk: Desk) -> None:
        test = running(desk)
        desk.publish(drawing("call"))

        watch_tests(at=desk.now + DAY)

        test.refresh_from_db()
        assert (test.status, test.kept, test.reason) == (Status.ENDED, 3, "Another version was published meanwhile.")


class TestEndTest:
    def test_promotes_the_winner_for_all(self, desk: Desk) -> None:
        test = running(desk)
        desk.capture(10)

        ended = end_test(procedure="test", test_id=test.pk, keep=1, reason="It won.", by=desk.admin, at=desk.now)

        assert (ended.status, ended.kept) == (Status.ENDED, 1)
        assert ProcedureVersion.objects.get(status="published").number == 1
        with pytest.raises(Conflict):
            end_test(procedure="test", test_id=test.pk, keep=1, reason="Again.", by=desk.admin, at=desk.now)

    def test_a_plan_is_given_up(self, desk: Desk) -> None:
        test = plan(desk)

        ended = end_test(procedure="test", test_id=test.pk, keep=2, reason="No time.", by=desk.admin, at=desk.now)

        assert (ended.status, ended.kept) == (Status.ENDED, 2)

    def test_asks_why(self, desk: Desk) -> None:
        with pytest.raises(Refusal, match="Say why"):
            end_test(procedure="test", test_id=plan(desk).pk, keep=2, reason=" ", by=desk.admin, at=desk.now)


class TestSplitTest:
    def test_tells_who_sees_all_cases_how_many_each_version_got(self, desk: Desk) -> None:
        test = running(desk)
        desk.capture(12)

        seen = split_test(procedure="test", test_id=test.pk, user=desk.cast.admin)

        assert seen.knows
        assert sum(seen.started or ()) == 12

    @pytest.mark.req("L1")
    def test_tells_others_what_is_planned_only(self, desk: Desk) -> None:
        test = running(desk)
        desk.capture(12)

        seen = split_test(procedure="test", test_id=test.pk, user=desk.cast.ines)

        assert (seen.knows, seen.started) == (False, None)

    def test_offers_the_ends_and_measures_of_the_procedure(self, desk: Desk) -> None:
        from throughline.core.procedures.models import Procedure

        assert ends_of(procedure=Procedure.objects.get(key="test")) == ["Sold"]
        assert "won" not in [each.key for each in measures_for(record_type="lead")]
