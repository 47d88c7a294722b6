"""Reading staged lines one by one: a row, or what is wrong with the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from throughline.core.records.importing import LINE, Reader, Sibling
from throughline.core.records.imports.faults import Problem
from throughline.core.records.imports.guessing import mapping_of
from throughline.core.records.imports.models import Import
from throughline.core.records.spec import RecordSpec


class Staged:
    """The lines of a staged file as a table."""

    def __init__(self, run: Import) -> None:
        self._run = run
        self.header: list[str] = run.header

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line numbers and cells."""
        rows = self._run.staged.order_by("line").values_list("line", "cells")
        yield from rows.iterator(chunk_size=5_000)


class LineReader(Reader):
    """
    Reads lines of a staged import as its mapping says.

    Raises, when it is made:
        FileRefused: the order of days is open in a column.
        Refusal: the mapping makes no sense.
    """

    def __init__(self, spec: RecordSpec, run: Import) -> None:
        self._wrong: list[Problem] = []
        super().__init__(spec, Staged(run), mapping_of(run.mapping))

    def read(self, line: int, cells: list[str]) -> tuple[dict[str, Any] | None, list[Problem]]:
        """Return the row of a line and no problem, or what is wrong with it."""
        self._wrong = []
        row = self._row(line, cells)
        if row is not None:
            row.pop(LINE)
        return (None, self._wrong) if self._wrong else (row, [])

    def _refuse(self, problem: Problem) -> None:
        self._wrong.append(problem)

    def take_out(self, lines: Sequence[tuple[int, dict[str, Any]]]) -> dict[int, dict[str, str]]:
        """Take links to records of the same file out of rows; return them by line: field → name."""
        found: dict[int, dict[str, str]] = {}
        for line, row in lines:
            for name in self.siblings:
                value = row.get(name)
                if isinstance(value, Sibling):
                    found.setdefault(line, {})[name] = value.text
                    del row[name]
        return found
