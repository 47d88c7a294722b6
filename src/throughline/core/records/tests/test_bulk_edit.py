"""Changing many records as one action: looked at before, in batches, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.records import bulk_edit, operations, registry
from throughline.core.records.bulk_edit import Wish
from throughline.core.records.models import BulkLine, BulkRun
from throughline.core.records.queries import ListQuery
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.deals.models import Deal
from throughline.crm.deals.operations import ship_pipeline
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead

TO_EU = Wish(values={"region": "EU"})


@pytest.fixture
def leads(cast: Cast, at: datetime) -> list[Lead]:
    """Give five leads of Maya's; two are in the EU already."""
    by = Actor.user(cast.maya)
    regions = ("EU", "US", "EU", "US", "Asia")
    return [capture_lead(values={"interest": f"i{n}", "region": r}, by=by, at=at) for n, r in enumerate(regions)]


def done(user: User, wish: Wish, records: Sequence[Any], at: datetime, kind: str = "lead") -> BulkRun:
    """Ask for a change of records and carry it out."""
    spec, ids = registry.get(kind), [record.pk for record in records]
    run = bulk_edit.ask(spec=spec, wish=wish, ids=ids, by=Actor.user(user), user=user, at=at)
    return bulk_edit.carry_out(run=run, clock=lambda: at)


def undone(user: User, run: BulkRun, at: datetime) -> BulkRun:
    """Take a run back."""
    back = bulk_edit.undo(run_id=run.pk, by=Actor.user(user), user=user, at=at)
    return bulk_edit.carry_out(run=back, clock=lambda: at)


def counts(run: BulkRun) -> tuple[str, int, int, int]:
    """Return how a run ended: status, changed, same, refused."""
    return run.status, run.changed, run.same, run.refused


def regions() -> list[str]:
    """Return the regions of all leads, in order."""
    return list(Lead.objects.order_by("pk").values_list("region", flat=True))


