"""Reading staged lines: rows, or what is wrong with each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from throughline.core.records.importing import Reader, Sibling
from throughline.core.records.imports.guessing import mapping_of
from throughline.core.records.imports.models import Import
from throughline.core.records.spec import RecordSpec
from throughline.core.rows import fetch

AT_ONCE = 5_000

_AFTER = """
SELECT line, cells::text FROM imports_stagedrow WHERE run_id = %s AND line > %s ORDER BY line LIMIT %s
"""
_cells = msgspec.json.Decoder(list[str])


def staged(run: Import, *, after: int, limit: int) -> list[tuple[int, list[str]]]:
    """Return up to ``limit`` staged lines after one, in order."""
    return [(line, _cells.decode(cells)) for line, cells in fetch(_AFTER, [run.pk, after, limit])]


class Staged:
    """The lines of a staged file as a table."""

    def __init__(self, run: Import) -> None:
        self._run = run
        self.header: list[str] = run.header

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line numbers and cells."""
        after = 0
        while some := staged(self._run, after=after, limit=AT_ONCE):
            yield from some
            after = some[-1][0]


class LineReader(Reader):
    """
    Reads lines of a staged import as its mapping says.

    Raises, when it is made:
        FileRefused: the order of days is open in a column.
        Refusal: the mapping makes no sense.
    """

    def __init__(self, spec: RecordSpec, run: Import) -> None:
        super().__init__(spec, Staged(run), mapping_of(run.mapping))

    def take_out(self, lines: Sequence[tuple[int, dict[str, Any]]]) -> dict[int, dict[str, str]]:
        """Take links to records of the same file out of rows; return them by line: field → name."""
        found: dict[int, dict[str, str]] = {}
        for line, row in lines if self.siblings else ():
            for name in self.siblings:
                value = row.get(name)
                if isinstance(value, Sibling):
                    found.setdefault(line, {})[name] = value.text
                    del row[name]
        return found
