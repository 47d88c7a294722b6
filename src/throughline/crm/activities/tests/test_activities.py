"""Planning, logging and completing; and who sees it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import operations as records
from throughline.core.records import queries as lists
from throughline.core.records import registry
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.activities import operations, queries
from throughline.crm.activities.models import Activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron"}, by=Actor.user(cast.maya), at=at)


def about(lead: Lead) -> list[RecordRef]:
    """Return the lead and its person, which activities are about."""
    assert lead.contact_id is not None
    return [RecordRef("lead", lead.pk), RecordRef("contact", lead.contact_id)]


class TestLogActivity:
    """What has happened."""

    @pytest.mark.req("C4")
    def test_a_call_is_told_about_every_record_and_moves_their_clocks(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        call = operations.log_activity(
            kind="Call", subject="First call", direction="Out", outcome="reached", about=about(lead),
            by=Actor.user(cast.maya), at=at, done_at=at - timedelta(minutes=5), duration_seconds=240,
        )  # fmt: skip

        assert (call.status, call.owner_id, call.team_id) == ("Held", cast.maya.pk, cast.north.pk)
        entries = Entry.objects.filter(event="activity.logged").order_by("record_type")
        assert [(entry.record_type, entry.data["kind"], entry.data["outcome"]) for entry in entries] == [
            ("contact", "Call", "reached"), ("lead", "Call", "reached"),
        ]  # fmt: skip
        lead.refresh_from_db()
        assert lead.last_activity_at == at - timedelta(minutes=5)

    def test_an_older_activity_does_not_turn_the_clock_back(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        operations.log_activity(kind="Note", subject="Now", about=about(lead), by=by, at=at)

        operations.log_activity(
            kind="Note", subject="Then", about=about(lead), by=by, at=at, done_at=at - timedelta(days=9)
        )

        lead.refresh_from_db()
        assert lead.last_activity_at == at

    @pytest.mark.parametrize(
        ("kind", "subject", "code"), [("Dance", "x", "unknown_kind"), ("Call", "  ", "no_subject")]
    )
    def test_what_makes_no_sense_is_refused(
        self, cast: Cast, lead: Lead, at: datetime, kind: str, subject: str, code: str
    ) -> None:
        with pytest.raises(Refusal) as refused:
            operations.log_activity(kind=kind, subject=subject, about=about(lead), by=Actor.user(cast.maya), at=at)

        assert refused.value.code == code

    @pytest.mark.req("L1")
    def test_nothing_can_be_logged_about_what_one_does_not_see(self, cast: Cast, lead: Lead, at: datetime) -> None:
        with pytest.raises(NotFound):
            operations.log_activity(kind="Note", subject="x", about=about(lead), by=Actor.user(cast.ines), at=at)

        assert not Activity.objects.exists()


class TestPlanActivity:
    """What is to be done."""

    @pytest.mark.req("C7")
    def test_the_next_date_is_the_earliest_planned_one_and_moves_on_when_done(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        first = operations.plan_activity(
            kind="Task", subject="Proposal", about=about(lead), by=by, at=at, due_at=at + timedelta(days=1)
        )
        operations.plan_activity(
            kind="Call", subject="Follow up", about=about(lead), by=by, at=at, start_at=at + timedelta(days=3)
        )
        lead.refresh_from_db()
        assert lead.next_activity_at == at + timedelta(days=1)

        done = operations.complete_activity(activity_id=first.pk, outcome="sent", by=by, at=at + timedelta(hours=2))

        lead.refresh_from_db()
        assert (done.status, done.outcome) == ("Done", "sent")
        assert (lead.next_activity_at, lead.last_activity_at) == (at + timedelta(days=3), at + timedelta(hours=2))
        assert [row.subject for row in queries.open_for(user=cast.maya)] == ["Follow up"]

    def test_a_no_show_has_an_outcome_and_is_no_activity_that_happened(
        self, cast: Cast, lead: Lead, at: datetime
    ) -> None:
        by = Actor.user(cast.maya)
        demo = operations.plan_activity(
            kind="Meeting", subject="Demo", about=about(lead), by=by, at=at, start_at=at + timedelta(days=1)
        )

        operations.cancel_activity(activity_id=demo.pk, outcome="no-show", by=by, at=at + timedelta(days=1))

        lead.refresh_from_db()
        assert (lead.next_activity_at, lead.last_activity_at) == (None, None)
        assert Entry.objects.filter(event="activity.cancelled", data__outcome="no-show").count() == 2

    def test_what_is_done_cannot_be_done_again(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by = Actor.user(cast.maya)
        note = operations.log_activity(kind="Note", subject="x", about=about(lead), by=by, at=at)

        with pytest.raises(Refusal, match="done already"):
            operations.complete_activity(activity_id=note.pk, by=by, at=at)


@pytest.mark.req("L1")
class TestVisible:
    """Who sees an activity."""

    def test_whoever_sees_a_related_record_sees_it_and_nobody_else(self, cast: Cast, lead: Lead, at: datetime) -> None:
        operations.log_activity(kind="Note", subject="Secret", about=about(lead), by=Actor.user(cast.maya), at=at)
        ref = RecordRef("lead", lead.pk)

        assert [len(queries.about(ref=ref, user=person)) for person in (cast.maya, cast.tom, cast.omar, cast.alma)] == [
            1
        ] * 4
        assert [len(queries.about(ref=ref, user=person)) for person in (cast.ines, cast.hana)] == [0, 0]

    def test_after_a_reassignment_the_new_team_sees_what_was_said(self, cast: Cast, lead: Lead, at: datetime) -> None:
        operations.log_activity(kind="Note", subject="Said", about=about(lead), by=Actor.user(cast.maya), at=at)

        wish = records.Assignment(lead.pk, owner_id=cast.ines.pk)
        records.assign_records(spec=registry.get("lead"), assignments=[wish], by=Actor.user(cast.omar), at=at)

        spec = registry.get("activity")
        page = lists.list_page(spec=spec, user=cast.ines, query=lists.ListQuery(), at=at)
        assert [row.subject for row in page.records] == ["Said"]
        assert access.why(cast.ines, spec, page.records[0]) == ["It is about a record that you may see."]


class TestSeen:
    def test_what_owner_and_team_give_is_asked_for_all_types_at_once(self, cast: Cast, lead: Lead) -> None:
        omar = User.objects.get(pk=cast.omar.pk)

        with CaptureQueriesContext(connection) as asked:
            assert not Activity.objects.filter(access.visible(registry.get("activity"), omar)).exists()

        alone = [query["sql"] for query in asked if "LIMIT 2001" in query["sql"] and query["sql"].count("LIMIT") == 1]
        owned = [sql for sql in alone if sql.count("owner_id") == 2 and "EXISTS" not in sql]
        assert [sql for sql in owned if '"leads_lead"."contact_id" AS' not in sql] == [], (
            "types are not asked one by one"
        )
