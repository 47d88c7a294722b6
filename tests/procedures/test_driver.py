"""The live driver: batches, order, two workers at once, failures of every kind; nothing lost, nothing done twice."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder, trace
from throughline.core.actions import ActionRequest, ActionResult
from throughline.core.actor import Actor
from throughline.core.procedures import operations, setwise
from throughline.core.procedures.driver import case_run
from throughline.core.procedures.driver.batch import work_off
from throughline.core.procedures.inbox import Order, enqueue
from throughline.core.procedures.models import Case, CaseEvent, Inbox, Incident, Outbox, Token
from throughline.core.procedures.worker import Pace, drain
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal
from throughline.flow import engine
from throughline.flow.engine import commands as cmd

TAG = c.chart(
    c.captured(),
    c.action("tag", "test.tag", {"what": "lead.region"}, {"tagged": "result.done"}),
    c.work("call"),
    c.end(),
    c.flows("captured > tag > call > end"),
)


class TestBatches:
    def test_an_action_is_performed_once_for_a_whole_batch(self, desk: Desk, tag: Recorder) -> None:
        desk.publish(TAG)

        desk.capture(50)
        drained = desk.drain(seconds=1)

        assert (drained.commands, tag.calls, len(tag.asked)) == (50, 1, 50)
        assert len({request.key for request in tag.asked}) == 50
        assert len(desk.open_items("call")) == 50

    def test_no_query_is_made_per_case(self, desk: Desk, tag: Recorder, django_assert_max_num_queries: Any) -> None:
        desk.publish(TAG)
        desk.capture(5)
        desk.drain(seconds=1)
        desk.capture(100)

        with django_assert_max_num_queries(60):
            drain(at=desk.now)

        assert len(desk.open_items("call")) == 105

    def test_facts_are_read_again_after_an_action_has_changed_the_record(self, desk: Desk, tag: Recorder) -> None:
        def move(request: ActionRequest) -> ActionResult:
            assert request.record is not None
            setwise.execute("UPDATE leads_lead SET region = 'NO' WHERE id = %s", [request.record.id])
            return ActionResult()

        tag.answer = move
        desk.publish(
            c.chart(
                c.captured(),
                c.action("tag", "test.tag", {"what": "lead.region"}),
                c.element("exclusiveGateway", "where", default="where_south"),
                c.end("north"),
                c.end("south"),
                c.flows("captured > tag > where", 'where >[lead.region = "NO"] north', "where > south"),
            )
        )

        desk.capture(region="ES")
        desk.drain(seconds=1)

        assert tag.asked[0].inputs == {"what": "ES"}
        assert desk.case().end_node == "north"

    def test_the_limit_bounds_what_is_done(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture(30)

        drained = drain(at=desk.now, limit=10)

        assert drained.commands == 10
        assert Inbox.objects.count() == 20

    def test_the_log_has_a_row_per_event_and_says_how_long_it_took(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture()
        desk.drain(seconds=1)
        desk.now += timedelta(hours=2)
        desk.complete(desk.open_items()[0])
        desk.drain()

        done = CaseEvent.objects.get(kind="completed", node="call")
        assert (done.previous_node, done.elapsed_us) == ("captured", 2 * 3600 * 1_000_000 + 1_000_000)
        assert (done.actor_kind, done.actor_id) == ("user", str(desk.cast.maya.pk))
        assert CaseEvent.objects.get(kind="passed", node="end").actor_kind == "procedure"

    def test_time_never_runs_backwards_in_a_case(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture()
        desk.drain()

        desk.now -= timedelta(minutes=5)
        desk.complete(desk.open_items()[0])
        desk.drain()

        events = list(CaseEvent.objects.order_by("seq").values_list("at", flat=True))
        assert events == sorted(events)


class TestPace:
    def test_it_grows_while_batches_are_light_and_full_and_shrinks_when_they_are_heavy(self) -> None:
        pace = Pace(size=100)

        pace.took(seconds=0.1, processor=0.1, commands=100)
        grown = pace.size
        pace.took(seconds=0.1, processor=0.1, commands=3)
        pace.took(seconds=1.0, processor=0.9, commands=200)

        assert (grown, pace.size) == (200, 100)

    def test_a_busy_machine_does_not_get_more_and_smaller_batches_unless_they_take_seconds(self) -> None:
        pace = Pace(size=400)

        pace.took(seconds=2.0, processor=0.3, commands=400)
        busy = pace.size
        pace.took(seconds=4.0, processor=0.3, commands=400)

        assert (busy, pace.size) == (400, 200)


class TestOrder:
    def test_commands_of_a_case_are_worked_off_in_the_order_they_were_given(self, desk: Desk) -> None:
        desk.publish(c.chart(c.start(), c.work("one"), c.work("two"), c.end(), c.flows("start > one > two > end")))
        (lead,) = desk.capture()
        case = operations.start_case(procedure="test", record=RecordRef("lead", lead.pk), by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        for number in range(20):
            enqueue([Order(case, cmd.SetVariables({"last": Decimal(number)}), desk.admin, desk.now)])
        desk.drain(seconds=1)

        from throughline.flow.engine import decode_state

        assert decode_state(bytes(Case.objects.get().state or b"")).variables == {"last": 19}

    @pytest.mark.django_db(transaction=True)
    def test_a_worker_does_not_overtake_another_one_within_a_case(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture()
        desk.drain()
        case = desk.case().pk
        with transaction.atomic():
            orders = [
                Order(case, cmd.SetVariables({"who": name}), desk.admin, desk.now) for name in ("first", "second")
            ]
            enqueue(orders)
        seen: list[int] = []

        def other_worker() -> None:
            try:
                seen.append(work_off(limit=10, at=desk.now).commands)
            finally:
                connections.close_all()

        with transaction.atomic():
            setwise.fetch("SELECT id FROM procedures_inbox ORDER BY id LIMIT 1 FOR UPDATE")
            thread = threading.Thread(target=other_worker)
            thread.start()
            thread.join()

        assert seen == [0]
        assert Inbox.objects.count() == 2


@pytest.mark.req("B7")
@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_they_share_the_work_and_do_nothing_twice(self, desk: Desk, tag: Recorder) -> None:
        desk.publish(TAG)
        desk.capture(400)
        done: list[int] = []

        def work() -> None:
            try:
                while worked := work_off(limit=20, at=desk.now).commands:
                    done.append(worked)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        drain(at=desk.now)

        assert len({request.key for request in tag.asked}) == len(tag.asked) == 400
        assert len(desk.open_items("call")) == 400
        assert Case.objects.filter(inputs=2).count() == 400

    def test_a_worker_that_is_killed_in_the_middle_leaves_everything_to_the_next_one(
        self, desk: Desk, tag: Recorder
    ) -> None:
        class Killed(BaseException):
            pass

        def die(request: ActionRequest) -> ActionResult:
            raise Killed

        desk.publish(TAG)
        desk.capture(10)
        answer, tag.answer = tag.answer, die
        with pytest.raises(Killed):
            drain(at=desk.now)
        left = (Inbox.objects.count(), Token.objects.count(), CaseEvent.objects.count())

        tag.answer = answer
        drain(at=desk.now)

        assert left == (10, 0, 0)
        assert len(desk.open_items("call")) == 10
        assert Inbox.objects.count() == 0


@pytest.mark.req("B7")
class TestFailingActions:
    def test_it_becomes_an_incident_with_its_reason_and_a_retry_goes_on(self, desk: Desk, tag: Recorder) -> None:
        good = tag.answer
        tag.answer = lambda request: ActionResult.failed("Expected a region, but the lead has none.")
        desk.publish(TAG)
        desk.capture()
        desk.drain(seconds=1)
        (incident,) = desk.incidents()
        assert (incident.node, "Expected a region, but the lead has none." in incident.message) == ("tag", True)

        tag.answer = good
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        assert desk.incidents() == []
        assert [item.node for item in desk.open_items()] == ["call"]
        assert Incident.objects.get().retries == 1

    def test_values_can_be_corrected_before_a_retry(self, desk: Desk, tag: Recorder) -> None:
        def wants_region(request: ActionRequest) -> ActionResult:
            known = request.inputs["what"] is not None
            return ActionResult() if known else ActionResult.failed("Expected a region, but there is none.")

        tag.answer = wants_region
        tagged = c.action("tag", "test.tag", {"what": "region"})
        region = c.element("scriptTask", "guess", "", "<bpmn:script>null</bpmn:script>")
        desk.publish(
            c.chart(
                c.captured(),
                region.replace("<bpmn:scriptTask ", '<bpmn:scriptTask scriptFormat="feel" tl:result="region" '),
                tagged,
                c.end(),
                c.flows("captured > guess > tag > end"),
            )
        )
        desk.capture()
        desk.drain(seconds=1)
        (incident,) = desk.incidents()

        operations.set_variables(
            case_id=incident.case_id, variables={"region": "NO"}, by=desk.admin, at=desk.now, reason="He told us."
        )
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        assert (desk.case().status, tag.asked[-1].inputs) == ("finished", {"what": "NO"})

    def test_one_that_raises_fails_alone_and_what_the_others_wrote_stands(self, desk: Desk, tag: Recorder) -> None:
        def touchy(request: ActionRequest) -> ActionResult:
            assert request.record is not None
            setwise.execute("UPDATE leads_lead SET subject = subject || '!' WHERE id = %s", [request.record.id])
            if request.inputs["what"] == "XX":
                raise ZeroDivisionError("by zero")
            return ActionResult()

        tag.answer = touchy
        desk.publish(TAG)
        good, bad = desk.capture(10, region="EU", subject="s"), desk.capture(1, region="XX", subject="s")
        desk.drain(seconds=1)

        subjects: dict[int, str] = dict(setwise.fetch("SELECT id, subject FROM leads_lead"))
        assert [subjects[lead.pk] for lead in good] == ["s!"] * 10
        assert subjects[bad[0].pk] == "s"
        (incident,) = desk.incidents()
        assert "ZeroDivisionError: by zero" in incident.message

    def test_a_refusal_can_be_caught_as_an_error(self, desk: Desk, tag: Recorder) -> None:
        def refuse(requests: Sequence[ActionRequest]) -> ActionResult:
            raise Refusal("no_credit", "This customer has no credit. Ask for payment first.")

        tag.answer = refuse  # type: ignore[assignment]
        error = '<bpmn:error id="credit" errorCode="no_credit"/>'
        caught = c.element(
            "boundaryEvent", "refused", "", '<bpmn:errorEventDefinition errorRef="credit"/>', attachedToRef="tag"
        )
        desk.publish(
            c.chart(
                c.captured(),
                c.action("tag", "test.tag"),
                caught,
                c.end("granted"),
                c.end("denied"),
                c.flows("captured > tag > granted", "refused > denied"),
                more=error,
            )
        )

        desk.capture()
        desk.drain(seconds=1)

        assert desk.case().end_node == "denied"
        assert desk.incidents() == []


@pytest.mark.req("B7")
class TestCasesThatCannotBeStepped:
    def test_a_broken_one_is_held_and_the_others_go_on(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture(20)
        desk.drain(seconds=1)
        broken = Case.objects.order_by("pk")[7]
        state = bytes(broken.state or b"")
        setwise.execute("UPDATE procedures_case SET state = '\\xff' WHERE id = %s", [broken.pk])
        for item in desk.open_items():
            desk.complete(item)

        drained = desk.drain(seconds=1)

        assert (drained.held, Case.objects.filter(status="finished").count()) == (1, 19)
        (incident,) = desk.incidents()
        assert (incident.case_id, incident.number) == (broken.pk, None)
        assert Inbox.objects.get().parked

        setwise.execute("UPDATE procedures_case SET state = %s WHERE id = %s", [state, broken.pk])
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        assert Case.objects.filter(status="finished").count() == 20
        assert desk.incidents() == []

    def test_one_that_the_kernel_cannot_step_is_set_apart_at_once(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        advance = engine.advance

        def faulty(chart: Any, state: Any, command: Any, around: Any) -> Any:
            if around.facts.get("lead", {}).get("region") == "XX":
                raise AssertionError("a fault of the kernel")
            return advance(chart, state, command, around)

        monkeypatch.setattr(case_run, "advance", faulty)
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call", due='if lead.region = "a" then null else null'),
                c.end(),
                c.flows("captured > call > end"),
            )
        )
        desk.capture(20, region="EU")
        desk.capture(1, region="XX")

        drained = desk.drain(seconds=1)

        assert (drained.held, len(desk.open_items())) == (1, 20)
        assert "a fault of the kernel" in desk.incidents()[0].message

    def test_what_comes_for_a_held_case_waits_in_order(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture()
        desk.drain(seconds=1)
        case = desk.case()
        setwise.execute("UPDATE procedures_case SET held = true")

        enqueue([Order(case.pk, cmd.SetVariables({"a": None}), desk.admin, desk.now)])
        desk.drain(seconds=1)

        assert Inbox.objects.get().parked


@pytest.mark.req("B7", "B3")
class TestOutsideActions:
    MAIL = c.chart(
        c.captured(),
        c.action("mail", "test.mail", {"what": '"Hello " + lead.region'}, {"sent": "result.done"}),
        c.work("call"),
        c.end(),
        c.flows("captured > mail > call > end"),
    )

    def test_it_is_performed_after_the_commit_and_its_answer_moves_the_case(self, desk: Desk, mail: Recorder) -> None:
        desk.publish(self.MAIL)
        desk.capture(3, region="EU")

        drained = desk.drain(seconds=1)

        assert (drained.wishes, drained.performed, mail.calls) == (3, 3, 1)
        assert mail.asked[0].inputs == {"what": "Hello EU"}
        assert len(desk.open_items("call")) == 3
        assert set(Outbox.objects.values_list("status", flat=True)) == {"done"}

    def test_a_failure_that_may_pass_is_tried_again_later_under_the_same_key(self, desk: Desk, mail: Recorder) -> None:
        good = mail.answer
        mail.answer = lambda request: ActionResult.failed("Expected an answer, but nobody came.", retryable=True)
        desk.publish(self.MAIL)
        desk.capture()
        desk.drain(seconds=1)
        desk.drain(seconds=1)
        mail.answer = good
        desk.drain(seconds=20)

        assert [request.key for request in mail.asked] == [mail.asked[0].key] * 2
        assert Outbox.objects.get().tries == 2
        assert len(desk.open_items("call")) == 1

    def test_after_some_tries_it_becomes_an_incident_that_can_be_retried(self, desk: Desk, mail: Recorder) -> None:
        good = mail.answer
        mail.answer = lambda request: ActionResult.failed("Expected an answer, but nobody came.", retryable=True)
        desk.publish(self.MAIL)
        desk.capture()
        for _ in range(8):
            desk.drain(hours=3)
        (incident,) = desk.incidents()
        assert (incident.node, Outbox.objects.get().status, len(mail.asked)) == ("mail", "waiting", 8)

        mail.answer = good
        operations.retry_incident(incident_id=incident.pk, by=desk.admin, at=desk.now)
        desk.drain(seconds=1)

        assert len(desk.open_items("call")) == 1
        assert Outbox.objects.get().status == "done"
        assert len({request.key for request in mail.asked}) == 1

    def test_a_worker_that_died_while_performing_leaves_a_lease_that_runs_out(self, desk: Desk, mail: Recorder) -> None:
        desk.publish(self.MAIL)
        desk.capture()
        drain(at=desk.now, outside=False)
        setwise.execute("UPDATE procedures_outbox SET leased_until = %s, tries = 1", [desk.now + timedelta(minutes=5)])

        desk.drain(minutes=4)
        during = len(mail.asked)
        desk.drain(minutes=2)

        assert (during, len(mail.asked)) == (0, 1)
        assert len(desk.open_items("call")) == 1

    @pytest.mark.req("A13")
    def test_a_sandbox_case_catches_it_and_goes_on(self, desk: Desk, mail: Recorder) -> None:
        desk.publish(c.chart(c.start(), c.end(), c.flows("start > end")))
        drawing = self.MAIL.replace(b'"lead.captured"', b'"nothing.happens"')
        operations.save_draft(key="test", drawing=drawing, by=desk.admin, at=desk.now)
        (lead,) = desk.capture()

        operations.start_case(
            procedure="test",
            record=RecordRef("lead", lead.pk),
            node="captured",
            sandbox=True,
            by=desk.admin,
            at=desk.now,
        )
        desk.drain(seconds=1)

        assert mail.asked == []
        assert Outbox.objects.get().status == "caught"
        assert trace(desk.case()).startswith("captured > mail")


@pytest.mark.req("B9")
class TestDeviations:
    def case_at_call(self, desk: Desk) -> Case:
        desk.publish(
            c.chart(c.captured(), c.work("call"), c.work("offer"), c.end(), c.flows("captured > call > offer > end"))
        )
        desk.capture()
        desk.drain(seconds=1)
        return desk.case()

    def test_a_step_can_be_skipped_with_a_reason(self, desk: Desk) -> None:
        case = self.case_at_call(desk)

        operations.skip_step(
            case_id=case.pk,
            token=desk.open_items()[0].token,
            by=Actor.user(desk.cast.maya),
            at=desk.now,
            reason="We met at the fair.",
        )
        desk.drain(seconds=1)

        assert [item.node for item in desk.open_items()] == ["offer"]
        assert CaseEvent.objects.get(kind="skipped").actor_id == str(desk.cast.maya.pk)

    def test_a_case_can_be_moved_to_another_step(self, desk: Desk) -> None:
        case = self.case_at_call(desk)
        operations.skip_step(
            case_id=case.pk, token=desk.open_items()[0].token, by=desk.admin, at=desk.now, reason="Known."
        )
        desk.drain(seconds=1)

        operations.move_step(
            case_id=case.pk,
            token=desk.open_items()[0].token,
            node="call",
            by=desk.admin,
            at=desk.now,
            reason="Wrong number.",
        )
        desk.drain(seconds=1)

        assert [item.node for item in desk.open_items()] == ["call"]

    def test_without_a_reason_it_is_refused(self, desk: Desk) -> None:
        case = self.case_at_call(desk)

        with pytest.raises(Refusal, match="Say why"):
            operations.skip_step(
                case_id=case.pk, token=desk.open_items()[0].token, by=desk.admin, at=desk.now, reason=""
            )


class TestCallActivities:
    def test_a_called_process_of_the_same_file_runs_as_a_case_of_its_own(self, desk: Desk) -> None:
        child = (
            '<bpmn:process id="child" isExecutable="true">'
            + c.start("begin")
            + c.work("inner")
            + c.end("finish")
            + c.flows("begin > inner > finish")
            + "</bpmn:process>"
        )
        desk.publish(
            c.chart(
                c.captured(),
                c.element("callActivity", "ask", calledElement="child"),
                c.end(),
                c.flows("captured > ask > end"),
                more=child,
            )
        )
        desk.capture()
        desk.drain(seconds=1)
        (item,) = desk.open_items("inner")

        desk.complete(item)
        desk.drain(seconds=1)

        assert [case.status for case in Case.objects.order_by("pk")] == ["finished", "finished"]
        assert trace(Case.objects.order_by("pk")[0]) == "captured > ask > end"

    def test_cancelling_the_caller_cancels_the_called_case(self, desk: Desk) -> None:
        desk.publish(c.chart(c.start(), c.work("inner"), c.end(), c.flows("start > inner > end")), key="test")
        caller = c.chart(
            c.captured(),
            c.element("callActivity", "ask", calledElement="test"),
            c.end(),
            c.flows("captured > ask > end"),
            key="caller",
        )
        desk.publish(caller, key="caller")
        desk.capture()
        desk.drain(seconds=1)
        parent = Case.objects.get(parent=None)

        operations.cancel_case(case_id=parent.pk, by=desk.admin, at=desk.now, reason="Enough.")
        desk.drain(seconds=1)

        assert set(Case.objects.values_list("status", flat=True)) == {"cancelled"}
        assert desk.open_items() == []


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_a_command_is_never_written_without_a_transaction(self, desk: Desk) -> None:
        with pytest.raises(RuntimeError, match="in the transaction of the change"):
            enqueue([])

    def test_draining_leaves_no_part_outside_one(self, desk: Desk, mail: Recorder) -> None:
        """The worker runs without a transaction of its own; everything that writes opens one."""
        waiting = c.chart(
            c.captured(),
            c.action("mail", "test.mail"),
            c.catch("hear", "told", c.tl("correlation", key="lead.external_id")),
            c.work("call"),
            c.deadline("late", "call", "PT1H"),
            c.end(),
            c.flows("captured > mail > hear > call > end", "late > end"),
            more=c.message("told", "told"),
        )
        desk.publish(waiting)
        operations.send_message(name="told", key="m0", by=desk.admin, at=desk.now)
        desk.capture(1, external_id="m")

        desk.drain(seconds=1)
        desk.drain(hours=2)

        assert trace(desk.case()) == "captured > mail > hear > late > end"
