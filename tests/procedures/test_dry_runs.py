"""The last real cases, tried in a draft: where each would have gone, for those who may see them."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case
from throughline.core.records import registry
from throughline.core.records.operations import update_record
from throughline.core.refusals import Conflict, NotFound, Refusal
from throughline.insight.errands import leases
from throughline.insight.simulation import dry_runs
from throughline.insight.simulation import operations as simulation
from throughline.insight.simulation.dry_runs import Tried
from throughline.insight.simulation.models import DryRun
from throughline.insight.simulation.operations import cancel_dry_run, request_dry_run

pytestmark = [pytest.mark.req("I4", "A2")]


def drawing(region: str, wait: str = "PT48H") -> bytes:
    """Leads of a region are called, and go to a colleague when nobody calls for long; the others are written to."""
    return c.chart(
        c.captured(),
        c.element("exclusiveGateway", "where", default="where_write"),
        c.work("call", "reached", "missed", result="contact"),
        c.deadline("late", "call", wait),
        c.work("write"),
        c.end("called"),
        c.end("written"),
        c.end("given_up"),
        c.flows(
            f'captured > where >[lead.region = "{region}"] call > called',
            "where > write > written",
            "late > given_up",
        ),
    )


@pytest.fixture
def ran(desk: Desk) -> Desk:
    """Two leads of NO that were called after a day, and one of ES that was written to."""
    desk.publish(drawing("NO"))
    desk.capture(2, region="NO")
    desk.capture(1, region="ES")
    desk.drain()
    desk.drain(hours=24)
    for item in desk.open_items():
        desk.complete(item, "reached" if item.node == "call" else "")
    desk.drain()
    return desk


def draft(desk: Desk, xml: bytes) -> None:
    operations.save_draft(key="test", drawing=xml, by=desk.admin, at=desk.now)


def asked(desk: Desk, *, version: int, user: User, limit: int = 200) -> DryRun:
    """Ask for a dry run and claim it, as a worker does."""
    request_dry_run(procedure="test", version=version, limit=limit, by=Actor.user(user), at=desk.now)
    run = leases.claim(DryRun, at=desk.now)
    assert run is not None
    return run


def try_past_cases(desk: Desk, *, version: int, user: User, limit: int = 200) -> Tried:
    """Have the last cases tried in a version, and return what its asker sees of it."""
    run = asked(desk, version=version, user=user, limit=limit)
    dry_runs.try_cases(run, clock=lambda: desk.now, wanted=lambda: True)
    run.refresh_from_db()
    assert run.problem == ""
    return dry_runs.tried(run, user=user)


class TestTryPastCases:
    def test_the_same_drawing_changes_nothing(self, ran: Desk) -> None:
        draft(ran, drawing("NO"))

        tried = try_past_cases(ran, version=2, user=ran.cast.admin)

        assert tried.run.counts == {"same": 3}
        assert not tried.left_out

    def test_tells_which_cases_would_have_gone_elsewhere(self, ran: Desk) -> None:
        draft(ran, drawing("ES"))

        tried = try_past_cases(ran, version=2, user=ran.cast.admin)

        assert {case: each.verdict for case, each in tried.found.items()} == dict.fromkeys(tried.found, "unknown")
        assert {each.now.waits_at for each in tried.found.values()} == {("Write",), ("Call",)}
        assert {tried.records[case].id for case in tried.found} == set(Case.objects.values_list("record_id", flat=True))

    def test_a_shorter_deadline_strikes_those_who_were_called_late(self, ran: Desk) -> None:
        draft(ran, drawing("NO", wait="PT4H"))

        tried = try_past_cases(ran, version=2, user=ran.cast.admin)

        assert tried.run.counts == {"same": 1, "elsewhere": 2}
        assert tried.run.outcomes == {("Called", "Given up"): 2, ("Written", "Written"): 1}
        struck = next(each for each in tried.found.values() if each.verdict == "elsewhere")
        assert struck.now.travelled[-1] == "given_up"

    def test_asks_what_the_record_said_then_and_not_what_it_says_now(self, ran: Desk) -> None:
        for case in Case.objects.all():
            assert case.record_id is not None
            ran.now += timedelta(hours=1)
            update_record(
                spec=registry.get("lead"), record_id=case.record_id, values={"region": "FR"}, by=ran.admin, at=ran.now
            )
        draft(ran, drawing("NO"))

        tried = try_past_cases(ran, version=2, user=ran.cast.admin)

        assert tried.run.counts == {"same": 3}

    def test_leaves_out_what_was_moved_by_hand(self, desk: Desk) -> None:
        desk.publish(drawing("NO"))
        desk.capture(1, region="NO")
        desk.drain()
        item = desk.open_items()[0]
        operations.skip_step(case_id=item.case_id, token=item.token, reason="Knows us.", by=desk.admin, at=desk.now)
        desk.drain()

        tried = try_past_cases(desk, version=1, user=desk.cast.admin)

        assert (tried.run.cases, tried.left_out) == ((), {"by hand": 1})

    def test_takes_the_last_ones(self, ran: Desk) -> None:
        tried = try_past_cases(ran, version=1, user=ran.cast.admin, limit=2)

        assert len(tried.found) == 2

    @pytest.mark.req("L1")
    def test_counts_only_what_the_asker_may_see(self, ran: Desk) -> None:
        draft(ran, drawing("ES"))

        assert len(try_past_cases(ran, version=2, user=ran.cast.maya).found) == 3
        unseen = try_past_cases(ran, version=2, user=ran.cast.ines)
        assert (unseen.run.cases, unseen.left_out, unseen.records) == ((), {}, {})

    def test_refuses_a_version_that_cannot_run(self, ran: Desk) -> None:
        draft(ran, drawing("NO").replace(b'lead.region = "NO"', b"lead.region = = "))

        with pytest.raises(Refusal, match="cannot run"):
            try_past_cases(ran, version=2, user=ran.cast.admin)

    def test_refuses_a_version_that_there_is_not(self, ran: Desk) -> None:
        for procedure, version in (("test", 9), ("none", 1)):
            with pytest.raises(NotFound):
                request_dry_run(procedure=procedure, version=version, limit=50, by=ran.admin, at=ran.now)

    def test_refuses_more_cases_than_it_takes(self, ran: Desk) -> None:
        with pytest.raises(Refusal, match="At most 5,000 cases"):
            request_dry_run(procedure="test", version=1, limit=5_001, by=ran.admin, at=ran.now)


class TestErrand:
    def test_is_in_the_journal(self, ran: Desk) -> None:
        run = asked(ran, version=1, user=ran.cast.admin)
        cancel_dry_run(run_id=run.pk, by=ran.admin, at=ran.now)

        told = Entry.objects.filter(event__startswith="simulation.dry_run").order_by("pk")
        assert [(entry.event, entry.data["dry_run"]) for entry in told] == [
            ("simulation.dry_run_requested", run.pk),
            ("simulation.dry_run_cancelled", run.pk),
        ]

    def test_one_at_a_time_for_each_person(self, ran: Desk) -> None:
        asked(ran, version=1, user=ran.cast.maya)

        with pytest.raises(Conflict):
            asked(ran, version=1, user=ran.cast.maya)

        assert asked(ran, version=1, user=ran.cast.admin).status == "running"

    def test_tells_how_far_it_is(self, ran: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dry_runs, "AT_ONCE", 2)
        run = asked(ran, version=1, user=ran.cast.admin)
        seen: list[float] = []

        def wanted() -> bool:
            seen.append(DryRun.objects.get(pk=run.pk).progress)
            return True

        moments = iter(ran.now + timedelta(seconds=2 * number) for number in range(10))
        dry_runs.try_cases(run, clock=lambda: next(moments), wanted=wanted)

        assert seen == [0.0, pytest.approx(2 / 3)]

    def test_what_was_cancelled_keeps_no_result(self, ran: Desk) -> None:
        run = asked(ran, version=1, user=ran.cast.admin)
        cancel_dry_run(run_id=run.pk, by=ran.admin, at=ran.now)

        dry_runs.try_cases(run, clock=lambda: ran.now, wanted=lambda: True)

        run.refresh_from_db()
        assert (run.status, run.result) == ("cancelled", None)
        with pytest.raises(Refusal, match="ended already"):
            cancel_dry_run(run_id=run.pk, by=ran.admin, at=ran.now)

    def test_a_worker_that_must_stop_leaves_it_to_another(self, ran: Desk) -> None:
        run = asked(ran, version=1, user=ran.cast.admin)
        moments = iter(ran.now + timedelta(seconds=2 * number) for number in range(10))

        dry_runs.try_cases(run, clock=lambda: next(moments), wanted=lambda: False)

        assert leases.claim(DryRun, at=ran.now) is not None

    def test_keeps_the_newest_of_each_person(self, ran: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(simulation, "KEPT_DRY_RUNS", 2)
        for _ in range(3):
            run = asked(ran, version=1, user=ran.cast.admin)
            cancel_dry_run(run_id=run.pk, by=ran.admin, at=ran.now)

        kept = [each.id for each in dry_runs.dry_runs(procedure="test", user=ran.cast.admin)]
        assert (kept[0], len(kept), DryRun.objects.count()) == (run.pk, 2, 2)

    def test_a_process_that_dies_ends_it_with_a_sentence(self, ran: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def die(*_given: object) -> None:
            raise BrokenProcessPool

        monkeypatch.setattr(dry_runs, "desk", die)
        run = asked(ran, version=1, user=ran.cast.admin)

        dry_runs.try_cases(run, clock=lambda: ran.now, wanted=lambda: True)

        run.refresh_from_db()
        assert (run.status, run.problem) == ("failed", dry_runs.SILENT)
