"""
Importing a file: read, mapped and checked line by line, then written set-wise, all or nothing, in one transaction.

Theory of operation. The file is read twice: once to learn in which order its days are written, once to make rows. A
line that cannot be read makes the file refused with its number; what is merely remarkable is reported with line
numbers. Rows go to the type's set-wise creation in batches, which skips what it knows by external key, so the same
file can be imported again, and a run that was killed leaves nothing behind. A dry run does everything and takes it
back at the end.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Replace

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.copying import copy, in_parts
from throughline.core.recordref import RecordRef
from throughline.core.records import registry
from throughline.core.records.events import RecordsImported
from throughline.core.records.imports.faults import FileRefused, Problem
from throughline.core.records.imports.models import Import, Outcome
from throughline.core.records.imports.tables import ReadTable, read_table
from throughline.core.records.mapping import (
    ORDERS,
    ImportMapping,
    columns_of,
    order_named,
    orders_of,
    parse_day,
    parse_instant,
)
from throughline.core.records.operations import Edit, update_records
from throughline.core.records.spec import TIMES, FieldSpec, FieldType, RecordSpec
from throughline.core.records.text import fold, normal_email, normal_phone
from throughline.core.records.values import read_value
from throughline.core.refusals import Refusal

BATCH = 5_000
SHOWN_PROBLEMS = 20
_LOCK = 7_461_003
REMEMBERED = 100_000
"""So many texts of a column are remembered with what they mean."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth knowing about lines that were imported all the same."""

    message: str
    lines: list[int]


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do in a dry run. ``notes`` say how the file was understood."""

    type: str
    file_name: str
    lines: int = 0
    created: int = 0
    existing: int = 0
    dry_run: bool = False
    warnings: list[Remark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def import_rows(
    *,
    spec: RecordSpec,
    content: bytes,
    by: Actor,
    at: datetime,
    mapping: ImportMapping | None = None,
    file_name: str = "",
    dry_run: bool = False,
) -> ImportReport:
    """
    Import a CSV file of one record type and report what came of it.

    Raises:
        NotAllowed: the actor may not import such records.
        FileRefused: lines cannot be read; nothing was imported.
        Refusal: the file or the mapping as a whole makes no sense.
    """
    access.require(by, access.IMPORT, spec)
    table = read_table(content, file_name)
    reader = Reader(spec, table, mapping or ImportMapping())
    report = ImportReport(spec.type, file_name, dry_run=dry_run, notes=reader.notes, columns=reader.columns)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, spec.type])
    related = Related(spec)
    made: list[tuple[int, int]] = []
    for lines, rows in reader.batches():
        waiting = related.take_out(rows)
        created = spec.creating(rows, by=by, at=at)
        related.remember(waiting, created.ids)
        made += [(line, key) for line, key in zip(lines, created.ids, strict=True) if key is not None]
        report.created += len(rows) - created.existing
        report.existing += created.existing
        report.lines += len(rows)
    related.link(by, at)
    report.warnings = reader.remarks()
    _keep(report, content, (table.header, mapping, made), by, at)
    if dry_run:
        transaction.set_rollback(True)
    return report


_How = tuple[list[str], ImportMapping | None, list[tuple[int, int]]]
"""The names of the columns, the mapping, and the lines with the records they made."""


def _keep(report: ImportReport, content: bytes, how: _How, by: Actor, at: datetime) -> None:
    header, mapping, made = how
    digest = hashlib.sha256(content).hexdigest()
    run = Import.objects.create(
        record_type=report.type,
        file_name=report.file_name[:255],
        sha256=digest,
        header=header,
        mapping=msgspec.to_builtins(mapping) if mapping else {},
        status=Import.Status.DONE,
        whole=True,
        lines=report.lines,
        passed=report.lines,
        created=report.created,
        existing=report.existing,
        notes=report.notes,
        warnings=[{"message": remark.message, "lines": remark.lines} for remark in report.warnings],
        actor_kind=by.kind,
        actor_id=by.id,
        by=by.label,
        at=at,
        finished_at=at,
    )
    versions = dict(
        registry.get(report.type)
        .model._default_manager.filter(pk__in=[key for _, key in made])
        .values_list("pk", "version")
    )
    copy(
        "imports_importedrecord",
        "run_id, line, record_type, record_id, outcome, version, values",
        [(run.pk, line, report.type, key, Outcome.CREATED.value, versions[key], "{}") for line, key in made],
    )
    event = RecordsImported(
        record_type=report.type,
        file_name=report.file_name,
        sha256=digest,
        created=report.created,
        existing=report.existing,
        warnings=sum(len(remark.lines) for remark in report.warnings),
    )
    journal.record(event, by=by, at=at, about=RecordRef("import", run.pk))


# -- Links inside the file ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sibling:
    """The name of a record of the same type, which may stand further below in the same file."""

    text: str
    line: int
    column: str


class Related:
    """Sets the links between records of one file (a subsidiary and its parent) when all of them are there."""

    def __init__(self, spec: RecordSpec) -> None:
        self._spec = spec
        self._known: list[tuple[int, str, Sibling]] = []

    def take_out(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Sibling]]:
        """Take the links to siblings out of rows, and return them by row."""
        return [
            {name: row.pop(name) for name in [name for name, value in row.items() if isinstance(value, Sibling)]}
            for row in rows
        ]

    def remember(self, waiting: Sequence[dict[str, Sibling]], ids: Sequence[int | None]) -> None:
        """Keep what is to be linked, now that the records that were made have keys."""
        for links, key in zip(waiting, ids, strict=True):
            if key is not None:
                self._known.extend((key, name, sibling) for name, sibling in links.items())

    def link(self, by: Actor, at: datetime) -> None:
        """
        Set the links.

        Raises:
            FileRefused: one leads nowhere.
        """
        by_record: dict[int, dict[str, Any]] = {}
        problems = []
        for key, name, sibling in self._known:
            try:
                by_record.setdefault(key, {})[name] = linked(self._spec.field(name), sibling.text)
            except ValueError as wrong:
                problems.append(Problem(sibling.line, sibling.column, str(wrong)))
        if problems:
            raise FileRefused(problems[:SHOWN_PROBLEMS], len(problems) - SHOWN_PROBLEMS)
        edits = [Edit(key, values) for key, values in by_record.items()]
        if edits:
            update_records(spec=self._spec, edits=edits, by=by, at=at)


# -- Reading -----------------------------------------------------------------------------------------------------------

Cells = Sequence[tuple[int, Sequence[str]]]
"""Lines of a file: their numbers and cells."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What stands where a value would, when a cell cannot be read: the sentence about it."""

    message: str


