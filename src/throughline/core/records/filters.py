"""
Filters of lists, boards, saved views and segments: from a small JSON form to one predicate.

A filter is a condition ``{"field": "status", "op": "is", "value": "New"}`` or a group ``{"all": [...]}``, ``{"any":
[...]}``, ``{"not": ...}``; ``{}`` takes everything. Days may be relative (``today``, ``last_7_days``, ``this_month``):
they are reckoned from the given instant in the asker's time zone when the list is read, so that a saved view stays
true; so do ``me`` and ``my_team``. A field that the asker may not see can be neither filtered nor tested for emptiness.
What is wrong is told with the place of its condition in the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from throughline.core import access
from throughline.core.identity.models import TeamMembership, User
from throughline.core.records.spec import LINKS, NUMBERS, TEXTS, TIMES, FieldSpec, FieldType, RecordSpec
from throughline.core.records.values import read_value
from throughline.core.refusals import Refusal

Filter = Mapping[str, Any]

MAX_CONDITIONS, MAX_DEPTH = 50, 5
ME, MY_TEAM = "me", "my_team"
"""Values of links to people (``my_team`` of links to teams, too): the asker, the asker's teams and those below."""

Place = tuple[int, ...]
"""Where a condition stands: the places of the groups it is in and its own, from the outermost in, each from 0."""


class UnreadableFilter(Refusal):
    """A filter cannot be read; ``place`` says at which condition."""

    def __init__(self, code: str, message: str, field: str | None, place: Place) -> None:
        super().__init__(code, message, field)
        self.place = place


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, when, and where that is: what relative days and ``me`` mean."""

    user: User
    at: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The asker's time zone."""
        return ZoneInfo(self.user.time_zone)

    @property
    def today(self) -> date:
        """The asker's day."""
        return self.at.astimezone(self.zone).date()


def predicate(spec: RecordSpec, filter_: Filter, reading: Reading) -> Q:
    """
    Return the predicate of a filter.

    Raises:
        UnreadableFilter: a field is unknown or hidden, an operator does not fit it, or a value cannot be read.
    """
    return _Compiler(spec, reading).compile(filter_, ())


def all_of(filter_: Filter) -> list[Filter] | None:
    """Return the conditions of a filter where all of them must hold; None where it says anything else."""
    if not isinstance(filter_, Mapping) or "any" in filter_ or "not" in filter_:
        return None
    if "all" not in filter_:
        return [filter_] if filter_ else []
    found: list[Filter] = []
    for part in filter_["all"] if isinstance(filter_["all"], list | tuple) else [None]:
        inside = None if part is None else all_of(part)
        if inside is None:
            return None
        found += inside
    return found


class _Compiler:
    def __init__(self, spec: RecordSpec, reading: Reading) -> None:
        self.spec = spec
        self.reading = reading
        self.rights = access.field_rights(reading.user, spec)
        self.conditions = 0

    def compile(self, node: Filter, place: Place) -> Q:
        if len(place) > MAX_DEPTH:
            raise UnreadableFilter(
                "filter_too_deep",
                f"The filter has more than {MAX_DEPTH} groups inside one another. Make it simpler.",
                None,
                place,
            )
        if not isinstance(node, Mapping):
            raise UnreadableFilter("no_filter", f'"{node}" is no condition. Choose a field to filter by.', None, place)
        if not node:
            return Q()
        if "all" in node or "any" in node:
            return self._group(node, place)
        if "not" in node:
            return ~self.compile(node["not"], (*place, 0))
        return self._condition(node, place)

    def _group(self, node: Filter, place: Place) -> Q:
        is_all = "all" in node
        members = node["all" if is_all else "any"]
        if not isinstance(members, list | tuple):
            raise UnreadableFilter("no_filter", "A group of conditions is a list of them.", None, place)
        found = Q()
        for at, part in enumerate(members):
            compiled = self.compile(part, (*place, at))
            found = found & compiled if is_all else found | compiled
        return found

    def _condition(self, node: Filter, place: Place) -> Q:
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise UnreadableFilter(
                "filter_too_long",
                f"The filter has more than {MAX_CONDITIONS} conditions. Make it simpler.",
                None,
                place,
            )
        name = str(node.get("field", ""))
        described = self.spec.by_name.get(name)
        if described is None or not self.rights.reads(name):
            sentence = f'{self.spec.plural} cannot be filtered by "{name}".' if name else "Choose a field to filter by."
            raise UnreadableFilter("unknown_field", sentence, name, place)
        op = str(node.get("op", "is"))
        compiled = OPERATORS.get(op)
        if compiled is None or op not in operators_of(described):
            raise UnreadableFilter(
                "unknown_operator", f'{described.label} cannot be compared with "{op}".', name, place
            )
        try:
            return compiled(described, node.get("value"), self.reading)
        except ValueError as wrong:
            raise UnreadableFilter("unreadable_value", str(wrong), name, place) from wrong


