"""
Reading what people upload: CSV in the usual encodings, and workbooks (XLSX), with one clear sentence for what is not.

A workbook is a zip archive, so its contents are measured before they are unpacked. Cells that hold an error or a
formula that was never worked out are named instead of being taken for empty.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from python_calamine import CalamineError, CalamineWorkbook

from throughline.core.records.imports.delimited import Table
from throughline.core.records.imports.faults import FileRefused, Problem

MAX_COLUMNS = 1_000
MAX_UNPACKED = 1024**3
"""Bytes that a workbook may unpack to."""
MAX_RATIO = 200
"""More than so many times its size, above ``SUSPICIOUS`` bytes, is no workbook but a bomb."""
SUSPICIOUS = 64 * 1024**2

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BROKEN = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_VALUE = re.compile(rb"<v[^>/]*>[^<]")
SHOWN = 20


class ReadTable(Protocol):
    """A table with named columns, gone through line by line, more than once."""

    @property
    def header(self) -> list[str]:
        """The names of the columns."""

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line numbers and cells; the header is line 1."""


def read_table(content: bytes, name: str = "") -> ReadTable:
    """
    Return the table of a file, whatever it is called: a workbook is known by its first bytes.

    Raises:
        FileRefused: it is no table, with one sentence that says what to do.
    """
    if not content.strip():
        raise _refused("The file is empty. Its first line names the columns.")
    if content.startswith(_OLD_EXCEL):
        raise _refused("This is an old Excel file or one with a password. Save it as .xlsx without one and try again.")
    if content.startswith(_ZIP[:2]):
        table: ReadTable = Sheet.read(content)
    elif name.lower().endswith((".xlsx", ".xlsm")):
        raise _refused("The file is called a workbook, but is none. Save it again as .xlsx or as CSV UTF-8.")
    else:
        table = Table.read(_as_utf8(content))
    if len(table.header) > MAX_COLUMNS:
        raise _refused(f"The file has {len(table.header)} columns; up to {MAX_COLUMNS} can be read. Leave some out.")
    if _looks_like_data(table.header):
        raise _refused(f'The first line looks like data ("{table.header[0]}"). Put the names of the columns above it.')
    return table


def _refused(sentence: str) -> FileRefused:
    return FileRefused([Problem(1, "", sentence)])


def _as_utf8(content: bytes) -> bytes:
    """Return UTF-16 with a mark at its beginning, as Excel writes “Unicode text”, as UTF-8; other bytes as they are."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise _refused(
                "The file is cut off in the middle of a letter. Save it as CSV UTF-8 and try again."
            ) from None
    return content


_DATUM = re.compile(r"[+-]?[\d.,]*\d[\d.,]*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|[^@\s]+@[^@\s]+\.[^@\s]+")


def _looks_like_data(header: list[str]) -> bool:
    """Whether a line is rather one of values: no column is named so by a number, a day or an address of mail."""
    data = [cell for cell in header if _DATUM.fullmatch(cell)]
    return bool(data) and (len(data) * 2 >= len(header) or any("@" in cell for cell in data))


# -- Workbooks ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sheet:
    """The first visible sheet of a workbook that holds anything."""

    header: list[str]
    _rows: list[list[Any]] = field(repr=False)
    _first: int = 1

    @classmethod
    def read(cls, content: bytes) -> Sheet:
        """
        Read a workbook.

        Raises:
            FileRefused: it is broken, too large, empty, or has cells with errors.
        """
        archive = _opened(content)
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            names = [each.name for each in book.sheets_metadata if str(each.visible).endswith("Visible")]
            sheets = [book.get_sheet_by_name(name) for name in names]
        except (CalamineError, ValueError, OSError) as wrong:
            raise _refused("The workbook cannot be read. Open it, save it as .xlsx and try again.") from wrong
        for sheet in sheets:
            rows = sheet.to_python(skip_empty_area=False)
            used = next((place for place, row in enumerate(rows) if any(cell != "" for cell in row)), None)
            if used is not None:
                _refuse_broken(archive, book.sheet_names.index(sheet.name))
                return cls(_header(rows[used], used + 1), rows[used + 1 :], used + 2)
        raise _refused("The workbook is empty. Its first line names the columns.")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line numbers and cells as text; blank lines are left out."""
        width = len(self.header)
        for line, row in enumerate(self._rows, self._first):
            cells = [_text(cell) for cell in row[:width]]
            if any(cells):
                yield line, cells + [""] * (width - len(cells))


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as wrong:
        raise _refused("The workbook is damaged or cut off. Save it again as .xlsx and try again.") from wrong
    if unpacked > MAX_UNPACKED or (unpacked > SUSPICIOUS and unpacked > MAX_RATIO * len(content)):
        raise _refused("The workbook unpacks to far more than it should. Save the sheet as CSV UTF-8 and try again.")
    if "xl/workbook.xml" not in archive.namelist():
        raise _refused("The file is an archive, but no workbook. Save the table as .xlsx or as CSV UTF-8.")
    return archive


def _header(row: list[Any], line: int) -> list[str]:
    names = [_text(cell) for cell in row]
    while names and not names[-1]:
        names.pop()
    for name in names:
        if not name or names.count(name) > 1:
            raise FileRefused([Problem(line, name, "Every column needs a name of its own.")])
    return names


def _text(cell: Any) -> str:
    """Return a cell as it would stand in a CSV file."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(int(cell.total_seconds()))
    return str(cell)


def _refuse_broken(archive: zipfile.ZipFile, place: int) -> None:
    """Raise for cells that hold an error, or a formula without a value: both would be read as empty."""
    name = _part(archive, place)
    if name is None:
        return
    try:
        text = archive.read(name)
    except (zipfile.BadZipFile, OSError, EOFError) as wrong:
        raise _refused("The workbook is damaged or cut off. Save it again as .xlsx and try again.") from wrong
    if b't="e"' not in text and b"<f" not in text:
        return
    problems = []
    for found in _BROKEN.finditer(text):
        column, line, attributes, inside = found[1].decode(), int(found[2]), found[3], found[4] or b""
        if b't="e"' in attributes:
            problems.append(Problem(line, column, "The cell holds an error. Correct it in the sheet."))
        elif b"<f" in inside and not _VALUE.search(inside) and b't="str"' not in attributes:
            problems.append(
                Problem(line, column, "The formula has no value. Open and save the sheet, or paste values.")
            )
    if problems:
        raise FileRefused(problems[:SHOWN], max(0, len(problems) - SHOWN))


_SHEET = re.compile(rb'<sheet\b[^>]*?\br:id="([^"]+)"')


def _part(archive: zipfile.ZipFile, place: int) -> str | None:
    """Return the name of the part that holds a sheet, by its place in the book."""
    ids = [found.decode() for found in _SHEET.findall(archive.read("xl/workbook.xml"))]
    try:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    for tag in re.findall(r"<Relationship\b[^>]*>", relations):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if place < len(ids) and attributes.get("Id") == ids[place]:
            target = attributes.get("Target", "").removeprefix("/")
            name = target if target.startswith("xl/") else f"xl/{target}"
            return name if name in archive.namelist() else None
    return None
