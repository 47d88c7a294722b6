"""Guided procedures: they ask nobody and do nothing, but know what is next, and see where people depart from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.access.models import Participant
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import operations, queries, watchdog
from throughline.core.procedures.models import Case, CaseEvent, Outbox, StartTrigger, WorkItem
from throughline.core.procedures.queries import Watched, watched
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.crm.activities.operations import log_activity
from throughline.crm.leads.models import Lead
from throughline.insight.mined import departures

pytestmark = pytest.mark.req("B10", "I3")


def proof(kind: str, outcome: str = "") -> str:
    """Return what proves a step: an activity of one kind."""
    return c.tl("evidence", event="activity.logged", where=f'activity.kind = "{kind}"', outcome=outcome)


STEPS = (
    c.captured(),
    c.work("call", assignee="lead.owner", due='duration("PT24H")', evidence=proof("Call")),
    c.work("meet", assignee="lead.owner", due='duration("P3D")', evidence=proof("Meeting")),
    c.work("summary", queue='"sales"', evidence=proof("Note")),
    c.end("known"),
    c.flows("captured > call > meet > summary > known"),
)


def guided(*elements: str) -> bytes:
    """Return a chart that only watches."""
    return c.chart(*(elements or STEPS)).replace(b'record="lead"', b'record="lead" watches="true"')


@pytest.fixture
def lead(desk: Desk) -> Lead:
    """Give a lead of Maya's that a guided procedure watches."""
    desk.publish(guided())
    [found] = desk.capture()
    desk.drain(seconds=1)
    return found


def did(desk: Desk, lead: Lead, kind: str, by: User | None = None) -> None:
    """Log that somebody (Maya) did something for the lead, and let a worker look once."""
    by_whom = Actor.user(by or desk.cast.maya)
    log_activity(kind=kind, subject=f"A {kind}", about=[RecordRef("lead", lead.pk)], by=by_whom, at=desk.now)
    desk.drain()


def shown(desk: Desk, lead: Lead, to: User | None = None) -> Watched:
    """Return what the page of the lead shows of its guided procedure."""
    user, ref = to or desk.cast.maya, RecordRef("lead", lead.pk)
    positions = queries.positions(record=ref, user=user, at=desk.now)
    [found] = watched(positions=positions, user=user, at=desk.now)
    return found


def strayed(found: Watched) -> list[tuple[str, str]]:
    """Return the departures: what, where."""
    return [(each.kind, each.title) for each in found.strayed]


class TestWatching:
    def test_says_what_is_next_and_until_when(self, desk: Desk, lead: Lead) -> None:
        [step] = shown(desk, lead).expected

        assert (step.title, step.who, step.is_late) == ("Call", "Maya Lin", False)
        assert step.due_at == lead.created_at + timedelta(hours=24)

    def test_follows_what_people_do(self, desk: Desk, lead: Lead) -> None:
        did(desk, lead, "Call")

        found = shown(desk, lead)
        assert [step.title for step in found.expected] == ["Meet"]
        assert [(deed.title, deed.who) for deed in found.done] == [("Call", "Maya Lin")]
        assert found.strayed == ()

    def test_costs_two_queries_however_much_happened(self, desk: Desk, lead: Lead) -> None:
        for kind in ("Meeting", "Call", "Call"):
            did(desk, lead, kind)
        ref = RecordRef("lead", lead.pk)
        positions = queries.positions(record=ref, user=desk.cast.maya, at=desk.now)

        with CaptureQueriesContext(connection) as asked:
            [found] = watched(positions=positions, user=desk.cast.maya, at=desk.now)

        assert len(found.strayed) == 2
        assert len(asked) <= 2 + 1  # and one for the asker's roles, which a page knows already

    def test_is_over_when_all_is_done_and_still_tells(self, desk: Desk, lead: Lead) -> None:
        for kind in ("Call", "Meeting", "Note"):
            did(desk, lead, kind)

        found = shown(desk, lead)
        assert (found.position.outcome, found.expected, found.strayed) == ("Known", (), ())
        assert len(found.done) == 3

    def test_a_step_may_be_said_to_be_done_by_hand(self, desk: Desk, lead: Lead) -> None:
        desk.complete(WorkItem.objects.get(status="watched"))
        desk.drain()

        assert [step.title for step in shown(desk, lead).expected] == ["Meet"]

    def test_what_happens_before_the_worker_has_looked_is_not_lost(self, desk: Desk) -> None:
        desk.publish(guided())
        [lead] = desk.capture()

        did(desk, lead, "Call")

        assert [step.title for step in shown(desk, lead).expected] == ["Meet"]

    def test_goes_on_after_its_version_is_retired(self, desk: Desk, lead: Lead) -> None:
        operations.retire(key="test", by=desk.admin, at=desk.now, reason="Enough.")

        did(desk, lead, "Call")

        assert [step.title for step in shown(desk, lead).expected] == ["Meet"]


