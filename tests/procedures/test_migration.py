"""Running cases go on by another version: previewed, in bulk, resumed, and taken back as one action."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder, trace
from throughline.core.actions import ActionResult
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.procedures import charts, operations
from throughline.core.procedures.migration import carry
from throughline.core.procedures.migration.carry import advance_migrations
from throughline.core.procedures.models import (
    Case,
    CaseInput,
    Incident,
    MessageWait,
    Migration,
    MigrationCase,
    Timer,
    Token,
    WorkItem,
)
from throughline.core.procedures.queries import migration as queries
from throughline.core.refusals import NotAllowed, Refusal
from throughline.flow.engine import decode_event, decode_state, encode_state, replay

pytestmark = pytest.mark.req("A5")

OLD = c.chart(
    c.captured(),
    c.element("parallelGateway", "both"),
    c.work("call", "reached", "missed", assignee="lead.owner", due='duration("PT24H")'),
    c.deadline("late", "call", "PT24H"),
    c.work("check"),
    c.catch("won", "m", c.tl("correlation", key="lead.external_id")),
    c.end("called"),
    c.end("checked"),
    c.end("escalated"),
    c.end("bought"),
    c.flows(
        "captured > both", "both > call > called", "both > check > checked", "both > won > bought", "late > escalated"
    ),
    more=c.message("m", "deal won"),
)
TEXT = OLD.decode()
RENAMED = TEXT.replace('"check"', '"review"').replace('"Check"', '"Review"').encode()
REMINDED = c.chart(
    c.captured(),
    c.element("parallelGateway", "both"),
    c.work("call", "reached", "gave_up", assignee="lead.owner", due='duration("PT24H")'),
    c.deadline("late", "call", "PT24H"),
    c.deadline("remind", "call", "PT4H", interrupting=False),
    c.work("check"),
    c.work("report"),
    c.work("tell"),
    c.end("told"),
    c.catch("won", "m", c.tl("correlation", key="lead.external_id")),
    c.end("called"),
    c.end("checked"),
    c.end("escalated"),
    c.end("bought"),
    c.flows(
        "captured > both",
        "both > call > called",
        "both > check > report > checked",
        "both > won > bought",
        "late > escalated",
        "remind > tell > told",
    ),
    more=c.message("m", "deal won"),
)
WITHOUT = c.chart(
    c.captured(),
    c.element("parallelGateway", "both"),
    c.work("call", "reached", "missed", assignee="lead.owner", due='duration("PT24H")'),
    c.deadline("late", "call", "PT24H"),
    c.work("other"),
    c.catch("won", "m", c.tl("correlation", key="lead.external_id")),
    c.end("called"),
    c.end("checked"),
    c.end("escalated"),
    c.end("bought"),
    c.flows(
        "captured > both", "both > call > called", "both > other > checked", "both > won > bought", "late > escalated"
    ),
    more=c.message("m", "deal won"),
)


def move(desk: Desk, **more: Any) -> Migration:
    """Move the running cases of version 1 to version 2 as Omar."""
    given = {"procedure": "test", "source": 1, "target": 2, "reason": "Better.", **more}
    migration = operations.start_migration(by=Actor.user(desk.cast.omar), at=desk.now, **given)
    carry_out(desk)
    migration.refresh_from_db()
    return migration


def carry_out(desk: Desk) -> None:
    """Let a worker carry out what is to be moved, and work off what that led to."""
    while advance_migrations(at=desk.now):
        pass
    desk.drain()


def statuses(migration: Migration) -> list[str]:
    """Return what became of the cases of a migration."""
    return list(MigrationCase.objects.filter(migration=migration).order_by("case_id").values_list("status", flat=True))


def expect_true(case: Case) -> None:
    """Hold that the log replays to the state, and that the projections follow from it."""
    inputs = CaseInput.objects.filter(case_id=case.pk).order_by("number")
    events = [
        decode_event(bytes(raw))
        for each in inputs
        for raw in msgspec.json.decode(bytes(each.events), type=list[msgspec.Raw])
    ]
    chart = charts.running(case.version_id).chart
    state = decode_state(bytes(case.state or b""))
    assert encode_state(replay(chart, events)) == bytes(case.state or b"")
    assert case.sequence == len(events)
    assert state.chart == chart.digest
    assert set(case.tokens.values_list("token", "node", "version_id")) == {
        (token.id, token.node, case.version_id) for token in state.tokens.values()
    }
    waits = [*Timer.objects.filter(case=case).values_list("timer", "node")]
    waits += MessageWait.objects.filter(case=case).values_list("wait", "node")
    assert sorted(waits) == sorted((wait.id, wait.node) for wait in state.waits.values())
    items = WorkItem.objects.filter(case=case, status="open")
    assert set(items.values_list("token", "node", "version_id")) == {
        (token.id, token.node, case.version_id) for token in state.tokens.values() if token.phase == "work"
    }


class TestStartMigration:
    def test_cases_go_on_by_the_new_drawing_with_their_work_timers_and_waits(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(3, external_id="m")
        desk.drain()
        items = {item.pk: item for item in desk.open_items("call")}
        due = set(Timer.objects.values_list("due_at", flat=True))
        desk.publish(REMINDED)

        desk.now += timedelta(hours=1)
        migration = move(desk)

        assert (migration.status, migration.total, statuses(migration)) == ("done", 3, ["moved"] * 3)
        for case in Case.objects.all():
            assert case.version.number == 2
            expect_true(case)
        kept = {item.pk: item for item in desk.open_items("call")}
        assert {key: item.due_at for key, item in kept.items()} == {key: item.due_at for key, item in items.items()}
        assert set(Timer.objects.filter(node="late").values_list("due_at", flat=True)) == due
        assert set(Token.objects.filter(node="call").values_list("due_at", flat=True)) == {
            item.due_at for item in items.values()
        }
        assert Entry.objects.filter(event="case.migrated", record_type="lead").count() == 3

    def test_a_new_reminder_counts_from_when_its_step_began(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        began = desk.now
        desk.publish(REMINDED)
        desk.now += timedelta(hours=3)
        move(desk)

        assert Timer.objects.get(node="remind").due_at == began + timedelta(hours=4)
        desk.drain(hours=1)

        assert [item.node for item in desk.open_items()] == ["call", "check", "tell"]
        expect_true(desk.case())

    def test_a_reminder_that_has_come_does_not_come_again(self, desk: Desk) -> None:
        desk.publish(REMINDED)
        desk.capture(external_id="m")
        desk.drain()
        desk.drain(hours=5)
        desk.publish(REMINDED.replace(b'name="Report"', b'name="Report it"'))

        move(desk)
        desk.drain(hours=5)

        assert [item.node for item in desk.open_items()] == ["call", "check", "tell"]

    def test_another_deadline_counts_from_when_its_step_began_and_back_again(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        began = desk.now
        desk.publish(OLD.replace(b">PT24H<", b">PT48H<"))
        desk.now += timedelta(hours=20)

        migration = move(desk)

        assert Timer.objects.get(node="late").due_at == began + timedelta(hours=48)
        operations.take_back_migration(
            migration_id=migration.pk, by=Actor.user(desk.cast.omar), at=desk.now, reason="Too late."
        )
        carry_out(desk)
        assert Timer.objects.get(node="late").due_at == began + timedelta(hours=24)

    def test_people_see_the_outcomes_of_the_new_drawing_and_the_case_goes_its_way(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.publish(REMINDED)
        move(desk)

        desk.complete(desk.open_items("call")[0], "gave_up")
        desk.complete(desk.open_items("check")[0])
        desk.drain()

        assert [item.node for item in desk.open_items()] == ["report"]
        assert trace(desk.case()).endswith("call > called > check")

    def test_a_message_still_finds_the_case(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.publish(REMINDED)
        move(desk)

        sent = operations.send_message(name="deal won", key="m0", by=desk.admin, at=desk.now)
        desk.drain()

        assert sent.status == "delivered"
        assert "bought" in trace(desk.case())

    def test_a_step_of_another_id_is_found_by_the_mapping(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        (item,) = desk.open_items("check")
        desk.publish(RENAMED)

        move(desk, nodes={"check": "review"})

        item.refresh_from_db()
        assert (item.status, item.node, item.title) == ("open", "review", "Review")
        expect_true(desk.case())

    def test_a_case_whose_step_is_gone_stays_and_says_why_and_the_others_move(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(2, external_id="m")
        desk.drain()
        first, _ = desk.open_items("check")
        desk.complete(first)
        desk.drain()
        desk.publish(WITHOUT)

        migration = move(desk)

        assert sorted(statuses(migration)) == ["moved", "refused"]
        (row,) = queries.migration_cases(migration_id=migration.pk, user=desk.cast.omar, status="refused")
        assert "Check" in row.problem
        stayed = Case.objects.get(pk=row.case)
        assert stayed.version.number == 1
        expect_true(stayed)

    def test_a_case_that_has_not_begun_begins_on_the_new_version(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.publish(REMINDED)

        migration = move(desk)

        assert statuses(migration) == ["moved"]
        assert desk.case().version.number == 2
        expect_true(desk.case())

    def test_an_open_incident_goes_along_and_can_be_retried_there(self, desk: Desk, tag: Recorder) -> None:
        good, tag.answer = tag.answer, lambda request: ActionResult.failed("Expected luck.")
        step = c.action("tag", "test.tag", {"what": '"a"'})
        desk.publish(c.chart(c.captured(), step, c.end(), c.flows("captured > tag > end")))
        desk.capture()
        desk.drain()
        desk.publish(c.chart(c.captured(), step, c.work("look"), c.end(), c.flows("captured > tag > look > end")))

        migration = move(desk)

        (incident,) = desk.incidents()
        assert (incident.version.number, incident.node) == (2, "tag")
        tag.answer = good
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain()
        assert [item.node for item in desk.open_items()] == ["look"]
        assert statuses(migration) == ["moved"]
        assert not Incident.objects.filter(status="open").exists()

    def test_a_held_case_goes_along_and_can_be_retried_there(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hold(desk, monkeypatch)
        desk.publish(RENAMED)

        migration = move(desk, nodes={"check": "review"})

        case = desk.case()
        assert statuses(migration) == ["moved"]
        assert (case.held, case.version.number) == (True, 2)
        (incident,) = desk.incidents()
        assert incident.version_id == case.version_id
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain()
        assert [item.node for item in desk.open_items()] == ["review"]
        expect_true(desk.case())

    def test_a_held_case_whose_step_is_gone_asks_for_a_target(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.hold(desk, monkeypatch)
        desk.publish(RENAMED)

        assert statuses(move(desk)) == ["refused"]
        assert statuses(move(desk, nodes={"check": "review"})) == ["moved"]

    def test_a_held_case_comes_back_as_it_was(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hold(desk, monkeypatch)
        before = bytes(desk.case().state or b"")
        desk.publish(RENAMED)
        migration = move(desk, nodes={"check": "review"})

        operations.take_back_migration(
            migration_id=migration.pk, by=Actor.user(desk.cast.omar), at=desk.now, reason="Too early."
        )
        carry_out(desk)

        case = desk.case()
        assert (case.held, case.version.number) == (True, 1)
        assert bytes(case.state or b"") == before
        assert [incident.version_id for incident in desk.incidents()] == [case.version_id]

    def hold(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have a case held with the answer to its call on the way."""
        from throughline.core.procedures.driver import case_run

        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.complete(desk.open_items("call")[0], "reached")
        with monkeypatch.context() as patch:
            patch.setattr(case_run, "advance", lambda *_: 1 / 0)
            desk.drain()
        assert desk.case().held

    def test_a_batch_that_is_killed_is_done_again_and_nothing_twice(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carry, "AT_ONCE", 2)
        desk.publish(OLD)
        desk.capture(5, external_id="m")
        desk.drain()
        desk.publish(REMINDED)
        migration = operations.start_migration(
            procedure="test", source=1, target=2, reason="Better.", by=desk.admin, at=desk.now
        )
        assert advance_migrations(at=desk.now) == 2

        with monkeypatch.context() as broken:
            broken.setattr(carry, "_tell", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                advance_migrations(at=desk.now)
        assert sorted(statuses(migration)) == ["moved"] * 2 + ["waiting"] * 3

        carry_out(desk)
        assert statuses(migration) == ["moved"] * 5
        assert Entry.objects.filter(event="case.migrated").count() == 5
        for case in Case.objects.all():
            expect_true(case)

    def test_it_is_for_who_may_publish(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.publish(REMINDED)

        with pytest.raises(NotAllowed):
            operations.start_migration(
                procedure="test", source=1, target=2, reason="Better.", by=Actor.user(desk.cast.maya), at=desk.now
            )

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"reason": " "}, "reason_missing"),
            ({"target": 1}, "wrong_target"),
            ({"nodes": {"check": "call"}}, ""),
            ({"nodes": {"check": "late"}}, "wrong_mapping"),
            ({"nodes": {"check": "nowhere"}}, "wrong_mapping"),
            ({"case_ids": []}, "no_cases"),
        ],
    )
    def test_what_cannot_be_is_refused_before_anything_moves(
        self, desk: Desk, given: dict[str, Any], code: str
    ) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.publish(REMINDED)
        arguments = {"procedure": "test", "source": 1, "target": 2, "reason": "Better.", **given}

        if not code:
            assert operations.start_migration(by=desk.admin, at=desk.now, **arguments).total == 1
            return
        with pytest.raises(Refusal) as refused:
            operations.start_migration(by=desk.admin, at=desk.now, **arguments)

        assert refused.value.code == code
        assert not Migration.objects.exists()


