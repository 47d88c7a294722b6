"""After an update the test cases of what runs are gone again, and owners hear of those that go another way."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations, program, reproving
from throughline.core.procedures.chores import look_after
from throughline.core.procedures.models import KeptTest, Procedure, Reproof
from throughline.core.procedures.queries.proving import reproof_of
from throughline.core.procedures.reproving import prove_again

pytestmark = pytest.mark.req("A12")

CHART = c.chart(c.start(), c.work("call", "reached"), c.end(), c.flows("start > call > end"), record="")
CALLED = {
    "auto": "tasks",
    "hold": ["call"],
    "answers": [{"complete": "call", "variables": {"outcome": "reached"}}],
    "expect": {"status": "completed", "trace": "Start > Call > End"},
}


@pytest.fixture
def updated(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give a desk with a procedure that the program before had proved, and a program that is another one."""
    desk.publish(CHART, record_type="")
    operations.keep_test(procedure="test", name="Reached", members=CALLED, by=desk.admin, at=desk.now)
    Procedure.objects.update(owner=desk.cast.omar)
    prove_again(at=desk.now)
    monkeypatch.setattr(program, "kernel", lambda: "next")
    return desk


def breaks(name: str = "Reached") -> None:
    """Let a kept test case expect what does not come any more: what an update may do, seen from the test case."""
    test = KeptTest.objects.get(name=name)
    test.members = {**CALLED, "expect": {"trace": "Start > Wait > End"}}
    test.save()


class TestProveAgain:
    def test_a_new_program_runs_them_once_and_says_nothing_when_all_pass(self, updated: Desk) -> None:
        before = Entry.objects.filter(event="procedure.tests_run").count()

        assert [prove_again(at=updated.now), prove_again(at=updated.now)] == [1, 0]

        assert Entry.objects.filter(event="procedure.tests_run").count() == before + 1
        assert Reproof.objects.get().kernel == "next"
        assert not Notification.objects.filter(kind="tests").exists()
        assert reproof_of(procedure="test") is None

    def test_the_owner_is_told_of_those_that_go_another_way_and_cases_go_on(self, updated: Desk) -> None:
        breaks()
        operations.start_case(procedure="test", record=None, by=updated.admin, at=updated.now)

        look_after(at=updated.now)
        updated.drain()

        told = Notification.objects.get(kind="tests")
        assert (told.user_id, told.title) == (
            updated.cast.omar.pk, "“Test”: 1 of 1 test cases go another way since the update",
        )  # fmt: skip
        assert told.body.startswith("Reached: After “Start”, “Wait” should come, but “Call” comes.")
        assert len(updated.open_items("call")) == 1
        shown = reproof_of(procedure="test")
        assert shown is not None
        assert shown.departures[0]["test"] == "Reached"

    def test_a_new_version_that_passes_ends_it(self, updated: Desk) -> None:
        breaks()
        prove_again(at=updated.now)
        operations.remove_test(procedure="test", test_id=KeptTest.objects.get().pk, by=updated.admin, at=updated.now)

        updated.publish(CHART.replace(b'name="Call"', b'name="Write"'))

        assert reproof_of(procedure="test") is None

    def test_without_an_owner_those_who_publish_are_told(self, updated: Desk) -> None:
        breaks()
        Procedure.objects.update(owner=None)

        prove_again(at=updated.now)

        people = set(Notification.objects.filter(kind="tests").values_list("user", flat=True))
        assert updated.cast.admin.pk in people
        assert updated.cast.ines.pk not in people

    def test_many_are_proved_in_portions(self, updated: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        updated.publish(CHART.replace(b'key="test"', b'key="other"'), key="other", record_type="")
        operations.keep_test(procedure="other", name="Too", members=CALLED, by=updated.admin, at=updated.now)
        monkeypatch.setattr(reproving, "AT_ONCE", 1)

        assert [prove_again(at=updated.now) for _ in range(3)] == [1, 1, 0]

    def test_drafts_and_procedures_without_test_cases_are_left_alone(self, desk: Desk) -> None:
        desk.publish(CHART, record_type="")
        operations.create_procedure(key="draft", name="Draft", record_type="", by=desk.admin, at=desk.now)
        operations.save_draft(key="draft", drawing=CHART, by=desk.admin, at=desk.now)
        operations.keep_test(procedure="draft", name="Reached", members=CALLED, by=desk.admin, at=desk.now)

        assert prove_again(at=desk.now) == 0


def test_the_mark_of_the_program_is_that_of_its_kernel() -> None:
    assert program.kernel() == program.kernel()
    assert program.kernel().startswith("0.")
    assert len(program.kernel().split()[1]) == 32
