"""What charts may ask of activities: plan or log one about the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from throughline.core.actions import ActionRequest, ActionResult, PerformMany
from throughline.core.records.actions import RECORD, Colleagues, record_of, sort_out, text
from throughline.core.refusals import Refusal
from throughline.crm.activities.models import Kind
from throughline.crm.activities.operations import NewActivity, create_activities
from throughline.flow.catalogue import ActionSpec, Parameter
from throughline.flow.values import from_python, to_python


def _create(requests: Sequence[ActionRequest]) -> list[ActionResult]:
    people = Colleagues()
    return sort_out(requests, lambda request: _activity(request, people), _create_all)


def _create_all(requests: list[ActionRequest], activities: list[NewActivity]) -> list[ActionResult]:
    made = create_activities(activities=activities, by=requests[0].by, at=requests[0].at)
    return [ActionResult(from_python({"activity": row.pk, "due": row.due_at, "status": row.status})) for row in made]


def _activity(request: ActionRequest, people: Colleagues) -> NewActivity:
    done = request.inputs.get("done") is True
    return NewActivity(
        kind=text(request.inputs.get("kind")) or Kind.TASK,
        subject=text(request.inputs.get("subject")),
        body=text(request.inputs.get("body")),
        about=(record_of(request),),
        direction=text(request.inputs.get("direction")),
        outcome=text(request.inputs.get("outcome")),
        owner_id=people.find(request.inputs.get("owner"), "owner"),
        due_at=_due(request),
        done_at=request.at if done else None,
        key=f"case:{request.key}",
        cause=request.cause,
        by=request.by,
        sandbox=request.sandbox,
    )


def _due(request: ActionRequest) -> datetime | None:
    due: Any = to_python(request.inputs.get("due"))
    if isinstance(due, timedelta):
        return request.at + due
    if isinstance(due, datetime):
        return due if due.tzinfo else due.replace(tzinfo=request.at.tzinfo)
    if isinstance(due, date):
        return datetime.combine(due, time(17), request.at.tzinfo)
    if due is None:
        return None
    raise Refusal(
        "unreadable_due", f"Expected due to be a date, a date and time or a duration, but it is {due!r}.", "due"
    )


ACTIONS: list[tuple[ActionSpec, PerformMany]] = [
    (
        ActionSpec(
            name="activity.create",
            title="Create an activity",
            summary="Plan a task, call or meeting about the record, or log one as done.",
            inputs=(
                Parameter(name="kind", title=f"Kind ({', '.join(Kind.values)})", type="string"),
                Parameter(name="subject", title="Subject", type="string", required=True),
                Parameter(name="body", title="Text", type="string"),
                Parameter(name="owner", title="Person (key or e-mail address)", type="Any"),
                Parameter(name="due", title="Due: a moment, a day (until 17:00) or a duration from now", type="Any"),
                Parameter(name="done", title="It has happened already", type="boolean"),
                Parameter(name="direction", title="In or Out", type="string"),
                Parameter(name="outcome", title="Outcome", type="string"),
                RECORD,
            ),
            outputs=(
                Parameter(name="activity", title="Activity (key)", type="number"),
                Parameter(name="due", title="Due", type="date and time"),
                Parameter(name="status", title="Status", type="string"),
            ),
        ),
        _create,
    ),
]