class Converter(dict[str, Any]):
    """
    What the cells of one column mean, each different one read once: most columns say the same few things again and
    again. ``is_wrong`` is set once a cell could not be read.
    """

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read
        self.is_wrong = False

    def __missing__(self, cell: str) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        try:
            value = self._read(cell)
        except ValueError as wrong:
            value, self.is_wrong = Wrong(str(wrong)), True
        self[cell] = value
        return value

    def column(self, cells: Sequence[str]) -> list[Any]:
        """Return what the cells mean, in order."""
        return list(map(self.__getitem__, cells))


class PlainConverter(Converter):
    """
    What the cells of a column of texts mean, of which most are kept as they are but for their normal form.

    Where all cells of a column are plain and short enough, they are brought into it at once. Otherwise ``read`` is
    asked of each that is not.
    """

    def __init__(self, read: Callable[[str], Any], normal: Callable[[str], str], most: int) -> None:
        super().__init__(self._read_one)
        self._read_any = read
        self._normal = normal
        self._most = most

    def _read_one(self, cell: str) -> Any:
        if not (cell.isascii() and cell.isprintable()) or len(cell) > self._most:
            return self._read_any(cell)
        return self._normal(cell.strip())

    def column(self, cells: Sequence[str]) -> list[Any]:
        """Return what the cells mean, in order."""
        whole = "".join(cells)
        if whole.isascii() and whole.isprintable() and max(map(len, cells)) <= self._most:
            try:
                return list(map(self._normal, map(str.strip, cells)))
            except ValueError:  # then each is asked for by itself, so that it is told which
                pass
        return super().column(cells)


