"""What was promised: made, seen, settled, and always the next step of its record."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from throughline.core.actor import Actor
from throughline.core.identity.operations import deactivate_user
from throughline.core.journal.models import Entry
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import (
    Assignment,
    assign_records,
    create_record,
    delete_records,
    restore_records,
    update_record,
)
from throughline.core.records.queries import ListQuery, list_page
from throughline.core.records.unattended import unattended
from throughline.core.refusals import NotFound, Refusal
from throughline.core.tests.cast import Cast
from throughline.crm.activities.models import Activity
from throughline.crm.activities.operations import cancel_activity, complete_activity, log_activity, plan_activity
from throughline.crm.leads.capture import capture_lead
from throughline.crm.leads.models import Lead
from throughline.crm.promises import queries
from throughline.crm.promises.models import Promise
from throughline.crm.promises.operations import make_promise, reopen_promise, settle_promise

DAY = timedelta(days=1)


@pytest.fixture
def lead(cast: Cast, at: datetime) -> Lead:
    """Give a lead of Maya's."""
    return capture_lead(values={"name": "Ada Byron", "email": "ada@x.org"}, by=Actor.user(cast.maya), at=at)


def promise(lead: Lead, cast: Cast, at: datetime, what: str = "Send prices", days: int = 2) -> Promise:
    """Let Maya promise something."""
    ref = RecordRef("lead", lead.pk)
    return make_promise(what=what, about=ref, due_at=at + days * DAY, by=Actor.user(cast.maya), at=at)


