"""Records in time: the calendar (month or week, by a field) and the timeline (from one field to another)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from throughline.core import access
from throughline.core.records import FieldSpec, RecordSpec
from throughline.core.records.glimpse import Glimpse, Row
from throughline.core.records.operations import update_record
from throughline.core.records.queries import get_record
from throughline.core.records.spans import Placed, day_of, in_days, moved, reaching_into
from throughline.core.refusals import NotFound, Refusal
from throughline.web.answers import Asked, signed_in
from throughline.web.parts import Choice, ListPage, Pager
from throughline.web.records.columns import ways_to
from throughline.web.records.filters import address
from throughline.web.records.head import head
from throughline.web.records.present import slug
from throughline.web.records.state import (
    ALL,
    LAYOUTS,
    State,
    as_text,
    is_gone,
    joined,
    read_state,
    time_fields,
)

SHOWN = 5
"""So many records of a day stand in the calendar; the others are behind a way to the list."""
PREFERRED = ("next_activity_at", "due_at", "start_at", "expected_close_on", "next_step_due_at", "created_at")
"""Fields by which a calendar opens, the first that a type has."""
WEEK = 7
ACROSS = 1000
"""Units of a bar's picture from one end of the timeline to the other."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record in time; it can be moved when it has a ``move_url``."""

    id: int
    url: str
    title: str
    owner: str
    version: int
    first: date
    last: date
    move_url: str
    left: int = 0
    width: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    day: date
    label: str
    is_out: bool
    is_today: bool
    items: tuple[Item, ...]
    more: int = 0
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days on the page: what it is called, and the ways around it."""

    title: str
    earlier_url: str
    later_url: str
    today_url: str
    scales: tuple[Choice, ...]
    fields: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    more: bool
    names: str


# -- Calendar ----------------------------------------------------------------------------------------------------------


@signed_in
def show_calendar(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the calendar."""
    return _shown(request, spec, "calendar")


@signed_in
def show_timeline(request: Asked, spec: RecordSpec) -> HttpResponse:
    """Show the timeline."""
    return _shown(request, spec, "timeline")


def _shown(request: Asked, spec: RecordSpec, layout: str) -> HttpResponse:
    state = read_state(request, spec, layout)
    if is_gone(state):
        raise NotFound(_("This view is gone, or is not shared with you. Choose another one above the list."))
    try:
        context = _calendar(request, state) if layout == "calendar" else _timeline(request, state)
    except Refusal as refusal:
        page = ListPage(**head(request, state, problem=refusal.message), columns=(), rows=(), pager=Pager(""))
        context = {"page": page}
    return render(request, "records/list.html", {**context, "now": request.at})


def _calendar(request: Asked, state: State) -> dict[str, Any]:
    spec, user = state.spec, request.user
    field = _chosen(state, request, 1)[0]
    today, day = _days(request, state)
    scale = "week" if state.given.get("scale") == "week" else "month"
    first, last = _week(day) if scale == "week" else _month(day)
    from_, until = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    glimpse = Glimpse(spec)
    made = _Items(glimpse, request, state, [field])
    found = in_days(
        glimpse=glimpse, user=user, query=state.query(after=""), by=field.name, first=from_, last=until, at=request.at
    )
    by_day: dict[date, list[Item]] = {}
    for placed in found.placed:
        by_day.setdefault(placed.first, []).append(made.item(placed))
    days = [from_ + timedelta(days=n) for n in range((until - from_).days + 1)]
    shown = 4 * SHOWN if scale == "week" else SHOWN
    made_day = _Days(state, field, (first, last), today)
    cells = [made_day.day(each, by_day.get(each, []), shown) for each in days]
    step = {"week": (day - timedelta(days=WEEK), day + timedelta(days=WEEK))}.get(
        scale, (first - timedelta(days=1), last + timedelta(days=1))
    )
    title = (
        formats.date_format(first, "YEAR_MONTH_FORMAT")
        if scale == "month"
        else _("Week of %(day)s") % {"day": formats.date_format(first, "DATE_FORMAT")}
    )
    scales = (
        Choice(state.to(scale="month"), _("Month"), chosen=scale == "month"),
        Choice(state.to(scale="week"), _("Week"), chosen=scale == "week"),
    )
    span = _span(request, state, [field], title=title, step=step, scales=scales, more=found.more)
    weeks = [cells[n : n + WEEK] for n in range(0, len(cells), WEEK)]
    names = [formats.date_format(each, "D") for each in days[:WEEK]]
    page = ListPage(**head(request, state), columns=(), rows=(), pager=Pager(""))
    return {"page": page, "calendar": weeks, "week_days": names, "span": span}


