"""Reading CSV: as text with its delimiter and header, strictly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from throughline.core.records.imports.faults import FileRefused, Problem


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file as text with its delimiter and header; its rows can be gone through more than once."""

    text: str
    delimiter: str
    header: list[str]

    @classmethod
    def read(cls, content: bytes) -> Table:
        text = _decoded(content)
        first = text.lstrip("\r\n").partition("\n")[0]
        delimiter = max(",;\t|", key=first.count)
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        if not any(header):
            raise FileRefused([Problem(1, "", "The file is empty. Its first line names the columns.")])
        for name in header:
            if not name or header.count(name) > 1:
                raise FileRefused([Problem(1, name, "Every column needs a name of its own.")])
        return cls(text, delimiter, header)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line number and cells; blank lines are left out."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        line = 1
        headed = False
        try:
            for cells in reader:
                here, line = line, reader.line_num + 1
                if not any(cell.strip() for cell in cells):
                    continue
                if headed:
                    yield here, cells
                headed = True
        except csv.Error as wrong:
            raise FileRefused([Problem(line, "", f"The line is no CSV: {wrong}.")]) from wrong


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise FileRefused([Problem(line, "", "The file is not UTF-8. Save it as CSV UTF-8 and try again.")]) from wrong
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileRefused([Problem(line, "", "The line holds a zero byte, so this is no CSV file.")])
    return text
