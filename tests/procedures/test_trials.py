"""Trying a draft: everything works as it would, nothing leaves the house, and no door shows what is tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.actor import Actor
from throughline.core.discussion.operations import About, add_remark
from throughline.core.discussion.queries import said_in_trials
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations
from throughline.core.procedures.models import Case, Outbox, ProcedureVersion, Trial, WorkItem
from throughline.core.procedures.operations.cases import start_case
from throughline.core.procedures.queries import my_work, positions, work_of_record
from throughline.core.procedures.queries.trials import trial_now
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.queries import get_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

DRAFT = c.chart(
    c.captured(),
    c.action("write", "test.mail", {"what": "lead.region"}),
    c.work("call", "reached", assignee="lead.owner"),
    c.deadline("late", "call", "PT24H", interrupting=False),
    c.end("won"),
    c.end("told"),
    c.flows("captured > write > call > won", "late > told"),
)


@pytest.fixture
def trial(desk: Desk, mail: Recorder) -> Desk:
    """Give a desk with a draft that Maya tries."""
    operations.create_procedure(key="test", name="Test", record_type="lead", by=desk.admin, at=desk.now)
    operations.save_draft(key="test", drawing=DRAFT, by=desk.admin, at=desk.now)
    operations.start_trial(key="test", testers=[desk.cast.maya.pk], by=desk.admin, at=desk.now)
    return desk


def record_of(desk: Desk, *, sandbox: bool = True, owner: Any = None) -> RecordRef:
    """Make a record of Maya's, or of somebody else's."""
    person = owner or desk.cast.maya
    values = {"name": "Trial", "email": "trial@example.com", "owner": person.pk, "region": "NO"}
    return RecordRef("lead", capture_lead(values=values, by=Actor.user(person), at=desk.now, sandbox=sandbox).pk)


def walked(desk: Desk) -> RecordRef:
    """Send a test record of Maya's through the draft, as far as it goes by itself."""
    ref = record_of(desk)
    operations.walk_draft(key="test", record=ref, by=Actor.user(desk.cast.maya), at=desk.now)
    desk.drain()
    return ref


@pytest.mark.req("A13")
class TestWalking:
    def test_it_goes_its_way_and_what_would_leave_the_house_is_caught(self, trial: Desk, mail: Recorder) -> None:
        walked(trial)

        assert trial.case().sandbox is True
        assert mail.asked == []
        now = trial_now(procedure="test", user=trial.cast.maya)
        assert now is not None
        assert [(each.node, each.action, each.inputs) for each in now.caught] == [
            ("write", "test.mail", {"what": "NO"})
        ]
        assert [(row.nodes, row.mine) for row in now.walks] == [(("call",), True)]

    def test_the_tester_does_its_steps_in_the_real_pages(self, trial: Desk) -> None:
        ref = walked(trial)
        maya = trial.cast.maya
        [position] = positions(record=ref, user=maya, at=trial.now, sandbox=True)

        trial.complete(WorkItem.objects.get(pk=position.next_steps[0].id), "reached")
        trial.drain()

        assert trial.case().end_node == "won"

    def test_time_is_let_pass(self, trial: Desk) -> None:
        walked(trial)

        operations.pass_time(key="test", case_id=trial.case().pk, by=Actor.user(trial.cast.maya), at=trial.now)
        trial.drain()

        with pytest.raises(Refusal, match="waits for no clock"):
            operations.pass_time(key="test", case_id=trial.case().pk, by=Actor.user(trial.cast.maya), at=trial.now)

    def test_only_testers_walk_and_only_test_records_of_theirs(self, trial: Desk) -> None:
        own, real = record_of(trial), record_of(trial, sandbox=False)
        toms = record_of(trial, owner=trial.cast.tom)
        maya = Actor.user(trial.cast.maya)

        with pytest.raises(NotAllowed, match="no tester"):
            operations.walk_draft(key="test", record=own, by=Actor.user(trial.cast.tom), at=trial.now)
        with pytest.raises(Refusal, match="this one is real"):
            operations.walk_draft(key="test", record=real, by=maya, at=trial.now)
        with pytest.raises(NotFound):
            operations.walk_draft(key="test", record=toms, by=maya, at=trial.now)
        with pytest.raises(Refusal, match="records of type lead"):
            operations.walk_draft(key="test", record=None, by=maya, at=trial.now)

    def test_those_who_try_are_told_when_it_begins(self, trial: Desk) -> None:
        assert list(Notification.objects.filter(kind="trial").values_list("user", flat=True)) == [trial.cast.maya.pk]

    @pytest.mark.parametrize("testers", [[], [1_000_000]])
    def test_somebody_must_be_named(self, desk: Desk, testers: list[int]) -> None:
        operations.create_procedure(key="test", name="Test", record_type="lead", by=desk.admin, at=desk.now)
        operations.save_draft(key="test", drawing=DRAFT, by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="at least one person"):
            operations.start_trial(key="test", testers=testers, by=desk.admin, at=desk.now)

    def test_one_trial_runs_at_a_time_and_who_may_not_draw_starts_none(self, trial: Desk) -> None:
        with pytest.raises(Refusal, match="runs already"):
            operations.start_trial(key="test", testers=[trial.cast.tom.pk], by=trial.admin, at=trial.now)
        with pytest.raises(NotAllowed):
            operations.start_trial(
                key="test", testers=[trial.cast.tom.pk], by=Actor.user(trial.cast.maya), at=trial.now
            )


