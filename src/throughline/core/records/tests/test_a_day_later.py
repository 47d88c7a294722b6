"""A change of many and the bin, taken back a day later, after what people and procedures have done meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures import operations as procedures
from throughline.core.procedures import worker
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.procedures.queries import my_work
from throughline.core.records import bulk_edit, operations, registry
from throughline.core.records.bulk_edit import Wish
from throughline.core.records.merging.operations import merge_records
from throughline.core.records.models import BulkLine, BulkRun
from throughline.core.refusals import NotFound
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.people.models import Contact, Organization

pytestmark = pytest.mark.req("M2")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BIN = Wish(bin=True)

CALL = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
                  id="d" targetNamespace="urn:test">
  <bpmn:process id="call" isExecutable="true">
    <bpmn:extensionElements><tl:procedure key="call" record="lead"/></bpmn:extensionElements>
    <bpmn:startEvent id="captured"><bpmn:extensionElements><tl:trigger event="lead.captured"/></bpmn:extensionElements>
    </bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="captured" targetRef="ring"/>
    <bpmn:userTask id="ring" name="Call"><bpmn:extensionElements><tl:workItem assignee="lead.owner"/>
    </bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="ring" targetRef="tag"/>
    <bpmn:serviceTask id="tag" name="Tag"><bpmn:extensionElements><tl:action name="record.tag">
      <tl:input name="tags" value='["called"]'/></tl:action></bpmn:extensionElements></bpmn:serviceTask>
    <bpmn:sequenceFlow id="f3" sourceRef="tag" targetRef="write"/>
    <bpmn:userTask id="write" name="Write"><bpmn:extensionElements><tl:workItem assignee="lead.owner"/>
    </bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="f4" sourceRef="write" targetRef="end"/>
    <bpmn:endEvent id="end" name="Written"/>
  </bpmn:process>
</bpmn:definitions>"""


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give three leads of Maya's that wait for a call."""
    by = Actor.user(cast.admin)
    procedures.create_procedure(key="call", name="Call", record_type="lead", by=by, at=at)
    procedures.save_draft(key="call", drawing=CALL, by=by, at=at)
    procedures.publish(key="call", by=by, at=at)
    made = [capture_lead(values={"region": region}, by=Actor.user(cast.maya), at=at) for region in ("EU", "US", "Asia")]
    worker.drain(limit=50, at=at)
    return made


@pytest.fixture
def ada(cast: Cast, at: datetime) -> Contact:
    """Give a person of Maya's who belongs to Acme."""
    acme = organization(cast, "Acme", at)
    values = {"last_name": "Byron", "organization": acme.pk}
    made: Contact = operations.create_record(
        spec=registry.get("contact"), values=values, by=Actor.user(cast.maya), at=at
    )
    return made


def organization(cast: Cast, name: str, at: datetime) -> Organization:
    made: Organization = operations.create_record(
        spec=registry.get("organization"), values={"name": name}, by=Actor.user(cast.maya), at=at
    )
    return made


def change(record: Any, values: dict[str, Any], who: User, at: datetime) -> None:
    """Change a record as somebody does meanwhile."""
    spec = registry.for_model(type(record))
    operations.update_record(spec=spec, record_id=record.pk, values=values, by=Actor.user(who), at=at)


def done(user: User, wish: Wish, records: list[Any], at: datetime) -> BulkRun:
    """Change records as one action."""
    spec, ids = registry.for_model(type(records[0])), [record.pk for record in records]
    run = bulk_edit.ask(spec=spec, wish=wish, ids=ids, by=Actor.user(user), user=user, at=at)
    return bulk_edit.carry_out(run=run, clock=lambda: at)


def undone(user: User, run: BulkRun, at: datetime) -> tuple[int, int]:
    """Take a run back, and return how many are as they were and how many were left."""
    back = bulk_edit.undo(run_id=run.pk, by=Actor.user(user), user=user, at=at)
    back = bulk_edit.carry_out(run=back, clock=lambda: at)
    worker.drain(limit=50, at=at)
    assert back.status == BulkRun.Status.DONE
    return back.changed, back.refused


