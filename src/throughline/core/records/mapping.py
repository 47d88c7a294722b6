"""
How the columns of a file become fields: given by a person as YAML, or guessed from names that are known.

```yaml
columns:            # column of the file: field of the record type
  mql_id: external_id
  first_contact_date: first_contact_on
constants:          # field: value for every line
  source: Web
values:             # column: text in the file: text to read instead
  origin: {unknown: ""}
dates:              # column: order of day, month and year, where it cannot be told from the values
  first_contact_date: dd-mm-yyyy
factors:            # column: by how much its numbers are multiplied
  revenue: 1000000
zone: Europe/Berlin # of times without a zone; UTC if not said
ignore: [landing]   # columns that are left out on purpose
expects: [origin]   # fields whose absence in a line is remarked
```
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from throughline.core.records.spec import RecordSpec
from throughline.core.records.text import fold
from throughline.core.refusals import Refusal


class ImportMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as it is written; every part may be left out."""

    columns: dict[str, str] = {}
    constants: dict[str, str | int | bool] = {}
    values: dict[str, dict[str, str]] = {}
    dates: dict[str, str] = {}
    factors: dict[str, Decimal] = {}
    zone: str = "UTC"
    ignore: list[str] = []
    expects: list[str] | None = None
    type: str = ""


def read_mapping(text: str | bytes) -> ImportMapping:
    """
    Return the mapping written as YAML.

    Raises:
        Refusal: it is no YAML, or says something that a mapping cannot say.
    """
    try:
        return msgspec.yaml.decode(text, type=ImportMapping, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as wrong:
        raise Refusal("unreadable_mapping", f"The mapping cannot be read: {wrong}") from wrong


def columns_of(spec: RecordSpec, header: Sequence[str], mapping: ImportMapping) -> dict[str, str]:
    """
    Return column → field for a file: as mapped, else guessed from names and known other names.

    Raises:
        Refusal: the mapping names a column the file lacks or a field the type lacks, two columns fill one field, or no
            column is known at all.
    """
    for column in (*mapping.columns, *mapping.values, *mapping.dates, *mapping.factors, *mapping.ignore):
        if column not in header:
            raise Refusal(
                "no_such_column", f'The mapping names the column "{column}", but the file has {_list(header)}.'
            )
    for name in (*mapping.columns.values(), *mapping.constants):
        if name not in importable(spec):
            raise Refusal(
                "no_such_field", f'The mapping names the field "{name}", but a {spec.label.lower()} has none.'
            )
    chosen = dict(mapping.columns)
    known = {word: name for name in importable(spec) for word in _words(spec, name)}
    for column in header:
        guess = known.get(_word(column))
        if guess and column not in chosen and column not in mapping.ignore and guess not in chosen.values():
            chosen[column] = guess
    key = _own_key(spec, header[0])
    if key and header[0] not in (*chosen, *mapping.ignore) and "external_id" not in chosen.values():
        chosen[header[0]] = "external_id"
    _refuse_twice(chosen)
    if not chosen:
        raise Refusal(
            "no_known_column", f"None of the columns {_list(header)} is known. Write a mapping that says what they are."
        )
    return chosen


def _own_key(spec: RecordSpec, column: str) -> bool:
    """Return whether the first column looks like the key of the line in the system it comes from (``mql_id``)."""
    word = _word(column)
    return word in ("id", "key", "uuid", f"{spec.type}_number", f"{spec.type}_no") or word.endswith("_id")


def importable(spec: RecordSpec) -> tuple[str, ...]:
    """Return the fields that a file can bring."""
    return tuple(
        name
        for name, described in spec.by_name.items()
        if (name in spec.import_through if described.is_through else not described.read_only or described.at_creation)
    )


def _words(spec: RecordSpec, name: str) -> set[str]:
    described = spec.field(name)
    return {_word(word) for word in (name, described.label, *described.aliases)}


_NOT_WORD = re.compile(r"[^\w]+")


def _word(text: str) -> str:
    return _NOT_WORD.sub("_", fold(text)).strip("_")


def _refuse_twice(chosen: dict[str, str]) -> None:
    by_field: dict[str, str] = {}
    for column, name in chosen.items():
        if name in by_field:
            raise Refusal(
                "field_twice", f'The columns "{by_field[name]}" and "{column}" both fill {name}. Map only one.'
            )
        by_field[name] = column


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


# -- Days --------------------------------------------------------------------------------------------------------------

_DATE = re.compile(
    r"(?P<a>\d{1,4})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
ORDERS = {
    "yyyy-mm-dd": ("a", "b", "c"),
    "dd-mm-yyyy": ("c", "b", "a"),
    "mm-dd-yyyy": ("c", "a", "b"),
}
"""Order of the parts of a day, whatever stands between them: where year, month and day are."""


def order_named(name: str) -> str:
    """
    Return one of ``ORDERS`` for what a mapping says (``DD/MM/YYYY``, ``dd.mm.yyyy``).

    Raises:
        Refusal: it is none of them.
    """
    order = re.sub(r"[/. ]", "-", name.strip().lower()).replace("yy-", "yy-")
    order = order.partition("-hh")[0]
    if order not in ORDERS:
        raise Refusal("unknown_date_order", f'"{name}" is no order of day, month and year. Use {", ".join(ORDERS)}.')
    return order


def parse_day(text: str, order: str) -> date:
    """
    Return the day a text means when its parts stand in this order.

    Raises:
        ValueError: it means none.
    """
    parts = _parts(text)
    year, month, day = (parts[name] for name in ORDERS[order])
    if len(year) != 4:
        raise ValueError(text)
    return date(int(year), int(month), int(day))


def parse_instant(text: str, order: str, zone: ZoneInfo) -> datetime:
    """
    Return the instant a text means; midnight without a time of day, in ``zone`` without a zone.

    Raises:
        ValueError: it means none.
    """
    parts = _parts(text)
    clock = time(int(parts["hour"] or 0), int(parts["minute"] or 0), int(parts["second"] or 0))
    moment = datetime.combine(parse_day(text, order), clock)
    if not parts["zone"]:
        return moment.replace(tzinfo=zone)
    return datetime.fromisoformat(moment.isoformat() + parts["zone"].replace("Z", "+00:00"))


def _parts(text: str) -> dict[str, str]:
    """Return the named parts of a day and time; parts of the time of day that are not there are empty."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return found.groupdict("")


def orders_of(texts: Sequence[str]) -> list[str]:
    """Return the orders in which every one of the texts means a day."""
    return [order for order in ORDERS if all(_means_day(text, order) for text in texts)]


def _means_day(text: str, order: str) -> bool:
    try:
        parse_day(text, order)
    except ValueError:
        return False
    return True