def operators_of(described: FieldSpec) -> tuple[str, ...]:
    """Return the operators that a field offers, in the order they are shown."""
    for kinds, offered in _OFFERED:
        if described.type in kinds:
            return (offered[0], "is_also", *offered[1:]) if described.also is not None else offered
    return ("empty", "not_empty")


_EMPTINESS = ("empty", "not_empty")
_OFFERED: tuple[tuple[frozenset[FieldType], tuple[str, ...]], ...] = (
    (TEXTS, ("is", "is_not", "one_of", "contains", "starts_with", *_EMPTINESS)),
    (frozenset({FieldType.CHOICE}), ("is", "is_not", "one_of", "none_of", *_EMPTINESS)),
    (LINKS, ("is", "is_not", "one_of", "none_of", *_EMPTINESS)),
    (NUMBERS, ("is", "is_not", "gt", "ge", "lt", "le", "between", *_EMPTINESS)),
    (
        TIMES,
        ("in", "within_last", "within_next", "older_than", "overdue", "on", "before", "after", "between", *_EMPTINESS),
    ),
    (frozenset({FieldType.BOOLEAN}), ("is",)),
    (frozenset({FieldType.TAGS, FieldType.MULTI_CHOICE}), ("has", "has_any", "has_not", *_EMPTINESS)),
    (frozenset({FieldType.LIST}), ("has", "has_not", *_EMPTINESS)),
)

# -- Operators ---------------------------------------------------------------------------------------------------------

Operator = Callable[[FieldSpec, Any, Reading], Q]


def _stored(described: FieldSpec, value: Any, reading: Reading) -> Any:
    if described.type is FieldType.USER and value == ME:
        return reading.user.pk
    if described.type in LINKS:
        return _key(described, value)
    return read_value(described, value)