@pytest.mark.req("A13")
class TestDoors:
    """What is tried stands in no list, count, search or programs; a colleague cannot open it."""

    def test_it_is_in_no_work_list_not_even_the_testers(self, trial: Desk) -> None:
        ref = walked(trial)

        for person in (trial.cast.maya, trial.cast.tom, trial.cast.omar, trial.cast.ines):
            assert my_work(user=person, at=trial.now) == []
        assert work_of_record(record=ref, user=trial.cast.maya, at=trial.now) == []

    def test_the_record_opens_for_its_tester_and_who_draws_only(self, trial: Desk) -> None:
        ref = walked(trial)
        spec = registry.get("lead")

        assert get_record(spec=spec, user=trial.cast.maya, record_id=ref.id).pk == ref.id
        assert get_record(spec=spec, user=trial.cast.omar, record_id=ref.id).pk == ref.id
        for person in (trial.cast.tom, trial.cast.ines):
            with pytest.raises(NotFound):
                get_record(spec=spec, user=person, record_id=ref.id)
        with pytest.raises(NotFound):
            get_record(spec=spec, user=trial.cast.maya, record_id=ref.id, trial=False)

    def test_lists_search_and_figures_know_nothing_of_it(self, trial: Desk) -> None:
        from throughline.core.procedures.queries.live import live
        from throughline.core.procedures.queries.overview import library
        from throughline.core.records.queries import ListQuery, rows
        from throughline.core.records.search import search

        walked(trial)
        spec = registry.get("lead")

        for person in (trial.cast.maya, trial.cast.omar, trial.cast.admin):
            for query in (ListQuery(), ListQuery(text="trial"), ListQuery(deleted=True)):
                assert rows(spec=spec, user=person, query=query, at=trial.now).count() == 0
            assert search(user=person, text="trial") == []
            [row] = library(user=person, at=trial.now)
            assert (row.running, row.overdue, row.incidents) == (0, 0, 0)
            assert live(procedure="test", user=person, at=trial.now).running == 0

    def test_its_facts_set_off_no_other_procedure(self, trial: Desk) -> None:
        other = c.chart(c.captured(), c.work("look"), c.end(), c.flows("captured > look > end"), key="other")
        trial.publish(other, key="other")

        walked(trial)

        assert Case.objects.filter(version__procedure__key="other").count() == 0
        assert Entry.objects.filter(record_type="lead", sandbox=False).count() == 0


@pytest.mark.req("A13")
class TestRemarks:
    def test_a_remark_lands_on_its_step_and_outlives_the_trial(self, trial: Desk) -> None:
        maya, running = Actor.user(trial.cast.maya), Trial.objects.select_related("version").get()
        about = About("test", running.version.number, "call")
        add_remark(about=about, body="Whom do I call?", in_trial=True, by=maya, at=trial.now)
        add_remark(about=about, body="And when?", by=maya, at=trial.now)
        operations.end_trial(key="test", by=maya, at=trial.now)

        [said] = said_in_trials(procedure="test")

        assert (said.element, said.body, said.author) == ("call", "Whom do I call?", trial.cast.maya)


@pytest.mark.req("A13")
class TestEnding:
    def test_one_word_takes_away_all_that_it_made(self, trial: Desk) -> None:
        ref = walked(trial)

        count = operations.end_trial(key="test", by=Actor.user(trial.cast.maya), at=trial.now)

        assert count == 1
        assert not Case.objects.exists()
        assert not Outbox.objects.exists()
        assert not WorkItem.objects.exists()
        assert Lead.objects.get(pk=ref.id).deleted_at == trial.now
        assert Trial.objects.get().ended_at == trial.now
        with pytest.raises(NotFound):
            operations.end_trial(key="test", by=trial.admin, at=trial.now)

    def test_real_records_are_left_alone(self, trial: Desk) -> None:
        real = record_of(trial, sandbox=False)
        walked(trial)

        operations.end_trial(key="test", by=trial.admin, at=trial.now)

        assert Lead.objects.get(pk=real.id).deleted_at is None

    def test_who_neither_tries_nor_draws_does_not_end_it(self, trial: Desk) -> None:
        with pytest.raises(NotAllowed):
            operations.end_trial(key="test", by=Actor.user(trial.cast.tom), at=trial.now)

    def test_publishing_the_draft_ends_it(self, trial: Desk) -> None:
        walked(trial)

        operations.publish(key="test", by=trial.admin, at=trial.now)

        assert Trial.objects.get().ended_at == trial.now
        assert not Case.objects.filter(sandbox=True).exists()

    def test_a_change_of_the_draft_ends_the_walks_but_not_the_trial(self, trial: Desk) -> None:
        walked(trial)
        changed = DRAFT.replace(b"PT24H", b"PT48H")

        operations.save_draft(key="test", drawing=changed, by=trial.admin, at=trial.now)

        assert trial.case().status == "cancelled"
        now = trial_now(procedure="test", user=trial.cast.maya)
        assert now is not None
        assert [row.is_stale for row in now.walks] == [True]

    def test_saving_the_same_again_ends_nothing(self, trial: Desk) -> None:
        walked(trial)

        operations.save_draft(key="test", drawing=DRAFT, by=trial.admin, at=trial.now)

        assert trial.case().status == "running"


@pytest.mark.req("A13")
class TestBinding:
    def test_what_binds_the_company_is_caught_though_it_stays_in_the_database(self, desk: Desk, mail: Recorder) -> None:
        issuing = c.chart(c.captured(), c.action("issue", "invoice.issue"), c.end(), c.flows("captured > issue > end"))
        operations.create_procedure(key="test", name="Test", record_type="lead", by=desk.admin, at=desk.now)
        operations.save_draft(key="test", drawing=issuing, by=desk.admin, at=desk.now)
        ref = record_of(desk)
        start_case(procedure="test", record=ref, sandbox=True, by=desk.admin, at=desk.now)

        desk.drain()

        assert Outbox.objects.get().status == "caught"
        assert desk.case().end_node == "end"
        assert ProcedureVersion.objects.get().status == "draft"
