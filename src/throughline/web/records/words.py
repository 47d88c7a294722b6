"""
Filters in words: the labels of operators and days, and the sentence that says what a list shows.

The sentence is for people to check what they have built, so it follows the tree: groups inside of groups stand in
brackets. Values of links are told by name where the reader may know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.filters import ME, MY_TEAM, VALUELESS

Label = str | Promise

OPERATORS: dict[str, Label] = {
    "is": gettext_lazy("is"),
    "is_also": gettext_lazy("is, or is also"),
    "is_not": gettext_lazy("is not"),
    "one_of": gettext_lazy("is one of"),
    "none_of": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"),
    "starts_with": gettext_lazy("begins with"),
    "empty": gettext_lazy("is empty"),
    "not_empty": gettext_lazy("is filled"),
    "gt": gettext_lazy("is more than"),
    "ge": gettext_lazy("is at least"),
    "lt": gettext_lazy("is less than"),
    "le": gettext_lazy("is at most"),
    "between": gettext_lazy("is between"),
    "in": gettext_lazy("is in"),
    "within_last": gettext_lazy("is within the last … days"),
    "within_next": gettext_lazy("is within the next … days"),
    "older_than": gettext_lazy("is more days ago than"),
    "overdue": gettext_lazy("is overdue"),
    "on": gettext_lazy("is on"),
    "before": gettext_lazy("is before"),
    "after": gettext_lazy("is after"),
    "has": gettext_lazy("has all of"),
    "has_any": gettext_lazy("has any of"),
    "has_not": gettext_lazy("has not"),
}

DAYS: dict[str, Label] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "next_week": gettext_lazy("next week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "next_month": gettext_lazy("next month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "next_quarter": gettext_lazy("next quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
    "next_year": gettext_lazy("next year"),
    "last_7_days": gettext_lazy("last 7 days"),
    "last_30_days": gettext_lazy("last 30 days"),
    "last_90_days": gettext_lazy("last 90 days"),
    "next_7_days": gettext_lazy("next 7 days"),
    "next_30_days": gettext_lazy("next 30 days"),
}


def day_in_words(name: str) -> str:
    """Return relative days in words; what is no such name stays, as a day does."""
    if name in DAYS:
        return str(DAYS[name])
    parts = name.split("_")
    if len(parts) == 3 and parts[1].isdecimal() and parts[0] in ("last", "next"):
        days = int(parts[1][:9])
        last = ngettext("last day", "last %(n)s days", days)
        return (last if parts[0] == "last" else ngettext("next day", "next %(n)s days", days)) % {"n": days}
    return name


@dataclass(slots=True)
class Names:
    """What links are called, read once when first asked for. ``people`` may be given when they are known already."""

    user: User
    people: Mapping[str, str] | None = None
    _records: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, described: FieldSpec, value: str) -> str:
        """Return what a value of a link is called."""
        if value == ME:
            return _("me")
        if value == MY_TEAM:
            return _("my team")
        if described.type is FieldType.USER:
            if self.people is None:
                self.people = {str(key): name for key, name in names_of_colleagues()}
            return self.people.get(value, _("somebody who is gone"))
        if described.type is FieldType.TEAM:
            return access.grants(self.user).team_names.get(int(value) if value.isdecimal() else 0, _("another team"))
        return self._record(described.to, value)

    def _record(self, kind: str, value: str) -> str:
        if (kind, value) not in self._records:
            spec = registry.get(kind)
            seen = spec.model._default_manager.filter(access.visible(spec, self.user))
            found = seen.filter(pk=int(value)) if value.isdecimal() else seen.none()
            record = found.select_related(*spec.select_related).first()
            self._records[kind, value] = (
                spec.title(record) if record is not None else f"{spec.model.number_prefix}-{value}"
            )
        return self._records[kind, value]


def sentence(spec: RecordSpec, filter_: Mapping[str, Any], names: Names) -> str:
    """Return a filter as a sentence for its reader; empty when it takes everything."""
    told = _node(spec, filter_, names, top=True)
    return told[:1].upper() + told[1:]


def _node(spec: RecordSpec, node: Mapping[str, Any], names: Names, *, top: bool = False) -> str:
    if not node:
        return ""
    if "not" in node:
        inner = _node(spec, node["not"], names)
        return _("not (%(what)s)") % {"what": inner.removeprefix("(").removesuffix(")")} if inner else ""
    if "all" in node or "any" in node:
        members = [told for each in node["all" if "all" in node else "any"] if (told := _node(spec, each, names))]
        between = _(" and ") if "all" in node else _(" or ")
        joined = between.join(members)
        return joined if top or len(members) < 2 else f"({joined})"
    return _condition(spec, node, names)


def _condition(spec: RecordSpec, node: Mapping[str, Any], names: Names) -> str:
    described = spec.by_name.get(str(node.get("field", "")))
    if described is None or not access.field_rights(names.user, spec).reads(described.name):
        return _("a field that you may not see")
    op, label = str(node.get("op", "is")), str(described.label)
    if op in VALUELESS:
        return f"{label} {OPERATORS[op]}"
    if op in _COUNTED:
        return f"{label} {_COUNTED[op](node.get('value'))}"
    return f"{label} {OPERATORS.get(op, op)} {_value(described, op, node.get('value'), names)}"


def _days(one: str, many: str) -> Any:
    def told(value: Any) -> str:
        count = int(value) if str(value).isdecimal() else 0
        return ngettext(one, many, count) % {"n": value}

    return told


_COUNTED = {
    "within_last": _days("is within the last %(n)s day", "is within the last %(n)s days"),
    "within_next": _days("is within the next %(n)s day", "is within the next %(n)s days"),
    "older_than": _days("is more than %(n)s day ago", "is more than %(n)s days ago"),
}


def _value(described: FieldSpec, op: str, value: Any, names: Names) -> str:
    values = list(value) if isinstance(value, list | tuple) else [value]
    told = [_one(described, each, names) for each in values]
    if op == "between":
        return _(" and ").join(told)
    return _(" or ").join(told) if op in ("one_of", "none_of", "has_any") else ", ".join(told)


def _one(described: FieldSpec, value: Any, names: Names) -> str:
    if described.type is FieldType.BOOLEAN:
        return _("yes") if str(value).lower() in ("true", "yes", "1") else _("no")
    if described.type in (FieldType.USER, FieldType.TEAM, FieldType.RECORD):
        return names.of(described, str(value))
    choice = described.choice(value) if isinstance(value, str) else None
    if choice is not None:
        return str(choice.label)
    if described.type in (FieldType.DATE, FieldType.DATETIME):
        return day_in_words(str(value))
    return f"“{value}”" if isinstance(value, str) and not value.replace(".", "").isdecimal() else str(value)
