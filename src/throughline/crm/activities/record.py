"""The record type of activities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from throughline.core.journal import JournalEvent
from throughline.core.records import nextstep
from throughline.core.records.spec import Choice, Derived, FieldSpec, FieldType, Hooks, RecordSpec, Section
from throughline.core.records.text import joined
from throughline.crm.activities.models import Activity, ActivityLink, Direction, Kind, Status

T = FieldType


def _moved(activities: Sequence[Activity], *_who_and_when: object) -> None:
    """A changed due moment, the bin and restoring move what is next for the records."""
    links = ActivityLink.objects.filter(activity__in=activities)
    nextstep.refresh(link.ref for link in links)


MOVED_ALONG = ("start_at", "end_at", "reminder_at")
"""What belongs to when an activity is due, and goes with it to another day unless it is changed itself."""


def settle(
    activity: Activity, before: Mapping[str, Any], _at: datetime
) -> tuple[Sequence[str], Sequence[JournalEvent]]:
    """Let start, end and reminder go along with a due moment that moves."""
    former, due_at = before.get("due_at"), activity.due_at
    if former is None or due_at is None:
        return (), ()
    along = [name for name in MOVED_ALONG if name not in before and getattr(activity, name) is not None]
    for name in along:
        setattr(activity, name, getattr(activity, name) + (due_at - former))
    return along, ()


ACTIVITY = RecordSpec(
    type="activity",
    label="Activity",
    plural="Activities",
    model=Activity,
    icon="calendar-check",
    fields=(
        FieldSpec(name="subject", label="Subject", required=True, personal=True, max_length=300),
        FieldSpec(name="kind", label="Kind", type=T.CHOICE, required=True, choices=Choice.of(Kind.choices)),
        FieldSpec(
            name="status",
            label="Status",
            type=T.CHOICE,
            read_only=True,
            choices=Choice.of(Status.choices, planned="info", held="good", done="good"),
        ),
        FieldSpec(name="direction", label="Direction", type=T.CHOICE, choices=Choice.of(Direction.choices)),
        FieldSpec(name="outcome", label="Outcome", max_length=120),
        FieldSpec(name="body", label="Text", type=T.LONG_TEXT, personal=True),
        FieldSpec(name="due_at", label="Due", type=T.DATETIME),
        FieldSpec(name="start_at", label="Start", type=T.DATETIME),
        FieldSpec(name="end_at", label="End", type=T.DATETIME),
        FieldSpec(name="done_at", label="Done", type=T.DATETIME, read_only=True),
        FieldSpec(name="duration_seconds", label="Duration", type=T.DURATION),
        FieldSpec(name="participants", label="Participants", type=T.LIST, personal=True),
        FieldSpec(name="reminder_at", label="Reminder", type=T.DATETIME),
        FieldSpec(name="recording", label="Recording", type=T.URL, max_length=500, aliases=("recording_url",)),
        FieldSpec(name="thread_id", label="Conversation", read_only=True, max_length=300, aliases=("thread",)),
        FieldSpec(name="source", label="Source", max_length=64),
    ),
    title=Derived(("subject",), str),
    subtitle=Derived(("kind", "status"), lambda kind, status: joined(kind, status.lower())),
    search_text=Derived(("body", "outcome"), lambda body, outcome: (body[:2000], outcome)),
    list_columns=("subject", "kind", "status", "due_at", "done_at", "outcome", "owner"),
    filters=("kind", "status", "owner", "team", "due_at", "done_at", "direction", "tags"),
    default_sort="-created_at",
    board_column="status",
    open={"status": Status.PLANNED},
    hooks=Hooks(settle=settle, changed=_moved),
    made_by_itself=False,
    sections=(
        Section("What", ("kind", "subject", "body", "direction", "outcome", "recording")),
        Section("When", ("due_at", "start_at", "end_at", "duration_seconds", "reminder_at")),
        Section("Who", ("owner", "team", "participants", "tags")),
    ),
)

RECORDS = (ACTIVITY,)
