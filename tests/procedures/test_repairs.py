"""Many incidents repaired as one action, deviations with a reason, and both taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, Recorder, trace
from throughline.core.actions import ActionResult
from throughline.core.actor import Actor
from throughline.core.procedures import chores, operations
from throughline.core.procedures.models import Case, CaseEvent, Inbox, Repair, RepairedIncident, WorkItem
from throughline.core.procedures.operations.repairs import MOMENT
from throughline.core.procedures.queries import incidents as queries
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.leads.models import Lead

CHART = c.chart(
    c.captured(),
    c.action("tag", "test.tag", {"what": "lead.region"}),
    c.work("call"),
    c.work("offer"),
    c.end(),
    c.flows("captured > tag > call > offer > end"),
)


@pytest.fixture
def stuck(desk: Desk, tag: Recorder) -> Desk:
    """Give a desk with three cases that failed at a step."""
    good = tag.answer
    tag.answer = lambda request: ActionResult.failed("Expected luck.")
    desk.publish(CHART)
    desk.capture(3)
    desk.drain()
    tag.answer = good
    return desk


def decide(desk: Desk, how: str, **more: Any) -> Repair:
    """Decide about all open incidents as Omar."""
    ids = [incident.pk for incident in desk.incidents()]
    by = Actor.user(desk.cast.omar)
    return operations.repair_incidents(incident_ids=ids, how=how, by=by, at=desk.now, **{"reason": "Why.", **more})


def carry_out(desk: Desk) -> None:
    """Let the moment pass in which it could be taken back as if it had never been."""
    desk.now += MOMENT
    chores.look_after(at=desk.now)
    desk.drain()


def outcomes(repair: Repair) -> list[str]:
    return list(
        RepairedIncident.objects.filter(repair=repair).order_by("incident_id").values_list("outcome", flat=True)
    )


@pytest.mark.req("B7")
class TestRepairIncidents:
    @pytest.mark.parametrize(
        ("how", "more", "node"),
        [
            ("retry", {"reason": ""}, "call"),
            ("skip", {}, "call"),
            ("move", {"node": "offer"}, "offer"),
            ("correct", {"variables": {"region": "EU"}}, "call"),
        ],
    )
    def test_all_of_them_go_on(self, stuck: Desk, how: str, more: dict[str, Any], node: str) -> None:
        repair = decide(stuck, how, **more)

        carry_out(stuck)

        assert outcomes(repair) == ["done"] * 3
        assert [item.node for item in stuck.open_items()] == [node] * 3
        assert stuck.incidents() == []

    def test_cancelling_ends_the_cases(self, stuck: Desk) -> None:
        decide(stuck, "cancel")

        carry_out(stuck)

        assert set(Case.objects.values_list("status", flat=True)) == {"cancelled"}

    def test_it_waits_a_moment_in_which_it_can_be_taken_back_as_if_it_had_never_been(self, stuck: Desk) -> None:
        repair = decide(stuck, "cancel")
        chores.look_after(at=stuck.now)
        assert not Inbox.objects.exists()
        assert chores.next_due() == stuck.now + MOMENT

        operations.take_back_repair(repair_id=repair.pk, by=Actor.user(stuck.cast.omar), at=stuck.now)
        carry_out(stuck)

        assert len(stuck.incidents()) == 3
        assert set(Case.objects.values_list("status", flat=True)) == {"running"}

    @pytest.mark.parametrize(("how", "more"), [("skip", {}), ("move", {"node": "offer"})])
    def test_what_was_skipped_or_moved_goes_back(self, stuck: Desk, how: str, more: dict[str, Any]) -> None:
        repair = decide(stuck, how, **more)
        carry_out(stuck)

        undone = operations.take_back_repair(repair_id=repair.pk, by=stuck.admin, at=stuck.now)
        stuck.drain()

        assert undone == 3
        assert [item.node for item in stuck.open_items()] == ["call"] * 3  # the step works by now

    def test_a_case_that_has_gone_on_stays(self, stuck: Desk) -> None:
        repair = decide(stuck, "skip")
        carry_out(stuck)
        stuck.complete(stuck.open_items()[0])
        stuck.drain()

        undone = operations.take_back_repair(repair_id=repair.pk, by=stuck.admin, at=stuck.now)

        assert undone == 2
        assert "The case has gone on since" in outcomes(repair)[0]

    def test_what_was_retried_has_happened(self, stuck: Desk) -> None:
        repair = decide(stuck, "retry")
        carry_out(stuck)

        with pytest.raises(Refusal) as refused:
            operations.take_back_repair(repair_id=repair.pk, by=stuck.admin, at=stuck.now)

        assert refused.value.code == "has_happened"

    def test_one_that_was_closed_meanwhile_is_left_alone(self, stuck: Desk) -> None:
        first = stuck.incidents()[0]
        repair = decide(stuck, "skip")
        operations.retry_incident(incident_id=first.pk, by=stuck.admin, at=stuck.now)
        stuck.drain()

        carry_out(stuck)

        assert outcomes(repair) == ["This incident is closed already, so nothing was done.", "done", "done"]

    @pytest.mark.parametrize(
        ("how", "more", "field"),
        [
            ("explode", {}, "how"),
            ("skip", {"reason": " "}, "reason"),
            ("move", {}, "node"),
            ("correct", {}, "variables"),
        ],
    )
    def test_what_is_not_complete_is_refused(self, stuck: Desk, how: str, more: dict[str, Any], field: str) -> None:
        with pytest.raises(Refusal) as refused:
            decide(stuck, how, **more)

        assert refused.value.field == field

    def test_it_is_for_who_may_repair_all_of_them(self, stuck: Desk) -> None:
        ids = [incident.pk for incident in stuck.incidents()]

        for person, no in ((stuck.cast.ines, NotFound), (stuck.cast.ivo, NotAllowed)):
            with pytest.raises(no):
                operations.repair_incidents(incident_ids=ids, how="retry", by=Actor.user(person), at=stuck.now)
        assert not Repair.objects.exists()


class TestRepairPreview:
    def test_says_what_would_become_of_each(self, stuck: Desk) -> None:
        ids = [incident.pk for incident in stuck.incidents()]

        rows = queries.repair_preview(incident_ids=ids, how="move", node="offer", user=stuck.cast.omar)

        assert [(row.label, row.words, row.problem) for row in rows] == [("Tag", "goes on at “Offer”", "")] * 3

    def test_says_why_one_cannot(self, stuck: Desk) -> None:
        ids = [incident.pk for incident in stuck.incidents()]

        (row, *_) = queries.repair_preview(incident_ids=ids, how="move", node="nowhere", user=stuck.cast.omar)
        (other, *_) = queries.repair_preview(incident_ids=ids, how="retry", user=stuck.cast.ivo)

        assert row.problem == "The drawing has no such step. Choose one of its steps."
        assert other.problem == "You may not repair this case."


class TestIncidents:
    def test_a_list_says_what_where_why_and_since_when(self, stuck: Desk) -> None:
        (first, *others) = queries.incidents(user=stuck.cast.omar, at=stuck.now)

        assert len(others) == 2
        assert (first.procedure, first.label, first.message) == ("test", "Tag", "Expected luck.")
        assert first.record_title
        assert first.hows == ("retry", "skip", "move", "correct", "cancel")

    def test_only_who_sees_the_record_sees_it(self, stuck: Desk) -> None:
        assert queries.incidents(user=stuck.cast.ines, at=stuck.now) == []

    def test_one_in_full_has_the_drawing_the_data_and_what_can_be_done(self, stuck: Desk) -> None:
        detail = queries.incident(incident_id=stuck.incidents()[0].pk, user=stuck.cast.maya)

        assert detail.drawing.startswith(b"<?xml")
        assert detail.row.node == "tag"
        assert detail.inputs == {"what": None}
        assert ("offer", "Offer") in detail.targets
        with pytest.raises(NotFound):
            queries.incident(incident_id=stuck.incidents()[0].pk, user=stuck.cast.ines)

    def test_groups_count_alike_ones(self, stuck: Desk) -> None:
        (group,) = queries.incident_groups(user=stuck.cast.omar)

        assert (group.procedure, group.label, group.count, group.message) == ("test", "Tag", 3, "Expected luck.")


@pytest.mark.req("B9")
class TestTakeBackStep:
    @pytest.fixture
    def calling(self, desk: Desk, tag: Recorder) -> Desk:
        desk.publish(CHART)
        desk.capture()
        desk.drain()
        return desk

    def test_a_skipped_step_is_offered_again(self, calling: Desk) -> None:
        (item,) = calling.open_items("call")
        maya = Actor.user(calling.cast.maya)
        entry = operations.skip_step(
            case_id=item.case_id, token=item.token, by=maya, at=calling.now, reason="We met at the fair."
        )
        calling.drain()
        assert [item.node for item in calling.open_items()] == ["offer"]

        operations.take_back_step(entry_id=entry, by=maya, at=calling.now)
        calling.drain()

        assert [item.node for item in calling.open_items()] == ["call"]
        with pytest.raises(Refusal) as refused:
            operations.take_back_step(entry_id=entry, by=maya, at=calling.now)
        assert refused.value.code == "taken_back"

    def test_a_step_is_repeated(self, calling: Desk) -> None:
        (item,) = calling.open_items("call")
        calling.now += timedelta(minutes=1)

        operations.repeat_step(
            case_id=item.case_id, token=item.token, by=calling.admin, at=calling.now, reason="Wrong number."
        )
        calling.drain()

        (again,) = calling.open_items("call")
        assert again.pk != item.pk
        assert again.offered_at == calling.now
        assert CaseEvent.objects.filter(kind="moved", node="call").count() == 1

    def test_one_that_has_gone_on_is_not_taken_back(self, calling: Desk) -> None:
        (item,) = calling.open_items("call")
        entry = operations.skip_step(
            case_id=item.case_id, token=item.token, by=calling.admin, at=calling.now, reason="Known."
        )
        calling.drain()
        calling.complete(calling.open_items()[0])
        calling.drain()

        with pytest.raises(Refusal) as refused:
            operations.take_back_step(entry_id=entry, by=calling.admin, at=calling.now)

        assert refused.value.code == "gone_on"
        assert trace(calling.case()).endswith("offer > end")

    def test_it_is_for_who_may_repair_the_case(self, calling: Desk) -> None:
        (item,) = calling.open_items("call")
        entry = operations.skip_step(
            case_id=item.case_id, token=item.token, by=calling.admin, at=calling.now, reason="Known."
        )
        calling.drain()

        with pytest.raises(NotAllowed):
            operations.take_back_step(entry_id=entry, by=Actor.user(calling.cast.ivo), at=calling.now)


@pytest.mark.req("B7")
class TestRetryOfADueMoment:
    """Work was offered although its due moment could not be worked out."""

    def test_offers_the_work_anew_in_place_of_the_former_offer(self, desk: Desk) -> None:
        desk.publish(
            c.chart(c.captured(), c.work("call", due="lead.region"), c.end(), c.flows("captured > call > end"))
        )
        desk.capture(region="nowhere")
        desk.drain()
        assert [incident.node for incident in desk.incidents()] == ["call"]

        for region in ("soon", "PT24H"):
            Lead.objects.update(region=region)
            decide(desk, "retry", reason="")
            carry_out(desk)

        assert desk.incidents() == []
        assert sorted(WorkItem.objects.values_list("status", flat=True)) == ["open", "withdrawn", "withdrawn"]
        assert WorkItem.objects.get(status="open").due_at == desk.now + timedelta(hours=24)