@dataclass(frozen=True, slots=True)
class _Days:
    """Makes the days of a calendar; ``within`` are the first and last day it is about."""

    state: State
    field: FieldSpec
    within: tuple[date, date]
    today: date

    def day(self, day: date, items: Sequence[Item], shown: int) -> Day:
        """Return a day with the first of its records."""
        return Day(
            day=day,
            label=formats.date_format(day, "DATE_FORMAT"),
            is_out=not self.within[0] <= day <= self.within[1],
            is_today=day == self.today,
            items=tuple(items[:shown]),
            more=max(0, len(items) - shown),
            more_url=self._all_of(day) if len(items) > shown else "",
        )

    def _all_of(self, day: date) -> str:
        state = self.state
        narrowed = joined(state.meaning, {"field": self.field.name, "op": "on", "value": day.isoformat()})
        left = (*state.spec.filters, "on", "scale", "by")
        kept = {name: value for name, value in state.kept.items() if name not in left}
        query = address({**kept, "view": kept.get("view", ALL), "f": as_text(narrowed)})
        return f"{reverse('web:record_list', args=[slug(state.spec)])}?{query}"


def _week(day: date) -> tuple[date, date]:
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=6)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


# -- Timeline ----------------------------------------------------------------------------------------------------------

SCALES = {"month": 31, "quarter": 92, "year": 366}


def _timeline(request: Asked, state: State) -> dict[str, Any]:
    spec, user = state.spec, request.user
    begin, end = _chosen(state, request, 2)
    today, day = _days(request, state)
    scale = state.given.get("scale", "quarter")
    length = SCALES.get(scale, SCALES["quarter"])
    first = day.replace(day=1)
    last = first + timedelta(days=length - 1)
    glimpse = Glimpse(spec)
    made = _Items(glimpse, request, state, [begin, end])
    found = reaching_into(
        glimpse=glimpse,
        user=user,
        query=state.query(after=""),
        dates=(begin.name, end.name),
        first=first,
        last=last,
        at=request.at,
    )
    bars = [made.bar(placed, first, length) for placed in found.placed]
    step = (first - timedelta(days=length), first + timedelta(days=length))
    labels = {"month": _("Month"), "quarter": _("Quarter"), "year": _("Year")}
    scales = tuple(Choice(state.to(scale=each), label, chosen=SCALES[each] == length) for each, label in labels.items())
    title = f"{formats.date_format(first, 'DATE_FORMAT')} – {formats.date_format(last, 'DATE_FORMAT')}"
    span = _span(request, state, [begin, end], title=title, step=step, scales=scales, more=found.more)
    page = ListPage(**head(request, state), columns=(), rows=(), pager=Pager(""))
    ticks = [(formats.date_format(each, "M Y"), _place(each, first, length)) for each in _first_days(first, last)]
    now = _place(today, first, length) if first <= today <= last else None
    return {"page": page, "bars": bars, "span": span, "ticks": ticks, "today": now, "across": ACROSS}


def _first_days(first: date, last: date) -> list[date]:
    days = [first]
    while (following := (days[-1].replace(day=28) + timedelta(days=4)).replace(day=1)) <= last:
        days.append(following)
    return days


