"""Variants: whose case takes which, and what becomes of them when their base changes."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core.actor import Actor
from throughline.core.journal.models import Entry
from throughline.core.notify.models import Notification
from throughline.core.procedures import operations
from throughline.core.procedures.merging import running_twice
from throughline.core.procedures.models import Case, Procedure, ProcedureVersion, StartTrigger, Variant
from throughline.core.procedures.operations.stewardship import set_stewardship
from throughline.core.procedures.operations.variants import (
    decide_conflicts,
    make_variant,
    retire_variant,
    set_variant,
)
from throughline.core.procedures.queries import overview
from throughline.core.procedures.queries.variants import following, variant, variants, would_take
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.crm.leads.record import LEAD
from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.flow.bpmn.edit import Template, template

pytestmark = [pytest.mark.django_db, pytest.mark.req("A6")]

VIP = 'lead.region = "DACH"'
NOTE: Template = template(
    {
        "element": "bpmn:UserTask",
        "name": "Say thanks",
        "extensions": [{"$type": "tl:WorkItem", "queue": '"sales"', "due": 'duration("P1D")'}],
    }
)


def base(due: str = 'duration("PT24H")', *, extra: bool = False) -> bytes:
    """Call, then an end; with ``extra`` a step after the call."""
    steps = [c.work("call", due=due), *([c.work("write")] if extra else [])]
    way = "captured > call > write > done" if extra else "captured > call > done"
    return c.chart(c.captured(), *steps, c.end("done"), c.flows(way))


def quick(key: str, due: str = 'duration("PT4H")') -> bytes:
    """Return the draft of a variant with another due time for the call."""
    draft = ProcedureVersion.objects.get(procedure__key=key, status="draft")
    return bpmn.write(edit.set_work(bpmn.read(bytes(draft.bpmn)), node="call", due=due))


def make(desk: Desk, name: str = "VIP", rule: str = VIP, *, live: bool = True) -> Variant:
    key = f"test-{name.lower()}"
    make_variant(base="test", key=key, name=name, rule=rule, by=desk.admin, at=desk.now, owner_id=desk.cast.omar.pk)
    operations.save_draft(key=key, drawing=quick(key), by=desk.admin, at=desk.now)
    if live:
        operations.publish(key=key, by=desk.admin, at=desk.now)
    return Variant.objects.select_related("procedure", "base_version", "draft_base").get(procedure__key=key)


def due_of(key: str, status: str = "published") -> str:
    chart = bpmn.read(bytes(ProcedureVersion.objects.get(procedure__key=key, status=status).bpmn))
    work = next(row.node for row in edit.outline(chart) if row.id == "call").extensions.work_item
    assert work is not None
    return work.due


def steps_of(key: str) -> list[str]:
    return [row.id for row in edit.outline(bpmn.read(live(key)))]


def live(key: str) -> bytes:
    return bytes(ProcedureVersion.objects.get(procedure__key=key, status="published").bpmn)


def procedures_of(desk: Desk) -> list[str]:
    return list(Case.objects.order_by("pk").values_list("version__procedure__key", flat=True))


class TestStarting:
    def test_the_rule_takes_the_record_and_others_go_by_the_base(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)

        desk.capture(region="DACH")
        desk.capture(region="Nordics")
        desk.drain()

        assert procedures_of(desk) == ["test-vip", "test"]
        first, second = desk.open_items("call")
        assert (first.due_at - desk.now).total_seconds() == 4 * 3600  # type: ignore[operator]
        assert (second.due_at - desk.now).total_seconds() == 24 * 3600  # type: ignore[operator]

    def test_the_first_rule_that_holds_wins(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, "Everybody", "true")
        make(desk, "VIP")

        desk.capture(region="DACH")
        assert procedures_of(desk) == ["test-everybody"]

        set_variant(key="test-vip", name="VIP", rule=VIP, priority=1, by=desk.admin, at=desk.now)
        set_variant(key="test-everybody", name="Everybody", rule="true", priority=2, by=desk.admin, at=desk.now)
        desk.capture(region="DACH")
        desk.capture(region="Nordics")

        assert procedures_of(desk)[1:] == ["test-vip", "test-everybody"]

    def test_a_rule_without_an_answer_takes_nothing(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, rule="lead.no_such_field > 3")

        desk.capture()

        assert procedures_of(desk) == ["test"]

    def test_a_variant_that_is_only_drawn_takes_nothing(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, live=False)

        desk.capture(region="DACH")

        assert procedures_of(desk) == ["test"]

    def test_a_case_starts_once_although_both_drawings_have_the_start(self, desk: Desk) -> None:
        desk.publish(base())
        made = make(desk)

        assert not StartTrigger.objects.filter(version__procedure=made.procedure).exists()
        desk.capture(region="DACH")
        assert Case.objects.count() == 1

    def test_who_starts_a_case_by_hand_names_the_base_and_the_rule_chooses(self, desk: Desk) -> None:
        desk.publish(c.chart(c.start(), c.work("call"), c.end(), c.flows("start > call > end")))
        make(desk)
        lead = desk.capture(region="DACH")[0]

        operations.start_case(procedure="test", record=RecordRef("lead", lead.pk), by=desk.admin, at=desk.now)

        assert procedures_of(desk) == ["test-vip"]
        assert [key for key, _ in overview.startable(record_type="lead")] == ["test"]

    def test_a_calling_case_starts_the_variant_too(self, desk: Desk) -> None:
        desk.publish(c.chart(c.start(), c.work("call"), c.end(), c.flows("start > call > end")))
        make(desk)
        calls = c.element("callActivity", "ask", calledElement="test")
        desk.publish(c.chart(c.captured(), calls, c.end(), c.flows("captured > ask > end"), key="outer"), key="outer")

        desk.capture(region="DACH")
        desk.drain()

        assert procedures_of(desk) == ["outer", "test-vip"]

    def test_a_split_shares_what_no_rule_takes(self, desk: Desk) -> None:
        desk.publish(base())
        desk.publish(base('duration("PT20H")'))
        make(desk)
        operations.start_split(key="test", other=1, percent=50, by=desk.admin, at=desk.now)

        desk.capture(region="DACH")
        desk.capture(30, region="Nordics")

        assert Case.objects.filter(version__procedure__key="test-vip", split_id=None).count() == 1
        assert Case.objects.filter(version__procedure__key="test").exclude(split_id=None).count() == 30

    def test_the_case_goes_through_what_the_variant_draws(self, desk: Desk) -> None:
        desk.publish(base())
        made = make(desk, live=False)
        chart, _ = edit.add_after(bpmn.read(quick(made.procedure.key)), after="call", step=NOTE, node_id="thanks")
        operations.save_draft(key="test-vip", drawing=bpmn.write(chart), by=desk.admin, at=desk.now)
        operations.publish(key="test-vip", by=desk.admin, at=desk.now)

        desk.capture(region="DACH")
        desk.drain()
        for node in ("call", "thanks"):
            desk.complete(desk.open_items(node)[0])
            desk.drain()

        assert trace(desk.case()) == "captured > call > thanks > done"


class TestMakeVariant:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"name": " "}, "Give the variant a name"),
            ({"rule": ""}, "Say which records it takes"),
            ({"rule": "lead.region ="}, "cannot be read"),
            ({"rule": 'deal.stage = "won"'}, "names “deal”"),
            ({"overlay": {"format": 9}}, "cannot be read"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, desk: Desk, given: dict[str, object], said: str) -> None:
        desk.publish(base())
        values = {"base": "test", "key": "test-vip", "name": "VIP", "rule": VIP, "by": desk.admin, "at": desk.now}

        with pytest.raises(Refusal, match=said):
            make_variant(**{**values, **given})  # type: ignore[arg-type]

        assert not Variant.objects.exists()

    def test_refuses_a_base_that_does_not_run_or_is_a_variant_or_has_no_record(self, desk: Desk) -> None:
        operations.create_procedure(key="new", name="New", record_type="lead", by=desk.admin, at=desk.now)
        desk.publish(base())
        make(desk)
        desk.publish(
            c.chart(c.start(), c.end(), c.flows("start > end"), key="alone", record=""), key="alone", record_type=""
        )
        values = {"name": "X", "rule": "true", "by": desk.admin, "at": desk.now}

        for key, said in (("new", "does not run"), ("test-vip", "is a variant itself"), ("alone", "no record")):
            with pytest.raises(Refusal, match=said):
                make_variant(base=key, key=f"{key}-x", **values)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            make_variant(base="gone", key="gone-x", **values)  # type: ignore[arg-type]

    def test_refuses_a_name_twice(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)

        with pytest.raises(Refusal, match="has a variant “vip” already"):
            make_variant(base="test", key="other", name="vip", rule=VIP, by=desk.admin, at=desk.now)

    def test_sales_may_not_make_or_publish_one(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, live=False)
        maya = Actor.user(desk.cast.maya)

        with pytest.raises(NotAllowed):
            make_variant(base="test", key="x", name="X", rule="true", by=maya, at=desk.now)
        with pytest.raises(NotAllowed):
            operations.publish(key="test-vip", by=maya, at=desk.now)
        with pytest.raises(NotAllowed):
            set_variant(key="test-vip", name="VIP", rule="true", priority=1, by=maya, at=desk.now)
        with pytest.raises(NotAllowed):
            retire_variant(key="test-vip", reason="Enough.", by=maya, at=desk.now)
        with pytest.raises(NotAllowed):
            decide_conflicts(key="test-vip", decided={}, by=maya, at=desk.now)

    def test_begins_with_what_an_overlay_makes_of_the_base(self, desk: Desk) -> None:
        desk.publish(base())
        overlay = make(desk).overlay

        make_variant(base="test", key="again", name="Again", rule="true", by=desk.admin, at=desk.now, overlay=overlay)

        assert due_of("again", "draft") == 'duration("PT4H")'


class TestPublishing:
    def test_a_variant_begins_as_its_base_does(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, live=False)
        other = c.chart(c.start("by_hand"), c.work("call"), c.end("done"), c.flows("by_hand > call > done"))
        operations.save_draft(key="test-vip", drawing=other, by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="begins as its base does"):
            operations.publish(key="test-vip", by=desk.admin, at=desk.now)

    def test_keeps_only_what_is_done_otherwise(self, desk: Desk) -> None:
        desk.publish(base())
        made = make(desk)

        assert [each["element"] for each in made.overlay["operations"]] == ["call"]
        assert (made.base_version, made.draft_base) == (
            ProcedureVersion.objects.get(procedure__key="test", status="published"),
            None,
        )

    def test_a_variant_of_a_retired_base_or_a_retired_one_is_not_published(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, live=False)
        make(desk, "Office")
        retire_variant(key="test-office", reason="Closed.", by=desk.admin, at=desk.now)
        operations.save_draft(key="test-office", drawing=base(), by=desk.admin, at=desk.now)

        with pytest.raises(Refusal, match="was retired"):
            operations.publish(key="test-office", by=desk.admin, at=desk.now)
        operations.retire(key="test", reason="Over.", by=desk.admin, at=desk.now)
        with pytest.raises(Refusal, match="does not run"):
            operations.publish(key="test-vip", by=desk.admin, at=desk.now)


class TestFollowing:
    def test_a_change_of_the_base_flows_into_its_variants(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)

        desk.publish(base(extra=True))

        assert steps_of("test-vip") == ["captured", "call", "write", "done"]
        assert due_of("test-vip") == 'duration("PT4H")'
        assert Procedure.objects.get(key="test-vip").versions.count() == 2
        assert Variant.objects.get().base_version == ProcedureVersion.objects.get(
            procedure__key="test", status="published"
        )
        assert not Notification.objects.filter(kind="variant").exists()

    def test_running_cases_of_a_variant_stay_on_its_version(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        desk.capture(region="DACH")
        desk.drain()

        desk.publish(base(extra=True))

        assert Case.objects.get().version.number == 1
        desk.complete(desk.open_items("call")[0])
        desk.drain()
        assert trace(desk.case()) == "captured > call > done"

    def test_a_conflict_leaves_the_variant_as_it_is_and_tells_its_owner(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)

        desk.publish(base('duration("PT12H")'))

        assert due_of("test-vip") == 'duration("PT4H")'
        message = Notification.objects.get(kind="variant")
        assert message.user_id == desk.cast.omar.pk
        assert "does not follow version 2" in message.title
        assert "12 hours" in message.body
        assert Entry.objects.filter(event="procedure.variant_behind").count() == 1
        desk.capture(region="DACH")
        assert procedures_of(desk) == ["test-vip"]

    @pytest.mark.parametrize(("choice", "due"), [("variant", "PT4H"), ("base", "PT12H")])
    def test_deciding_brings_it_up_to_the_base(self, desk: Desk, choice: str, due: str) -> None:
        desk.publish(base())
        make(desk)
        desk.publish(base('duration("PT12H")', extra=True))
        shown = variant(key="test-vip", user=desk.cast.omar, at=desk.now)
        assert [(each.label, each.aspect) for each in shown.conflicts] == [("Call", "due time")]

        decided = {shown.conflicts[0].key: choice}
        decide_conflicts(key="test-vip", decided=decided, by=desk.admin, at=desk.now)
        operations.publish(key="test-vip", by=desk.admin, at=desk.now)

        assert due_of("test-vip") == f'duration("{due}")'
        assert "write" in steps_of("test-vip")
        assert not variant(key="test-vip", user=desk.cast.omar, at=desk.now).row.behind

    def test_nothing_is_decided_by_half_nor_twice(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        with pytest.raises(Conflict, match="follows version 1 of its base already"):
            decide_conflicts(key="test-vip", decided={}, by=desk.admin, at=desk.now)
        desk.publish(base('duration("PT12H")'))

        with pytest.raises(Refusal, match="Say for each place"):
            decide_conflicts(key="test-vip", decided={}, by=desk.admin, at=desk.now)

    def test_a_draft_moves_along_and_is_kept(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        operations.save_draft(key="test-vip", drawing=live("test-vip"), by=desk.admin, at=desk.now)
        operations.save_draft(key="test-vip", drawing=quick("test-vip", 'duration("PT1H")'), by=desk.admin, at=desk.now)

        desk.publish(base(extra=True))

        assert due_of("test-vip") == 'duration("PT4H")'
        assert due_of("test-vip", "draft") == 'duration("PT1H")'
        operations.publish(key="test-vip", by=desk.admin, at=desk.now)
        assert "write" in steps_of("test-vip")

    def test_a_draft_over_an_old_base_is_not_published_unseen(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, live=False)
        desk.publish(base('duration("PT12H")'))

        with pytest.raises(Conflict, match="has been changed since"):
            operations.publish(key="test-vip", by=desk.admin, at=desk.now)

    def test_a_failing_test_case_holds_the_variant_back_not_the_base(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        members = {"auto": "tasks", "expect": {"trace": "Captured > Call > Done"}}
        operations.keep_test(procedure="test-vip", name="As now", members=members, by=desk.admin, at=desk.now)

        desk.publish(base(extra=True))

        assert ProcedureVersion.objects.get(procedure__key="test", status="published").number == 2
        assert "write" not in steps_of("test-vip")
        assert "As now" in Notification.objects.get(kind="variant").body
        assert Variant.objects.get().draft_base == ProcedureVersion.objects.get(
            procedure__key="test", status="published"
        )

    def test_where_two_people_must_agree_it_waits_as_a_draft(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        set_stewardship(
            key="test-vip", owner_id=desk.cast.omar.pk, review_on=None, needs_approval=True,
            by=Actor.user(desk.cast.omar), at=desk.now,
        )  # fmt: skip

        desk.publish(base(extra=True))

        assert "write" not in steps_of("test-vip")
        assert due_of("test-vip", "draft") == 'duration("PT4H")'
        assert "Another person has to agree" in Notification.objects.get(kind="variant").body

    def test_ending_a_split_with_the_older_version_flows_in_too(self, desk: Desk) -> None:
        desk.publish(base(extra=True))
        desk.publish(base())
        make(desk)
        split = operations.start_split(key="test", other=1, percent=50, by=desk.admin, at=desk.now)

        operations.end_split(split_id=split.pk, keep=1, reason="Better.", by=desk.admin, at=desk.now)

        assert "write" in steps_of("test-vip")

    def test_who_publishes_the_base_sees_before_what_it_means(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        make(desk, "Office", "true")
        operations.save_draft(key="test-office", drawing=live("test-office"), by=desk.admin, at=desk.now)
        operations.save_draft(key="test", drawing=base('duration("PT12H")'), by=desk.admin, at=desk.now)

        told = {each.key: each.conflicts for each in following(procedure="test")}

        assert set(told) == {"test-vip", "test-office"}
        assert "12 hours" in told["test-vip"][0]


class TestRetire:
    def test_its_records_go_by_the_base_and_running_cases_end(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        desk.capture(region="DACH")
        desk.drain()

        staying = retire_variant(key="test-vip", reason="All alike.", by=desk.admin, at=desk.now)
        desk.capture(region="DACH")

        assert staying == 1
        assert procedures_of(desk) == ["test-vip", "test"]
        with pytest.raises(Refusal, match="Say why"):
            retire_variant(key="test-vip", reason=" ", by=desk.admin, at=desk.now)
        with pytest.raises(Conflict):
            retire_variant(key="test-vip", reason="Again.", by=desk.admin, at=desk.now)


class TestLooking:
    def test_a_rule_is_tried_on_the_newest_records_that_the_asker_sees(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk, "Nordics", 'lead.region = "Nordics"')
        desk.capture(3, region="DACH")
        desk.capture(2, region="Nordics")

        found = would_take(procedure="test", rule="lead.region != null", user=desk.cast.admin, at=desk.now)
        hidden = would_take(procedure="test", rule="lead.region != null", user=desk.cast.ines, at=desk.now)

        assert (found.looked_at, found.taken, found.elsewhere) == (5, 3, 2)
        assert len(found.samples) == 3
        assert (hidden.looked_at, hidden.taken, hidden.samples) == (0, 0, ())

    def test_counts_only_what_the_asker_sees(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        desk.capture(region="DACH")
        desk.drain()

        assert [row.running for row in variants(procedure="test", user=desk.cast.maya, at=desk.now)] == [1]
        assert [row.running for row in variants(procedure="test", user=desk.cast.ines, at=desk.now)] == [0]

    def test_the_library_lists_a_variant_with_its_base(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)

        rows = overview.library(user=desk.cast.admin, at=desk.now)

        assert [(row.key, row.variants) for row in rows] == [("test", 1)]
        assert overview.procedure(key="test-vip").base_key == "test"

    def test_a_case_of_a_variant_is_one_of_its_base_when_records_are_merged(self, desk: Desk) -> None:
        desk.publish(base())
        make(desk)
        first, second = desk.capture(region="DACH")[0], desk.capture(region="Nordics")[0]

        twice = running_twice(spec=LEAD, survivor_id=first.pk, absorbed_id=second.pk)

        assert [each.procedure for each in twice] == ["test"]
