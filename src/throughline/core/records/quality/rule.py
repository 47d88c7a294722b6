"""
Scoring the data of one record: from the values of some fields to points out of a hundred, with what costs them. Pure.

Theory of operation. A type gives points for what it wants to know (``Part``), for having been touched lately, and for
not being there twice; together they are a hundred. A part with an empty field or a value that cannot be right earns
nothing, age takes points away in steps (``AGES``), a likely duplicate takes all of that part. What was lost is told
per part, the dearest first, so that whoever reads a score knows what to mend first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from throughline.core.records.spec import FieldSpec, FieldType

WHOLE = 100

AGES: tuple[tuple[timedelta, int], ...] = (
    (timedelta(days=90), 100),
    (timedelta(days=180), 75),
    (timedelta(days=365), 50),
    (timedelta(days=730), 25),
)
"""Touched no longer ago than this, so many percent of the points for it are earned; none beyond the last."""

MISTYPED = frozenset({
    "gamil.com", "gmai.com", "gmail.con", "gmial.com", "gnail.com", "hotmai.com", "hotmail.con", "hotmial.com",
    "outlok.com", "outlook.con", "yaho.com", "yahoo.con", "yhaoo.com",
})  # fmt: skip
"""Domains that nobody means who types them."""

_EMAIL = re.compile(r"[^@\s]+@(?P<domain>[^@\s.][^@\s]*\.[^@\s.]{2,})")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/\s]+@)?[^\s/.:]+(?:\.[^\s/.:]+)+(?:[:/?#]\S*)?", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]")
FEWEST_DIGITS, MOST_DIGITS = 6, 15
"""A phone number has so many digits (ITU-T E.164: at most 15)."""

EMPTY: tuple[Any, ...] = (None, "", [], {}, ())

What = Literal["missing", "odd", "aged", "twice"]


@dataclass(frozen=True, slots=True)
class Part:
    """Points for knowing something: one of the ``fields`` is filled, with a value that can be right."""

    fields: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True)
class QualityRule:
    """
    What the data of a type is worth. ``touched``: points for having been touched lately, which stay once one of
    ``settled`` (columns) says since when the record is closed; ``single``: for having no likely duplicate.
    """

    parts: tuple[Part, ...]
    touched: int
    single: int
    settled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        total = sum(part.points for part in self.parts) + self.touched + self.single
        if total != WHOLE:
            raise ValueError(f"Expected the points of a quality rule to be {WHOLE} together, but they are {total}.")

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields that count, in order."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.fields))


@dataclass(frozen=True, slots=True)
class Loss:
    """Points that were lost: by which fields (none for age and duplicates), and for what."""

    what: What
    points: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Points out of a hundred, and what cost the others, the dearest first."""

    points: int
    losses: tuple[Loss, ...]


def score(
    rule: QualityRule,
    fields: Mapping[str, FieldSpec],
    values: Mapping[str, Any],
    *,
    touched_at: datetime | None,
    is_settled: bool,
    has_twin: bool,
    at: datetime,
) -> Score:
    """
    Return the score of a record with these stored values by field name.

    ``touched_at``: when somebody last dealt with it or changed it; ``at``: the instant for which it is scored.
    """
    losses = [loss for part in rule.parts if (loss := _loss(part, fields, values)) is not None]
    if not is_settled and (aged := rule.touched - rule.touched * freshness(touched_at, at) // WHOLE):
        losses.append(Loss("aged", aged))
    if has_twin and rule.single:
        losses.append(Loss("twice", rule.single))
    ordered = sorted(losses, key=lambda loss: -loss.points)
    return Score(WHOLE - sum(loss.points for loss in ordered), tuple(ordered))


def _loss(part: Part, fields: Mapping[str, FieldSpec], values: Mapping[str, Any]) -> Loss | None:
    filled = [name for name in part.fields if values.get(name) not in EMPTY]
    if not filled:
        return Loss("missing", part.points, part.fields)
    if all(is_odd(fields[name].type, values[name]) for name in filled):
        return Loss("odd", part.points, tuple(filled))
    return None


def freshness(touched_at: datetime | None, at: datetime) -> int:
    """Return how many percent of the points for being touched are earned."""
    if touched_at is None:
        return 0
    return next((percent for age, percent in AGES if at - touched_at <= age), 0)


def is_odd(kind: FieldType, value: Any) -> bool:
    """Return whether a value of this kind cannot be right."""
    looked_at = _ODD.get(kind)
    return looked_at is not None and looked_at(str(value))


def _odd_email(text: str) -> bool:
    found = _EMAIL.fullmatch(text)
    return found is None or found["domain"].casefold() in MISTYPED


def _odd_phone(text: str) -> bool:
    digits = _DIGITS.findall(text.partition("x")[0])
    return not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS or len(set(digits)) == 1


_ODD: Mapping[FieldType, Callable[[str], bool]] = {
    FieldType.EMAIL: _odd_email,
    FieldType.PHONE: _odd_phone,
    FieldType.URL: lambda text: _HOST.fullmatch(text) is None,
}
