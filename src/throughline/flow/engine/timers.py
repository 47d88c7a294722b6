"""
When timers fall due: durations, dates and cycles, on the elapsed or on a business clock.

A timer's text is ISO 8601 as it stands (``PT24H``, ``2026-03-01T09:00:00Z``, ``R3/PT1H``) or FEEL that gives such a
text, a duration or a moment. Spans on the *elapsed* clock run day and night; spans on a *business* clock are added in
working time by the calendar that is handed in by name. Moments without a zone are read in the zone of the calendar,
else as UTC.

The due moment is computed when the timer is armed and kept in the state, so a restart, or a change of the record,
moves nothing. A cycle counts from the moment it was due, not from the moment somebody looked: it does not drift.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from throughline.flow import values
from throughline.flow.calendars import BusinessCalendar, NoWorkingTime
from throughline.flow.engine.state import Cycle
from throughline.flow.temporal import parse_date, parse_date_time, parse_duration, zone_named

if TYPE_CHECKING:
    from throughline.flow.engine.formula import Formula

Span = values.DayTimeDuration | values.YearMonthDuration

TimerKind = Literal["duration", "date", "cycle"]

_DURATION = re.compile(r"-?P(?=.)[0-9YMWDTHS.,]+")
_DATE = re.compile(r"[+-]?\d{4,}-\d\d-\d\d(T.*)?")
_CYCLE = re.compile(r"R(-?\d*)/(?:(?P<start>[^/P][^/]*)/)?(?P<every>P[^/]+)(?:/(?P<end>[^/]+))?")
_WEEKS = re.compile(r"(-?)P(\d+)W")


class BadTimer(ValueError):
    """A timer's text or value gives no moment; the message ends a sentence that begins *Expected …, but*."""


@dataclass(slots=True, eq=False)
class TimerRule:
    """How a timer is set: the ``text`` as drawn, or the ``formula`` for it, and its clock."""

    kind: TimerKind
    text: str
    formula: Formula | None = None
    clock: str = "elapsed"
    calendar: str = "default"
    delta: timedelta | None = None
    """The span, where it is known beforehand and counts elapsed time."""


def is_literal(text: str) -> bool:
    """Say whether a timer's text is ISO 8601 and not an expression."""
    return bool(_DURATION.fullmatch(text) or _DATE.fullmatch(text) or (text.startswith("R") and _CYCLE.fullmatch(text)))


def check_literal(rule: TimerRule) -> None:
    """Raise BadTimer if an ISO 8601 text does not fit the kind of timer; work out beforehand what can be."""
    if rule.kind == "date":
        moment_of(rule.text, UTC)
    elif rule.kind == "cycle":
        cycle_of(rule.text)
    else:
        span = span_of(rule.text)
        if rule.clock == "elapsed" and isinstance(span, values.DayTimeDuration):
            rule.delta = values.to_python(span)


def first_due(
    rule: TimerRule, value: Any, now: datetime, calendars: Mapping[str, BusinessCalendar]
) -> tuple[datetime, Cycle | None]:
    """
    Return when the timer falls due first, and how it goes on.

    ``value`` is what the rule's formula gave, or its text. Raises BadTimer.
    """
    if rule.delta is not None:
        return _later(now, rule.delta), None
    calendar = _calendar(rule.clock, rule.calendar, calendars)
    zone = _zone(rule.calendar, calendars)
    if rule.kind == "date":
        return moment_of(value, zone), None
    if rule.kind == "duration":
        return (moment_of(value, zone), None) if _is_moment(value) else (shift(now, span_of(value), calendar), None)
    left, start, every = cycle_of(value)
    due = moment_of(start, zone) if start is not None else shift(now, span_of(every), calendar)
    return due, Cycle(left - 1 if left > 0 else left, every)


def next_due(
    rule: TimerRule, cycle: Cycle, due_at: datetime, calendars: Mapping[str, BusinessCalendar]
) -> tuple[datetime, Cycle] | None:
    """Return the next moment of a cycle that fell due at ``due_at``, or None when it is over."""
    if cycle.left == 0:
        return None
    due = shift(due_at, span_of(cycle.every), _calendar(rule.clock, rule.calendar, calendars))
    return due, Cycle(cycle.left - 1 if cycle.left > 0 else -1, cycle.every)