class TestDepartures:
    def test_a_lead_handled_out_of_order_shows_it_after_one_round_of_a_worker(self, desk: Desk, lead: Lead) -> None:
        did(desk, lead, "Meeting")

        assert strayed(shown(desk, lead)) == [("skipped", "Call")]
        assert [step.title for step in shown(desk, lead).expected] == ["Summary"]

        did(desk, lead, "Call")

        assert strayed(shown(desk, lead)) == [("wrong order", "Call")]

    def test_what_is_done_again_is_not_expected(self, desk: Desk, lead: Lead) -> None:
        did(desk, lead, "Call")
        did(desk, lead, "Call")

        assert strayed(shown(desk, lead)) == [("unexpected", "Call")]

    def test_what_is_not_done_in_time_is_late_before_and_after_it_is_done(self, desk: Desk, lead: Lead) -> None:
        desk.now = lead.created_at + timedelta(hours=30)
        assert shown(desk, lead).expected[0].is_late

        did(desk, lead, "Call")

        [late] = shown(desk, lead).strayed
        assert (late.kind, late.late_by) == ("late", timedelta(hours=6))

    def test_what_a_colleague_does_is_done_by_the_wrong_person(self, desk: Desk, lead: Lead) -> None:
        did(desk, lead, "Call", by=desk.cast.tom)
        assert [(each.kind, each.who) for each in shown(desk, lead).strayed] == [("wrong person", "Tom Berg")]

    def test_and_so_is_what_somebody_outside_of_the_role_does(self, desk: Desk, lead: Lead) -> None:
        did(desk, lead, "Call")
        did(desk, lead, "Meeting")
        did(desk, lead, "Note", by=desk.cast.admin)

        assert strayed(shown(desk, lead)) == [("wrong person", "Summary")]

    def test_they_count_in_the_conformance_of_the_procedure(self, desk: Desk, lead: Lead) -> None:
        [good] = desk.capture()
        desk.drain(seconds=1)
        for kind in ("Call", "Meeting", "Note"):
            did(desk, good, kind)
        did(desk, lead, "Meeting")
        did(desk, lead, "Meeting")

        found = departures(procedure="test", user=desk.cast.admin)

        assert (found.cases, found.conforming_cases) == (2, 1)
        assert dict(found.by_element()) == {("call", "skipped"): 1, ("meet", "unexpected"): 1}

    def test_ines_counts_nothing_of_them(self, desk: Desk, lead: Lead) -> None:
        did(desk, lead, "Meeting")

        found = departures(procedure="test", user=desk.cast.ines)

        assert (found.cases, found.departures) == (0, ())


class TestActing:
    def test_nobody_is_asked_for_anything(self, desk: Desk, lead: Lead) -> None:
        for user in (desk.cast.maya, desk.cast.tom):
            assert queries.my_work(user=user, at=desk.now) == []
        assert desk.open_items() == []
        assert not Participant.objects.exists()
        lead.refresh_from_db()
        assert lead.next_activity_at is None

    def test_nothing_is_done(self, desk: Desk, tag: Recorder, mail: Recorder) -> None:
        told = c.element("intermediateThrowEvent", "tell", "", '<bpmn:messageEventDefinition messageRef="told"/>')
        listens = c.chart(
            c.start("heard", "", '<bpmn:messageEventDefinition messageRef="told"/>'),
            c.work("react"),
            c.end(),
            c.flows("heard > react > end"),
            key="other",
            more=c.message("told", "told"),
        )
        steps = (
            c.captured(),
            c.action("tag", "test.tag", {"what": '"hot"'}),
            c.action("mail", "test.mail", {"what": '"hello"'}),
            told,
            c.work("call"),
            c.end(),
            c.flows("captured > tag > mail > tell > call > end"),
        )
        desk.publish(listens, key="other")
        desk.publish(guided(*steps).replace(b"<bpmn:process", b'<bpmn:message id="told" name="told"/><bpmn:process', 1))

        desk.capture()
        desk.drain(seconds=1)

        assert (tag.asked, mail.asked, Outbox.objects.count()) == ([], [], 0)
        assert [case.version.procedure.key for case in Case.objects.select_related("version__procedure")] == ["test"]
        assert WorkItem.objects.get().status == "watched"

    def test_it_is_never_the_case_that_the_record_is_shown_in(self, desk: Desk, lead: Lead) -> None:
        desk.publish(c.chart(c.start(), c.work("do"), c.end(), c.flows("start > do > end"), key="acts"), key="acts")

        acting = operations.start_case(
            procedure="acts", record=RecordRef("lead", lead.pk), by=Actor.user(desk.cast.maya), at=desk.now
        )

        assert list(Case.objects.filter(is_primary=True).values_list("pk", flat=True)) == [acting]

    def test_the_watchdog_finds_nothing_wrong(self, desk: Desk, lead: Lead) -> None:
        assert list(watchdog.findings(at=desk.now + timedelta(hours=1))) == []


class TestVersions:
    def test_cases_do_not_move_between_watching_and_acting(self, desk: Desk, lead: Lead) -> None:
        desk.publish(c.chart(*STEPS))

        with pytest.raises(Refusal, match="only watches"):
            operations.start_migration(
                procedure="test", source=1, target=2, by=desk.admin, at=desk.now, reason="It shall act."
            )

    def test_they_do_between_versions_that_watch(self, desk: Desk, lead: Lead) -> None:
        desk.publish(guided())
        operations.start_migration(procedure="test", source=1, target=2, by=desk.admin, at=desk.now, reason="Newer.")
        from throughline.core.procedures.chores import look_after

        look_after(at=desk.now)
        did(desk, lead, "Call")

        found = shown(desk, lead)
        assert (found.position.version, [step.title for step in found.expected]) == (2, ["Meet"])

    def test_the_journal_is_looked_at_only_for_what_proves_a_step(self, desk: Desk, lead: Lead) -> None:
        names = list(StartTrigger.objects.filter(kind="sight").values_list("name", flat=True))

        assert names == ["activity.logged"]
        did(desk, lead, "Email")
        assert not CaseEvent.objects.filter(kind="unexpected").exists()

    def test_its_cases_are_no_test_cases(self, desk: Desk, lead: Lead) -> None:
        from throughline.core.procedures.recording import recorded

        did(desk, lead, "Call")

        with pytest.raises(Refusal, match="only watches"):
            recorded(case_id=Case.objects.get().pk)


def test_ines_does_not_see_the_step_either(desk: Desk, lead: Lead) -> None:
    item: Any = WorkItem.objects.get()

    with pytest.raises(NotFound):
        desk.complete(item, by=desk.cast.ines)
