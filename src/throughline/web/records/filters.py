"""The filter bar of a list: from the address to a filter of core, and back into fields and chips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from throughline.core import access
from throughline.core.identity.models import User
from throughline.core.identity.queries import names_of_colleagues
from throughline.core.records import FieldSpec, FieldType, RecordSpec
from throughline.core.records.filters import ME, MY_TEAM, RELATIVE_DAYS
from throughline.core.records.spec import LINKS, NUMBERS, TIMES, Shape
from throughline.web.answers import parameters
from throughline.web.parts import Chip, Choice, Filter
from throughline.web.records.words import day_in_words

NOBODY = "nobody"
"""The choice for links that point at nothing."""
OVERDUE = "overdue"
"""The choice for moments that lie behind."""


People = tuple[tuple[int, str], ...]
"""Key and name of people, or of teams."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What the filter bar shows, and the filter it means. ``people`` may be chosen as owners."""

    filters: tuple[Filter, ...]
    chips: tuple[Chip, ...]
    meaning: Mapping[str, Any]
    people: tuple[Choice, ...]


OF_THE_ADDRESS = frozenset({"view", "f", "q", "sort", "columns", "group", "by", "after", "show", "id", "version"})
"""What an address says besides values of fields; a field of such a name is asked for by the filter builder only."""


def read_bar(spec: RecordSpec, user: User, given: QueryDict) -> Bar:
    """
    Return the filter bar of a list for an address: the fields that its type offers, and others that the address names.

    One query: colleagues.
    """
    rights = access.field_rights(user, spec)
    named = (name for name in given if name in spec.by_name and name not in OF_THE_ADDRESS)
    offered = [spec.field(name) for name in dict.fromkeys((*spec.filters, *named)) if rights.reads(name)]
    people, teams = tuple(names_of_colleagues()), _teams(user)
    filters = tuple(
        [_field(spec, described, str(given.get(described.name, "")).strip(), people, teams) for described in offered]
    )
    set_ones = [(described, filter_) for described, filter_ in zip(offered, filters, strict=True) if filter_.value]
    conditions = [_condition(described, filter_.value) for described, filter_ in set_ones]
    chips = tuple(Chip(_chip_label(filter_), _without(given, filter_.name)) for _, filter_ in set_ones)
    return Bar(filters, chips, {"all": conditions} if conditions else {}, _named(people))


def _teams(user: User) -> People:
    return tuple(sorted(access.grants(user).team_names.items(), key=lambda item: item[1]))


@lru_cache(maxsize=64)
def _named(people: People) -> tuple[Choice, ...]:
    return tuple(Choice(str(key), name) for key, name in people)


def _field(spec: RecordSpec, described: FieldSpec, value: str, people: People, teams: People) -> Filter:
    """Return a field of the bar with the value that the address gives it."""
    links = {FieldType.USER: people, FieldType.TEAM: teams}.get(described.type, ())
    stored = () if isinstance(described.choices, tuple) else tuple(described.choices)
    unset = _unset(spec.shape, described.name, (*links, *stored), get_language())
    if not value:
        return unset
    choices = tuple(choice._replace(chosen=choice.value == value) for choice in unset.choices)
    return unset._replace(value=value, choices=choices)


@lru_cache(maxsize=1024)
def _unset(shape: Shape, name: str, linked: tuple[Any, ...], _language: str | None) -> Filter:
    """
    Return a field of the bar without a value: made once for a shape of the type and the language, and for what tables
    offer, ``linked``.
    """
    described = shape.by_name[name]
    return Filter(name, str(described.label), _kind(described), "", tuple(_choices(described, linked)))


def _kind(described: FieldSpec) -> str:
    if described.type in (FieldType.USER, FieldType.TEAM) or described.type in TIMES or described.choices:
        return "choice"
    return "boolean" if described.type is FieldType.BOOLEAN else "text"


def _choices(described: FieldSpec, linked: tuple[Any, ...]) -> Iterator[Choice]:
    if described.type is FieldType.USER:
        yield Choice(ME, _("Me"))
        yield Choice(MY_TEAM, _("My team"))
        yield Choice(NOBODY, _("Nobody yet"))
        yield from _named(linked)
    elif described.type is FieldType.TEAM:
        yield from _named(linked)
    elif described.type in TIMES:
        yield Choice(OVERDUE, _("overdue"))
        yield from (Choice(name, day_in_words(name)) for name in RELATIVE_DAYS)
    else:
        yield from (Choice(choice.value, str(choice.label)) for choice in described.choices)


def _condition(described: FieldSpec, value: str) -> dict[str, Any]:
    if described.type in LINKS:
        if value == NOBODY:
            return {"field": described.name, "op": "empty"}
        return {"field": described.name, "op": "is", "value": value}
    if described.type in TIMES:
        return {"field": described.name, "op": "overdue" if value == OVERDUE else "in", "value": value}
    if described.type in (FieldType.TAGS, FieldType.LIST, FieldType.MULTI_CHOICE):
        return {"field": described.name, "op": "has", "value": value}
    if described.type in NUMBERS:
        return {"field": described.name, "op": "ge", "value": value}
    if described.choices or described.type is FieldType.BOOLEAN:
        return {"field": described.name, "op": "is", "value": value}
    return {"field": described.name, "op": "contains", "value": value}


def _chip_label(filter_: Filter) -> str:
    shown = next((choice.label for choice in filter_.choices if choice.chosen), filter_.value)
    return f"{filter_.label}: {shown}"


def _without(given: QueryDict, name: str) -> str:
    return "?" + address({key: value for key, value in parameters(given).items() if key not in (name, "after")})


def address(parameters: Mapping[str, str]) -> str:
    """Return parameters as they stand behind the question mark; empty ones are left out."""
    made = QueryDict(mutable=True)
    made.update({key: value for key, value in parameters.items() if value})
    return made.urlencode()
