"""
The sample company as a file: written once after it was made, loaded in seconds.

Theory of operation. The file holds the tables by name and their columns by name, each column by itself, because like
stands beside like then and packs to a fraction; whole numbers are kept as differences, JSON that is stored as bytes as
text. What must be new in every installation is left out and made while loading: the transaction that journal entries
belong to, the salts and digests of personal values, passwords, and documents whose dates would be wrong. Days are moved
by whole weeks, wherever they stand (columns, JSON, states of cases), so that the history ends less than a week before
the moment of loading; the days between are then lived through by the same code that made the others (``history``).

A file outlives changes of the schema: a column it does not know takes its default, one that is gone is refused with
what to do about it.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from typing import IO, Any

import msgspec
from django.apps import apps
from django.db import connection

from throughline.core.journal.partitions import ensure_partitions
from throughline.core.journal.writing import personal_digest
from throughline.core.records import vocabulary

FORMAT = 1
FIRST_ID = 1001
"""Where ids begin in a company that is kept, so that they meet none of an installation that has a few rows already."""

LEFT_OUT = re.compile(
    r"(django|auth|account|socialaccount|mfa|usersessions)_|journal_(era|segment)$|sample_|(custom_stamp|procedures_dayuse"
    r"|deals_dealsum|records_search_word)$"
)
"""Tables that belong to the installation, or are filled from others (what the log and the deals add up to, words)."""
MADE_ANEW: Mapping[str, frozenset[str]] = {
    "journal_entry": frozenset({"txid", "era", "digest"}),
    "journal_personal": frozenset({"salt"}),
    "identity_user": frozenset({"password", "last_login"}),
    "quotes_quote": frozenset({"document"}),
    "invoices_invoice": frozenset({"document"}),
}
ONLY: Mapping[str, str] = {
    "files_blob": "media_type <> 'application/pdf'",
    "files_chunk": "blob_id IN (SELECT id FROM files_blob WHERE media_type <> 'application/pdf')",
}
"""Documents are left out: they bear days, and are made again when somebody asks for them."""
BY_KEY = dict.fromkeys(
    ("identity_role", "identity_businesscalendar", "deals_pipeline", "deals_stage", "queues_queue"), "key"
)
"""Rows that an installation may have already; then its own stay."""
GUARDED = ("procedures_decisionpin",)
"""Tables whose triggers refuse rows of what is published already."""
WHOLE = frozenset({"smallint", "integer", "bigint"})
DATED = frozenset({"date", "timestamp with time zone", "jsonb"})
_DAY = re.compile(rb"\b20[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")


class Outdated(Exception):
    """The kept file does not fit the tables any more; the text says what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The kept sample company {what}. Make it anew: run `throughline sample make`.")


class KeptColumn(msgspec.Struct, frozen=True):
    """A column in the file: how it is written (``text``, ``delta``, ``json``), and how many bytes it takes."""

    name: str
    coding: str
    size: int


class KeptTable(msgspec.Struct, frozen=True):
    """A table in the file."""

    name: str
    rows: int
    columns: list[KeptColumn]


class Label(msgspec.Struct, frozen=True):
    """What the file says of itself, in its first line. The history goes from ``begins_at`` until ``ends_at``."""

    format: int
    begins_at: datetime
    ends_at: datetime
    tables: list[KeptTable]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables)


def crowded(label: Label) -> str | None:
    """Return a table of this database whose rows stand where those of the file would come, or None."""
    with connection.cursor() as cursor:
        for table in label.tables:
            if table.name in BY_KEY or not any(each.name == "id" and each.coding == "delta" for each in table.columns):
                continue
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table.name}" WHERE id >= %s)', [FIRST_ID])
            if cursor.fetchone()[0]:
                return table.name
    return None


# -- Writing -----------------------------------------------------------------------------------------------------------


def number_from(first: int) -> None:
    """Let the ids of all tables begin with ``first``; for a database that is empty but for its tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace"
        )
        for (name,) in cursor.fetchall():
            if not LEFT_OUT.match(name):
                cursor.execute(f'ALTER SEQUENCE "{name}" RESTART WITH {first:d}')


def write(target: IO[bytes], *, begins_at: datetime, ends_at: datetime) -> Label:
    """Write the company in this database, whose history goes from ``begins_at`` to ``ends_at``; return what is kept."""
    parts, blobs = [], []
    for name in tables():
        columns = [each for each in _columns(name) if each.name not in MADE_ANEW.get(name, ())]
        values = _read(name, [each.name for each in columns])
        if not values:
            continue
        kept = []
        for column, cells in zip(columns, zip(*values, strict=True), strict=True):
            coding, blob = _encode(column.type, cells)
            kept.append(KeptColumn(column.name, coding, len(blob)))
            blobs.append(blob)
        parts.append(KeptTable(name, len(values), kept))
    label = Label(FORMAT, begins_at, ends_at, parts)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}]
    with lzma.open(target, "wb", format=lzma.FORMAT_XZ, check=lzma.CHECK_SHA256, filters=filters) as packed:
        packed.write(msgspec.json.encode(label) + b"\n")
        for blob in blobs:
            packed.write(blob)
    return label


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the database. ``is_needed``: it takes no null and the database has no default for it."""

    name: str
    type: str
    is_needed: bool