class TestChosen:
    """Which records a run is about."""

    @pytest.mark.req("L1")
    def test_rows_of_others_are_left_out_and_counted_nowhere(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        spec, ids = registry.get("lead"), [lead.pk for lead in leads]

        assert bulk_edit.chosen(spec=spec, user=cast.tom, at=at, ids=ids) == ids
        with pytest.raises(Refusal, match="Select at least one"):
            bulk_edit.chosen(spec=spec, user=cast.ines, at=at, ids=ids)
        with pytest.raises(Refusal, match="Select at least one"):
            bulk_edit.chosen(spec=spec, user=cast.ines, at=at, query=ListQuery())

    def test_all_that_match_are_those_of_the_filter(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        query = ListQuery(filter={"field": "region", "op": "is", "value": "EU"})

        found = bulk_edit.chosen(spec=registry.get("lead"), user=cast.maya, at=at, query=query)

        assert found == [leads[0].pk, leads[2].pk]


class TestLookAhead:
    """What would happen."""

    def test_it_is_counted_and_nothing_has_happened(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        gone = leads[4].pk
        operations.delete_records(spec=registry.get("lead"), ids=[gone], by=Actor.user(cast.maya), at=at)
        entries = Entry.objects.count()

        seen = bulk_edit.look_ahead(
            spec=registry.get("lead"), wish=TO_EU, ids=[lead.pk for lead in leads], by=Actor.user(cast.maya), at=at
        )

        assert (seen.total, seen.changed, seen.same, seen.refused) == (5, 2, 2, 1)
        assert [(line.before, line.after) for line in seen.changes] == [({"region": "US"}, {"region": "EU"})] * 2
        assert (seen.problems[0].record_id, "There is no lead" in seen.problems[0].sentence) == (gone, True)
        assert regions() == ["EU", "US", "EU", "US", "Asia"]
        assert Entry.objects.count() == entries


class TestRun:
    """Doing it."""

    def test_fields_tags_and_owner_change_together(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        wish = Wish(
            values={"region": "EU"}, add_tags=("vip",), assign=True, owner_id=cast.tom.pk, reason="Knows the region"
        )

        run = done(cast.maya, wish, leads, at)

        assert counts(run) == ("done", 5, 0, 0)
        assert set(regions()) == {"EU"}
        assert {(lead.owner, lead.assigned_reason, *lead.tags) for lead in Lead.objects.all()} == {
            (cast.tom, "Knows the region", "vip")
        }
        told = list(Entry.objects.filter(record_type="bulk").order_by("id"))
        assert [entry.event for entry in told] == ["records.bulk_asked", "records.bulk_done"]
        changes = Entry.objects.filter(record_type="lead", cause_id=told[0].pk)
        assert changes.filter(event="record.updated").count() == 3

    def test_batches_join_without_gap_and_one_that_is_refused_stands_alone(
        self, cast: Cast, leads: list[Lead], at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk_edit, "BATCH", 2)
        Lead.objects.filter(pk=leads[3].pk).update(owner=cast.ines, team=cast.south)

        run = done(cast.maya, TO_EU, leads, at)

        assert counts(run) == ("done", 2, 2, 1)
        assert regions() == ["EU", "EU", "EU", "US", "EU"]
        [line] = bulk_edit.problems_of(run=run)
        assert (line.record_id, "not yours to see" in line.sentence) == (leads[3].pk, True)

    def test_a_worker_takes_over_where_another_left(
        self, cast: Cast, leads: list[Lead], at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk_edit, "BATCH", 2)
        spec, ids = registry.get("lead"), [lead.pk for lead in leads]
        bulk_edit.ask(spec=spec, wish=TO_EU, ids=ids, by=Actor.user(cast.maya), user=cast.maya, at=at)
        first = bulk_edit.claim(at=at)
        assert first is not None
        answers = iter([True, False])
        bulk_edit.carry_out(run=first, clock=lambda: at, wanted=lambda: next(answers))

        assert bulk_edit.claim(at=at) is None
        assert bulk_edit.next_due() == at + bulk_edit.LEASE
        later = at + 2 * bulk_edit.LEASE
        second = bulk_edit.claim(at=later)
        assert second is not None
        assert second.reached == 2
        assert counts(bulk_edit.carry_out(run=second, clock=lambda: later)) == ("done", 3, 2, 0)

    def test_one_that_is_stopped_keeps_what_is_done(
        self, cast: Cast, leads: list[Lead], at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bulk_edit, "BATCH", 2)
        spec, ids = registry.get("lead"), [lead.pk for lead in leads]
        run = bulk_edit.ask(spec=spec, wish=TO_EU, ids=ids, by=Actor.user(cast.maya), user=cast.maya, at=at)
        answers = iter([True, False])
        bulk_edit.carry_out(run=run, clock=lambda: at, wanted=lambda: next(answers))

        bulk_edit.stop(run_id=run.pk, user=cast.maya, at=at)

        stopped = bulk_edit.carry_out(run=run, clock=lambda: at)
        assert (stopped.status, regions()) == ("stopped", ["EU", "EU", "EU", "US", "Asia"])
        with pytest.raises(NotFound):
            bulk_edit.stop(run_id=run.pk, user=cast.ines, at=at)

    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            (Wish(), "no_change"),
            (Wish(bin=True, add_tags=("x",)), "bin_alone"),
            (Wish(values={"employees": "many"}), "unreadable_values"),
            (Wish(values={"score": 5}), "unreadable_values"),
            (Wish(values={"owner": 5}), "apart"),
            (Wish(values={"colour": "red"}), "unreadable_values"),
        ],
    )
    def test_what_can_be_granted_to_nothing_is_refused_at_once(
        self, cast: Cast, leads: list[Lead], at: datetime, wish: Wish, code: str
    ) -> None:
        with pytest.raises(Refusal) as told:
            done(cast.maya, wish, leads, at)

        assert (told.value.code, BulkRun.objects.count()) == (code, 0)

    @pytest.mark.req("L1")
    def test_a_field_one_may_not_write_is_refused_at_once(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        role = cast.maya.roles.get()
        for right, code in (("hidden", "unknown_field"), ("read", "not_allowed")):
            role.permissions = {**role.permissions, "fields": {"lead": {"region": right}}}
            role.save()
            with pytest.raises(Refusal) as told:
                done(User.objects.get(pk=cast.maya.pk), TO_EU, leads, at)
            assert told.value.code == code

    @pytest.mark.req("D1")
    def test_gates_hold(self, cast: Cast, at: datetime) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        spec, by = registry.get("deal"), Actor.user(cast.maya)
        deals = [
            operations.create_record(spec=spec, values={"name": f"D{n}", "amount": amount}, by=by, at=at)
            for n, amount in enumerate((100, None))
        ]
        lost = next(choice.value for choice in spec.field("stage").choices if "lost" in choice.label.lower())

        seen = bulk_edit.look_ahead(
            spec=spec, wish=Wish(values={"stage": lost}), ids=[deal.pk for deal in deals], by=by, at=at
        )
        run = done(cast.maya, Wish(values={"stage": lost, "lost_reason": "Price"}), deals, at, "deal")

        assert (seen.changed, seen.refused) == (0, 2)
        assert {line.sentence for line in seen.problems} == {"Say why the deal was lost."}
        assert counts(run) == ("done", 2, 0, 0)
        assert Deal.objects.filter(closed_at=at).count() == 2


@pytest.mark.req("M2")
class TestUndo:
    """Taking it back, a day later too."""

    def test_all_is_as_it_was(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        operations.tag_records(
            spec=registry.get("lead"),
            taggings=[operations.Tagging(leads[0].pk, add=("old", "vip"))],
            by=Actor.user(cast.maya),
            at=at,
        )
        fields = ("pk", "region", "tags", "owner", "team", "assigned_at", "assigned_reason")
        before = list(Lead.objects.order_by("pk").values(*fields))
        wish = Wish(
            values={"region": "EU"},
            add_tags=("vip",),
            remove_tags=("old",),
            assign=True,
            owner_id=cast.tom.pk,
            reason="x",
        )
        run = done(cast.maya, wish, leads, at)

        back = undone(cast.maya, run, at + timedelta(days=1))

        assert counts(back) == ("done", 5, 0, 0)
        assert list(Lead.objects.order_by("pk").values(*fields)) == before

    def test_a_record_that_was_changed_since_is_told_and_left(
        self, cast: Cast, leads: list[Lead], at: datetime
    ) -> None:
        run = done(cast.maya, TO_EU, leads, at)
        spec, by = registry.get("lead"), Actor.user(cast.tom)
        operations.update_record(spec=spec, record_id=leads[1].pk, values={"region": "Alps"}, by=by, at=at)
        operations.update_record(spec=spec, record_id=leads[3].pk, values={"industry": "Rail"}, by=by, at=at)

        back = undone(cast.maya, run, at)

        assert counts(back) == ("done", 2, 0, 1)
        assert regions() == ["EU", "Alps", "EU", "US", "Asia"]
        assert BulkLine.objects.get(run=back, changed=False).sentence == (
            "Region was changed since, and is left as it is now."
        )

    def test_a_stage_comes_back_with_what_follows_from_it(self, cast: Cast, at: datetime) -> None:
        ship_pipeline(by=Actor.system(), at=at)
        spec, by = registry.get("deal"), Actor.user(cast.maya)
        values = {"name": "D", "amount": 100, "probability": 33}
        deal = operations.create_record(spec=spec, values=values, by=by, at=at)
        fields = ("stage_id", "probability", "closed_at", "lost_reason", "forecast_category", "stage_entered_at")
        before = Deal.objects.values(*fields).get()
        lost = next(choice.value for choice in spec.field("stage").choices if "lost" in choice.label.lower())
        run = done(cast.maya, Wish(values={"stage": lost, "lost_reason": "Price"}), [deal], at, "deal")

        back = undone(cast.maya, run, at + timedelta(days=1))

        assert counts(back) == ("done", 1, 0, 0)
        assert Deal.objects.values(*fields).get() == before

    def test_the_bin_gives_them_back(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        run = done(cast.maya, Wish(bin=True), leads, at)
        assert Lead.objects.filter(deleted_at=None).count() == 0
        operations.restore_records(spec=registry.get("lead"), ids=[leads[0].pk], by=Actor.user(cast.maya), at=at)

        back = undone(cast.maya, run, at)

        assert counts(back) == ("done", 4, 0, 1)
        assert Lead.objects.filter(deleted_at=None).count() == 5

    def test_it_is_done_once_and_by_whoever_did_it(self, cast: Cast, leads: list[Lead], at: datetime) -> None:
        run = done(cast.maya, TO_EU, leads, at)
        with pytest.raises(NotFound):
            undone(cast.tom, run, at)
        undone(cast.maya, run, at)

        with pytest.raises(Refusal, match="taken back already"):
            undone(cast.maya, run, at)