@pytest.mark.req("C6")
class TestPromise:
    """A record of its own."""

    def test_it_knows_to_whom_by_whom_until_when_and_from_what(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by, ref = Actor.user(cast.maya), RecordRef("lead", lead.pk)
        call = log_activity(kind="Call", subject="Wants prices", about=[ref], by=by, at=at)

        made = make_promise(what="Prices", about=ref, due_at=at + DAY, activity_id=call.pk, by=by, at=at)

        assert (made.contact, made.owner, made.activity, made.about) == (lead.contact, cast.maya, call, ref)
        assert queries.mine(user=cast.maya) == [made]
        assert queries.open_about(record=RecordRef("contact", made.contact_id or 0), contact_id=made.contact_id) == [
            made
        ]
        told = Entry.objects.get(event="promise.made")
        assert (told.record_type, told.record_id) == ref

    @pytest.mark.parametrize("status", ["Kept", "Broken", "Withdrawn"])
    def test_it_is_settled_once_and_opened_again(self, cast: Cast, lead: Lead, at: datetime, status: str) -> None:
        made, by = promise(lead, cast, at), Actor.user(cast.maya)

        settle_promise(promise_id=made.pk, status=status, reason="So it is", by=by, at=at + 3 * DAY)
        with pytest.raises(Refusal, match="already"):
            settle_promise(promise_id=made.pk, status="Kept", by=by, at=at + 3 * DAY)
        assert queries.mine(user=cast.maya) == []
        reopen_promise(promise_id=made.pk, by=by, at=at + 4 * DAY)

        assert queries.mine(user=cast.maya) == [made]
        events = [entry.event for entry in Entry.objects.filter(event__startswith="promise.").order_by("id")]
        assert events == ["promise.made", f"promise.{status.lower()}", "promise.reopened"]

    def test_what_is_no_promise_is_refused(self, cast: Cast, lead: Lead, at: datetime) -> None:
        made, by = promise(lead, cast, at), Actor.user(cast.maya)
        other = capture_lead(values={"name": "Mei Lin"}, by=by, at=at)
        call = log_activity(kind="Call", subject="x", about=[RecordRef("lead", other.pk)], by=by, at=at)

        with pytest.raises(Refusal, match="few words"):
            promise(lead, cast, at, what=" ")
        with pytest.raises(Refusal, match="still to come"):
            promise(lead, cast, at, days=-1)
        with pytest.raises(Refusal, match="why"):
            settle_promise(promise_id=made.pk, status="Broken", by=by, at=at)
        with pytest.raises(NotFound):
            make_promise(what="x", about=RecordRef("lead", lead.pk), due_at=at + DAY, activity_id=call.pk, by=by, at=at)

    def test_another_team_neither_sees_nor_counts_nor_settles_it(self, cast: Cast, lead: Lead, at: datetime) -> None:
        made, spec = promise(lead, cast, at), registry.get("promise")

        assert list_page(spec=spec, user=cast.ines, query=ListQuery(), at=at).records == []
        assert len(list_page(spec=spec, user=cast.tom, query=ListQuery(), at=at).records) == 1
        with pytest.raises(NotFound):
            settle_promise(promise_id=made.pk, status="Kept", by=Actor.user(cast.ines), at=at)
        with pytest.raises(NotFound):
            make_promise(what="x", about=RecordRef("lead", lead.pk), due_at=at + DAY, by=Actor.user(cast.ines), at=at)

    def test_who_sees_the_record_sees_what_was_promised(self, cast: Cast, lead: Lead, at: datetime) -> None:
        made = promise(lead, cast, at)
        to_ines = Assignment(lead.pk, owner_id=cast.ines.pk)
        assign_records(spec=registry.get("lead"), assignments=[to_ines], by=Actor.system(), at=at)

        page = list_page(spec=registry.get("promise"), user=cast.ines, query=ListQuery(), at=at)

        assert [row.pk for row in page.records] == [made.pk]


@pytest.mark.req("C7")
class TestNextStep:
    """``next_activity_at`` is the earliest of what is still to be done."""

    def test_it_follows_promises_and_activities(self, cast: Cast, lead: Lead, at: datetime) -> None:
        by, ref = Actor.user(cast.maya), RecordRef("lead", lead.pk)

        def following() -> datetime | None:
            return Lead.objects.get(pk=lead.pk).next_activity_at

        made = promise(lead, cast, at, days=5)
        assert following() == at + 5 * DAY
        call = plan_activity(kind="Call", subject="Ask", about=[ref], due_at=at + 2 * DAY, by=by, at=at)
        task = plan_activity(kind="Task", subject="Do", about=[ref], due_at=at + 3 * DAY, by=by, at=at)
        assert following() == at + 2 * DAY
        complete_activity(activity_id=call.pk, by=by, at=at)
        assert following() == at + 3 * DAY
        delete_records(spec=registry.get("activity"), ids=[task.pk], by=by, at=at)
        assert following() == at + 5 * DAY
        restore_records(spec=registry.get("activity"), ids=[task.pk], by=by, at=at)
        assert following() == at + 3 * DAY
        cancel_activity(activity_id=task.pk, by=by, at=at)
        settle_promise(promise_id=made.pk, status="Kept", by=by, at=at)
        assert following() is None


@pytest.mark.req("C7")
class TestUnattended:
    """Open, and nobody's or with nothing next."""

    def test_each_leaves_the_list_when_it_is_mended(self, cast: Cast, lead: Lead, at: datetime) -> None:
        spec, by, ref = registry.get("lead"), Actor.user(cast.maya), RecordRef("lead", lead.pk)
        assert [row.title for row in unattended(spec=spec, user=cast.maya)[0]] == ["Ada Byron"]

        plan_activity(kind="Call", subject="Ask", about=[ref], due_at=at + DAY, by=by, at=at)
        assert unattended(spec=spec, user=cast.maya) == ([], 0)
        nobody = Assignment(lead.pk, team_id=cast.north.pk)
        assign_records(spec=spec, assignments=[nobody], by=by, at=at)

        [row], count = unattended(spec=spec, user=cast.maya)
        assert (row.owner, row.has_next, count) == ("", True, 1)
        assert unattended(spec=spec, user=cast.ines) == ([], 0)

    def test_who_has_left_looks_after_nothing(self, cast: Cast, lead: Lead, at: datetime) -> None:
        spec, by, ref = registry.get("lead"), Actor.user(cast.maya), RecordRef("lead", lead.pk)
        plan_activity(kind="Call", subject="Ask", about=[ref], due_at=at + DAY, by=by, at=at)
        assert unattended(spec=spec, user=cast.tom) == ([], 0)

        deactivate_user(user=cast.maya, by=Actor.user(cast.admin), at=at)

        [row], count = unattended(spec=spec, user=cast.tom)
        assert (row.owner, row.has_next, count) == ("", True, 1)
        assert unattended(spec=spec, user=cast.ines) == ([], 0)

    def test_customers_have_somebody_and_something_next_too(self, cast: Cast, at: datetime) -> None:
        spec, by = registry.get("organization"), Actor.user(cast.maya)
        for name, more in (("Acme", {"type": "Customer"}), ("Beta", {"type": "Prospect"})):
            create_record(spec=spec, values={"name": name, **more}, by=by, at=at)
        [row], count = unattended(spec=spec, user=cast.maya)
        assert (row.title, row.owner, count) == ("Acme", "Maya Lin", 1)

        ref = RecordRef("organization", row.id)
        plan_activity(kind="Call", subject="Ask", about=[ref], due_at=at + DAY, by=by, at=at)
        assert unattended(spec=spec, user=cast.maya) == ([], 0)
        cancel_activity(activity_id=Activity.objects.get().pk, by=by, at=at)
        update_record(spec=spec, record_id=row.id, values={"renewal_on": "2026-09-01"}, by=by, at=at)
        assert unattended(spec=spec, user=cast.maya) == ([], 0)
        assert unattended(spec=spec, user=cast.ines) == ([], 0)
