"""Reading what people upload, and one clear sentence for what is no table."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl  # type: ignore[import-untyped, unused-ignore]
import pytest

from throughline.core.records.imports import tables
from throughline.core.records.imports.faults import FileRefused
from throughline.core.records.imports.tables import read_table


def workbook(*rows: tuple[object, ...], merged: str = "") -> bytes:
    """Return a workbook with one sheet of these rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.req("K1")
class TestWorkbooks:
    """XLSX."""

    def test_cells_are_read_as_a_file_of_text_would_say_them(self) -> None:
        content = workbook(
            ("Name", "Amount", "Day", "Moment", "Open"),
            ("Ada", 5, date(2026, 3, 4), datetime(2026, 3, 4, 5, 6), True),
            (None, None, None, None, None),
            ("Mei", 5.25, None, None, False),
        )

        table = read_table(content, "people.xlsx")

        assert table.header == ["Name", "Amount", "Day", "Moment", "Open"]
        assert list(table.rows()) == [
            (2, ["Ada", "5", "2026-03-04", "2026-03-04 05:06:00", "yes"]),
            (4, ["Mei", "5.25", "", "", "no"]),
        ]

    def test_merged_cells_say_it_once(self) -> None:
        table = read_table(workbook(("Name", "City"), ("Ada", ""), merged="A2:B2"))

        assert list(table.rows()) == [(2, ["Ada", ""])]

    def test_what_was_worked_out_nowhere_is_named(self) -> None:
        with pytest.raises(FileRefused, match=r"Line 2, column B: The formula has no value"):
            read_table(workbook(("Name", "Sum"), ("Ada", "=1+1")))

    def test_an_error_in_a_cell_is_named(self) -> None:
        with pytest.raises(FileRefused, match=r"Line 2, column B: The cell holds an error"):
            read_table(workbook(("Name", "Sum"), ("Ada", "#DIV/0!")))

    def test_a_file_that_was_cut_off_is_refused(self) -> None:
        content = workbook(("Name",), ("Ada",))

        with pytest.raises(FileRefused, match="damaged or cut off"):
            read_table(content[: len(content) // 2])

    def test_a_bomb_is_not_unpacked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tables, "SUSPICIOUS", 1024)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"0" * 1024 * 1024)

        with pytest.raises(FileRefused, match="far more than it should"):
            read_table(out.getvalue())

    def test_another_archive_is_no_workbook(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("hello.txt", "hello")

        with pytest.raises(FileRefused, match="no workbook"):
            read_table(out.getvalue())

    def test_old_or_locked_ones_and_what_is_only_called_so_are_refused(self) -> None:
        with pytest.raises(FileRefused, match="old Excel file"):
            read_table(b"\xd0\xcf\x11\xe0rest", "a.xls")
        with pytest.raises(FileRefused, match="called a workbook"):
            read_table(b"Name\nAda\n", "a.xlsx")

    def test_an_empty_one_says_so(self) -> None:
        with pytest.raises(FileRefused, match="workbook is empty"):
            read_table(workbook())


@pytest.mark.req("K1")
class TestText:
    """CSV."""

    def test_unicode_text_of_excel_is_read(self) -> None:
        table = read_table("Name\tCity\nAda\tLondon\n".encode("utf-16"))

        assert table.header == ["Name", "City"]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"  \n", "The file is empty"),
            (b"Name\xff\nAda\n", "not UTF-8"),
            (b"Ada,ada@x.org\nMei,mei@y.org\n", "first line looks like data"),
            (b"2026-03-04,5\n2026-03-05,6\n", "first line looks like data"),
            (b"Name,Name\nA,B\n", "name of its own"),
            (b"Name,\nA,B\n", "name of its own"),
        ],
    )
    def test_what_is_no_table_is_refused_in_one_sentence(self, content: bytes, sentence: str) -> None:
        with pytest.raises(FileRefused, match=sentence):
            read_table(content)

    def test_500_columns_are_read_and_more_than_the_most_are_not(self) -> None:
        wide = ",".join(f"c{n}" for n in range(500))
        too_wide = ",".join(f"c{n}" for n in range(tables.MAX_COLUMNS + 1))

        assert len(read_table(f"{wide}\n".encode()).header) == 500
        with pytest.raises(FileRefused, match="up to 1000 can be read"):
            read_table(f"{too_wide}\n".encode())
