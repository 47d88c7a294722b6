"""Human steps: offered to the right people until the right moment, done once, checked before they count."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from tests.procedures import charts as c
from tests.procedures.conftest import Desk, trace
from throughline.core import journal
from throughline.core.access.models import Participant
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.identity.operations import deactivate_user, enter_absence
from throughline.core.journal import JournalEvent, event, kinds
from throughline.core.procedures import operations, queries
from throughline.core.procedures.models import Case, WorkItem
from throughline.core.recordref import RecordRef
from throughline.core.records import bulk_edit, registry
from throughline.core.records.operations import create_record, update_record
from throughline.core.refusals import NotAllowed, NotFound, Refusal
from throughline.crm.deals.operations import move_deal, ship_pipeline
from throughline.flow.engine import decode_state

FORM = c.tl("field", name="note", label="What was said", type="text") + c.tl(
    "field", name="budget", label="Budget", type="number", required="true"
)


def call(**settings: str) -> bytes:
    """Return a chart with one call that parts by its outcome."""
    settings.setdefault("assignee", "lead.owner")
    return c.chart(
        c.captured(),
        c.work("call", "reached", "missed", fields=FORM, result="contact", due='duration("PT24H")', **settings),
        c.element("exclusiveGateway", "hot", default="hot_lost"),
        c.end("won"),
        c.end("lost"),
        c.flows("captured > call > hot", 'hot >[contact = "reached" and budget > 10] won', "hot > lost"),
    )


@pytest.fixture
def item(desk: Desk) -> WorkItem:
    """Give the work item of a lead of Maya's, waiting."""
    desk.publish(call())
    desk.capture()
    desk.drain(seconds=1)
    return desk.open_items()[0]


def be_away(desk: Desk, user: User, *, substitute: User | None = None, days: int = 7) -> None:
    """Let somebody be away since yesterday, for so many days from now."""
    since, until = desk.now - timedelta(days=1), desk.now + timedelta(days=days)
    enter_absence(user=user, away_from=since, away_until=until, substitute=substitute, by=desk.admin, at=since)


@pytest.mark.req("B2", "B5")
class TestOffers:
    def test_it_has_an_owner_a_due_moment_and_a_clock(self, desk: Desk, item: WorkItem) -> None:
        assert item.assignee == desk.cast.maya
        assert item.due_at == item.offered_at + timedelta(hours=24)
        assert (item.clock, item.title, item.queue) == ("elapsed", "Call", "sales")

    def test_an_assignee_who_does_not_exist_leaves_it_to_the_queue(self, desk: Desk) -> None:
        desk.publish(call(assignee="4711"))

        desk.capture()
        desk.drain(seconds=1)

        (item,) = desk.open_items()
        assert (item.assignee, item.queue) == (None, "sales")

    def test_who_is_given_work_on_a_record_of_others_may_see_it_from_then_on(self, desk: Desk) -> None:
        desk.publish(call(assignee=str(desk.cast.ines.pk)))

        (lead,) = desk.capture()
        desk.drain(seconds=1)

        part = Participant.objects.get()
        assert (part.user, part.record_id, part.reason) == (
            desk.cast.ines,
            lead.pk,
            "You have the step “Call” to do.",
        )

    @pytest.mark.req("C7")
    def test_while_somebody_is_away_new_work_goes_to_who_stands_in(self, desk: Desk) -> None:
        be_away(desk, desk.cast.maya, substitute=desk.cast.ines)
        desk.publish(call())

        (lead,) = desk.capture()
        desk.drain(seconds=1)

        (item,) = desk.open_items()
        assert (item.assignee, item.due_at) == (desk.cast.ines, item.offered_at + timedelta(hours=24))
        part = Participant.objects.get()
        assert (part.user, part.record_id) == (desk.cast.ines, lead.pk)
        assert part.reason == "You have the step “Call” to do, standing in for Maya Lin."

    @pytest.mark.req("C7")
    @pytest.mark.parametrize("case", ["nobody stands in", "who stands in is away", "is back", "who stands in has left"])
    def test_it_stays_with_somebody_whom_nobody_replaces(self, desk: Desk, case: str) -> None:
        substitute = None if case == "nobody stands in" else desk.cast.tom
        be_away(desk, desk.cast.maya, substitute=substitute, days=0 if case == "is back" else 7)
        if case == "who stands in is away":
            be_away(desk, desk.cast.tom)
        if case == "who stands in has left":
            deactivate_user(user=desk.cast.tom, by=desk.admin, at=desk.now)
        desk.publish(call())

        desk.capture()
        desk.drain(seconds=1)

        assert [item.assignee for item in desk.open_items()] == [desk.cast.maya]

    def test_an_owner_is_let_in_already(self, desk: Desk, item: WorkItem) -> None:
        assert not Participant.objects.exists()

    def test_business_time_counts_only_working_hours(self, desk: Desk) -> None:
        from throughline.core.identity.operations import save_calendar

        week = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
        save_calendar(key="default", name="Office", zone="UTC", hours=week, holidays=[], by=desk.admin, at=desk.now)
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call", due='duration("PT16H")', clock="business"),
                c.end(),
                c.flows("captured > call > end"),
            )
        )

        desk.capture()
        desk.drain()

        (item,) = desk.open_items()
        assert (item.due_at, item.clock) == (desk.now + timedelta(days=1, hours=8), "business")