def tables() -> list[str]:
    """Return the tables that a company is kept from, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
            "AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
        return [name for (name,) in cursor.fetchall() if not LEFT_OUT.match(name)]


def _columns(table: str) -> list[Column]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, format_type(a.atttypid, NULL), "
            "a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' "
            "FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped "
            "AND a.attgenerated = '' ORDER BY a.attnum",
            [f'"{table}"'],
        )
        return [Column(*row) for row in cursor.fetchall()]


def _read(table: str, columns: Sequence[str]) -> list[list[bytes]]:
    """Return the rows of a table as the server writes them for COPY, in the order of their keys."""
    names = ", ".join(f'"{name}"' for name in columns)
    where = f"WHERE {ONLY[table]}" if table in ONLY else ""
    held = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone TO 'UTC'")
        with cursor.copy(f'COPY (SELECT {names} FROM "{table}" {where} ORDER BY "{columns[0]}") TO STDOUT') as stream:
            for piece in stream:
                held.write(piece)
    return [line.split(b"\t") for line in held.getvalue().split(b"\n")[:-1]]


def _encode(kind: str, cells: Sequence[bytes]) -> tuple[str, bytes]:
    if kind in WHOLE and b"\\N" not in cells:
        numbers = [int(cell) for cell in cells]
        differences = [numbers[0], *(late - early for early, late in pairwise(numbers))]
        return "delta", b"\n".join(b"%d" % each for each in differences)
    if kind == "bytea" and all(cell == b"\\N" or cell.startswith((b"\\\\x7b", b"\\\\x5b")) for cell in cells):
        plain = [cell if cell == b"\\N" else bytes.fromhex(cell[3:].decode()) for cell in cells]
        if not any(b"\n" in each for each in plain):
            return "json", b"\n".join(plain)
    return "text", b"\n".join(cells)


# -- Loading -----------------------------------------------------------------------------------------------------------


def load(source: IO[bytes], *, at: datetime) -> tuple[Label, datetime]:
    """
    Put the kept company into the tables, moved so that its history ends less than a week before ``at``.

    Returns what the file holds and when the history ends here. To be called in a transaction.

    Raises:
        Outdated: the file does not fit the tables.
    """
    with lzma.open(source, "rb") as packed:
        label = msgspec.json.decode(packed.readline(), type=Label)
        if label.format != FORMAT:
            raise Outdated(f"is written in way {label.format}, this version reads way {FORMAT}")
        weeks = (at - label.ends_at) // timedelta(weeks=1)
        moved = _mover(weeks * 7)
        _make_months((label.begins_at + timedelta(weeks=weeks)).date(), at.date())
        with _unguarded():
            _Loading(moved).load(label, packed.read)
    _number_on()
    vocabulary.learn_all()
    return label, label.ends_at + timedelta(weeks=weeks)


def _make_months(first_on: date, last_on: date) -> None:
    """Make the parts of the tables that are parted by month."""
    ensure_partitions(first_on=first_on, last_on=last_on)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT procedures_ensure_months(array(SELECT month::date FROM generate_series("
            "date_trunc('month', %s::date), %s::date, interval '1 month') AS month))",
            [first_on, last_on],
        )


@contextmanager
def _unguarded() -> Iterator[None]:
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        yield
        for table in GUARDED:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _mover(days: int) -> Callable[[bytes], bytes]:
    """Return what moves every day in a text by so many days."""
    known: dict[bytes, bytes] = {}

    def later(match: re.Match[bytes]) -> bytes:
        found = match.group()
        if found not in known:
            try:
                known[found] = (date.fromisoformat(found.decode()) + timedelta(days=days)).isoformat().encode()
            except ValueError:  # thirty-one days in a month of thirty: no day, but a number that looks like one
                known[found] = found
        return known[found]

    return lambda text: _DAY.sub(later, text)


class _Loading:
    """
    One loading of a file.

    What must be asked of the database is asked first; then one thread writes the rows as COPY wants them while the
    server takes in those of the table before.
    """

    def __init__(self, moved: Callable[[bytes], bytes]) -> None:
        self._moved = moved
        self._digests: dict[bytes, bytes] = {}
        self._present = set(tables())
        self._models = {model._meta.db_table: model for model in apps.get_models()}
        self._here = {table: _keys_of(table, key) for table, key in BY_KEY.items() if table in self._present}
        self._known_roles: dict[bytes, bytes] = {}
        self._transaction, self._era = _this_transaction()
        self._anew: Mapping[str, Callable[[int, Mapping[str, list[bytes]]], Mapping[str, list[bytes]]]] = {
            "journal_entry": self._of_journal,
            "journal_personal": self._of_personal,
            "identity_user": lambda rows, _cells: {"password": [b"!"] * rows},
            "identity_rolemembership": self._of_roles,
            "queues_queue": self._of_roles,
        }

    def load(self, label: Label, read: Callable[[int], bytes]) -> None:
        """Load all tables, each named with what is wrong with it before any is."""
        filled = {table.name: self._filled(table) for table in label.tables}
        for name, names, lines in _one_ahead(self._prepared(label, read, filled)):
            if lines:
                quoted = ", ".join(f'"{each}"' for each in names)
                with connection.cursor() as cursor, cursor.copy(f'COPY "{name}" ({quoted}) FROM STDIN') as stream:
                    stream.write(lines)

    def _filled(self, table: KeptTable) -> _Filled:
        """Return the kinds of a table's columns, and what fills those that the file does not have."""
        if table.name not in self._present:
            raise Outdated(f"has a table {table.name}, which there is not any more")
        columns = {column.name: column for column in _columns(table.name)}
        kept = {column.name for column in table.columns}
        if strange := sorted(kept - columns.keys()):
            raise Outdated(f"has a column {strange[0]} of {table.name}, which there is not any more")
        needed = {name for name, column in columns.items() if column.is_needed} - kept
        needed -= MADE_ANEW.get(table.name, frozenset())
        return _Filled(
            {name: column.type for name, column in columns.items()},
            {name: self._default(table.name, name) for name in sorted(needed)},
        )

    def _prepared(
        self, label: Label, read: Callable[[int], bytes], filled: Mapping[str, _Filled]
    ) -> Iterator[tuple[str, Sequence[str], bytes]]:
        """
        Give each table with its columns and its rows for COPY, personal values before the entries that need their
        digests; without the database, which is busy meanwhile.
        """
        waiting: list[tuple[KeptTable, list[bytes]]] = []
        for table in label.tables:
            blobs = [read(column.size) for column in table.columns]
            if table.name == "journal_entry":
                waiting.append((table, blobs))
            else:
                yield self._rows(table, blobs, filled[table.name])
        for table, blobs in waiting:
            yield self._rows(table, blobs, filled[table.name])

    def _rows(self, table: KeptTable, blobs: Sequence[bytes], filled: _Filled) -> tuple[str, Sequence[str], bytes]:
        cells = {
            column.name: self._decoded(column, filled.types[column.name], blob)
            for column, blob in zip(table.columns, blobs, strict=True)
        }
        anew = self._anew.get(table.name)
        if anew is not None:
            cells.update(anew(table.rows, cells))
        cells.update({name: [value] * table.rows for name, value in filled.defaults.items()})
        if table.name in BY_KEY:
            cells = self._not_here_yet(table.name, BY_KEY[table.name], cells)
        lines = b"".join(b"\t".join(row) + b"\n" for row in zip(*cells.values(), strict=True))
        return table.name, list(cells), lines

    def _decoded(self, column: KeptColumn, kind: str, blob: bytes) -> list[bytes]:
        if column.coding == "delta":
            return [b"%d" % each for each in accumulate(map(int, blob.split(b"\n")))]
        if column.coding == "json":
            cells = self._moved(blob).split(b"\n")
            return [cell if cell == b"\\N" else b"\\\\x" + cell.hex().encode() for cell in cells]
        return (self._moved(blob) if kind in DATED else blob).split(b"\n")

    def _default(self, table: str, name: str) -> bytes:
        """Return what a column that the file does not have is filled with."""
        model = self._models.get(table)
        field = next((each for each in model._meta.fields if each.column == name), None) if model else None
        if field is None or not (field.has_default() or field.empty_strings_allowed):
            raise Outdated(f"lacks the column {name} of {table}, which has no default")
        value = field.get_db_prep_save(field.get_default(), connection)
        return _written(value)

    def _not_here_yet(self, table: str, key: str, cells: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
        known = self._here[table]
        if table == "identity_role":
            self._known_roles = {
                ident: known[name] for ident, name in zip(cells["id"], cells[key], strict=True) if name in known
            }
        kept = [place for place, name in enumerate(cells[key]) if name not in known]
        return {name: [column[place] for place in kept] for name, column in cells.items()}

    def _of_roles(self, _rows: int, cells: Mapping[str, list[bytes]]) -> Mapping[str, list[bytes]]:
        return {"role_id": [self._known_roles.get(each, each) for each in cells["role_id"]]}

    def _of_personal(self, _rows: int, cells: Mapping[str, list[bytes]]) -> Mapping[str, list[bytes]]:
        """Salt the personal values anew, and remember their digests for the entries."""
        salts = []
        for entry, text in zip(cells["entry_id"], cells["values"], strict=True):
            salt = secrets.token_bytes(16)
            values = json.loads(_unescaped(text))
            self._digests[entry] = b"\\\\x" + personal_digest(salt, values).hex().encode()
            salts.append(b"\\\\x" + salt.hex().encode())
        return {"salt": salts}

    def _of_journal(self, rows: int, cells: Mapping[str, list[bytes]]) -> Mapping[str, list[bytes]]:
        """Let all entries belong to this transaction, in their order."""
        return {
            "txid": [self._transaction] * rows,
            "era": [self._era] * rows,
            "digest": [self._digests.get(each, b"\\N") for each in cells["id"]],
        }


@dataclass(frozen=True, slots=True)
class _Filled:
    """The kinds of a table's columns by name, and what fills those that the file does not have."""

    types: Mapping[str, str]
    defaults: Mapping[str, bytes]


def _one_ahead(given: Iterator[tuple[str, Sequence[str], bytes]]) -> Iterator[tuple[str, Sequence[str], bytes]]:
    """Give the same, the next of it being made in a thread while one is worked on."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, given, None)
        while (one := coming.result()) is not None:
            coming = thread.submit(next, given, None)
            yield one


def _keys_of(table: str, key: str) -> dict[bytes, bytes]:
    """Return the ids of a table's rows by what they are known by."""
    own = "id" if any(each.name == "id" for each in _columns(table)) else key
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{key}"::text, "{own}"::text FROM "{table}"')
        return {name.encode(): ident.encode() for name, ident in cursor.fetchall()}


def _this_transaction() -> tuple[bytes, bytes]:
    """Return the number of this transaction, and the era of the journal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text, (SELECT coalesce(max(number), 0) FROM journal_era)::text")
        number, era = cursor.fetchone()
    return number.encode(), era.encode()


_ESCAPES = {b"\\\\": b"\\", b"\\n": b"\n", b"\\t": b"\t", b"\\r": b"\r"}


def _unescaped(text: bytes) -> bytes:
    return re.sub(rb"\\[\\ntr]", lambda match: _ESCAPES[match.group()], text)


def _written(value: Any) -> bytes:
    """Return a default as COPY reads it."""
    if value is None:
        return b"\\N"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, list | tuple):
        return b"{}" if not value else b"\\N"
    if isinstance(value, bytes | memoryview):
        return b"\\\\x" + bytes(value).hex().encode()
    text = str(getattr(value, "obj", value)) if not hasattr(value, "obj") else json.dumps(value.obj)
    return text.encode().replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\t", b"\\t")


def _number_on() -> None:
    """Let the sequences go on behind the ids that have come in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.relname, t.relname, a.attname FROM pg_depend d "
            "JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' "
            "JOIN pg_class t ON t.oid = d.refobjid AND NOT t.relispartition "
            "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid "
            "WHERE d.deptype IN ('a', 'i') AND t.relnamespace = 'public'::regnamespace"
        )
        for sequence, table, column in cursor.fetchall():
            if not LEFT_OUT.match(table):
                cursor.execute(
                    f'SELECT setval(\'"{sequence}"\', found) FROM (SELECT max("{column}") AS found FROM "{table}") '
                    f'AS highest WHERE found >= (SELECT last_value FROM "{sequence}")'
                )


def read_label(source: IO[bytes]) -> Label:
    """Return what a file says of itself."""
    with lzma.open(source, "rb") as packed:
        return msgspec.json.decode(packed.readline(), type=Label)


def everything(label: Label) -> Iterator[tuple[str, int]]:
    """Give the tables of a file with their rows, the largest first."""
    yield from sorted(((table.name, table.rows) for table in label.tables), key=lambda each: -each[1])
