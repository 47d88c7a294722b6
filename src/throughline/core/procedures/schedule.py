"""What sets off the start events of a published version, and the ones that a clock sets off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from throughline.core.actor import Actor
from throughline.core.procedures import charts, feel
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import StartTrigger
from throughline.core.procedures.opening import Opening, open_cases
from throughline.flow.engine.chart import StartPoint
from throughline.flow.engine.state import Cycle
from throughline.flow.engine.timers import TimerRule, first_due, next_due


def triggers_of(start: StartPoint, version_id: int, at: datetime) -> Iterator[StartTrigger]:
    """Return the rows that let a start event be set off; none for a plain start."""
    if start.event:
        yield StartTrigger(version_id=version_id, node=start.node, kind="event", name=start.event)
    if start.kind in ("message", "signal"):
        yield StartTrigger(version_id=version_id, node=start.node, kind=start.kind, name=start.name)
    if start.kind == "timer" and start.timer is not None:
        due_at, cycle = _first(start.timer, at, flow_calendars())
        yield StartTrigger(version_id=version_id, node=start.node, kind="timer", due_at=due_at, cycle=_written(cycle))


def _first(rule: TimerRule, at: datetime, calendars: Mapping[str, Any]) -> tuple[datetime, Cycle | None]:
    value = rule.text if rule.formula is None else rule.formula({}, feel.instant(at))
    return first_due(rule, value, at, calendars)


def _written(cycle: Cycle | None) -> str:
    return "" if cycle is None else msgspec.json.encode(cycle).decode()


@transaction.atomic
def start_due(*, at: datetime) -> int:
    """
    Start a case (without a record) for each schedule that is due, set its next moment, and return how many started.

    A schedule of which several moments have passed, because nothing ran meanwhile, starts one case for all of them.
    """
    due = list(
        StartTrigger.objects.select_for_update(skip_locked=True).filter(kind="timer", due_at__lte=at).order_by("due_at")
    )
    for trigger in due:
        open_cases([Opening(trigger.version_id, None, node=trigger.node)], by=Actor.system("Clock"), at=at)
        _set_next(trigger, at)
    return len(due)


def _set_next(trigger: StartTrigger, at: datetime) -> None:
    """
    Set the first moment behind ``at``; a single start is over.

    A cycle counts from the moment it was due, so it does not drift, and what has passed has taken place: of five times
    those that are missed are none that come later.
    """
    chart = charts.running(trigger.version_id).chart
    rule = next(start.timer for start in chart.starts if start.node == trigger.node and start.timer is not None)
    cycle = msgspec.json.decode(trigger.cycle, type=Cycle) if trigger.cycle else None
    calendars = flow_calendars()
    due_at = trigger.due_at
    while due_at is not None and due_at <= at:
        following = None if cycle is None else next_due(rule, cycle, due_at, calendars)
        due_at, cycle = (None, None) if following is None else following
    trigger.due_at, trigger.cycle = due_at, _written(cycle)
    trigger.save(update_fields=["due_at", "cycle"])