_SIMPLE: Mapping[FieldType, Callable[[str], str]] = {
    FieldType.TEXT: str,
    FieldType.LONG_TEXT: str,
    FieldType.URL: str,
    FieldType.EMAIL: normal_email,
    FieldType.PHONE: normal_phone,
}
"""Types of which most texts are what is stored, but for their normal form."""


class Reader:
    """
    Makes rows of stored values from lines, column by column; collects what cannot be read and what deserves a remark.

    ``orders`` say by column how its days are written; columns that hold none in the whole file have no order.
    """

    def __init__(self, spec: RecordSpec, table: ReadTable, mapping: ImportMapping) -> None:
        self.spec = spec
        self.table = table
        self.mapping = mapping
        self.columns = columns_of(spec, table.header, mapping)
        self.notes: list[str] = []
        self.problems: list[Problem] = []
        self.unshown = 0
        self._remarks: dict[str, list[int]] = {}
        self._note_columns()
        self.zone = zone_named(mapping.zone)
        self.constants = {name: self._constant(name, value) for name, value in mapping.constants.items()}
        self.orders = self._date_orders()
        self.converters = [
            (place, column, name, self._converter(column, spec.field(name)))
            for place, column in enumerate(table.header)
            if (name := self.columns.get(column)) is not None
        ]
        given = {*self.columns.values(), *mapping.constants}
        self.siblings = {
            name for name in given if (field := spec.field(name)).type is FieldType.RECORD and field.to == spec.type
        }
        self.expected = [name for name in (mapping.expects or spec.import_expects) if name in given]
        self.required = [described for described in spec.fields if described.required]

    def batches(self) -> Iterator[tuple[list[int], list[Row]]]:
        """
        Yield line numbers and rows in batches.

        Raises:
            FileRefused: at the end of the file, when lines could not be read; the transaction is to be given up.
        """
        for some in in_parts(self.table.rows(), BATCH):
            read, problems = self.read(some)
            for problem in problems:
                self._refuse(problem)
            if not self.problems:
                yield [line for line, _ in read], [row for _, row in read]
        if self.problems:
            raise FileRefused(self.problems, self.unshown)

    def read(self, lines: Cells) -> tuple[list[tuple[int, Row]], list[Problem]]:
        """Return the rows of the lines that can be read, and what is wrong with the others, line by line."""
        problems = self._misfits(lines)
        if problems:
            odd = {problem.line for problem in problems}
            lines = [each for each in lines if each[0] not in odd]
        if not lines:
            return [], problems
        rows, wrong = self._rows(lines)
        if self.required or self.expected:
            for place, row in enumerate(rows):
                self._look_over(lines[place][0], row, wrong, place)
        if not wrong and not problems:
            return [(line, row) for (line, _), row in zip(lines, rows, strict=True)], []
        problems += [problem for place in sorted(wrong) for problem in wrong[place]]
        good = [(line, rows[place]) for place, (line, _) in enumerate(lines) if place not in wrong]
        return good, sorted(problems, key=lambda problem: problem.line)

    def _misfits(self, lines: Cells) -> list[Problem]:
        """Tell of lines that have more or fewer cells than there are columns."""
        width = len(self.table.header)
        return [
            Problem(line, "", f"Expected {width} cells as in the first line, but there are {len(cells)}.")
            for line, cells in lines
            if len(cells) != width
        ]

    def _rows(self, lines: Cells) -> tuple[list[Row], dict[int, list[Problem]]]:
        """Return the rows, and what is wrong by the place of the line; a cell that cannot be read is left out."""
        columns = list(zip(*(cells for _, cells in lines), strict=True))
        names = [name for _, _, name, _ in self.converters]
        read = [converter.column(columns[place]) for place, _, _, converter in self.converters]
        rows: list[Row] = [dict(zip(names, values, strict=True)) for values in zip(*read, strict=True)]
        if self.constants:
            rows = [{**self.constants, **row} for row in rows]
        wrong: dict[int, list[Problem]] = {}
        for (_, column, name, converter), values in zip(self.converters, read, strict=True):
            if converter.is_wrong:
                for place, value in enumerate(values):
                    if isinstance(value, Wrong):
                        wrong.setdefault(place, []).append(Problem(lines[place][0], column, value.message))
                        del rows[place][name]
            if name in self.siblings:
                for (line, _), row in zip(lines, rows, strict=True):
                    if isinstance(text := row.get(name), str):
                        row[name] = Sibling(text, line, column) if text else None
        return rows, wrong

    def _look_over(self, line: int, row: Row, wrong: dict[int, list[Problem]], place: int) -> None:
        """Miss what is needed, and remark what is expected."""
        for described in self.required:
            if row.get(described.name) in (None, ""):
                wrong.setdefault(place, []).append(Problem(line, "", f"{described.label} is needed."))
        for name in self.expected:
            if row.get(name) in (None, "", []):
                sentence = f"{self.spec.label} without {self.spec.field(name).label.lower()}."
                self._remarks.setdefault(sentence, []).append(line)

    def said_orders(self) -> dict[str, str]:
        """
        Return how days are written, for every column that may hold some, so that nobody needs to look at them again.
        """
        return {**dict.fromkeys(self._dated(), next(iter(ORDERS))), **self.mapping.dates, **self.orders}

    def remarks(self) -> list[Remark]:
        """Return what deserved a remark, by what it is."""
        return [Remark(message, lines) for message, lines in self._remarks.items()]

    def _refuse(self, problem: Problem) -> None:
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(problem)
        else:
            self.unshown += 1

    def _note_columns(self) -> None:
        for column, name in self.columns.items():
            if name == "external_id" and column not in self.mapping.columns:
                self.notes.append(f"{column} was taken as the key of the line: lines with a known key are left alone.")
        unused = [name for name in self.table.header if name not in self.columns and name not in self.mapping.ignore]
        if unused:
            self.notes.append(f"Left out, because nothing says what they are: {', '.join(unused)}.")

    def _constant(self, name: str, value: Any) -> Any:
        try:
            return read_value(self.spec.field(name), value)
        except ValueError as wrong:
            raise Refusal("unreadable_constant", f"The mapping's constant for {name}: {wrong}") from wrong

    def _converter(self, column: str, described: FieldSpec) -> Converter:
        replaced = self.mapping.values.get(column, {})
        factor = self.mapping.factors.get(column, Decimal(1))
        order = self.orders.get(column, "")

        def read(cell: str) -> Any:
            text = cell.strip()
            value = self._read(described, replaced.get(text, text), order)
            return value * factor if isinstance(value, Decimal) else value

        if described.type in _SIMPLE and not replaced:
            return PlainConverter(read, _SIMPLE[described.type], described.max_length or sys.maxsize)
        return Converter(read)

    def _read(self, described: FieldSpec, text: str, order: str) -> Any:
        if described.type is FieldType.RECORD and described.to == self.spec.type:
            return text
        if not text or not order:
            return read_value(described, linked(described, text))
        try:
            if described.type is FieldType.DATE:
                return parse_day(text, order)
            return parse_instant(text, order, self.zone)
        except ValueError:
            raise ValueError(f'"{text}" is no day in the order {order}.') from None

    # -- Days ----------------------------------------------------------------------------------------------------------

    def _dated(self) -> dict[str, int]:
        """Return the columns that hold days, with their places."""
        return {
            column: place
            for place, column in enumerate(self.table.header)
            if (name := self.columns.get(column)) and self.spec.field(name).type in TIMES
        }

    def _date_orders(self) -> dict[str, str]:
        """Return the order of day, month and year of every column that holds days."""
        dated = self._dated()
        if not dated:
            return {}
        said = {column: order_named(self.mapping.dates[column]) for column in dated if column in self.mapping.dates}
        if len(said) == len(dated):
            return said
        texts: dict[str, dict[str, int]] = {column: {} for column in dated}
        for line, cells in self.table.rows():
            for column, place in dated.items():
                if place < len(cells) and cells[place].strip():
                    texts[column].setdefault(cells[place].strip(), line)
        return {column: self._order(column, seen) for column, seen in texts.items() if seen}

    def _order(self, column: str, seen: dict[str, int]) -> str:
        if column in self.mapping.dates:
            return order_named(self.mapping.dates[column])
        orders = orders_of(list(seen))
        if len(orders) == 1:
            if orders[0] != "yyyy-mm-dd":
                self.notes.append(f"{column} was read as {orders[0]}: no other order fits all its days.")
            return orders[0]
        if not orders:
            self._refuse_unfitting(column, seen)
        text, line = next(iter(seen.items()))
        unsure = f'"{text}" may mean {" or ".join(orders)}. Say which in the mapping: dates: {{{column}: {orders[0]}}}.'
        raise FileRefused([Problem(line, column, unsure)])

    def _refuse_unfitting(self, column: str, seen: dict[str, int]) -> None:
        for text, line in seen.items():
            if not orders_of([text]):
                raise FileRefused([Problem(line, column, f'"{text}" is no day. Write it like 2026-03-31.')])
        text, line = next(iter(seen.items()))
        raise FileRefused([Problem(line, column, "No one order of day, month and year fits all days of this column.")])


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as wrong:
        raise Refusal("unknown_zone", f'The mapping names the time zone "{name}", but there is none.') from wrong


