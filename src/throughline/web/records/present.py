"""Values of records in words: from a field's declaration and stored value to a cell that templates place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from throughline.core.records import FieldSpec, FieldType, RecordSpec, registry
from throughline.core.records.queries import ShownField
from throughline.web import moments
from throughline.web.parts import Cell, Tone
from throughline.web.ways import ways

TONES: dict[str, Tone] = {"good": "good", "bad": "late", "warn": "wait", "info": "news"}
"""Tones of choices as the tones of the looks."""


def slug(spec: RecordSpec) -> str:
    """Return how addresses name a record type."""
    return spec.address


def url_of(spec: RecordSpec, record_id: int) -> str:
    """Return the address of a record's page."""
    return ways("web:record", slug(spec))(record_id)


def cell_with(described: FieldSpec, value: Any) -> Cell:
    """Return a value of a field that is no link in words."""
    return _cell(described, value, lambda: None, editable=False)


def cell_of_shown(shown: ShownField) -> Cell:
    """Return a field of a record's page in words."""
    return _cell(shown.spec, shown.value, lambda: shown.linked, editable=shown.writable)


def _cell(described: FieldSpec, value: Any, linked: Callable[[], Any], *, editable: bool) -> Cell:
    made = (_text if described.masked else _MAKERS.get(described.type, _text))(described, value, linked)
    return made._replace(name=described.name, label=str(described.label), editable=editable)


Linked = Callable[[], Any]


def _text(_described: FieldSpec, value: Any, _linked: Linked) -> Cell:
    return Cell("" if value is None else str(value))


def _as(kind: str) -> Callable[[FieldSpec, Any, Linked], Cell]:
    def made(_described: FieldSpec, value: Any, _linked: Linked) -> Cell:
        return Cell(value or "", kind, url=_web_address(value) if kind == "url" else "")

    return made


def _web_address(value: str | None) -> str:
    """Return an address that may stand in a link: web only, never a script."""
    text = value or ""
    return text if text.startswith(("http://", "https://")) else f"https://{text}"


def number_text(described: FieldSpec, value: Any) -> str:
    """Return a figure in words; nothing for None."""
    if value is None:
        return ""
    return _figure(value, str(value), 2 if described.type is FieldType.MONEY else None, get_language())


@lru_cache(maxsize=4096)
def _figure(value: Any, _as_stored: str, places: int | None, _language: str | None) -> str:
    """Return a figure in words; as text it is told apart from equal ones that are written otherwise (1, 1.0, 1.00)."""
    return formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)


def _number(described: FieldSpec, value: Any, _linked: Linked) -> Cell:
    return Cell(number_text(described, value), "number")


def _boolean(_described: FieldSpec, value: Any, _linked: Linked) -> Cell:
    return Cell(_("Yes") if value else _("No"))


def _day(_described: FieldSpec, value: date | None, _linked: Linked) -> Cell:
    return Cell("" if value is None else moments.date_in_words(value))


def _moment(_described: FieldSpec, value: datetime | None, _linked: Linked) -> Cell:
    return Cell("", "moment", moment=value)


def _duration(_described: FieldSpec, value: int | None, _linked: Linked) -> Cell:
    return Cell("" if value is None else moments.length(timedelta(seconds=value)))


def _choice(described: FieldSpec, value: str | None, _linked: Linked) -> Cell:
    choice = described.choice(value or "")
    if choice is None:
        return Cell(value or "", "pill")
    return Cell(str(choice.label), "pill", tone=TONES.get(choice.tone, ""))


def _tags(_described: FieldSpec, value: list[str] | None, _linked: Linked) -> Cell:
    return Cell("", "tags", tags=tuple(value or ()))


def _choices(described: FieldSpec, value: list[str] | None, _linked: Linked) -> Cell:
    chosen = ((part, described.choice(part)) for part in value or ())
    return Cell(", ".join(str(choice.label) if choice else part for part, choice in chosen))


def _list(_described: FieldSpec, value: list[Any] | None, _linked: Linked) -> Cell:
    return Cell(", ".join(str(part) for part in value or ()))


def _address(_described: FieldSpec, value: dict[str, Any] | None, _linked: Linked) -> Cell:
    return Cell("\n".join(str(part) for part in (value or {}).values() if part), "long")


def _person(_described: FieldSpec, value: int | None, linked: Linked) -> Cell:
    person = linked() if value is not None else None
    return Cell(person.name if person is not None else "", "person")


def _team(_described: FieldSpec, value: int | None, linked: Linked) -> Cell:
    team = linked() if value is not None else None
    return Cell(team.name if team is not None else "")


def _record(described: FieldSpec, value: int | None, linked: Linked) -> Cell:
    record = linked() if value is not None else None
    if record is None:
        return Cell("")
    spec = registry.get(described.to)
    return Cell(spec.title(record), "link", url=url_of(spec, record.pk))


_MAKERS: dict[FieldType, Callable[[FieldSpec, Any, Linked], Cell]] = {
    FieldType.LONG_TEXT: _as("long"),
    FieldType.EMAIL: _as("email"),
    FieldType.PHONE: _as("phone"),
    FieldType.URL: _as("url"),
    FieldType.INTEGER: _number,
    FieldType.NUMBER: _number,
    FieldType.MONEY: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _day,
    FieldType.DATETIME: _moment,
    FieldType.DURATION: _duration,
    FieldType.CHOICE: _choice,
    FieldType.MULTI_CHOICE: _choices,
    FieldType.TAGS: _tags,
    FieldType.LIST: _list,
    FieldType.ADDRESS: _address,
    FieldType.USER: _person,
    FieldType.TEAM: _team,
    FieldType.RECORD: _record,
}