def _place(day: date, first: date, length: int) -> int:
    return max(0, min(ACROSS, (day - first).days * ACROSS // length))


# -- What both share ---------------------------------------------------------------------------------------------------


class _Items:
    """Makes what the page shows out of what was glimpsed of a record."""

    def __init__(self, glimpse: Glimpse, request: Asked, state: State, fields: Sequence[FieldSpec]) -> None:
        spec = glimpse.spec
        self._spec, self._user, self._query = spec, request.user, state.to()
        self._key, self._title, self._version = glimpse.at("id"), glimpse.of(spec.title), glimpse.at("version")
        self._owner = glimpse.at("owner__name")
        self._held = glimpse.at("owner_id"), glimpse.at("team_id")
        self._way, self._move_way = ways_to(spec), ways_to(spec, "record_dates")
        rights = access.field_rights(request.user, spec)
        self._movable = all(rights.writes(each.name) and not each.read_only and not each.is_through for each in fields)

    def item(self, placed: Placed, **more: Any) -> Item:
        row: Row = placed.row
        key = self._key(row)
        held = access.Held(key, self._held[0](row), self._held[1](row))
        movable = self._movable and access.can(self._user, access.EDIT, self._spec, held)
        return Item(
            id=key,
            url=self._way(key),
            title=self._title(row),
            owner=self._owner(row) or "",
            version=self._version(row),
            first=placed.first,
            last=placed.last,
            move_url=f"{self._move_way(key)}{self._query}" if movable else "",
            **more,
        )

    def bar(self, placed: Placed, first: date, length: int) -> Item:
        left = _place(placed.first, first, length)
        right = _place(placed.last + timedelta(days=1), first, length)
        words = formats.date_format(placed.first, "SHORT_DATE_FORMAT")
        if placed.last != placed.first:
            words = f"{words} – {formats.date_format(placed.last, 'SHORT_DATE_FORMAT')}"
        return self.item(placed, left=left, width=max(6, right - left), words=words)


def _chosen(state: State, request: Asked, wanted: int) -> list[FieldSpec]:
    """Return the fields that place records in time: those of the address or view, else what fits the type."""
    offered = {each.name: each for each in time_fields(state.spec, request.user)}
    named = [offered[name] for name in state.look.dates if name in offered]
    usual = [offered[name] for name in PREFERRED if name in offered] + list(offered.values())
    if wanted == 2 and not named:
        begin = offered.get("created_at", usual[0] if usual else None)
        usual = [each for each in (begin, *usual) if each is not None]
    found = list(dict.fromkeys([*named, *usual]))[:wanted]
    if len(found) < wanted:
        raise Refusal("no_dates", _("There are no days by which these could be placed in time. Use the list."))
    return found


def _days(request: Asked, state: State) -> tuple[date, date]:
    today = timezone.localtime(request.at).date()
    try:
        return today, date.fromisoformat(state.given.get("on", ""))
    except ValueError:
        return today, today


def _span(
    request: Asked,
    state: State,
    fields: Sequence[FieldSpec],
    *,
    title: str,
    step: tuple[date, date],
    scales: tuple[Choice, ...],
    more: bool,
) -> Span:
    offered = time_fields(state.spec, request.user)
    labels = [_("By")] if len(fields) == 1 else [_("From"), _("To")]
    selects = tuple(
        (
            "by" if len(fields) == 1 else f"by{place}",
            labels[place],
            tuple(Choice(each.name, str(each.label), chosen=each == field) for each in offered),
        )
        for place, field in enumerate(fields)
    )
    return Span(
        title=title,
        earlier_url=state.to(on=step[0].isoformat()),
        later_url=state.to(on=step[1].isoformat()),
        today_url=state.to(on=""),
        scales=scales,
        fields=selects,
        more=more,
        names=",".join(each.name for each in fields),
    )


# -- Moving ------------------------------------------------------------------------------------------------------------


@require_POST
@signed_in
def move(request: Asked, spec: RecordSpec, record_id: int) -> HttpResponse:
    """Move the days of a record: to a day, or by some days. Refused or not, the calendar comes back as it is."""
    refusal: Refusal | None = None
    layout = "timeline" if "," in request.POST.get("fields", "") else "calendar"
    try:
        _move(request, spec, record_id)
    except Refusal as told:
        refusal = told
    if not request.headers.get("HX-Request"):
        if refusal is not None:
            raise refusal
        return redirect(f"{reverse(f'web:{LAYOUTS[layout]}', args=[slug(spec)])}?{request.GET.urlencode()}")
    state = read_state(request, spec, layout)
    context = _calendar(request, state) if layout == "calendar" else _timeline(request, state)
    context |= {
        "now": request.at,
        "sentence": refusal.message if refusal else _("Moved."),
        "tone": "error" if refusal else "success",
        "part": "records/_calendar.html" if layout == "calendar" else "records/_timeline_view.html",
    }
    return render(request, "records/_replaced.html", context, status=refusal.status if refusal else 200)


def _move(request: Asked, spec: RecordSpec, record_id: int) -> None:
    sent = request.POST
    names = [name for name in str(sent.get("fields", "")).split(",") if name in spec.by_name]
    record = get_record(spec=spec, user=request.user, record_id=record_id)
    if not names or any(not access.field_rights(request.user, spec).reads(name) for name in names):
        raise Refusal("unknown_date", _("Choose the day that is to be moved."))
    leading = spec.field(names[0])
    days = _wished_days(request, leading.value_of(record))
    filled = [spec.field(name) for name in names if spec.field(name).value_of(record) is not None]
    version = str(sent.get("version", ""))
    update_record(
        spec=spec,
        record_id=record_id,
        values={each.name: moved(each, each.value_of(record), days, request.user) for each in filled or [leading]},
        by=request.by,
        at=request.at,
        version=int(version) if version.isdecimal() else None,
    )


def _wished_days(request: Asked, value: Any) -> int:
    shift, to = str(request.POST.get("days", "")), str(request.POST.get("to", ""))
    if shift.removeprefix("-").isdecimal() and abs(int(shift)) < 10_000:
        return int(shift)
    try:
        return (date.fromisoformat(to) - day_of(value, request.user)).days
    except (ValueError, AttributeError, TypeError):
        raise Refusal("no_day", _("Choose the day to which it is to be moved.")) from None
