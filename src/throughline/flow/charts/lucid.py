"""
Lucidchart's export of shape data as CSV: one row per page, shape, line and group. It has no positions.

Columns that matter: Id, Name (what it is), Page ID, Contained By, Line Source, Line Destination, Source Arrow,
Destination Arrow, Text Area 1 … n.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from throughline.flow.charts.sketch import Kind, Line, Shape, Sketch, UnreadableDrawing

NEEDED = ("Id", "Name", "Line Source", "Line Destination")

_NAMES: tuple[tuple[str, Kind], ...] = (
    ("terminator", Kind.EVENT),
    ("start", Kind.START),
    ("end", Kind.END),
    ("event", Kind.EVENT),
    ("decision", Kind.DECISION),
    ("gateway", Kind.DECISION),
    ("diamond", Kind.DECISION),
    ("document", Kind.DATA),
    ("multiple documents", Kind.DATA),
    ("data object", Kind.DATA),
    ("database", Kind.STORE),
    ("data store", Kind.STORE),
    ("stored data", Kind.STORE),
    ("internal storage", Kind.STORE),
    ("data", Kind.DATA),
    ("predefined process", Kind.CALL),
    ("subprocess", Kind.CALL),
    ("manual input", Kind.USER_STEP),
    ("manual operation", Kind.MANUAL_STEP),
    ("delay", Kind.TIMER),
    ("or", Kind.INCLUSIVE),
    ("summing junction", Kind.COMPLEX),
    ("connector", Kind.REFERENCE),
    ("off-page", Kind.REFERENCE),
    ("note", Kind.NOTE),
    ("text", Kind.NOTE),
    ("annotation", Kind.NOTE),
    ("swim lane", Kind.LANE),
    ("swimlane", Kind.LANE),
    ("pool", Kind.LANE),
    ("lane", Kind.LANE),
    ("group", Kind.GROUP),
    ("process", Kind.STEP),
    ("task", Kind.STEP),
    ("rectangle", Kind.STEP),
)


def is_shape_data(content: bytes) -> bool:
    """Return whether the first line of a table names the columns of Lucidchart's shape data."""
    first = content[:20_000].decode("utf-8-sig", "replace").partition("\n")[0]
    columns = next(csv.reader([first.strip()]), [])
    return all(name in columns for name in NEEDED)


def read_lucid(content: bytes) -> tuple[Sketch, ...]:
    """
    Return the pages of an export of shape data.

    Raises:
        UnreadableDrawing: it is none.
    """
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise UnreadableDrawing(f"Expected Lucidchart's shape data as CSV, but it cannot be read: {wrong}.") from wrong
    header = tuple(rows[0]) if rows else ()
    absent = [name for name in NEEDED if name not in header]
    if absent:
        raise UnreadableDrawing(f'Expected Lucidchart\'s shape data as CSV, but it has no column "{absent[0]}".')
    pages = {row["Id"]: _text(row) for row in rows if row["Name"] == "Page"} or {"": ""}
    return tuple(Sketch(name, _shapes(rows, page), _lines(rows, page)) for page, name in pages.items())


def _on(row: Mapping[str, str], page: str) -> bool:
    return not page or (row.get("Page ID") or page) == page


def _text(row: Mapping[str, str]) -> str:
    areas = [value for name, value in row.items() if name and name.startswith("Text Area") and value]
    return " ".join(" ".join(areas).split())


def _is_line(row: Mapping[str, str]) -> bool:
    return row["Name"] == "Line" or bool(row["Line Source"] or row["Line Destination"])


def _shapes(rows: list[dict[str, str]], page: str) -> tuple[Shape, ...]:
    found: list[Shape] = []
    for row in rows:
        if row["Name"] in ("Page", "Document") or _is_line(row) or not _on(row, page):
            continue
        kind, sure = kind_named(row["Name"])
        parent = (row.get("Contained By") or "").split("|")[0]
        if kind is Kind.LANE and (names := _lane_names(row)):
            found.append(Shape(id=row["Id"], text=row.get("Text Area 1") or "", kind=Kind.GROUP, parent=parent))
            found.extend(
                Shape(id=f"{row['Id']}.{place}", text=name, kind=Kind.LANE, parent=row["Id"])
                for place, name in enumerate(names)
            )
            continue
        found.append(Shape(id=row["Id"], text=_text(row), kind=kind, parent=parent, sure=sure))
    return tuple(found)


def _lane_names(row: Mapping[str, str]) -> list[str]:
    """Return the names of the lanes of a swim lane shape, which is one row whose text areas are title and lanes."""
    areas = [value.strip() for name, value in row.items() if name and name.startswith("Text Area") and value]
    return areas[1:] if len(areas) > 2 else []


def _lines(rows: list[dict[str, str]], page: str) -> tuple[Line, ...]:
    found = []
    for row in rows:
        if not _is_line(row) or not _on(row, page):
            continue
        source, target = row["Line Source"], row["Line Destination"]
        arrows = (row.get("Source Arrow") or "None", row.get("Destination Arrow") or "None")
        if arrows[1] == "None" and arrows[0] != "None":
            source, target = target, source
        found.append(Line(id=row["Id"], text=_text(row), source=source, target=target))
    return tuple(found)


def kind_named(name: str) -> tuple[Kind, bool]:
    """Return what a shape with this name in a library of shapes is, and whether the name says it."""
    word = name.lower()
    for beginning, kind in _NAMES:
        if word.startswith(beginning):
            return kind, True
    return Kind.STEP, False
