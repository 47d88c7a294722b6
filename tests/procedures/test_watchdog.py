"""Nothing hangs silently: every open case waits for something that can come, or an incident says what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder
from throughline.core.actions import ActionResult
from throughline.core.notify.models import Notification
from throughline.core.procedures import chores, operations, setwise, watchdog
from throughline.core.procedures.models import Case, Procedure

EVERYTHING = c.chart(
    c.captured(),
    c.element("parallelGateway", "both"),
    c.work("call"),
    c.deadline("late", "call", "PT24H", interrupting=False),
    c.catch("won", "m", c.tl("correlation", key="lead.external_id")),
    c.action("mail", "test.mail"),
    c.element(
        "subProcess", "part", "", c.start("inside") + c.work("deep") + c.end("out") + c.flows("inside > deep > out")
    ),
    c.element("callActivity", "other", "", "", calledElement="helper"),
    c.work("quick"),
    c.element("parallelGateway", "joined"),
    *(c.end(f"end{number}") for number in range(6)),
    c.flows(
        "captured > both",
        "both > call > joined",
        "both > quick > joined > end0",
        "late > end1",
        "both > won > end2",
        "both > mail > end3",
        "both > part > end4",
        "both > other > end5",
    ),
    more=c.message("m", "deal won"),
)
HELPER = c.chart(c.start(), c.work("help"), c.end(), c.flows("start > help > end"), key="helper")


@pytest.fixture
def waiting(desk: Desk, mail: Recorder) -> Desk:
    """Give a desk with a case that waits in every way there is."""
    mail.answer = lambda request: ActionResult.failed("Expected an answer.", retryable=True)
    desk.publish(HELPER, key="helper")
    desk.publish(EVERYTHING)
    desk.capture(2, external_id="w")
    desk.drain()
    desk.complete(desk.open_items("quick")[0])
    desk.drain()
    desk.now += watchdog.SETTLED
    return desk


BREAKING = {
    "a work item": "UPDATE procedures_workitem SET status = 'withdrawn', closed_at = offered_at WHERE node = 'call'",
    "an action": "UPDATE procedures_outbox SET status = 'cancelled'",
    "a timer, message": "DELETE FROM procedures_messagewait",
    "the case that it has called": "UPDATE procedures_case SET status = 'finished', ended_at = moved_at"
    " WHERE parent_id IS NOT NULL",
    "another token that can still come": "DELETE FROM procedures_token WHERE waits_for <> 'join'"
    " AND case_id IN (SELECT case_id FROM procedures_token WHERE waits_for = 'join')",
    "a token inside": "DELETE FROM procedures_token WHERE waits_for <> 'scope'",
    "a token,": "DELETE FROM procedures_token",
    "an incident that says why it is held": "UPDATE procedures_case SET held = true",
}
"""What somebody does to the tables by hand, and what is missing then."""


@pytest.mark.req("B7")
class TestWatchdog:
    def test_a_case_that_waits_in_every_way_is_fine(self, waiting: Desk) -> None:
        ways = {row[0] for row in setwise.fetch("SELECT DISTINCT waits_for FROM procedures_token")}

        assert ways == {"work", "event", "action", "scope", "call", "join"}
        assert watchdog.findings(at=waiting.now) == []

    @pytest.mark.parametrize("missing", BREAKING)
    def test_what_is_missing_is_found_and_said(self, waiting: Desk, missing: str) -> None:
        setwise.execute(BREAKING[missing])

        found = watchdog.findings(at=waiting.now)

        assert found
        assert any(each.message.startswith(f"Expected {missing}") for each in found)

    def test_a_start_that_nobody_will_make_is_found(self, desk: Desk) -> None:
        desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
        desk.capture()
        assert watchdog.findings(at=desk.now + watchdog.SETTLED) == []

        setwise.execute("DELETE FROM procedures_inbox")

        (found,) = watchdog.findings(at=desk.now + watchdog.SETTLED)
        assert "the command that starts it" in found.message

    def test_a_finding_becomes_one_incident_and_the_owner_is_told(self, waiting: Desk) -> None:
        Procedure.objects.update(owner=waiting.cast.maya)
        setwise.execute(BREAKING["a work item"])

        for _ in range(3):
            waiting.now += timedelta(minutes=10)
            chores.look_after(at=waiting.now)

        incidents = [each for each in waiting.incidents() if each.data["kind"] == "watchdog"]
        assert len(incidents) == 2
        assert incidents[0].node == "call"
        told = Notification.objects.filter(user=waiting.cast.maya, kind="incident")
        assert "Test: 2 cases cannot go on at “Call”" in [each.title for each in told]

    def test_repeating_the_step_repairs_it(self, waiting: Desk) -> None:
        setwise.execute(BREAKING["a work item"])
        for found in watchdog.findings(at=waiting.now):
            assert found.token is not None
            operations.repeat_step(
                case_id=found.case, token=found.token, by=waiting.admin, at=waiting.now, reason="It was lost."
            )
        waiting.drain()

        assert watchdog.findings(at=waiting.now + watchdog.SETTLED) == []
        assert len(waiting.open_items("call")) == 2

    def test_a_case_that_has_just_moved_is_left_alone(self, waiting: Desk) -> None:
        setwise.execute(BREAKING["a work item"])

        assert watchdog.findings(at=waiting.now - timedelta(seconds=1)) == []


class TestTellOwners:
    def fail(self, desk: Desk, tag: Recorder, count: int) -> None:
        tag.answer = lambda request: ActionResult.failed("Expected luck.")
        desk.publish(c.chart(c.captured(), c.action("tag", "test.tag"), c.end(), c.flows("captured > tag > end")))
        desk.capture(count)
        desk.drain()

    def test_one_message_for_many_incidents_of_a_step(self, desk: Desk, tag: Recorder) -> None:
        self.fail(desk, tag, 5)
        Procedure.objects.update(owner=desk.cast.alma)

        chores.look_after(at=desk.now)

        (told,) = Notification.objects.filter(kind="incident")
        assert (told.user, told.title, told.body) == (
            desk.cast.alma,
            "Test: 5 cases cannot go on at “Tag”",
            "Expected luck.",
        )

    def test_without_an_owner_those_who_may_repair_are_told(self, desk: Desk, tag: Recorder) -> None:
        self.fail(desk, tag, 1)

        chores.look_after(at=desk.now)

        told = set(Notification.objects.filter(kind="incident").values_list("user__name", flat=True))
        assert told == {"Omar Haddad", "Admin Root"}

    def test_nobody_is_told_twice_in_an_hour(self, desk: Desk, tag: Recorder) -> None:
        self.fail(desk, tag, 1)
        Procedure.objects.update(owner=desk.cast.alma)
        for _ in range(4):
            desk.capture(3)
            desk.drain(minutes=5)
            chores.look_after(at=desk.now)

        assert Notification.objects.filter(kind="incident").count() == 1


class TestChores:
    def test_of_two_workers_one_does_a_periodic_chore(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        done: list[str] = []

        def look(at: datetime) -> int:
            done.append("x")
            return 3

        monkeypatch.setattr(chores, "PERIODIC", (("look", timedelta(minutes=1), look),))

        for seconds in (0, 0, 59, 1, 1):
            desk.now += timedelta(seconds=seconds)
            chores.look_after(at=desk.now)

        assert len(done) == 2


def test_cases_are_counted_by_the_watchdog_of_a_whole_day(desk: Desk) -> None:
    """A sanity check on the size of what is looked at: every running case has at least one token."""
    desk.publish(c.chart(c.captured(), c.work("call"), c.end(), c.flows("captured > call > end")))
    desk.capture(50)
    desk.drain()

    assert Case.objects.filter(status="running").count() == 50
    assert watchdog.findings(at=desk.now + timedelta(days=1)) == []
