"""Cases whose record is put into the bin rest, and go on when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.procedures import operations, watchdog, worker
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.procedures.operations.cases import cancel_case
from throughline.core.procedures.queries import my_work
from throughline.core.procedures.queries.live import live
from throughline.core.procedures.resting.models import RestingCase
from throughline.core.procedures.resting.queries import running_for
from throughline.core.records import registry
from throughline.core.records.operations import delete_records, restore_records
from throughline.core.refusals import Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

CALL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
                  id="d" targetNamespace="urn:test">
  <bpmn:process id="call" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="call" record="lead"/></bpmn:extensionElements>
    <bpmn:startEvent id="captured"><bpmn:extensionElements><tl:trigger event="lead.captured"/></bpmn:extensionElements>
    </bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="captured" targetRef="ring"/>
    <bpmn:userTask id="ring" name="Call"><bpmn:extensionElements>
      <tl:workItem assignee="lead.owner" due='duration("PT24H")'/></bpmn:extensionElements></bpmn:userTask>
    <bpmn:boundaryEvent id="late" attachedToRef="ring" cancelActivity="false">
      <bpmn:timerEventDefinition><bpmn:timeDuration>PT24H</bpmn:timeDuration></bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:sequenceFlow id="f2" sourceRef="late" targetRef="tag"/>
    <bpmn:serviceTask id="tag" name="Tag"><bpmn:extensionElements><tl:action name="record.tag">
      <tl:input name="tags" value='["late"]'/></tl:action></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:sequenceFlow id="f3" sourceRef="tag" targetRef="told"/>
    <bpmn:endEvent id="told"/>
    <bpmn:sequenceFlow id="f4" sourceRef="ring" targetRef="end"/>
    <bpmn:endEvent id="end" name="Called"/>
  </bpmn:process>
</bpmn:definitions>"""
DAY = timedelta(days=1)


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's that waits for a call, which is due in a day."""
    by = Actor.user(cast.admin)
    operations.create_procedure(key="call", name="Call", record_type="lead", by=by, at=at)
    operations.save_draft(key="call", drawing=CALL, by=by, at=at)
    operations.publish(key="call", by=by, at=at)
    made = capture_lead(values={"subject": "Pumps"}, by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)
    return made


def put_away(cast: Cast, lead: Lead, at: datetime) -> None:
    delete_records(spec=registry.get("lead"), ids=[lead.pk], by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)


def bring_back(cast: Cast, lead: Lead, at: datetime) -> None:
    restore_records(spec=registry.get("lead"), ids=[lead.pk], by=Actor.user(cast.maya), at=at)
    worker.drain(limit=50, at=at)


def work(cast: Cast, at: datetime) -> Sequence[Any]:
    return my_work(user=cast.maya, at=at)


@pytest.mark.req("M2")
class TestResting:
    def test_nobody_is_asked_while_the_record_lies_in_the_bin_and_again_afterwards(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        before = [(row.id, row.due_at) for row in work(cast, at)]

        put_away(cast, lead, at)
        meanwhile = work(cast, at)
        bring_back(cast, lead, at + timedelta(hours=1))

        assert len(before) == 1
        assert meanwhile == []
        assert [(row.id, row.due_at) for row in work(cast, at)] == before
        assert not RestingCase.objects.exists()

    def test_what_falls_due_meanwhile_happens_when_the_record_comes_back(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        put_away(cast, lead, at)

        worker.drain(limit=50, at=at + 3 * DAY)
        lead.refresh_from_db()
        asleep = list(lead.tags)
        bring_back(cast, lead, at + 4 * DAY)

        lead.refresh_from_db()
        case = Case.objects.get()
        assert asleep == []
        assert lead.tags == ["late"]
        assert (case.status, case.moved_at) == ("running", at + 4 * DAY)

    def test_a_step_of_it_cannot_be_done(self, cast: Cast, lead: Lead, at: datetime) -> None:
        put_away(cast, lead, at)

        with pytest.raises(Refusal, match="lies in the bin"):
            operations.complete_work_item(
                work_item_id=WorkItem.objects.get().pk, outcome="", by=Actor.user(cast.maya), at=at
            )

    def test_it_is_neither_counted_as_waiting_nor_found_lost(self, cast: Cast, lead: Lead, at: datetime) -> None:
        put_away(cast, lead, at)

        found = live(procedure="call", user=cast.admin, at=at + 3 * DAY)

        assert (found.running, found.nodes) == (0, ())
        assert watchdog.watch(at=at + 3 * DAY) == 0
        worker.drain(limit=50, at=at + 3 * DAY)
        assert watchdog.watch(at=at + 4 * DAY) == 0

    def test_it_can_be_ended_without_doing_what_it_left_undone(self, cast: Cast, lead: Lead, at: datetime) -> None:
        put_away(cast, lead, at)
        worker.drain(limit=50, at=at + 3 * DAY)

        cancel_case(case_id=Case.objects.get().pk, by=Actor.user(cast.admin), at=at + 3 * DAY, reason="Spam.")
        worker.drain(limit=50, at=at + 3 * DAY)

        lead.refresh_from_db()
        assert Case.objects.get().status == "cancelled"
        assert WorkItem.objects.get().status == "withdrawn"
        assert lead.tags == []

    def test_says_how_many_would_rest(self, cast: Cast, lead: Lead, at: datetime) -> None:
        def would() -> int:
            return running_for(record_type="lead", ids=[lead.pk])

        before = would()
        put_away(cast, lead, at)

        assert (before, would()) == (1, 0)
