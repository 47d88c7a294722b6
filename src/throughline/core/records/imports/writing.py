"""
Carrying out lines: which are known already, which are made, changed, put aside or refused. One batch, one transaction.

What is known is asked of the external key and of the certain columns of the type's matching rule, in normal form;
likely ones are found behind, by ``matching.following``. A line that repeats an earlier one of its batch waits until
that one is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.records.bulk import any_of
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


class Writer:
    """Writes the lines of one import."""

    def __init__(self, spec: RecordSpec, policy: str, by: Actor, at: datetime) -> None:
        self.spec = spec
        self.policy = policy
        self.by = by
        self.at = at
        self.user: User | None = access.user_of(by)
        self.certain = ("external_id", *(spec.matching.certain if spec.matching else ()))

    def write(self, lines: Sequence[Line]) -> Written:
        """Carry out lines, in the transaction of the caller."""
        written = Written()
        waiting = list(lines)
        while waiting:
            now, waiting = self._without_repeats(waiting)
            self._write_some(now, written)
        return written

    def _without_repeats(self, lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
        """Part the lines into those to be written now and those that repeat one of them."""
        seen: set[Known] = set()
        now, later = [], []
        for line in lines:
            own = self._knowns(line[1])
            if self.policy != Policy.CREATE and not seen.isdisjoint(own):
                later.append(line)
            else:
                seen.update(own)
                now.append(line)
        return now, later

    def _knowns(self, row: Mapping[str, Any]) -> list[Known]:
        found = []
        for column in self.certain:
            value = row.get(column) or (fold(str(row["name"])) if column == "sort_name" and row.get("name") else None)
            if value:
                found.append((column, value))
        return found

    def _write_some(self, lines: Sequence[Line], written: Written) -> None:
        known = self._known(lines)
        new: list[Line] = []
        edits: list[tuple[Line, int]] = []
        for line in lines:
            key = next((known[own] for own in self._knowns(line[1]) if own in known), None)
            by_key = bool(line[1].get("external_id")) and ("external_id", line[1]["external_id"]) in known
            if key is None or (self.policy == Policy.CREATE and not by_key):
                new.append(line)
            elif self.policy == Policy.UPDATE:
                edits.append((line, key))
            elif self.policy == Policy.ASK:
                written.held.append((line[0], key))
            else:
                written.existing.append(line[0])
        self._create(new, written)
        self._update(edits, written)

    def _known(self, lines: Sequence[Line]) -> dict[Known, int]:
        """Return the records, of those the actor may see, by what they are known by; the oldest where several share."""
        wanted: dict[str, set[Any]] = {}
        for _, row in lines:
            for column, value in self._knowns(row):
                wanted.setdefault(column, set()).add(value)
        found: dict[Known, int] = {}
        for column, values in wanted.items():
            rows = self.spec.model._default_manager.filter(any_of(column, values), sandbox=False)
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