@pytest.mark.req("B2")
class TestCompleteWorkItem:
    def test_the_case_goes_on_by_outcome_and_answers(self, desk: Desk, item: WorkItem) -> None:
        desk.complete(item, "reached", note="Wants two.", budget="12.5")
        desk.drain(seconds=1)

        assert trace(desk.case()) == "captured > call > hot > won"
        assert (desk.case().status, desk.case().outcome) == ("finished", "Won")
        assert decode_state(bytes(desk.case().state or b"")).variables == {
            "contact": "reached",
            "note": "Wants two.",
            "budget": Decimal("12.5"),
        }

    def test_it_cannot_be_done_twice(self, desk: Desk, item: WorkItem) -> None:
        desk.complete(item, "missed", budget=1)

        with pytest.raises(Refusal, match="Maya Lin has done this step already"):
            desk.complete(item, "reached", budget=1)

    def test_missing_and_wrong_answers_are_refused_with_a_sentence_per_field(self, desk: Desk, item: WorkItem) -> None:
        with pytest.raises(Refusal) as refused:
            desk.complete(item, "perhaps", budget="much", colour="red")

        assert refused.value.fields == {
            "budget": "Enter a number for Budget.",
            "colour": "The form of this step has no such field.",
            "outcome": "Choose one of reached, missed.",
        }
        assert desk.open_items() == [item]

    def test_a_required_field_must_be_filled_in(self, desk: Desk, item: WorkItem) -> None:
        with pytest.raises(Refusal) as refused:
            desk.complete(item, "reached", budget=" ")

        assert refused.value.fields == {"budget": "Fill in Budget."}

    def test_a_colleague_of_the_team_may_do_it_and_another_team_may_not_see_it(
        self, desk: Desk, item: WorkItem
    ) -> None:
        with pytest.raises(NotFound):
            desk.complete(item, "reached", by=desk.cast.ines, budget=1)

        with pytest.raises((NotAllowed, NotFound)):
            desk.complete(item, "reached", by=desk.cast.petra, budget=1)

    def test_it_leaves_an_entry_in_the_journal(self, desk: Desk, item: WorkItem) -> None:
        from throughline.core.journal.models import Entry

        desk.complete(item, "missed", budget=1)

        entry = Entry.objects.get(event="work.completed")
        assert (entry.actor_label, entry.data["outcome"], entry.record_id) == ("Maya Lin", "missed", item.record_id)


@event("test.called", "Called")
class Called(JournalEvent, frozen=True, kw_only=True):
    """Somebody called the lead."""

    kind: str


