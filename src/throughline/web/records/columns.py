"""
Columns of lists and pills of cards: from a field's declaration to a function that draws its value of a row.

A list draws four hundred values. What does not change from row to row (how a type is drawn, the words of a choice) is
settled once for a page; what repeats (a person, a figure) is drawn once. ``present`` draws the same for one record.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from markupsafe import Markup

from throughline.core.identity.queries import names_of_people
from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.glimpse import Glimpse, Row
from throughline.web import marks
from throughline.web.records.present import TONES, cell_with, number_text, slug
from throughline.web.ways import ways

Drawn = Callable[[Row], str]
"""What draws the value of a row: markup, with everything in it escaped."""
Ways = Callable[[int], str]


def ways_to(spec: RecordSpec, name: str = "record") -> Ways:
    """Return what gives the address of a page of a record by its key."""
    return ways(f"web:{name}", slug(spec))


def drawn(described: FieldSpec, glimpse: Glimpse, *, now: datetime) -> Drawn:
    """Ask ``glimpse`` for a field and return what draws it; nothing is drawn for an empty value."""
    if described.masked:
        value = glimpse.at(described.column)
        return lambda row: marks.escaped(described.mask(value(row)))
    return _DRAWN.get(described.type, _other)(described, glimpse, now)


def _text(described: FieldSpec, glimpse: Glimpse, _now: datetime) -> Drawn:
    value = glimpse.at(described.column)
    return lambda row: marks.escaped(str(text)) if (text := value(row)) is not None else ""


def _choice(described: FieldSpec, glimpse: Glimpse, _now: datetime) -> Drawn:
    value = glimpse.at(described.column)
    known = {choice.value: marks.pill(str(choice.label), TONES.get(choice.tone, "")) for choice in described.choices}
    known.setdefault("", marks.NOTHING)

    def draw(row: Row) -> str:
        text = value(row) or ""
        return known[text] if text in known else marks.pill(text)

    return draw


def _person(described: FieldSpec, glimpse: Glimpse, _now: datetime) -> Drawn:
    if described.custom:
        people, key = cache(lambda: dict(names_of_people())), glimpse.at(described.column)
        return lambda row: marks.person(people()[key(row)]) if key(row) in people() else marks.NOTHING
    name = glimpse.at(f"{described.source}__name")
    return lambda row: marks.person(text) if (text := name(row)) else marks.NOTHING


def _team(described: FieldSpec, glimpse: Glimpse, _now: datetime) -> Drawn:
    name = glimpse.at(f"{described.source}__name")
    return lambda row: marks.escaped(name(row) or "")


def _record(described: FieldSpec, glimpse: Glimpse, _now: datetime) -> Drawn:
    to = registry.get(described.to)
    if described.custom:
        return _pointed_at(described, glimpse)
    key, title, at = glimpse.at(described.column), glimpse.of(to.title, link=described.source), ways_to(to)
    return lambda row: marks.link(title(row), at(key(row))) if key(row) is not None else marks.NOTHING


def _pointed_at(described: FieldSpec, glimpse: Glimpse) -> Drawn:
    """Draw the record that a custom field points at; no join leads there, so each different one is read once."""
    to = registry.get(described.to)
    key, at = glimpse.at(described.column), ways_to(to)
    title = cache(lambda found: (record := described.find(found)) and to.title(record))
    return lambda row: marks.link(title(key(row)) or "", at(key(row))) if key(row) is not None else marks.NOTHING


def _moment(described: FieldSpec, glimpse: Glimpse, now: datetime) -> Drawn:
    value, written = glimpse.at(described.column), marks.instants(now)
    return lambda row: written(value(row))


def _number(described: FieldSpec, glimpse: Glimpse, _now: datetime) -> Drawn:
    """Draw a figure, each different one once."""
    value = glimpse.at(described.column)
    made = cache(lambda figure: marks.number(text) if (text := number_text(described, figure)) else marks.NOTHING)
    return lambda row: made(value(row))


def _other(described: FieldSpec, glimpse: Glimpse, now: datetime) -> Drawn:
    """Draw what repeats seldom or is rare in lists as a record's page does, each different value once."""
    value = glimpse.at(described.column)
    made: dict[Any, Markup] = {}

    def draw(row: Row) -> str:
        shown = value(row)
        if isinstance(shown, (list, dict)):
            return marks.cell(cell_with(described, shown), now=now)
        if shown not in made:
            made[shown] = marks.cell(cell_with(described, shown), now=now)
        return made[shown]

    return draw


_DRAWN: dict[FieldType, Callable[[FieldSpec, Glimpse, datetime], Drawn]] = {
    FieldType.TEXT: _text,
    FieldType.CHOICE: _choice,
    FieldType.USER: _person,
    FieldType.TEAM: _team,
    FieldType.RECORD: _record,
    FieldType.DATETIME: _moment,
    FieldType.INTEGER: _number,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
}
