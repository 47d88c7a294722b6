"""
Drawings as a table: a row per shape and per line, as Creately and others export what is on a page, or by hand.

There is no standard for it, so nothing is guessed: a column is used only when its title is one of those known here, two
columns that could be the same refuse the table, and columns that are not used are named. Three ways to write a chart
are read: rows of lines that name two shapes (``From``, ``To``) beside rows of shapes, such rows alone (then the shapes
are what they name), and a column in the row of each shape that names what comes next.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from throughline.flow.charts.lucid import kind_named
from throughline.flow.charts.sketch import Kind, Line, Point, Shape, Sketch, UnreadableDrawing

TITLES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "shape id", "item id", "object id", "uid", "key", "step id", "process step id"),
    "text": ("text", "label", "title", "shape text", "item text", "words", "step", "process step description"),
    "name": ("name", "item name", "shape name"),
    "kind": ("type", "shape", "shape type", "item type", "kind", "object type"),
    "source": ("from", "source", "source id", "from id", "from shape", "source shape", "start", "line source"),
    "target": ("to", "target", "target id", "to id", "to shape", "target shape", "end", "destination",
               "line destination"),
    "next": ("next", "next step", "next step id", "next id", "connected to", "connects to", "successor", "successors"),
    "words": ("line text", "connector text", "connector label", "line label", "condition"),
    "inside": ("parent", "parent id", "container", "container id", "contained by", "lane", "swimlane", "swim lane",
               "function"),
    "x": ("x", "left"),
    "y": ("y", "top"),
    "width": ("width", "w"),
    "height": ("height", "h"),
}  # fmt: skip
"""The titles of columns that are known, by what they say; capitals and underscores do not count."""

LINES = ("line", "connector", "connection", "arrow", "edge", "link")
"""Kinds of a row that make it a line."""
MOST_ROWS = 20_000
_SPACES = re.compile(r"[\s_]+")
_SEVERAL = re.compile(r"[;,|]")


def read_table(content: bytes) -> tuple[Sketch, ...]:
    """
    Return the page that a table of shapes and lines tells of.

    Raises:
        UnreadableDrawing: it is no such table, or its columns are none that are known; the sentence names them.
    """
    rows = _rows(content)
    columns = _columns(rows[0])
    table = [{use: _cell(row, place) for use, place in columns.items()} for row in rows[1:] if any(map(str.strip, row))]
    _require_sense(columns, rows[0], table)
    return (_Table(table, columns).sketch(_unused(rows[0], columns)),)


def _rows(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        mark = max(",;\t", key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise UnreadableDrawing(
            f"Expected a table of shapes as CSV in UTF-8, but it cannot be read: {wrong}."
        ) from wrong
    if len(rows) > MOST_ROWS:
        raise UnreadableDrawing(f"Expected at most {MOST_ROWS:,} rows of shapes and lines, but there are more.")
    if not rows or not rows[0]:
        raise UnreadableDrawing("Expected a table of shapes and lines, but the file is empty.")
    return rows


def _columns(titles: Sequence[str]) -> dict[str, int]:
    """Return the place of each column that is known, by what it says."""
    found: dict[str, int] = {}
    for use, known in TITLES.items():
        places = [place for place, title in enumerate(titles) if _plain(title) in known]
        if len(places) > 1:
            named = " and ".join(f"“{titles[place].strip()}”" for place in places)
            raise UnreadableDrawing(f"The columns {named} could mean the same. Rename or remove one of them.")
        if places:
            found[use] = places[0]
    if "name" in found and "text" not in found:
        found["text"] = found.pop("name")  # the only words there are
    elif "name" in found and "kind" not in found:
        found["kind"] = found.pop("name")  # a library of shapes calls by it what a shape is
    return found


def _plain(title: str) -> str:
    return _SPACES.sub(" ", title).strip().casefold()


def _cell(row: Sequence[str], place: int) -> str:
    return " ".join(row[place].split()) if place < len(row) else ""


def _require_sense(columns: Mapping[str, int], titles: Sequence[str], table: Sequence[Mapping[str, str]]) -> None:
    joins = {"source", "target"} <= columns.keys() or "next" in columns
    if not joins or not ({"id", "text"} & columns.keys() or {"source", "target"} <= columns.keys()):
        here = ", ".join(f"“{title.strip()}”" for title in titles[:12] if title.strip()) or "none"
        raise UnreadableDrawing(
            "Expected a table with a column for the words of a shape (Text) and two for what a line joins (From, To), "
            f"or one for what comes next (Next); but its columns are {here}. Rename them, or export the drawing as "
            ".vsdx or SVG."
        )
    if not table:
        raise UnreadableDrawing("The table has the right columns, but no shapes in it.")


def _unused(titles: Sequence[str], columns: Mapping[str, int]) -> tuple[str, ...]:
    left = [title.strip() for place, title in enumerate(titles) if place not in columns.values() and title.strip()]
    return (f"These columns were not used: {', '.join(left)}.",) if left else ()


class _Table:
    """The rows of a table with the shapes that they are and name."""

    def __init__(self, rows: Sequence[Mapping[str, str]], columns: Mapping[str, int]) -> None:
        self._columns = columns
        self._lines = [row for row in rows if self._is_line(row)]
        self._shapes = {self._key(row, place): row for place, row in enumerate(rows) if not self._is_line(row)}
        self._by_words: dict[str, str] = {}
        for key, row in self._shapes.items():
            words = row.get("text", "")
            self._by_words[words] = "" if words in self._by_words else key  # words of two shapes name neither

    def _is_line(self, row: Mapping[str, str]) -> bool:
        return bool(row.get("source") or row.get("target")) or _plain(row.get("kind", "")) in LINES

    @staticmethod
    def _key(row: Mapping[str, str], place: int) -> str:
        return row.get("id") or f"row {place + 2}"

    def sketch(self, remarks: tuple[str, ...]) -> Sketch:
        lines = [*self._drawn_lines(), *self._next_lines()]
        shapes = [self._shape(key, row) for key, row in self._shapes.items()]
        shapes += self._lanes(shapes)
        if not self._shapes:
            ends = dict.fromkeys(end for line in lines for end in (line.source, line.target) if end)
            shapes = [Shape(id=end, text=end, kind=Kind.STEP, sure=False) for end in ends]
        return Sketch("", tuple(shapes), tuple(lines), remarks)

    def _end(self, named: str) -> str:
        """Return the shape that a cell names, by its id or, where only one has them, by its words."""
        if not self._shapes:
            return named
        return named if named in self._shapes else self._by_words.get(named, "") if named else ""

    def _drawn_lines(self) -> Iterator[Line]:
        for number, row in enumerate(self._lines, start=1):
            words = row.get("words") or row.get("text", "")
            source, target = self._end(row.get("source", "")), self._end(row.get("target", ""))
            yield Line(id=f"line {number}", text=words, source=source, target=target)

    def _next_lines(self) -> Iterator[Line]:
        for key, row in self._shapes.items():
            named = row.get("next", "")
            goals = [named] if self._end(named) else [part.strip() for part in _SEVERAL.split(named)]
            words = [part.strip() for part in _SEVERAL.split(row.get("words", ""))]
            for number, goal in enumerate(goal for goal in goals if goal):
                said = words[number] if len(words) == len(goals) else ""
                yield Line(id=f"{key} next {number + 1}", text=said, source=key, target=self._end(goal))

    def _shape(self, key: str, row: Mapping[str, str]) -> Shape:
        kind, sure = kind_named(row.get("kind", ""))
        (x, y), (width, height) = self._pair(row, "x", "y"), self._pair(row, "width", "height")
        return Shape(
            id=key, text=row.get("text", ""), kind=kind, sure=sure, x=x, y=y, width=width, height=height,
            parent=self._holder(row),
        )  # fmt: skip

    @staticmethod
    def _pair(row: Mapping[str, str], *names: str) -> Point:
        values = [row.get(name, "").replace(",", ".") for name in names]
        try:
            return float(values[0]), float(values[1])
        except ValueError:
            return 0.0, 0.0

    def _holder(self, row: Mapping[str, str]) -> str:
        named = row.get("inside", "")
        return self._end(named) or (f"lane {named}" if named else "")

    def _lanes(self, shapes: Sequence[Shape]) -> list[Shape]:
        """Return lanes for those that shapes name without a row of their own."""
        known = {shape.id for shape in shapes}
        named = dict.fromkeys(shape.parent for shape in shapes if shape.parent and shape.parent not in known)
        return [Shape(id=each, text=each.removeprefix("lane "), kind=Kind.LANE) for each in named]