@pytest.mark.req("B6")
class TestEvidence:
    def publish(self, desk: Desk) -> RecordRef:
        proof = c.tl("evidence", event="test.called", where='test.kind = "Call"', outcome="reached")
        desk.publish(
            c.chart(
                c.captured(),
                c.work("call", "reached", "missed", evidence=proof, result="contact"),
                c.end(),
                c.flows("captured > call > end"),
            )
        )
        (lead,) = desk.capture()
        desk.drain(seconds=1)
        return RecordRef("lead", lead.pk)

    def test_what_was_done_completes_the_step(self, desk: Desk) -> None:
        record = self.publish(desk)

        journal.record(Called(kind="Call"), by=Actor.user(desk.cast.maya), at=desk.now, about=record)
        desk.drain(seconds=1)

        assert desk.case().status == "finished"
        done = WorkItem.objects.get()
        assert (done.status, done.outcome, done.closed_by_label) == ("done", "reached", "Maya Lin")

    def test_many_are_taken_at_once(self, desk: Desk, django_assert_max_num_queries: Any) -> None:
        self.publish(desk)
        leads = desk.capture(50)
        desk.drain(seconds=1)
        facts = [journal.Fact(Called(kind="Call"), RecordRef("lead", lead.pk)) for lead in leads]

        with django_assert_max_num_queries(18), transaction.atomic():
            journal.record_many(facts, by=Actor.user(desk.cast.maya), at=desk.now)
        desk.drain(seconds=1)

        assert Case.objects.filter(status="finished").count() == 50

    @pytest.mark.req("D1")
    @pytest.mark.parametrize("door", ["move", "edit", "many"])
    def test_a_deal_that_goes_to_another_stage_is_evidence_by_whatever_door(self, desk: Desk, door: str) -> None:
        by, spec = Actor.user(desk.cast.maya), registry.get("deal")
        ship_pipeline(by=Actor.system(), at=desk.now)
        proof = c.tl("evidence", event="deal.moved", where='event.stage = "sales.proposal"', outcome="offered")
        opened = c.start("opened", c.tl("trigger", event="deal.opened"))
        step = c.work("offer", "offered", "missed", evidence=proof, result="answer")
        flows = c.flows("opened > offer > end")
        desk.publish(c.chart(opened, step, c.end(), flows, record="deal"), record_type="deal")
        wind = create_record(spec=registry.get("organization"), values={"name": "Wind Ltd"}, by=by, at=desk.now)
        asked = {"organization": wind.pk, "amount": "1000", "expected_close_on": "2026-12-01"}  # before an offer
        deal = create_record(spec=spec, values={"name": "Turbines", **asked}, by=by, at=desk.now)
        desk.drain(seconds=1)
        self.to_stage("sales.engaging", "move", deal.pk, desk)
        assert len(desk.open_items("offer")) == 1, "another stage is none"

        self.to_stage("sales.proposal", door, deal.pk, desk)

        assert desk.case().status == "finished"
        assert WorkItem.objects.get().outcome == "offered"

    def to_stage(self, stage: str, door: str, key: int, desk: Desk) -> None:
        """Bring a deal to a stage by one of the doors."""
        by, spec, values = Actor.user(desk.cast.maya), registry.get("deal"), {"stage": stage}
        if door == "move":
            move_deal(deal_id=key, stage=stage, by=by, at=desk.now)
        elif door == "edit":
            update_record(spec=spec, record_id=key, values=values, by=by, at=desk.now)
        else:
            wish = bulk_edit.Wish(values=values)
            run = bulk_edit.ask(spec=spec, wish=wish, ids=[key], by=by, user=desk.cast.maya, at=desk.now)
            bulk_edit.carry_out(run=run, clock=lambda: desk.now)
        desk.drain(seconds=1)

    def test_other_things_do_not(self, desk: Desk) -> None:
        record = self.publish(desk)

        journal.record(Called(kind="Letter"), by=Actor.user(desk.cast.maya), at=desk.now, about=record)
        journal.record(
            Called(kind="Call"), by=Actor.user(desk.cast.maya), at=desk.now, about=RecordRef("lead", record.id + 1)
        )

        assert kinds.title("test.called") == "Called"
        assert len(desk.open_items("call")) == 1


