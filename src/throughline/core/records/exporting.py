"""
Records as a file: CSV or XLSX, made while it is read, page by page along the key.

Theory of operation. What leaves is what a list shows its reader: only columns that may be seen, of records that may be
seen and exported. The journal is told first, in a transaction of its own, so that there is no export without an entry.
Rows come in pages by key, each its own query, so memory stays the same for ten rows and for a million; a row that is
changed meanwhile is there as it is when its page is read. Each page is found by the first wall, which has the indexes,
and only what the second one shows of it is written. An XLSX file is a ZIP whose parts are known at its end only:
it is written to a temporary file row by row and sent from there.

A text that begins as a formula does (``=``, ``+``, ``-``, ``@``, tab, carriage return) would be run by spreadsheet
programs that open a CSV file; it gets an apostrophe before it, as OWASP advises. In XLSX texts are stored as texts,
which are never run.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import Team, User
from throughline.core.recordref import RecordRef
from throughline.core.records import events, registry
from throughline.core.records.glimpse import Glimpse, Row
from throughline.core.records.queries import ListQuery, count, list_columns, listing
from throughline.core.records.spec import FieldSpec, FieldType, RecordSpec
from throughline.core.records.values import plain
from throughline.core.records.walls import shown_of, walled
from throughline.core.refusals import NotAllowed, Refusal

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The forms of files with their types."""
PAGE = 500
SHEET_ROWS = 1_048_575
"""A sheet of XLSX holds so many rows below its heading."""
SENT_AT_ONCE = 64 * 1024
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

Value = str | int | float | Decimal | bool | date | datetime | None
Told = Callable[[Row], Value]


def export(
    *,
    spec: RecordSpec,
    user: User,
    query: ListQuery,
    columns: Sequence[str] = (),
    form: str,
    by: Actor,
    at: datetime,
) -> Iterator[bytes]:
    """
    Return the parts of a file with the records a list query means; the journal is told before the first.

    Raises:
        NotAllowed: the person may export nothing of this type.
        Refusal: the query cannot be read, or there are more rows than a sheet holds.
    """
    if not access.can(user, access.EXPORT, spec):
        raise NotAllowed(f"Your roles do not let you export {spec.plural.lower()}. Ask an administrator.")
    fields = list_columns(spec, user, columns)
    query = replace(query, after="", limit=PAGE, exported=True)
    with walled(user):
        counted = count(spec=spec, user=user, query=query, at=at).number
    if form == "xlsx" and counted > SHEET_ROWS:
        raise Refusal("too_many", f"A sheet holds {SHEET_ROWS:,} rows, and these are about {counted:,}. Take CSV.")
    table = _Table(spec, user, fields)
    pages = table.pages(query, at)
    first = next(pages)  # a query that cannot be read is refused before anything is sent
    with transaction.atomic():
        event = events.RecordsExported(
            record_type=spec.type,
            form=form,
            columns=[described.name for described in fields],
            records=counted,
            filter=dict(query.filter),
            text=query.text,
        )
        journal.record(event, by=by, at=at, about=RecordRef("export", user.pk))
    return _WRITERS[form](table, _chained(first, pages))


def _chained(first: list[list[Value]], rest: Iterator[list[list[Value]]]) -> Iterator[list[list[Value]]]:
    yield first
    yield from rest


class _Table:
    """The heading and the rows of an export."""

    def __init__(self, spec: RecordSpec, user: User, fields: Sequence[FieldSpec]) -> None:
        self._spec, self._user, self.fields = spec, user, fields
        self._glimpse = Glimpse(spec)
        self._key = self._glimpse.at("id")
        names = _Names()
        self._told = [_told(described, self._glimpse, names, ZoneInfo(user.time_zone)) for described in fields]

    @property
    def heading(self) -> list[str]:
        """The names of the columns: number first."""
        return ["Number", *(str(described.label) for described in self.fields)]

    def pages(self, query: ListQuery, at: datetime) -> Iterator[list[list[Value]]]:
        """Give the rows page by page; the first one is there even when it is empty."""
        while True:
            found = listing(glimpse=self._glimpse, user=self._user, query=query, at=at, counted=False)
            refs = [RecordRef(self._spec.type, self._key(row)) for row in found.rows]
            shown = shown_of(refs, user=self._user)
            rows = (row for row, ref in zip(found.rows, refs, strict=True) if ref in shown)
            yield [[self._number(row), *(told(row) for told in self._told)] for row in rows]
            if not found.after:
                return
            query = replace(query, after=found.after)

    def _number(self, row: Row) -> str:
        return f"{self._spec.model.number_prefix}-{self._key(row)}"


