"""Reminders: once, to the owner, of what is still planned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from throughline.core.actor import Actor
from throughline.core.notify.models import Notification
from throughline.core.notify.operations import Muted, mute
from throughline.core.notify.reasons import Reason
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.operations import delete_records, update_record
from throughline.core.tests.cast import Cast
from throughline.crm.activities import operations, reminders
from throughline.crm.activities.models import Activity
from throughline.crm.leads.capture import capture_lead

pytestmark = pytest.mark.req("C7", "M4")


@pytest.fixture
def call(cast: Cast, at: datetime) -> Activity:
    """Give a call of Maya's in two hours, of which she is to be told in one."""
    by = Actor.user(cast.maya)
    lead = capture_lead(values={"name": "Ada Byron"}, by=by, at=at)
    times: dict[str, Any] = {"due_at": at + timedelta(hours=2), "reminder_at": at + timedelta(hours=1)}
    return operations.plan_activity(
        kind="Call", subject="Ask her", about=[RecordRef("lead", lead.pk)], by=by, at=at, **times
    )


def told() -> list[str]:
    """Return the titles of all reminders."""
    return list(Notification.objects.filter(reason=Reason.REMINDER).values_list("title", flat=True))


class TestRemind:
    """At the moment that was said."""

    def test_the_owner_is_told_when_it_is_time_and_once(self, cast: Cast, call: Activity, at: datetime) -> None:
        assert reminders.remind(at=at + timedelta(minutes=59)) == 0
        assert reminders.next_due(at=at) == at + timedelta(hours=1)

        assert reminders.remind(at=at + timedelta(hours=1)) == 1
        assert reminders.remind(at=at + timedelta(hours=1, minutes=1)) == 0

        message = Notification.objects.get(reason=Reason.REMINDER)
        assert (message.user, message.title, message.record_type, message.record_id) == (
            cast.maya, "Ask her", "activity", call.pk,
        )  # fmt: skip
        assert message.body.startswith("Call, ")
        assert reminders.next_due(at=at + timedelta(hours=1)) is None

    def test_another_moment_is_another_reminder(self, cast: Cast, call: Activity, at: datetime) -> None:
        reminders.remind(at=at + timedelta(hours=1))
        later = {"reminder_at": (at + timedelta(hours=3)).isoformat()}
        update_record(spec=registry.get("activity"), record_id=call.pk, values=later, by=Actor.user(cast.maya), at=at)

        assert reminders.remind(at=at + timedelta(hours=3)) == 1

    @pytest.mark.parametrize("end", ["done", "cancelled", "binned"])
    def test_nobody_is_told_of_what_is_over(self, cast: Cast, call: Activity, at: datetime, end: str) -> None:
        by = Actor.user(cast.maya)
        if end == "binned":
            delete_records(spec=registry.get("activity"), ids=[call.pk], by=Actor.user(cast.admin), at=at)
        else:
            close = operations.complete_activity if end == "done" else operations.cancel_activity
            close(activity_id=call.pk, by=by, at=at)

        assert reminders.remind(at=at + timedelta(hours=1)) == 0
        assert told() == []

    def test_is_kept_quiet_for_who_has_muted_reminders(self, cast: Cast, call: Activity, at: datetime) -> None:
        mute(muted=Muted(reason=Reason.REMINDER), by=Actor.user(cast.maya), at=at)
        reminders.remind(at=at + timedelta(hours=1))

        assert Notification.objects.get(reason=Reason.REMINDER).quiet
        assert reminders.remind(at=at + timedelta(hours=2)) == 0

    def test_after_a_pause_only_late_ones_are_given(self, call: Activity, at: datetime) -> None:
        assert call.reminder_at is not None
        assert reminders.remind(at=call.reminder_at + reminders.MISSED) == 0
        assert reminders.remind(at=call.reminder_at + reminders.MISSED - timedelta(seconds=1)) == 1


class TestAnotherDay:
    """Start, end and reminder go along with the due moment."""

    def test_all_that_belongs_to_it_moves(self, cast: Cast, call: Activity, at: datetime) -> None:
        spec, by = registry.get("activity"), Actor.user(cast.maya)
        due_at, later = at + timedelta(hours=2), at + timedelta(days=3, hours=2)
        times = {"start_at": due_at.isoformat(), "end_at": (due_at + timedelta(minutes=30)).isoformat()}
        update_record(spec=spec, record_id=call.pk, values=times, by=by, at=at)

        update_record(spec=spec, record_id=call.pk, values={"due_at": later.isoformat()}, by=by, at=at)

        call.refresh_from_db()
        assert (call.start_at, call.end_at, call.reminder_at) == (
            later,
            later + timedelta(minutes=30),
            later - timedelta(hours=1),
        )

    def test_what_is_said_itself_stays_as_it_is_said(self, cast: Cast, call: Activity, at: datetime) -> None:
        later = at + timedelta(days=3)
        values = {"due_at": later.isoformat(), "reminder_at": at.isoformat()}
        update_record(spec=registry.get("activity"), record_id=call.pk, values=values, by=Actor.user(cast.maya), at=at)

        call.refresh_from_db()
        assert (call.due_at, call.reminder_at) == (later, at)