def left() -> list[tuple[int, str]]:
    """Return which records were left alone, and why."""
    return list(BulkLine.objects.filter(changed=False).order_by("record_id").values_list("record_id", "sentence"))


def call(user: User, lead: Lead, at: datetime) -> None:
    """Do the call that a lead waits for."""
    item = WorkItem.objects.get(case__record_id=lead.pk, node="ring")
    procedures.complete_work_item(work_item_id=item.pk, outcome="", by=Actor.user(user), at=at)
    worker.drain(limit=50, at=at)


def open_steps() -> list[tuple[int | None, str]]:
    """Return at which step the case of each lead waits."""
    waiting = WorkItem.objects.filter(status="open")
    return list(waiting.order_by("case__record_id").values_list("case__record_id", "node"))


class TestChangeOfMany:
    """Taken back a day later."""

    def test_another_field_keeps_what_it_was_given_meanwhile(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        run = done(cast.maya, Wish(values={"region": "Alps"}), leads, at)
        change(leads[1], {"industry": "Rail"}, cast.tom, at + HOUR)

        assert undone(cast.maya, run, at + DAY) == (3, 0)

        assert list(Lead.objects.order_by("pk").values_list("region", "industry")) == [
            ("EU", ""), ("US", "Rail"), ("Asia", ""),
        ]  # fmt: skip

    def test_the_same_field_keeps_what_it_was_given_meanwhile_and_that_is_told(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        run = done(cast.maya, Wish(values={"region": "Alps"}), leads, at)
        change(leads[1], {"region": "Jura"}, cast.tom, at + HOUR)

        assert undone(cast.maya, run, at + DAY) == (2, 1)

        assert list(Lead.objects.order_by("pk").values_list("region", flat=True)) == ["EU", "Jura", "Asia"]
        assert left() == [(leads[1].pk, "Region was changed since, and is left as it is now.")]

    def test_a_related_record_keeps_what_it_was_given_meanwhile(self, cast: Cast, ada: Contact, at: datetime) -> None:
        acme, other = ada.organization, organization(cast, "Baker", at)
        run = done(cast.maya, Wish(values={"organization": other.pk}), [ada], at)
        change(acme, {"name": "Acme Works"}, cast.tom, at + HOUR)

        assert undone(cast.maya, run, at + DAY) == (1, 0)

        ada.refresh_from_db()
        assert ada.organization is not None
        assert ada.organization.name == "Acme Works"

    def test_a_related_record_that_is_gone_is_told(self, cast: Cast, ada: Contact, at: datetime) -> None:
        acme, other = ada.organization, organization(cast, "Baker", at)
        assert acme is not None
        run = done(cast.maya, Wish(values={"organization": other.pk}), [ada], at)
        by, spec = Actor.user(cast.maya), registry.get("organization")
        operations.delete_records(spec=spec, ids=[acme.pk], by=by, at=at + HOUR)

        assert undone(cast.maya, run, at + DAY) == (0, 1)

        ada.refresh_from_db()
        assert ada.organization == other
        assert [sentence for _, sentence in left()] == [
            "Organization: there is no such organization. Choose one from the list."
        ]

    def test_a_case_under_way_stays_where_it_has_come_to(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        run = done(cast.maya, Wish(assign=True, owner_id=cast.tom.pk, add_tags=("vip",)), leads, at)
        call(cast.maya, leads[0], at + HOUR)

        assert undone(cast.maya, run, at + DAY) == (3, 0)

        assert list(Lead.objects.order_by("pk").values_list("owner", "tags")) == [
            (cast.maya.pk, ["called"]), (cast.maya.pk, []), (cast.maya.pk, []),
        ]  # fmt: skip
        assert open_steps() == [(leads[0].pk, "write"), (leads[1].pk, "ring"), (leads[2].pk, "ring")]
        assert set(Case.objects.values_list("status", flat=True)) == {"running"}


class TestBin:
    """Records brought back a day later, by themselves and as one action."""

    def test_no_field_can_be_changed_meanwhile_and_all_are_as_they_were(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        fields = ("pk", "region", "industry", "owner", "team", "tags", "custom", "deleted_at", "deleted_by")
        before = list(Lead.objects.order_by("pk").values(*fields))
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        operations.delete_records(spec=spec, ids=[leads[0].pk], by=by, at=at)
        run = done(cast.maya, BIN, leads[1:], at)
        for lead in leads:
            with pytest.raises(NotFound):
                change(lead, {"industry": "Rail"}, cast.tom, at + HOUR)

        operations.restore_records(spec=spec, ids=[leads[0].pk], by=by, at=at + DAY)
        assert undone(cast.maya, run, at + DAY) == (2, 0)

        assert list(Lead.objects.order_by("pk").values(*fields)) == before

    def test_what_was_brought_back_and_changed_meanwhile_is_left_and_told(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        run = done(cast.maya, BIN, leads, at)
        operations.restore_records(spec=spec, ids=[leads[0].pk], by=by, at=at + HOUR)
        change(leads[0], {"region": "Alps"}, cast.tom, at + HOUR)

        assert undone(cast.maya, run, at + DAY) == (2, 1)

        assert list(Lead.objects.filter(deleted_at=None).order_by("pk").values_list("region", flat=True)) == [
            "Alps", "US", "Asia",
        ]  # fmt: skip
        assert left() == [(leads[0].pk, f"Lead {leads[0].number} is not in the bin. Look in the list.")]

    def test_what_was_put_into_the_bin_again_meanwhile_stays_there_and_is_told(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        run = done(cast.maya, BIN, leads, at)
        operations.restore_records(spec=spec, ids=[leads[0].pk], by=by, at=at + HOUR)
        operations.delete_records(spec=spec, ids=[leads[0].pk], by=Actor.user(cast.omar), at=at + 2 * HOUR)

        assert undone(cast.maya, run, at + DAY) == (2, 1)

        assert list(Lead.objects.exclude(deleted_at=None)) == [leads[0]]
        assert left() == [
            (leads[0].pk, f"Lead {leads[0].number} was brought back since and put away again. Look in the bin.")
        ]

    @pytest.mark.parametrize("as_one", [False, True])
    def test_a_related_record_that_was_merged_meanwhile_is_the_one_that_is_left_of_it(
        self, cast: Cast, ada: Contact, at: datetime, as_one: bool
    ) -> None:
        acme, other = ada.organization, organization(cast, "Acme Works", at)
        assert acme is not None
        spec, by = registry.get("contact"), Actor.user(cast.maya)
        if as_one:
            run = done(cast.maya, BIN, [ada], at)
        else:
            operations.delete_records(spec=spec, ids=[ada.pk], by=by, at=at)
        merge_records(spec=registry.get("organization"), survivor_id=other.pk, absorbed_id=acme.pk, by=by, at=at + HOUR)

        if as_one:
            assert undone(cast.maya, run, at + DAY) == (1, 0)
        else:
            operations.restore_records(spec=spec, ids=[ada.pk], by=by, at=at + DAY)

        ada.refresh_from_db()
        assert (ada.deleted_at, ada.organization) == (None, other)

    @pytest.mark.parametrize("as_one", [False, True])
    def test_a_case_under_way_goes_on_where_it_was(
        self, cast: Cast, leads: list[Lead], at: datetime, as_one: bool
    ) -> None:
        spec, by = registry.get("lead"), Actor.user(cast.maya)
        call(cast.maya, leads[0], at)
        before = open_steps()
        if as_one:
            run = done(cast.maya, BIN, leads, at + HOUR)
        else:
            operations.delete_records(spec=spec, ids=[lead.pk for lead in leads], by=by, at=at + HOUR)
        worker.drain(limit=50, at=at + HOUR)
        assert my_work(user=cast.maya, at=at + HOUR) == []

        if as_one:
            assert undone(cast.maya, run, at + DAY) == (3, 0)
        else:
            operations.restore_records(spec=spec, ids=[lead.pk for lead in leads], by=by, at=at + DAY)
            worker.drain(limit=50, at=at + DAY)

        assert open_steps() == before
        assert len(my_work(user=cast.maya, at=at + DAY)) == 3
        call(cast.maya, leads[1], at + DAY)
        assert open_steps() == [(leads[0].pk, "write"), (leads[1].pk, "write"), (leads[2].pk, "ring")]
