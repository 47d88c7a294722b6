"""Queues as records: made with a role, by form and import, kept by who may change roles, behind the second wall."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from throughline.core.access.operations import save_role
from throughline.core.actor import Actor
from throughline.core.identity.models import Role, RoleMembership, User
from throughline.core.journal.models import Entry
from throughline.core.procedures import operations as procedures
from throughline.core.procedures import worker
from throughline.core.procedures.models import WorkItem
from throughline.core.queues.ensuring import ensure_queues
from throughline.core.queues.models import Queue
from throughline.core.queues.operations import add_person, remove_person
from throughline.core.queues.queries import Called, called, members
from throughline.core.records import registry
from throughline.core.records.importing import import_rows
from throughline.core.records.models import SearchDue
from throughline.core.records.operations import (
    create_record,
    delete_records,
    make_record,
    restore_records,
    update_record,
)
from throughline.core.records.search import search
from throughline.core.records.walls import walled
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.leads.capture import capture_lead
from throughline.web.tests.charts import CALL_FIRST

pytestmark = pytest.mark.req("B2")

LANED = CALL_FIRST.replace(
    b'<bpmn:startEvent id="captured"',
    b'<bpmn:laneSet id="lanes"><bpmn:lane id="desk" name="Front desk"><bpmn:flowNodeRef>call</bpmn:flowNodeRef>'
    b'</bpmn:lane></bpmn:laneSet><bpmn:startEvent id="captured"',
).replace(b' queue="&quot;sales&quot;"', b"")


def publish(cast: Cast, at: datetime, drawing: bytes = CALL_FIRST) -> None:
    """Publish the procedure that every captured lead travels through."""
    by = Actor.user(cast.omar)
    procedures.create_procedure(key="call-first", name="Call first", record_type="lead", by=by, at=at)
    procedures.save_draft(key="call-first", drawing=drawing, by=by, at=at)
    procedures.publish(key="call-first", by=by, at=at)


def made(cast: Cast, at: datetime, **values: str) -> Queue:
    """Make a queue as the administrator."""
    queue: Queue = make_record(spec=registry.get("queue"), values=values, by=Actor.user(cast.admin), at=at)
    return queue


class TestMaking:
    def test_a_new_one_has_a_role_without_rights_that_people_can_play(self, cast: Cast, at: datetime) -> None:
        queue = made(cast, at, name=" Night shift ", description="Calls after eight.")

        assert (queue.name, queue.key, queue.role.key) == ("Night shift", "night-shift", "night-shift")
        assert (queue.role.name, queue.role.permissions, queue.owner) == ("Night shift", {}, cast.admin)
        told = Entry.objects.filter(event="identity.role_created", data__key="night-shift")
        assert told.count() == 1

    def test_a_role_that_is_there_is_taken_as_it_is(self, cast: Cast, at: datetime) -> None:
        before = Role.objects.get(key="sales").permissions

        queue = made(cast, at, name="First calls", key="sales")

        assert (queue.role.key, queue.role.name, queue.role.permissions) == ("sales", "Sales", before)
        assert {each.name for each in members(queue=queue, at=at)} >= {"Maya Lin", "Tom Berg", "Ines Duarte"}

    def test_the_key_is_free_good_and_set_once(self, cast: Cast, at: datetime) -> None:
        first, second = made(cast, at, name="Night"), made(cast, at, name="Night")

        assert (first.key, second.key) == ("night", "night-2")
        with pytest.raises(Refusal, match="has the key"):
            made(cast, at, name="Other", key="night")
        with pytest.raises(Refusal, match="cannot be a key"):
            made(cast, at, name="Other", key="Über uns")
        with pytest.raises(Refusal):
            made(cast, at, name="  ")
        with pytest.raises(Refusal):
            update_record(
                spec=registry.get("queue"), record_id=first.pk, values={"key": "day"}, by=Actor.user(cast.admin), at=at
            )

    def test_many_are_imported(self, cast: Cast, at: datetime) -> None:
        content = b"id,name,key,description\n1,Night shift,,After eight\n2,Night shift,,\n3,First calls,sales,\n"

        import_rows(spec=registry.get("queue"), content=content, by=Actor.user(cast.admin), at=at)

        keys = list(Queue.objects.order_by("pk").values_list("key", flat=True))
        assert (keys[0], keys[2], len(set(keys))) == ("night-shift", "sales", 3)
        assert Entry.objects.filter(event="queue.added").count() == 3
        assert [found.title for found in search(user=cast.maya, text="night shift")] == ["Night shift", "Night shift"]


class TestKeeping:
    def test_all_read_and_only_who_may_change_roles_writes(self, cast: Cast, at: datetime) -> None:
        queue, spec = made(cast, at, name="Night"), registry.get("queue")
        role = Role.objects.get(key="sales")
        permissions = {**role.permissions, "records": {"*": {"*": "all"}}}
        save_role(key="sales", name="Sales", permissions=permissions, by=Actor.user(cast.admin), at=at)
        by = Actor.user(cast.maya)

        for attempt in (
            lambda: update_record(spec=spec, record_id=queue.pk, values={"name": "Mine"}, by=by, at=at),
            lambda: make_record(spec=spec, values={"name": "Mine"}, by=by, at=at),
            lambda: create_record(spec=spec, values={"name": "Mine", "key": "hr"}, by=by, at=at),
            lambda: import_rows(spec=spec, content=b"id,name\n1,Mine\n", by=by, at=at),
            lambda: delete_records(spec=spec, ids=[queue.pk], by=by, at=at),
        ):
            with pytest.raises(NotAllowed, match="do not let you keep queues"):
                attempt()

        queue.refresh_from_db()
        assert (queue.name, queue.deleted_at, Queue.objects.count()) == ("Night", None, 1)

    @pytest.mark.req("L1")
    def test_every_shipped_role_sees_it_behind_the_second_wall_too(self, cast: Cast, at: datetime) -> None:
        made(cast, at, name="Night")

        for person in (cast.maya, cast.omar, cast.petra, cast.alma, cast.hana, cast.ivo):
            with walled(person, [registry.get("queue")]):
                assert Queue.objects.count() == 1, person.name
        RoleMembership.objects.filter(user=cast.ivo).delete()
        with walled(User.objects.get(pk=cast.ivo.pk), [registry.get("queue")]):
            assert not Queue.objects.exists()

    def test_it_goes_into_the_bin_when_nothing_needs_it_and_comes_back(self, cast: Cast, at: datetime) -> None:
        queue, spec, by = made(cast, at, name="Night"), registry.get("queue"), Actor.user(cast.admin)

        delete_records(spec=spec, ids=[queue.pk], by=by, at=at)
        with pytest.raises(Refusal, match="It lies in the bin; bring it back instead"):
            made(cast, at, name="Night", key="night")
        restore_records(spec=spec, ids=[queue.pk], by=by, at=at)

        assert Queue.objects.get().deleted_at is None

    def test_it_does_not_go_into_the_bin_while_work_waits_or_a_drawing_names_it(self, cast: Cast, at: datetime) -> None:
        publish(cast, at)
        spec, by = registry.get("queue"), Actor.user(cast.admin)
        queue = Queue.objects.get(key="sales")

        with pytest.raises(Refusal, match="Steps of “Call first” wait in Sales"):
            delete_records(spec=spec, ids=[queue.pk], by=by, at=at)
        capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)
        worker.drain(limit=50, at=at)
        WorkItem.objects.update(assignee=None)
        with pytest.raises(Refusal, match="Work waits in Sales. Let somebody take it"):
            delete_records(spec=spec, ids=[queue.pk], by=by, at=at)
        assert Queue.objects.get(key="sales").deleted_at is None


class TestEnsuring:
    def test_publishing_makes_the_queue_of_a_role_that_is_there(self, cast: Cast, at: datetime) -> None:
        publish(cast, at)

        queue = Queue.objects.get()
        assert (queue.key, queue.name, queue.role.name) == ("sales", "Sales", "Sales")
        assert queue.owner is None
        assert Entry.objects.filter(event="queue.added", record_id=queue.pk).count() == 1

    def test_publishing_makes_queue_and_role_of_a_lane(self, cast: Cast, at: datetime) -> None:
        publish(cast, at, LANED)

        queue = Queue.objects.get()
        assert (queue.key, queue.name, queue.role.permissions) == ("front-desk", "Front desk", {})
        assert not members(queue=queue, at=at)

    def test_a_lane_may_have_a_long_name_or_one_in_other_letters(self, cast: Cast, at: datetime) -> None:
        role = b'"><bpmn:extensionElements><tl:role key="desk"/></bpmn:extensionElements>'
        publish(cast, at, LANED.replace(b'Front desk">', b"Desk " * 60 + role))
        queue = Queue.objects.get()
        assert (queue.key, queue.name) == ("desk", ("Desk " * 60)[:200].strip())

        procedures.save_draft(
            key="call-first", drawing=LANED.replace(b"Front desk", "销售".encode()), by=Actor.user(cast.omar), at=at
        )
        procedures.publish(key="call-first", by=Actor.user(cast.omar), at=at)
        assert Queue.objects.filter(key="销售", name="销售", role__key="销售").exists()

    def test_asking_again_changes_nothing_and_what_was_named_by_hand_stays(self, cast: Cast, at: datetime) -> None:
        made(cast, at, name="First calls", key="sales")
        publish(cast, at)

        assert ensure_queues(by=Actor.system(), at=at) == []
        assert [queue.name for queue in Queue.objects.all()] == ["First calls"]

    def test_one_in_the_bin_comes_back(self, cast: Cast, at: datetime) -> None:
        queue = made(cast, at, name="First calls", key="sales")
        delete_records(spec=registry.get("queue"), ids=[queue.pk], by=Actor.user(cast.admin), at=at)

        publish(cast, at)

        queue.refresh_from_db()
        assert queue.deleted_at is None

    def test_what_open_work_waits_in_counts_too(self, cast: Cast, at: datetime) -> None:
        publish(cast, at)
        capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)
        worker.drain(limit=50, at=at)
        WorkItem.objects.update(queue="service")

        assert ensure_queues(by=Actor.system(), at=at) == ["service"]
        assert Queue.objects.get(key="service").name == "Service"

    def test_the_migration_makes_those_of_an_older_installation(self, cast: Cast, at: datetime) -> None:
        publish(cast, at, LANED)
        capture_lead(values={"name": "Ada"}, by=Actor.user(cast.maya), at=at)
        worker.drain(limit=50, at=at)
        WorkItem.objects.update(queue="late_shift")
        Queue.objects.all().delete()
        Role.objects.filter(key="front-desk").delete()

        with connection.schema_editor() as editor:
            import_module("throughline.core.queues.migrations.0002_queues_of_roles").make_queues(apps, editor)

        found = Queue.objects.order_by("key").values_list("key", "name", "role__name")
        assert list(found) == [("front-desk", "Front desk", "Front desk"), ("late_shift", "Late shift", "Late shift")]
        due = SearchDue.objects.get(record_type="queue")
        assert set(due.ids) == set(Queue.objects.values_list("pk", flat=True))


class TestPeople:
    def test_people_are_added_and_removed_by_who_may_change_roles(self, cast: Cast, at: datetime) -> None:
        queue, admin = made(cast, at, name="Night"), Actor.user(cast.admin)

        add_person(queue_id=queue.pk, user_id=cast.petra.pk, by=admin, at=at)
        assert [each.name for each in members(queue=queue, at=at)] == ["Petra Novak"]
        remove_person(queue_id=queue.pk, user_id=cast.petra.pk, by=admin, at=at)
        assert not members(queue=queue, at=at)

        with pytest.raises(NotAllowed):
            add_person(queue_id=queue.pk, user_id=cast.petra.pk, by=Actor.user(cast.omar), at=at)
        with pytest.raises(NotAllowed):
            remove_person(queue_id=queue.pk, user_id=cast.petra.pk, by=Actor.user(cast.omar), at=at)
        with pytest.raises(NotFound):
            add_person(queue_id=0, user_id=cast.petra.pk, by=admin, at=at)

    def test_the_last_who_may_change_roles_is_not_removed(self, cast: Cast, at: datetime) -> None:
        queue, admin = made(cast, at, name="Keepers", key="administrator"), Actor.user(cast.admin)

        with pytest.raises(Refusal, match="last administrator"):
            remove_person(queue_id=queue.pk, user_id=cast.admin.pk, by=admin, at=at)


class TestNames:
    def test_who_may_not_see_the_queue_reads_the_name_of_the_role(self, cast: Cast, at: datetime) -> None:
        queue = made(cast, at, name="First calls", key="sales")
        assert called(keys=["sales", "nobody", ""], user=cast.maya) == {
            "sales": Called("First calls", queue.pk),
            "nobody": Called("nobody"),
        }

        RoleMembership.objects.filter(user=cast.ivo).delete()

        assert called(keys=["sales"], user=User.objects.get(pk=cast.ivo.pk)) == {"sales": Called("Sales")}
        assert called(keys=[], user=cast.ivo) == {}
