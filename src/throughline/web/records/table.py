"""
The body of a list's table: fifty rows of ten cells, put together from what the columns have drawn.

A template would spend more on asking rows for their values than on writing them. What stands around the body is one
(``records/_table.html``).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from markupsafe import Markup

from throughline.web.marks import escaped
from throughline.web.parts import Column, Row


def body(rows: Sequence[Row], columns: Sequence[Column], *, selectable: bool) -> Markup:
    """Put the rows of a table together; those that are ``selectable`` begin with a box to tick."""
    openings = [_opening(column) for column in columns[1:]]
    ticked = escaped(_("Select %(name)s")) if selectable else ""
    return Markup("".join([_row(row, openings, ticked) for row in rows]))  # noqa: S704 - its parts are escaped


def _opening(column: Column) -> str:
    """Return the beginning of the cells of a column, which ends where ``data-empty`` may stand."""
    numeric = " num" if column.numeric else ""
    changed = f' data-cell="{escaped(column.name)}" tabindex="-1"' if column.editable else ""
    return f'<td class="clip{numeric}" data-label="{escaped(column.label)}"{changed}'


def _row(row: Row, openings: Sequence[str], ticked: str) -> str:
    title = escaped(row.title)
    cells = zip(openings, row.cells, strict=True)
    written = "".join([f"{begun}>{words}</td>" if words else f"{begun} data-empty></td>" for begun, words in cells])
    held = f' data-cells="{escaped(row.cell_url)}" data-version="{row.version}"' if row.cell_url else ""
    box = _BOX.format(row.id, ticked % {"name": title}) if ticked else ""
    return (
        f"<tr data-row{held}>{box}"
        f'<th scope="row" class="clip">'
        f'<a class="grid-table__main" href="{escaped(row.url)}">{row.first or title}</a></th>'
        f"{written}</tr>\n"
    )


_BOX = (
    '<td class="tight" data-select-cell><input type="checkbox" name="record" value="{}" form="bulk-form" data-select'
    ' aria-label="{}"></td>'
)