class TestTakeBackMigration:
    def test_all_cases_are_back_where_they_were(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(3, external_id="m")
        desk.drain()
        due = sorted(Timer.objects.values_list("case_id", "node", "due_at"))
        items = sorted(WorkItem.objects.values_list("pk", "node", "title", "due_at"))
        desk.publish(RENAMED)
        migration = move(desk, nodes={"check": "review"})

        back = operations.take_back_migration(
            migration_id=migration.pk, by=Actor.user(desk.cast.omar), at=desk.now, reason="Too early."
        )
        carry_out(desk)

        assert statuses(back) == ["moved"] * 3
        assert {case.version.number for case in Case.objects.all()} == {1}
        assert sorted(Timer.objects.values_list("case_id", "node", "due_at")) == due
        assert sorted(WorkItem.objects.values_list("pk", "node", "title", "due_at")) == items
        for case in Case.objects.all():
            expect_true(case)
        row, first = queries.migrations(procedure="test")
        assert (row.takes_back, first.taken_back_by) == (first.id, row.id)
        assert not first.can_be_taken_back

    def test_two_steps_that_became_one_are_told_apart_again(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        merged = c.chart(
            c.captured(),
            c.work("talk"),
            c.end("ended"),
            c.catch("won", "m", c.tl("correlation", key="lead.external_id")),
            c.end("bought"),
            c.element("parallelGateway", "both"),
            c.flows("captured > both", "both > talk > ended", "both > won > bought"),
            more=c.message("m", "deal won"),
        )
        desk.publish(merged)
        (item,) = desk.open_items("check")
        desk.complete(item)
        desk.drain()

        migration = move(desk, nodes={"call": "talk", "check": "talk"})
        operations.take_back_migration(migration_id=migration.pk, by=desk.admin, at=desk.now, reason="No.")
        carry_out(desk)

        assert [item.node for item in desk.open_items()] == ["call"]
        expect_true(desk.case())

    def test_it_is_done_once(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.publish(REMINDED)
        migration = move(desk)
        operations.take_back_migration(migration_id=migration.pk, by=desk.admin, at=desk.now, reason="No.")
        carry_out(desk)

        with pytest.raises(Refusal) as refused:
            operations.take_back_migration(migration_id=migration.pk, by=desk.admin, at=desk.now, reason="No.")

        assert refused.value.code == "taken_back"


class TestStopMigration:
    def test_the_rest_stays(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(carry, "AT_ONCE", 1)
        desk.publish(OLD)
        desk.capture(3, external_id="m")
        desk.drain()
        desk.publish(REMINDED)
        migration = operations.start_migration(
            procedure="test", source=1, target=2, reason="Better.", by=desk.admin, at=desk.now
        )
        advance_migrations(at=desk.now)

        operations.stop_migration(migration_id=migration.pk, by=desk.admin, at=desk.now)

        assert advance_migrations(at=desk.now) == 0
        assert statuses(migration) == ["moved", "waiting", "waiting"]


class TestMigrationPreview:
    def test_says_where_each_step_goes_and_asks_for_a_target(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(2, external_id="m")
        desk.drain()
        desk.publish(WITHOUT)

        seen = queries.migration_preview(procedure="test", source=1, target=2, user=desk.cast.omar)

        steps = {step.node: step for step in seen.steps}
        assert (seen.total, seen.cannot) == (2, 2)
        assert steps["call"].moves
        assert (steps["check"].target, steps["check"].count) == ("", 2)
        assert steps["check"].problem == "“Check” is not in the new drawing. Choose where it goes on."
        assert steps["check"].choices == (("call", "Call"), ("other", "Other"))
        assert [case.problems for case in seen.cases] == [(steps["check"].problem,)] * 2

    def test_with_a_target_all_can_move(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(2, external_id="m")
        desk.drain()
        desk.publish(WITHOUT)

        seen = queries.migration_preview(
            procedure="test", source=1, target=2, user=desk.cast.omar, nodes={"check": "other"}
        )

        assert seen.cannot == 0
        assert ("Check", "Other") in seen.cases[0].moves

    def test_names_what_would_be_listened_for(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.publish(REMINDED)

        (case,) = queries.migration_preview(procedure="test", source=1, target=2, user=desk.cast.omar).cases

        assert (case.listens, case.stops, case.problems) == (("Remind",), (), ())

    def test_shows_single_cases_only_to_who_may_see_them(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(external_id="m")
        desk.drain()
        desk.publish(REMINDED)

        seen = queries.migration_preview(procedure="test", source=1, target=2, user=desk.cast.ines)

        assert (seen.total, seen.cases) == (1, ())


class TestPublishImpact:
    def test_says_how_many_cases_are_where_and_what_becomes_of_the_steps(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(2, external_id="m")
        desk.drain()
        operations.save_draft(key="test", drawing=WITHOUT, by=desk.admin, at=desk.now)

        impact = queries.publish_impact(procedure="test")

        assert impact.words == "2 running cases stay on version 1 until moved. Gone are the steps “Check” (2)."
        assert {step.node: step.fate for step in impact.steps} == {"call": "same", "check": "gone", "won": "same"}

    def test_is_told_when_publishing(self, desk: Desk) -> None:
        desk.publish(OLD)
        desk.capture(2, external_id="m")
        desk.drain()
        operations.save_draft(key="test", drawing=REMINDED, by=desk.admin, at=desk.now)

        published = operations.publish(key="test", by=desk.admin, at=desk.now)

        assert published.impact.running == published.staying == 2
        assert {step.fate for step in published.impact.steps} == {"same", "changed"}