def due_at_of(
    value: Any, now: datetime, clock: str, calendar: str, calendars: Mapping[str, BusinessCalendar]
) -> datetime | None:
    """Return the due moment of a work item: a duration from now, a moment, or None for null. Raises BadTimer."""
    if value is None or value == "":
        return None
    if _is_moment(value):
        return moment_of(value, _zone(calendar, calendars))
    return shift(now, span_of(value), _calendar(clock, calendar, calendars))


def shift(start: datetime, span: Span, calendar: BusinessCalendar | None) -> datetime:
    """
    Return the moment a span after ``start``; in working time when there is a calendar (months are calendar months).
    """
    if isinstance(span, values.YearMonthDuration):
        return _add_months(start, span.months)
    delta: timedelta = values.to_python(span)
    if calendar is None:
        return _later(start, delta)
    try:
        return calendar.add_working(start, delta)
    except NoWorkingTime as problem:
        raise BadTimer(f"the business calendar gives no end: {problem}") from None


def _later(start: datetime, delta: timedelta) -> datetime:
    try:
        return start + delta
    except OverflowError:
        raise BadTimer(f"{delta} from {start.isoformat()} is outside the years 1 to 9999") from None


def span_of(value: Any) -> Span:
    """Return a duration from a FEEL duration or an ISO text; raise BadTimer."""
    if isinstance(value, values.DayTimeDuration | values.YearMonthDuration):
        return value
    if isinstance(value, str):
        text = value.strip()
        weeks = _WEEKS.fullmatch(text)
        try:
            return parse_duration(f"{weeks[1]}P{int(weeks[2]) * 7}D" if weeks else text)
        except ValueError:
            pass
    raise BadTimer(f"{_shown(value)} is no duration such as PT24H")


def moment_of(value: Any, zone: tzinfo) -> datetime:
    """Return an aware moment from a FEEL date, date and time, or an ISO text; raise BadTimer."""
    if isinstance(value, str):
        value = _parsed_moment(value.strip())
    if isinstance(value, values.Date):
        value = values.DateTime(value.days, 0, None)
    if not isinstance(value, values.DateTime):
        raise BadTimer(f"{_shown(value)} is no date and time such as 2026-03-01T09:00:00Z")
    try:
        moment: datetime = values.to_python(value)
    except OverflowError as problem:
        raise BadTimer(str(problem)) from None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def cycle_of(value: Any) -> tuple[int, str | None, str]:
    """Return how often (-1: for ever), from when, and the span of a repetition; raise BadTimer."""
    if isinstance(value, values.DayTimeDuration | values.YearMonthDuration):
        return -1, None, str(value)
    text = value.strip() if isinstance(value, str) else ""
    if _DURATION.fullmatch(text):
        span_of(text)
        return -1, None, text
    found = _CYCLE.fullmatch(text)
    if found is None:
        raise BadTimer(f"{_shown(value)} is no repetition such as R3/PT1H")
    span_of(found["every"])
    left = int(found[1]) if found[1] else -1
    if left == 0:
        raise BadTimer(f"{_shown(value)} repeats no times")
    if found["start"] is not None:
        moment_of(found["start"], UTC)
    return left, found["start"], found["every"]


def _parsed_moment(text: str) -> Any:
    for parse in (parse_date_time, parse_date):
        try:
            return parse(text)
        except ValueError:
            continue
    return text


def _is_moment(value: Any) -> bool:
    return isinstance(value, values.Date | values.DateTime) or (
        isinstance(value, str) and _DATE.fullmatch(value.strip()) is not None
    )


def _add_months(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in range(start.day, start.day - 4, -1):
        try:
            return start.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise BadTimer(f"{start.isoformat()} and {months} months is outside the years 1 to 9999")


def _calendar(clock: str, name: str, calendars: Mapping[str, BusinessCalendar]) -> BusinessCalendar | None:
    if clock != "business":
        return None
    if name not in calendars:
        raise BadTimer(f"there is no business calendar {name!r}")
    return calendars[name]


def _zone(name: str, calendars: Mapping[str, BusinessCalendar]) -> tzinfo:
    calendar = calendars.get(name)
    return UTC if calendar is None else zone_named(calendar.zone)


def _shown(value: Any) -> str:
    return "null" if value is None else repr(value) if isinstance(value, str) else str(value)
