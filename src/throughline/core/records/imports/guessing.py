"""
What a staged file seems to say: per column a field with a confidence and samples, the order of days where it is not
clear, and values that nothing here is called, each with what was probably meant.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from rapidfuzz import fuzz
from rapidfuzz.process import extractOne

from throughline.core.identity.models import User
from throughline.core.records import registry
from throughline.core.records.importing import linked
from throughline.core.records.mapping import ImportMapping, columns_of, importable, orders_of
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.core.records.text import fold
from throughline.core.records.values import read_value
from throughline.core.refusals import Refusal

SAMPLES = 3
LOOKED_AT = 2_000
"""So many lines are looked at to guess; all of them are read when it counts."""
MOST_VALUES = 200
"""So many unknown values of one column are shown."""
ALIKE = 70
"""From this likeness of rapidfuzz (0 to 100) on, a value or name is taken for another."""

SURE, LIKELY, NONE = "sure", "likely", "none"

_LOOKS: tuple[tuple[FieldType, re.Pattern[str]], ...] = (
    (FieldType.EMAIL, re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")),
    (FieldType.URL, re.compile(r"(https?://|www\.)\S+")),
    (FieldType.PHONE, re.compile(r"(\+|00)[\d\s()/.-]{6,}")),
)
"""Types that values betray whatever their column is called."""

Lines = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """A column of the file: which field it seems to be, how sure that is, what it says, and possible orders of days."""

    name: str
    field: str
    confidence: str
    samples: tuple[str, ...]
    filled: int
    orders: tuple[str, ...] = ()

    @property
    def is_unclear(self) -> bool:
        """Whether its days may be read in more than one way."""
        return len(self.orders) > 1


def guess_columns(spec: RecordSpec, header: Sequence[str], lines: Lines) -> list[ColumnGuess]:
    """Return what each column seems to be, by its name first, then by what its values look like."""
    sure = _by_name(spec, header)
    taken = set(sure.values())
    guesses = []
    for place, name in enumerate(header):
        values = [row[place].strip() for row in lines if place < len(row) and row[place].strip()]
        field, confidence = sure.get(name, ""), SURE
        if not field:
            field = next((each for each in _candidates(spec, name, values) if each not in taken), "")
            confidence = LIKELY if field else NONE
            taken.add(field)
        samples = tuple(dict.fromkeys(values))[:SAMPLES]
        guesses.append(ColumnGuess(name, field, confidence, samples, len(values), _orders(values)))
    return guesses


def _by_name(spec: RecordSpec, header: Sequence[str]) -> dict[str, str]:
    try:
        return columns_of(spec, header, ImportMapping())
    except Refusal:
        return {}


def _candidates(spec: RecordSpec, name: str, values: Sequence[str]) -> list[str]:
    words = {
        fold(word).replace("_", " "): field
        for field in importable(spec)
        for word in (field, str(spec.field(field).label), *spec.field(field).aliases)
    }
    near = extractOne(fold(name).replace("_", " "), list(words), scorer=fuzz.WRatio, score_cutoff=88)
    found = [words[near[0]]] if near else []
    for kind, looks in _LOOKS:
        if values and sum(bool(looks.fullmatch(value)) for value in values) >= 0.8 * len(values):
            found += [field for field in importable(spec) if spec.field(field).type is kind]
    return found


def _orders(values: Sequence[str]) -> tuple[str, ...]:
    """Return the orders of day, month and year that all values allow; none when they are no days."""
    return tuple(orders_of(list(dict.fromkeys(values)))) if values else ()


# -- Values ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A text of a column that nothing here is called, how many lines say it, and what was probably meant."""

    column: str
    field: str
    text: str
    count: int
    meant: str


def unknown_values(
    spec: RecordSpec, header: Sequence[str], lines: Iterable[Sequence[str]], mapping: ImportMapping
) -> list[UnknownValue]:
    """Return what the columns of choices, people and links say that cannot be read, the most frequent first."""
    columns = columns_of(spec, header, mapping)
    asked = [
        (place, name, spec.field(columns[name]))
        for place, name in enumerate(header)
        if name in columns and _is_closed(spec, spec.field(columns[name]))
    ]
    counts: dict[str, Counter[str]] = {name: Counter() for _, name, _ in asked}
    for row in lines:
        for place, name, _ in asked:
            if place < len(row) and row[place].strip():
                counts[name][row[place].strip()] += 1
    found = []
    for _, name, described in asked:
        given = mapping.values.get(name, {})
        unread = [
            (text, count) for text, count in counts[name].most_common() if not _reads(described, given.get(text, text))
        ][:MOST_VALUES]
        names = _names(described) if unread else []
        found += [UnknownValue(name, described.name, text, count, _meant(text, names)) for text, count in unread]
    return found


def _is_closed(spec: RecordSpec, described: FieldSpec) -> bool:
    if described.type is FieldType.CHOICE:
        return not described.open_choices
    if described.type is FieldType.RECORD:
        return described.to != spec.type
    return described.type in (FieldType.USER, FieldType.TEAM)


def _reads(described: FieldSpec, text: str) -> bool:
    try:
        read_value(described, linked(described, text))
    except ValueError:
        return False
    return True


def _names(described: FieldSpec) -> list[str]:
    """Return what values of a field may be called; of linked records the latest ten thousand."""
    if described.type is FieldType.CHOICE:
        return [choice.value for choice in described.choices]
    if described.type is FieldType.RECORD:
        spec = registry.get(described.to)
        if any(column.name == "name" for column in spec.model._meta.fields):
            rows: Any = spec.model._default_manager.filter(deleted_at=None, sandbox=False).order_by("-pk")
            return list(rows.values_list("name", flat=True)[:10_000])
    if described.type is FieldType.USER:
        return list(User.objects.filter(is_active=True).values_list("name", flat=True))
    return []


def _meant(text: str, names: Sequence[str]) -> str:
    squeezed = {fold(name).replace(" ", ""): name for name in names}
    near = extractOne(fold(text).replace(" ", ""), list(squeezed), scorer=fuzz.ratio, score_cutoff=ALIKE)
    return squeezed[near[0]] if near else ""


def mapping_of(given: Mapping[str, Any]) -> ImportMapping:
    """Return the mapping as it is kept with an import."""
    return msgspec.convert(dict(given), type=ImportMapping, strict=False)