@pytest.mark.req("B2")
class TestQueues:
    def publish(self, desk: Desk) -> WorkItem:
        desk.publish(call(assignee="null"))
        desk.capture()
        desk.drain(seconds=1)
        return desk.open_items()[0]

    def test_somebody_of_the_role_who_sees_the_record_takes_it(self, desk: Desk) -> None:
        item = self.publish(desk)

        operations.claim_work_item(work_item_id=item.pk, by=Actor.user(desk.cast.tom), at=desk.now)

        assert desk.open_items()[0].assignee == desk.cast.tom
        assert [row.mine for row in queries.my_work(user=desk.cast.tom, at=desk.now)] == [True]

    def test_what_somebody_has_cannot_be_taken(self, desk: Desk) -> None:
        item = self.publish(desk)
        operations.claim_work_item(work_item_id=item.pk, by=Actor.user(desk.cast.tom), at=desk.now)

        with pytest.raises((NotAllowed, Refusal)):
            operations.claim_work_item(work_item_id=item.pk, by=Actor.user(desk.cast.maya), at=desk.now)

    def test_it_can_be_given_back(self, desk: Desk) -> None:
        item = self.publish(desk)
        operations.claim_work_item(work_item_id=item.pk, by=Actor.user(desk.cast.tom), at=desk.now)

        operations.release_work_item(work_item_id=item.pk, by=Actor.user(desk.cast.tom), at=desk.now)

        assert desk.open_items()[0].assignee is None

    def test_who_is_given_work_may_see_its_record(self, desk: Desk) -> None:
        item = self.publish(desk)

        given = operations.reassign_work_items(
            work_item_ids=[item.pk], to_user_id=desk.cast.ines.pk, by=Actor.user(desk.cast.omar), at=desk.now
        )

        assert given == 1
        assert Participant.objects.get(user=desk.cast.ines).record_id == item.record_id


@pytest.mark.req("B2")
class TestMyWork:
    def test_it_is_in_the_order_in_which_it_is_due_with_form_and_guidance(self, desk: Desk) -> None:
        desk.publish(call())
        desk.capture()
        desk.drain(seconds=1)
        desk.now += timedelta(hours=1)
        desk.capture()
        desk.drain(seconds=1)

        rows = queries.my_work(user=desk.cast.maya, at=desk.now + timedelta(hours=23, minutes=30))

        assert [row.overdue for row in rows] == [True, False]
        assert rows[0].guidance == "Be kind."
        assert [outcome.value for outcome in rows[0].outcomes] == ["reached", "missed"]
        assert [(form.name, form.required) for form in rows[0].fields] == [("note", False), ("budget", True)]

    def test_the_queue_of_a_role_shows_only_records_one_may_see(self, desk: Desk) -> None:
        desk.publish(call(assignee="null"))
        desk.capture()
        desk.drain(seconds=1)

        assert len(queries.my_work(user=desk.cast.tom, at=desk.now)) == 1
        assert queries.my_work(user=desk.cast.ines, at=desk.now) == []
        assert Case.objects.count() == 1

    def test_figures_count_all_of_it_however_short_the_list_is(self, desk: Desk) -> None:
        desk.publish(call())
        for hours in range(3):
            desk.now += timedelta(hours=hours)
            desk.capture()
            desk.drain(seconds=1)
        due = sorted(at for at in WorkItem.objects.values_list("due_at", flat=True) if at is not None)
        figures = queries.work_figures(user=desk.cast.maya, at=due[1], day_ends_at=due[2])

        assert figures == queries.WorkFigures(overdue=1, today=1, later=1, to_take=0)
        assert len(queries.my_work(user=desk.cast.maya, at=due[1], limit=2)) == 2
        assert queries.my_work(user=desk.cast.maya, at=due[1], mine=False) == []

    def test_one_item_is_found_by_those_whose_it_is_or_could_be(self, desk: Desk) -> None:
        desk.publish(call(assignee="null"))
        desk.capture()
        desk.drain(seconds=1)
        item = WorkItem.objects.get()

        found = queries.find_work(work_item_id=item.pk, user=desk.cast.tom, at=desk.now)

        assert found is not None
        assert (found.id, found.mine, found.queue) == (item.pk, False, item.queue)
        assert queries.find_work(work_item_id=item.pk, user=desk.cast.ines, at=desk.now) is None
        assert queries.work_figures(user=desk.cast.tom, at=desk.now, day_ends_at=desk.now).to_take == 1
