"""Outside actions: tried with patience, left alone when nobody is there, taken over, counted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder, trace
from throughline.core.actions import ActionRequest, ActionResult, Outside, Patience
from throughline.core.procedures import actions, breaker, operations, outbox
from throughline.core.procedures.models import Connection, Incident, Outbox
from throughline.core.procedures.worker import drain
from throughline.flow.catalogue import ActionSpec, Parameter

pytestmark = pytest.mark.req("B3", "B7")

PATIENCE = Patience(tries=3, first_pause=10, longest_pause=60, timeout=5, at_once=2)
CHART = c.chart(
    c.captured(),
    c.action("send", "test.outside", {"to": "lead.region"}),
    c.work("call"),
    c.end(),
    c.flows("captured > send > call > end"),
)


def nobody(request: ActionRequest) -> ActionResult:
    return ActionResult.nobody_there("Expected the server to answer, but nobody is there.")


def later(request: ActionRequest) -> ActionResult:
    return ActionResult.failed("Expected the server to take it, but it is busy.", retryable=True)


@pytest.fixture
def out() -> Iterator[Recorder]:
    """Give an outside action whose connection is the region of the lead."""
    recorder = Recorder()
    spec = ActionSpec(name="test.outside", title="Send", inputs=(Parameter(name="to"),), place="outside")
    actions.register(spec, recorder, Outside(lambda inputs: f"server:{inputs.get('to')}", PATIENCE))
    yield recorder
    actions.forget("test.outside")


@pytest.fixture
def sending(desk: Desk, out: Recorder) -> Desk:
    """Give a desk where captured leads lead to an outside action."""
    desk.publish(CHART)
    return desk


def wait(desk: Desk, seconds: float) -> None:
    """Let time pass as couriers do: looking at what is due every second that matters."""
    desk.now += timedelta(seconds=seconds)
    drain(at=desk.now)


def state(key: str = "server:EU") -> str:
    return Connection.objects.get(pk=key).state


class TestPatience:
    def test_pauses_double_up_to_the_longest_and_chance_takes_up_to_half_away(self) -> None:
        patience = Patience(tries=5, first_pause=10, longest_pause=60)

        assert [patience.pause(tries, 0.0) for tries in (1, 2, 3, 4, 5, 99)] == [10, 20, 40, 60, 60, 60]
        assert patience.pause(1, 0.5) == 7.5

    def test_what_fails_for_now_is_tried_again_and_shows_one_incident_when_patience_is_over(
        self, sending: Desk, out: Recorder
    ) -> None:
        out.answer = later
        sending.capture(region="EU")
        sending.drain()
        wait(sending, 9)
        assert len(out.asked) == 1
        wait(sending, 1)
        assert (len(out.asked), sending.incidents()) == (2, [])
        wait(sending, 20)
        (incident,) = sending.incidents()
        assert "it is busy. It was tried 3 times; trying goes on" in incident.message

        for _ in range(5):
            wait(sending, 60)

        assert len(out.asked) == 8
        assert Incident.objects.count() == 1

    def test_a_success_ends_the_incident_by_itself(self, sending: Desk, out: Recorder) -> None:
        good, out.answer = out.answer, later
        sending.capture(region="EU")
        for seconds in (0, 10, 20):
            wait(sending, seconds)
        assert len(sending.incidents()) == 1

        out.answer = good
        wait(sending, 60)

        assert sending.incidents() == []
        assert len(sending.open_items("call")) == 1
        assert len({request.key for request in out.asked}) == 1

    def test_what_is_refused_for_good_is_an_incident_at_once_and_not_tried_again(
        self, sending: Desk, out: Recorder
    ) -> None:
        out.answer = lambda request: ActionResult.failed("Expected an address, but “nobody” is none.")
        sending.capture(region="EU")
        for _ in range(3):
            wait(sending, 60)

        assert len(out.asked) == 1
        assert Outbox.objects.get().status == "failed"
        assert [incident.message for incident in sending.incidents()] == ["Expected an address, but “nobody” is none."]

    def test_it_is_given_up_in_the_end(self, sending: Desk, out: Recorder) -> None:
        out.answer = later
        sending.capture(region="EU")
        for seconds in (0, 10, 20, PATIENCE.gives_up_after, 60, 60):
            wait(sending, seconds)

        assert Outbox.objects.get().status == "failed"
        assert len(out.asked) == 4
        assert len(sending.incidents()) == 1

    def test_a_retry_by_hand_begins_anew_under_the_same_key(self, sending: Desk, out: Recorder) -> None:
        good, out.answer = out.answer, later
        sending.capture(region="EU")
        for seconds in (0, 10, 20):
            wait(sending, seconds)
        (incident,) = sending.incidents()

        out.answer = good
        operations.retry_incident(incident_id=incident.pk, by=sending.admin, at=sending.now)
        wait(sending, 1)

        assert len(sending.open_items("call")) == 1
        assert len({request.key for request in out.asked}) == 1

    def test_an_error_with_a_code_is_caught_when_patience_is_over(self, desk: Desk, out: Recorder) -> None:
        catcher = '<bpmn:errorEventDefinition errorRef="busy"/>'
        desk.publish(
            c.chart(
                c.captured(),
                c.action("send", "test.outside", {"to": "lead.region"}),
                c.element("boundaryEvent", "gave_up", "", catcher, attachedToRef="send"),
                c.end(),
                c.work("letter"),
                c.end("sent"),
                c.flows("captured > send > end", "gave_up > letter > sent"),
                more='<bpmn:error id="busy" name="Busy" errorCode="busy"/>',
            )
        )
        out.answer = lambda request: ActionResult.failed("Expected room, but it is busy.", code="busy", retryable=True)
        desk.capture(region="EU")
        for seconds in (0, 10, 20, 600):
            wait(desk, seconds)

        assert [item.node for item in desk.open_items()] == ["letter"]
        assert Outbox.objects.get().status == "cancelled"
        assert len(out.asked) == 3


class TestBreaker:
    def test_after_five_without_an_answer_the_others_are_not_tried(self, sending: Desk, out: Recorder) -> None:
        out.answer = nobody
        sending.capture(20, region="EU")

        sending.drain()

        assert len(out.asked) == 6  # two at once, so the threshold of five shows after the sixth
        assert state() == "open"
        assert Outbox.objects.filter(status="waiting", leased_until=None).count() == 20

    def test_while_it_is_open_nothing_is_tried_and_then_one(self, sending: Desk, out: Recorder) -> None:
        out.answer = nobody
        sending.capture(20, region="EU")
        sending.drain()
        wait(sending, 14)
        assert len(out.asked) == 6

        wait(sending, 1)

        assert len(out.asked) == 7
        assert state() == "open"

    def test_pauses_of_the_breaker_double(self, sending: Desk, out: Recorder) -> None:
        out.answer = nobody
        sending.capture(20, region="EU")
        sending.drain()
        pauses = []
        for _ in range(6):
            connection = Connection.objects.get()
            assert connection.retry_at is not None
            pauses.append((connection.retry_at - sending.now).total_seconds())
            wait(sending, pauses[-1])

        assert pauses == [15, 30, 60, 120, 240, 300]

    def test_when_one_gets_through_everything_that_waited_follows_at_once(self, sending: Desk, out: Recorder) -> None:
        good, out.answer = out.answer, nobody
        sending.capture(20, region="EU")
        sending.drain()

        out.answer = good
        wait(sending, 15)

        assert state() == "closed"
        assert len(sending.open_items("call")) == 20
        assert set(Outbox.objects.values_list("status", flat=True)) == {"done"}

    def test_it_tries_even_when_nothing_is_due_yet(self, sending: Desk, out: Recorder) -> None:
        """What waits may be due much later than the moment at which the connection is looked at again."""
        out.answer = nobody
        sending.capture(6, region="EU")
        sending.drain()
        Outbox.objects.update(due_at=sending.now + timedelta(hours=1))

        assert outbox.next_due() == Connection.objects.get().retry_at
        wait(sending, 15)

        assert len(out.asked) == 7

    def test_what_waits_behind_it_shows_its_incident_in_time_and_finishes_by_itself(
        self, sending: Desk, out: Recorder
    ) -> None:
        good, out.answer = out.answer, nobody
        sending.capture(8, region="EU")
        sending.drain()
        sending.capture(4, region="EU")
        began = sending.now
        while (sending.now - began).total_seconds() < PATIENCE.patience:
            wait(sending, 5)

        assert len(sending.incidents()) == 12
        assert sending.incidents()[-1].message.startswith("Expected the server to answer, but nobody is there.")

        out.answer = good
        for _ in range(70):
            wait(sending, 5)
        assert sending.incidents() == []
        assert len(sending.open_items("call")) == 12

    def test_a_connection_that_works_is_not_touched_by_another(self, sending: Desk, out: Recorder) -> None:
        good = out.answer
        out.answer = lambda request: nobody(request) if request.inputs["to"] == "EU" else good(request)
        sending.capture(8, region="EU")
        sending.capture(8, region="US")

        sending.drain()

        assert len(sending.open_items("call")) == 8
        assert state("server:US") == "closed"

    def test_an_answer_that_says_no_proves_that_somebody_is_there(self, sending: Desk, out: Recorder) -> None:
        out.answer = later
        sending.capture(20, region="EU")

        sending.drain()

        assert state() == "closed"
        assert len(out.asked) == 20

    def test_only_one_of_two_workers_tries_it(self, sending: Desk, out: Recorder) -> None:
        out.answer = nobody
        sending.capture(20, region="EU")
        sending.drain()
        sending.now += timedelta(seconds=15)

        first = breaker.pass_through("server:EU", 100, at=sending.now, lease=outbox.LEASE)
        second = breaker.pass_through("server:EU", 100, at=sending.now, lease=outbox.LEASE)

        assert (first.most, second.most) == (1, 0)
        assert outbox.ready(at=sending.now) == []

    def test_somebody_can_pause_and_resume_it(self, sending: Desk, out: Recorder) -> None:
        operations.pause_connection(key="server:EU", by=sending.admin, at=sending.now, reason="Moving house.")
        sending.capture(2, region="EU")
        for _ in range(10):
            wait(sending, 10)
        assert out.asked == []
        assert "somebody has paused it" in sending.incidents()[0].message

        operations.resume_connection(key="server:EU", by=sending.admin, at=sending.now)
        wait(sending, 1)

        assert len(sending.open_items("call")) == 2
        assert sending.incidents() == []


class TestLease:
    def claim(self, desk: Desk, during: Callable[[outbox.Claim], Any]) -> int:
        """Perform as a courier whose time passes while it does: ``during`` is what happens meanwhile."""
        from contextlib import contextmanager

        @contextmanager
        def keep(claim: outbox.Claim) -> Iterator[None]:
            during(claim)
            yield

        return outbox.perform_some(connection="server:EU", clock=lambda: desk.now, chance=lambda: 0.0, keep=keep)

    @pytest.fixture
    def asked(self, sending: Desk) -> Desk:
        """Give a desk with one wish that nobody has claimed."""
        sending.capture(region="EU")
        drain(at=sending.now, outside=False)
        return sending

    def test_another_worker_takes_over_when_it_runs_out(self, asked: Desk, out: Recorder) -> None:
        def die(claim: outbox.Claim) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.claim(asked, die)
        wait(asked, outbox.LEASE.total_seconds() - 1)
        assert out.asked == []

        wait(asked, 1)

        assert len(out.asked) == 1
        assert len(asked.open_items("call")) == 1

    def test_it_can_be_kept_up(self, asked: Desk, out: Recorder) -> None:
        def work_long(claim: outbox.Claim) -> None:
            for _ in range(4):
                asked.now += outbox.LEASE / 2
                assert claim.keep(at=asked.now)
                assert outbox.ready(at=asked.now) == []

        assert self.claim(asked, work_long) == 1
        assert Outbox.objects.get().status == "done"

    def test_two_who_did_it_count_once(self, asked: Desk, out: Recorder) -> None:
        def sleep(claim: outbox.Claim) -> None:
            wait(asked, outbox.LEASE.total_seconds())
            assert not claim.keep(at=asked.now)

        self.claim(asked, sleep)
        drain(at=asked.now)

        assert [request.key for request in out.asked] == [out.asked[0].key] * 2
        assert len(asked.open_items("call")) == 1
        assert trace(asked.case()) == "captured > send"

    def test_a_failure_told_too_late_does_not_count(self, asked: Desk, out: Recorder) -> None:
        good = out.answer

        def sleep(claim: outbox.Claim) -> None:
            wait(asked, outbox.LEASE.total_seconds())
            out.answer = later

        self.claim(asked, sleep)

        assert Outbox.objects.get().status == "done"
        out.answer = good

    def test_what_was_cancelled_meanwhile_stays_cancelled(self, asked: Desk, out: Recorder) -> None:
        def cancel(claim: outbox.Claim) -> None:
            operations.cancel_case(case_id=asked.case().pk, by=asked.admin, at=asked.now, reason="Enough.")
            drain(at=asked.now, outside=False)

        self.claim(asked, cancel)
        drain(at=asked.now)

        assert Outbox.objects.get().status == "cancelled"
        assert asked.case().status == "cancelled"


def test_next_due_is_the_next_try(sending: Desk, out: Recorder) -> None:
    out.answer = later
    assert outbox.next_due() is None
    sending.capture(region="EU")
    sending.drain()

    due: datetime | None = outbox.next_due()

    assert due == sending.now + timedelta(seconds=10)