class _Names:
    """Names of teams, which are few, read once when first asked for."""

    def __init__(self) -> None:
        self._teams: dict[int, str] | None = None

    def team(self, key: int) -> str:
        if self._teams is None:
            self._teams = dict(Team.objects.values_list("pk", "name"))
        return self._teams.get(key, "")


def _told(described: FieldSpec, glimpse: Glimpse, names: _Names, zone: ZoneInfo) -> Told:
    """Ask for a field and return what tells its value: as a number, a day or an instant where it is one."""
    value = glimpse.at(described.column)
    if described.masked:
        return lambda row: described.mask(value(row))
    if described.custom and described.type in (FieldType.USER, FieldType.RECORD):
        return lambda row: _linked_title(described, value(row))
    if described.type is FieldType.USER:
        name = glimpse.at(f"{described.source}__name")
        return lambda row: name(row) or ""
    if described.type is FieldType.TEAM:
        return lambda row: names.team(value(row)) if value(row) is not None else ""
    if described.type is FieldType.RECORD:
        title = glimpse.of(registry.get(described.to).title, link=described.source)
        return lambda row: str(title(row)) if value(row) is not None else ""
    if described.type is FieldType.DATETIME:
        return lambda row: moment.astimezone(zone).replace(tzinfo=None) if (moment := value(row)) else None
    if described.type is FieldType.CHOICE:
        labels = {choice.value: str(choice.label) for choice in described.choices}
        return lambda row: labels.get(value(row) or "", value(row) or "")
    if described.type in (FieldType.TAGS, FieldType.LIST):
        return lambda row: _parted(value(row) or ())
    if described.type is FieldType.ADDRESS:
        return lambda row: "\n".join(str(part) for part in (value(row) or {}).values() if part)
    return value


def _parted(parts: Sequence[Any]) -> str:
    """Return a list as one text that is read as the same list again: by semicolons where a part has a comma."""
    texts = [str(part) for part in parts]
    if not any("," in text for text in texts):
        return ", ".join(texts)
    return "; ".join(texts) if len(texts) > 1 else f"{texts[0]};"


def _linked_title(described: FieldSpec, key: Any) -> str:
    found = described.find(key) if key is not None else None
    if found is None:
        return ""
    return str(registry.get(described.to).title(found)) if described.type is FieldType.RECORD else str(found)


# -- Writers -----------------------------------------------------------------------------------------------------------


def _csv(table: _Table, pages: Iterator[list[list[Value]]]) -> Iterator[bytes]:
    """Write CSV as RFC 4180 has it, with the mark by which spreadsheet programs know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([harmless(name) for name in table.heading])
    for page in pages:
        writer.writerows([_csv_value(value) for value in row] for row in page)
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()


def _csv_value(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, str):
        return harmless(value)
    return value if isinstance(value, int | float) else str(plain(value))


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _xlsx(table: _Table, pages: Iterator[list[list[Value]]]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as kept:
        _write_book(kept, table, pages)
        kept.seek(0)
        while part := kept.read(SENT_AT_ONCE):
            yield part


def _write_book(kept: Any, table: _Table, pages: Iterator[list[list[Value]]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(kept, options) as book:
        sheet = book.add_worksheet()
        styles: dict[type, Any] = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.heading, book.add_format({"bold": True}))
        at = 0
        for page in pages:
            for row in page:
                at += 1
                for column, value in enumerate(row):
                    _write_cell(sheet, (at, column), value, styles)


def _write_cell(sheet: Any, at: tuple[int, int], value: Value, styles: dict[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(*at, value)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(*at, value, styles[type(value)])
    else:
        sheet.write_string(*at, str(value)[:32_767])


_WRITERS: dict[str, Callable[[_Table, Iterator[list[list[Value]]]], Iterator[bytes]]] = {"csv": _csv, "xlsx": _xlsx}
