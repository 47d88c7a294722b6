"""
Carrying out lines: which are known already, which are made, changed, put aside or refused. One batch, one transaction.

What is known is asked of the external key and of the certain columns of the type's matching rule, in normal form;
likely ones are found behind, by ``matching.following``. A line that repeats an earlier one of its batch waits until
that one is in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.arrays import any_text
from throughline.core.identity.models import User
from throughline.core.records.imports.models import Policy
from throughline.core.records.operations import Edit, update_records
from throughline.core.records.spec import RecordSpec
from throughline.core.records.text import fold
from throughline.core.records.values import plain
from throughline.core.refusals import Refusal

Row = dict[str, Any]
Line = tuple[int, Row]
EMPTY: tuple[Any, ...] = (None, "", [], {})
Known = tuple[str, Any]
"""A column and a value by which a record is known."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that a line changed: field → before and after, and the version it has now."""

    line: int
    record_id: int
    values: dict[str, list[Any]]
    version: int


@dataclass(slots=True)
class Written:
    """What came of lines, by line number."""

    created: list[tuple[int, int]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    existing: list[int] = field(default_factory=list)
    held: list[tuple[int, int]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Told:
    """A line with what its record would be known by, the surest first."""

    line: int
    row: Row
    known_by: tuple[Known, ...]


class Writer:
    """Writes the lines of one import."""

    def __init__(self, spec: RecordSpec, policy: str, by: Actor, at: datetime) -> None:
        self.spec = spec
        self.policy = policy
        self.by = by
        self.at = at
        self.user: User | None = access.user_of(by)
        compared = spec.matching if policy != Policy.CREATE else None
        self.certain = ("external_id", *(compared.certain if compared else ()))

    def write(self, lines: Sequence[Line]) -> Written:
        """Carry out lines, in the transaction of the caller."""
        written = Written()
        waiting = [_Told(line, row, tuple(self._knowns(row))) for line, row in lines]
        while waiting:
            now, waiting = self._without_repeats(waiting)
            self._write_some(now, written)
        return written

    def _without_repeats(self, lines: list[_Told]) -> tuple[list[_Told], list[_Told]]:
        """Part the lines into those to be written now and those that repeat one of them."""
        if self.policy == Policy.CREATE:
            return lines, []
        seen: set[Known] = set()
        now, later = [], []
        for told in lines:
            if seen.isdisjoint(told.known_by):
                seen.update(told.known_by)
                now.append(told)
            else:
                later.append(told)
        return now, later

    def _knowns(self, row: Mapping[str, Any]) -> Iterator[Known]:
        for column in self.certain:
            value = row.get(column)
            if value:
                yield column, value
            elif column == "sort_name" and row.get("name"):
                yield column, fold(str(row["name"]))

    def _write_some(self, lines: Sequence[_Told], written: Written) -> None:
        known = self._known(lines)
        new: list[Line] = []
        edits: list[tuple[Line, int]] = []
        for told in lines:
            line = (told.line, told.row)
            key = next((known[own] for own in told.known_by if own in known), None) if known else None
            by_key = key is not None and ("external_id", told.row.get("external_id")) in known
            if key is None or (self.policy == Policy.CREATE and not by_key):
                new.append(line)
            elif self.policy == Policy.UPDATE:
                edits.append((line, key))
            elif self.policy == Policy.ASK:
                written.held.append((told.line, key))
            else:
                written.existing.append(told.line)
        self._create(new, written)
        self._update(edits, written)

    def _known(self, lines: Sequence[_Told]) -> dict[Known, int]:
        """Return the records, of those the actor may see, by what they are known by; the oldest where several share."""
        wanted: dict[str, set[Any]] = {}
        for told in lines:
            for column, value in told.known_by:
                wanted.setdefault(column, set()).add(value)
        found: dict[Known, int] = {}
        for column, values in wanted.items():
            rows = self.spec.model._default_manager.filter(any_text(column, values), sandbox=False)
            if column != "external_id":
                rows = rows.filter(deleted_at=None)
                if self.user is not None:
                    rows = rows.filter(access.visible(self.spec, self.user))
            for key, value in rows.order_by("-pk").values_list("pk", column):
                found[column, value] = key
        return found

    def _create(self, lines: Sequence[Line], written: Written) -> None:
        """Create lines set-wise; where one is refused, the halves are tried until it stands alone."""
        if not lines:
            return
        try:
            with transaction.atomic():
                created = self.spec.creating([row for _, row in lines], by=self.by, at=self.at)
        except Refusal as refusal:
            if len(lines) == 1:
                written.refused.append((lines[0][0], refusal.message))
                return
            middle = len(lines) // 2
            self._create(lines[:middle], written)
            self._create(lines[middle:], written)
            return
        for (line, _), key in zip(lines, created.ids, strict=True):
            if key is None:
                written.existing.append(line)
            else:
                written.created.append((line, key))

    def _update(self, edits: Sequence[tuple[Line, int]], written: Written) -> None:
        if not edits:
            return
        before = self.spec.model._default_manager.in_bulk([key for _, key in edits])
        fields = self._editable()
        wishes = [
            Edit(key, {name: value for name, value in row.items() if name in fields and value not in EMPTY})
            for (_, row), key in edits
        ]
        try:
            with transaction.atomic():
                after = update_records(spec=self.spec, edits=wishes, by=self.by, at=self.at)
        except Refusal as refusal:
            if len(edits) == 1:
                written.refused.append((edits[0][0][0], refusal.message))
                return
            middle = len(edits) // 2
            self._update(edits[:middle], written)
            self._update(edits[middle:], written)
            return
        for ((line, _), key), wish, record in zip(edits, wishes, after, strict=True):
            values = {
                name: [plain(self._value(before[key], name)), plain(self._value(record, name))] for name in wish.values
            }
            values = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
            if values:
                written.changed.append(Changed(line, key, values, record.version))
            else:
                written.existing.append(line)

    def _value(self, record: Any, name: str) -> Any:
        return self.spec.field(name).value_of(record)

    def _editable(self) -> frozenset[str]:
        return frozenset(
            name
            for name, described in self.spec.by_name.items()
            if not described.read_only and not described.is_through and not described.at_creation
        )