def _key(described: FieldSpec, value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise ValueError(f'{described.label} takes a choice from the list, not "{value}".')
    return int(value)


def _means_my_team(described: FieldSpec, value: Any) -> bool:
    return value == MY_TEAM and described.type in (FieldType.USER, FieldType.TEAM)


def _my_team(described: FieldSpec, reading: Reading) -> Q:
    teams = access.grants(reading.user).team_ids
    if described.type is FieldType.TEAM:
        return Q(**{f"{described.column}__in": teams})
    members = TeamMembership.objects.filter(team__in=teams).values("user_id")
    return Q(**{f"{described.column}__in": members})


def _is(described: FieldSpec, value: Any, reading: Reading) -> Q:
    if _means_my_team(described, value):
        return _my_team(described, reading)
    stored = _stored(described, value, reading)
    if described.type in TEXTS:
        return Q(**{f"{described.column}__iexact": stored})
    return Q(**{described.column: stored})


def _one_of(described: FieldSpec, value: Any, reading: Reading) -> Q:
    if described.type in LINKS and MY_TEAM in _listed(described, value):
        others = [item for item in value if item != MY_TEAM]
        mine = _is(described, MY_TEAM, reading)
        return mine | _one_of(described, others, reading) if others else mine
    return Q(**{f"{described.column}__in": [_stored(described, item, reading) for item in _listed(described, value)]})


def _is_also(described: FieldSpec, value: Any, reading: Reading) -> Q:
    assert described.also is not None  # ``operators_of`` offers it nowhere else
    return described.also([_key(described, value)], reading.today)


def _listed(described: FieldSpec, value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError(f"{described.label} takes at least one choice.")
    return list(value)


def _empty(described: FieldSpec, _value: Any, _reading: Reading) -> Q:
    if described.type in (TEXTS | {FieldType.CHOICE}):
        return Q(**{described.column: ""}) | (
            Q(**{f"{described.column}__isnull": True}) if described.is_through else Q()
        )
    if described.type in (FieldType.TAGS, FieldType.LIST, FieldType.ADDRESS, FieldType.MULTI_CHOICE):
        return Q(**{described.column: {} if described.type is FieldType.ADDRESS else []})
    return Q(**{f"{described.column}__isnull": True})


def _compare(lookup: str) -> Operator:
    def compiled(described: FieldSpec, value: Any, reading: Reading) -> Q:
        return Q(**{f"{described.column}__{lookup}": _given(described, value, reading)})

    return compiled


def _given(described: FieldSpec, value: Any, reading: Reading) -> Any:
    stored = _stored(described, value, reading)
    if stored is None:
        raise ValueError(f"{described.label} is compared with a number. Say with which.")
    return stored


def _text(lookup: str) -> Operator:
    def compiled(described: FieldSpec, value: Any, _reading: Reading) -> Q:
        return Q(**{f"{described.column}__{lookup}": str(value)})

    return compiled


def _between(described: FieldSpec, value: Any, reading: Reading) -> Q:
    low, high = (*_listed(described, value), None)[:2]
    if described.type in TIMES:
        first, last = _day(described, low, reading), _day(described, high, reading)
        return _days(described, first, last, reading)
    pair = [_given(described, low, reading), _given(described, high, reading)]
    return Q(**{f"{described.column}__range": pair})


def _has(described: FieldSpec, value: Any, _reading: Reading) -> Q:
    return Q(**{f"{described.column}__contains": read_value(described, value)})


def _has_any(described: FieldSpec, value: Any, _reading: Reading) -> Q:
    return Q(**{f"{described.column}__overlap": read_value(described, value)})


def _negated(operator: Operator) -> Operator:
    def compiled(described: FieldSpec, value: Any, reading: Reading) -> Q:
        found = ~operator(described, value, reading)
        return found | Q(**{f"{described.column}__isnull": True}) if described.holds_null else found

    return compiled


# -- Days --------------------------------------------------------------------------------------------------------------


def _in(described: FieldSpec, value: Any, reading: Reading) -> Q:
    first, last = relative_days(str(value), reading.today)
    return _days(described, first, last, reading)


def _on(described: FieldSpec, value: Any, reading: Reading) -> Q:
    day = _day(described, value, reading)
    return _days(described, day, day, reading)


def _around(which: str) -> Operator:
    def compiled(described: FieldSpec, value: Any, reading: Reading) -> Q:
        return _in(described, f"{which}_{_day_count(described, value)}_days", reading)

    return compiled


def _day_count(described: FieldSpec, value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdecimal() or not 0 < int(text) < 10_000:
        raise ValueError(f'{described.label} takes a number of days from 1 to 9,999, not "{value}".')
    return int(text)


def _older_than(described: FieldSpec, value: Any, reading: Reading) -> Q:
    day = reading.today - timedelta(days=_day_count(described, value))
    return Q(**{f"{described.column}__lt": _start(described, day, reading)})


def _overdue(described: FieldSpec, _value: Any, reading: Reading) -> Q:
    limit = reading.today if described.type is FieldType.DATE else reading.at
    return Q(**{f"{described.column}__lt": limit})


def _before(described: FieldSpec, value: Any, reading: Reading) -> Q:
    return Q(**{f"{described.column}__lt": _start(described, _day(described, value, reading), reading)})


def _after(described: FieldSpec, value: Any, reading: Reading) -> Q:
    day = _day(described, value, reading) + timedelta(days=1)
    return Q(**{f"{described.column}__gte": _start(described, day, reading)})


def _days(described: FieldSpec, first: date, last: date, reading: Reading) -> Q:
    start, end = _start(described, first, reading), _start(described, last + timedelta(days=1), reading)
    return Q(**{f"{described.column}__gte": start, f"{described.column}__lt": end})


def _start(described: FieldSpec, day: date, reading: Reading) -> date | datetime:
    return day if described.type is FieldType.DATE else datetime.combine(day, time(), reading.zone)


def _day(described: FieldSpec, value: Any, reading: Reading) -> date:
    text = str(value)
    if text in _DAYS or _COUNTED.fullmatch(text):
        return relative_days(text, reading.today)[0]
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(f'{described.label} takes a day such as 2026-03-31 or today, not "{value}".') from None


def relative_days(name: str, today: date) -> tuple[date, date]:
    """
    Return the first and the last day that a relative name means on a given day, both included.

    ``last_N_days`` ends today, ``next_N_days`` begins today. Weeks begin on Monday.

    Raises:
        ValueError: the name means no days.
    """
    if name in _DAYS:
        return _DAYS[name](today)
    counted = _COUNTED.fullmatch(name)
    if counted is None:
        raise ValueError(f'"{name}" means no days. Use today, last_7_days, this_month and the like.')
    span = timedelta(days=int(counted["count"]) - 1)
    return (today - span, today) if counted["which"] == "last" else (today, today + span)


_COUNTED = re.compile(r"(?P<which>last|next)_(?P<count>[1-9][0-9]{0,3})_days")


def _week(today: date, weeks: int) -> tuple[date, date]:
    start = today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)
    return start, start + timedelta(days=6)


def _months(today: date, first: int, count: int) -> tuple[date, date]:
    """Return the days of ``count`` months, beginning ``first`` months after the one of ``today``."""

    def start(month: int) -> date:
        return date(month // 12, month % 12 + 1, 1)

    month = today.year * 12 + today.month - 1 + first
    return start(month), start(month + count) - timedelta(days=1)


_DAYS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today),
    "yesterday": lambda today: (today - timedelta(days=1), today - timedelta(days=1)),
    "tomorrow": lambda today: (today + timedelta(days=1), today + timedelta(days=1)),
    "this_week": lambda today: _week(today, 0),
    "last_week": lambda today: _week(today, -1),
    "next_week": lambda today: _week(today, 1),
    "this_month": lambda today: _months(today, 0, 1),
    "last_month": lambda today: _months(today, -1, 1),
    "next_month": lambda today: _months(today, 1, 1),
    "this_quarter": lambda today: _months(today, -((today.month - 1) % 3), 3),
    "last_quarter": lambda today: _months(today, -((today.month - 1) % 3) - 3, 3),
    "next_quarter": lambda today: _months(today, 3 - ((today.month - 1) % 3), 3),
    "this_year": lambda today: _months(today, 1 - today.month, 12),
    "last_year": lambda today: _months(today, -11 - today.month, 12),
    "next_year": lambda today: _months(today, 13 - today.month, 12),
}
RELATIVE_DAYS = (*_DAYS, "last_7_days", "last_30_days", "last_90_days", "next_7_days", "next_30_days")
"""The relative days that a filter form offers."""

OPERATORS: dict[str, Operator] = {
    "is": _is,
    "is_also": _is_also,
    "is_not": _negated(_is),
    "one_of": _one_of,
    "none_of": _negated(_one_of),
    "contains": _text("icontains"),
    "starts_with": _text("istartswith"),
    "empty": _empty,
    "not_empty": lambda described, value, reading: ~_empty(described, value, reading),
    "gt": _compare("gt"),
    "ge": _compare("gte"),
    "lt": _compare("lt"),
    "le": _compare("lte"),
    "between": _between,
    "in": _in,
    "within_last": _around("last"),
    "within_next": _around("next"),
    "older_than": _older_than,
    "overdue": _overdue,
    "on": _on,
    "before": _before,
    "after": _after,
    "has": _has,
    "has_any": _has_any,
    "has_not": _negated(_has),
}

VALUELESS = frozenset({"empty", "not_empty", "overdue"})
"""Operators that compare with nothing."""