def linked(described: FieldSpec, text: str) -> Any:
    """Return the key of a linked record for what files call it: its key, number, external key or name."""
    if described.type is not FieldType.RECORD or not text or text.isdecimal():
        return text
    spec = registry.get(described.to)
    rows = spec.model._default_manager.filter(deleted_at=None)
    prefix, _, number = text.partition("-")
    if prefix == spec.model.number_prefix and number.isdecimal():
        return number
    found = list(rows.filter(external_id=text).values_list("pk", flat=True)[:1])
    if not found and any(column.name == "sort_name" for column in spec.model._meta.fields):
        found = list(rows.filter(**{"sort_name": fold(text)}).values_list("pk", flat=True)[:2])
    if len(found) > 1:
        raise ValueError(f'{described.label}: several are called "{text}". Use the key or number.')
    if not found:
        raise ValueError(f'{described.label}: there is no {spec.label.lower()} "{text}".{_perhaps(spec, text)}')
    return found[0]


LIKELY = 0.35
"""From this trigram similarity on, a name is offered as the one that was meant."""


def _perhaps(spec: RecordSpec, text: str) -> str:
    """Return a question that names the record most alike, and how to say so; empty when none is alike."""
    if not any(column.name == "sort_name" for column in spec.model._meta.fields):
        return " Use its key or number."
    rows = spec.model._default_manager.filter(deleted_at=None).annotate(
        alike=TrigramSimilarity(Replace("sort_name", Value(" "), Value("")), fold(text).replace(" ", ""))
    )
    nearest = rows.filter(alike__gte=LIKELY).order_by("-alike", "pk").first()
    if nearest is None:
        return " Import it first, or leave the cell empty."
    meant = spec.title(nearest)
    return f' Did you mean "{meant}"? Then say so in the mapping, under values: {{{text}: {meant}}}.'
