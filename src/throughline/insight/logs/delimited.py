"""
Logs as tables of text (CSV, also gzipped, and Parquet), read through DuckDB.

Theory of operation. DuckDB finds the delimiter, quotes and header, and reads all columns as words. A first look at
some rows says which columns are wanted and how times are written; then only those columns are loaded, put into order by
case, time and line, and handed over as arrays. DuckDB works inside a limit of memory and spills to a folder that is
removed afterwards; how many events become arrays is limited too, so a log of any size ends in a log or in a sentence.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from throughline.flow.mining.log import NEVER, EventLog, Ints, Words, ordered
from throughline.insight.logs import times
from throughline.insight.logs.columns import SPOKEN, Columns, found_columns, guessed_columns
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.progress import LOADING, Progress

if TYPE_CHECKING:
    import duckdb  # large, and only whoever reads a log needs it

SAMPLE = 2_000
LOADED = LOADING / 2
"""How far reading is when a table is loaded; then it is put into order."""
ISO = "ISO 8601"
ISO_BEGINS = ("%Y-", "%Y/")


@contextmanager
def database(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database in memory that keeps within the limits, fetches nothing and leaves nothing behind."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="throughline-log-") as folder:
        connection = duckdb.connect(
            config={
                "memory_limit": f"{limits.memory_bytes // 1_000_000}MB",
                "temp_directory": folder,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            connection.close()


def read_delimited(
    path: Path, columns: Columns, keep: Sequence[str] | None, limits: Limits, progress: Progress
) -> tuple[EventLog, Columns]:
    """
    Return the log of a table in a file, and the columns it was taken from.

    ``keep``: which other columns to keep as attributes; None keeps all.

    Raises:
        LogUnreadable: the file is damaged or no event log.
    """
    import duckdb

    with database(limits) as connection:
        try:
            return _Table(connection, path, columns, keep, limits, progress).read()
        except duckdb.OutOfMemoryException as problem:
            raise LogUnreadable(
                f"{path.name} needs more than {limits.memory_bytes // 1_000_000:,} MB to read. "
                "Take a part of it, such as one year."
            ) from problem
        except duckdb.Error as problem:
            raise LogUnreadable(_spoken(path, problem)) from problem


def look_at_table(
    path: Path, columns: Columns, limits: Limits
) -> tuple[list[str], list[tuple[str | None, ...]], Columns, list[str]]:
    """
    Return the columns of a table, its first rows, what each column is taken for, and what had to be guessed.

    Columns that cannot be guessed are left open, for somebody to say.

    Raises:
        LogUnreadable: the file is damaged or no table.
    """
    import duckdb

    with database(limits) as connection:
        try:
            names, sample = _Table(connection, path, columns, None, limits, Progress()).look()
        except duckdb.Error as problem:
            raise LogUnreadable(_spoken(path, problem)) from problem
    rows = list(zip(*sample.values(), strict=True))
    return names, rows, *guessed_columns(columns, names, sample)


@dataclass
class _Table:
    connection: duckdb.DuckDBPyConnection
    path: Path
    given: Columns
    keep: Sequence[str] | None
    limits: Limits
    progress: Progress
    warnings: list[str] = field(default_factory=list)
    read_at_once: set[str] = field(default_factory=set)

    def read(self) -> tuple[EventLog, Columns]:
        names, sample = self.look()
        columns, warnings = found_columns(self.given, names, sample)
        self.warnings += warnings
        self._load(columns, names, sample)
        self._instants(columns)
        self._leave_out(columns)
        return self._log(columns, names), columns

    @property
    def source(self) -> str:
        name = str(self.path).replace("'", "''")
        if self.path.suffix == ".parquet":
            return f"(select columns(*)::varchar from read_parquet('{name}'))"
        options = "all_varchar = true, header = true, store_rejects = true, null_padding = false, sample_size = 20480"
        return f"read_csv('{name}', {options}{self._encoding()})"

    def _encoding(self) -> str:
        begin = self.path.open("rb").read(4)
        if begin.startswith((b"\xff\xfe", b"\xfe\xff")):
            return ", encoding = 'utf-16'"
        return "" if self._is_utf8() else ", encoding = 'latin-1'"

    def _is_utf8(self) -> bool:
        if self.path.suffix == ".gz":
            return True
        with self.path.open("rb") as file:
            begin = file.read(1 << 20)
        try:
            begin.decode("utf-8")
        except UnicodeDecodeError as problem:
            return problem.start > len(begin) - 4  # cut off inside a letter
        return True

    def look(self) -> tuple[list[str], dict[str, list[str | None]]]:
        """Return the columns and some values of each. Raises LogUnreadable when there is no row."""
        found = self.connection.execute(f"select * from {self.source} limit {SAMPLE}")
        names = [each[0] for each in found.description or ()]
        rows = found.fetchall()
        if not rows:
            raise LogUnreadable(f"{self.path.name} holds no events.")
        return names, {name: [row[number] for row in rows] for number, name in enumerate(names)}

    # --- loading --------------------------------------------------------------------------------------------------
    def _load(self, columns: Columns, names: Sequence[str], sample: Mapping[str, Sequence[str | None]]) -> None:
        wanted = [f'{_column(columns.case)} as "case"', f"{self._activity(columns)} as activity"]
        for role in self._clocks(columns):
            wanted += self._clock(role, getattr(columns, role), columns, sample)
        wanted += [f"{_column(name)} as a{number}" for number, name in enumerate(self._kept(columns, names))]
        at_most = f" limit {self.limits.events + 1}" if self._lines_at_most() > self.limits.events else ""
        self.progress.follow(lambda: self.connection.query_progress() / 100)
        self.connection.execute(f"create table raw as select {', '.join(wanted)} from {self.source}{at_most}")
        (lines,) = self._one("select count(*) from raw")
        if lines > self.limits.events:
            self._refuse_size()
        self.progress.events = lines
        self.progress.reach(LOADED)
        if self.path.suffix != ".parquet":
            self._tell_rejects()

    def _clock(
        self, role: str, name: str, columns: Columns, sample: Mapping[str, Sequence[str | None]]
    ) -> Iterator[str]:
        """A column of times; where it is ISO 8601, as most are, it is read on the way in and only the rest is kept."""
        values = [value for value in sample[name] if value]
        found = [] if columns.time_format or times.epoch_of(values) else times.candidates(values)
        if found and found[0].startswith(ISO_BEGINS):
            self.read_at_once.add(role)
            yield f"{_parsed(_column(name), ISO)} as {role}_us"
            yield f"case when {role}_us is null then {_column(name)} end as {role}"
        else:
            yield f"{_column(name)} as {role}"

    def _activity(self, columns: Columns) -> str:
        if not columns.classifier:
            return _column(columns.activity)
        return f"concat_ws('+', {', '.join(map(_column, columns.classifier))})"

    @staticmethod
    def _clocks(columns: Columns) -> list[str]:
        return [role for role in ("time", "start", "enabled") if getattr(columns, role)]

    def _kept(self, columns: Columns, names: Sequence[str]) -> list[str]:
        """The columns kept as words: resource and lifecycle first, then the attributes."""
        own = [name for name in (columns.resource, columns.lifecycle) if name]
        used = {columns.case, columns.activity, *(getattr(columns, role) for role in self._clocks(columns))}
        others = [name for name in (names if self.keep is None else self.keep) if name in names]
        return own + [name for name in others if name not in used and name not in own]

    def _lines_at_most(self) -> int:
        """How many lines the file may have, by its size: a line has ten bytes at least, packed ones half a byte."""
        size = self.path.stat().st_size
        return size // 10 if self.path.suffix in (".csv", ".tsv", ".txt") else size * 2

    def _refuse_size(self) -> None:
        raise LogUnreadable(
            f"{self.path.name} has more than {self.limits.events:,} events, which is more than is read at once. "
            "Take a part of it, such as one year."
        )

    def _tell_rejects(self) -> None:
        lines, example = self._one("select count(distinct line), min(line) from reject_errors")
        if lines:
            self.warnings.append(
                f"{lines:,} {_plural(lines, 'line')} could not be read and {_were(lines)} left out (the first is line "
                f"{example:,})."
            )

    # --- time -----------------------------------------------------------------------------------------------------
    def _instants(self, columns: Columns) -> None:
        for role in self._clocks(columns):
            if role in self.read_at_once:
                self._read_the_rest(role)
                continue
            self.connection.execute(f"alter table raw add column {role}_us bigint")
            sample = self._values(
                f"select {role} from raw where {role} is not null using sample 1000 rows (reservoir, 1)"
            )
            for number, way in enumerate(self._ways(sample, columns, role)):
                self._read_times(role, way, is_first=number == 0)
            self._read_the_rest(role)

    def _ways(self, sample: list[str], columns: Columns, role: str) -> list[str]:
        if columns.time_format:
            return [columns.time_format]
        unit = times.epoch_of(sample)
        if unit:
            self.warnings.append(f"The {SPOKEN[role]} is a number; it was read as {unit} since 1970.")
            return [unit]
        found = times.candidates(sample)
        if not found:
            return [ISO]
        if found[0].startswith(ISO_BEGINS):
            return [ISO]
        return [self._decided(role, found[0])]

    def _decided(self, role: str, form: str) -> str:
        """The way with day and month as the whole column decides it, not only the sample."""
        dates = {**times.EXCHANGED, **{month: day for day, month in times.EXCHANGED.items()}}
        date = next((each for each in dates if form.startswith(each)), None)
        if date is None:
            return form
        day_first = next(each for each in times.EXCHANGED if each in (date, dates[date]))
        first = form.replace(date, day_first)
        other = form.replace(date, times.EXCHANGED[day_first])
        unread, unread_other = self._one(
            f"select count(*) filter ({_parsed(role, first)} is null), "
            f"count(*) filter ({_parsed(role, other)} is null) from raw where {role} is not null"
        )
        if unread == unread_other == 0:
            self.warnings.append(
                f"The {SPOKEN[role]} does not show whether day or month comes first; the day was taken. "
                f"Say --time-format '{other}' if it is the month."
            )
        return first if unread <= unread_other else other

    def _read_times(self, role: str, way: str, *, is_first: bool) -> int:
        """Read what has not been read so far in one way; returns how many values that gave."""
        before = 0 if is_first else self._read(role)
        self.connection.execute(
            f"update raw set {role}_us = {_parsed(role, way)} where {role}_us is null and {role} is not null"
        )
        return self._read(role) - before

    def _read(self, role: str) -> int:
        (found,) = self._one(f"select count({role}_us) from raw")
        return int(found)

    def _read_the_rest(self, role: str) -> None:
        """Try other ways on the values that the main way does not read, and say how many there were."""
        tried: set[str] = set()
        for _ in range(3):
            left = self._values(f"select {role} from raw where {role}_us is null and trim({role}) <> '' limit 200")
            ways = [way for way in [ISO, *times.candidates(left)] if way not in tried] if left else []
            if not ways:
                return
            tried.update(ways[:2])
            for way in ways[:2]:
                count = self._read_times(role, way, is_first=False)
                if count:
                    self.warnings.append(
                        f"{count:,} {_plural(count, 'value')} of the {SPOKEN[role]} {_were(count)} written differently "
                        f"from the others and read as {way}."
                    )

    # --- what cannot be used --------------------------------------------------------------------------------------
    def _leave_out(self, columns: Columns) -> None:
        (lines,) = self._one("select count(*) from raw")
        no_case, no_activity, no_time, unread = self._one(
            "select count(*) filter (\"case\" is null), count(*) filter (activity is null or activity = ''), "
            "count(*) filter (time_us is null and time is null), "
            "count(*) filter (time_us is null and time is not null) from raw"
        )
        if unread == lines - no_time and lines > no_time:
            (example,) = self._one("select time from raw where time is not null limit 1")
            raise LogUnreadable(
                f"The times in column “{columns.time}” cannot be read (such as “{example}”).",
                "Say how they are written with --time-format, such as '%d.%m.%Y %H:%M'.",
            )
        for count, what in ((no_case, "no case"), (no_activity, "no activity"), (no_time, "no time")):
            if count:
                self.warnings.append(
                    f"{count:,} {_plural(count, 'event')} {_have(count)} {what} and {_were(count)} left out."
                )
        if unread:
            (example,) = self._one("select time from raw where time is not null and time_us is null limit 1")
            self.warnings.append(
                f"{unread:,} {_plural(unread, 'event')} {_have(unread)} a time that cannot be read "
                f"(such as “{example}”) and {_were(unread)} left out."
            )
        usable = "\"case\" is not null and activity is not null and activity <> '' and time_us is not null"
        if no_case or no_activity or no_time or unread:
            self.connection.execute(f"delete from raw where not ({usable})")
        (left,) = self._one("select count(*) from raw")
        if not left:
            raise LogUnreadable(f"{self.path.name} holds no event with case, activity and time.")

    # --- arrays ---------------------------------------------------------------------------------------------------
    def _log(self, columns: Columns, names: Sequence[str]) -> EventLog:
        kept = self._kept(columns, names)
        self.connection.execute(
            'create table cases as select "case", (row_number() over (order by place) - 1)::int as number '
            'from (select "case", min(rowid) as place from raw group by "case")'
        )
        tables = {"activity": self._numbered("activity")}
        for number in range(len(kept)):
            tables[f"a{number}"] = self._numbered(f"a{number}")
        clocks = [f"{role}_us" for role in self._clocks(columns)]
        chosen = ["number", *clocks, *(f"enum_code({column}::words_{column})::int as {column}" for column in tables)]
        joins = 'raw join cases using ("case")'
        fetched = self.connection.execute(
            f"select {', '.join(chosen)} from {joins} order by number, time_us, raw.rowid"
        ).fetchnumpy()
        case_names = self._values('select "case" from cases order by number')
        arrays = {name: _plain(values) for name, values in fetched.items()}
        roles = {columns.resource: "resource", columns.lifecycle: "lifecycle"}
        words = {
            name: Words(arrays[f"a{number}"].astype(np.int32), tables[f"a{number}"]) for number, name in enumerate(kept)
        }
        return ordered(
            Words(arrays["number"].astype(np.int32), tuple(case_names)),
            Words(arrays["activity"].astype(np.int32), tables["activity"]),
            arrays["time_us"],
            {roles.get(name) or name: column for name, column in words.items()},
            started=arrays.get("start_us"),
            enabled=arrays.get("enabled_us"),
            warnings=self.warnings,
        )

    def _numbered(self, column: str) -> tuple[str, ...]:
        """Make the type that numbers the words of a column; returns the words."""
        distinct = f"select distinct {column} from raw where {column} is not null order by 1"
        words = self._values(distinct)
        self.connection.execute(f"create type words_{column} as enum ({distinct})")
        return tuple(words)

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row

    def _values(self, query: str) -> list[str]:
        return [row[0] for row in self.connection.execute(query).fetchall()]


def _plain(values: NDArray[Any]) -> Ints:
    """Numbers without gaps: a missing word is -1, a missing instant ``NEVER``."""
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(values.filled(-1 if values.dtype.itemsize < 8 else NEVER))
    return values


def _column(name: str | None) -> str:
    return '"' + (name or "").replace('"', '""') + '"'


def _parsed(role: str, way: str) -> str:
    """SQL that reads a column of words as microseconds since 1970, null where it cannot."""
    if way in times.EPOCHS:
        return f"(try_cast({role} as double) * {1_000_000 / times.EPOCHS[way]})::bigint"
    if way == ISO:
        return f"epoch_us(try_cast({role} as timestamptz))"
    text = f"regexp_replace(trim({role}), 'Z$', '+00')" if "%z" in way else f"trim({role})"
    return f"epoch_us(try_strptime({text}, '{way.replace(chr(39), '')}')::timestamptz)"


def _spoken(path: Path, problem: duckdb.Error) -> str:
    text = str(problem).partition("\n")[0]
    if "GZIP" in text.upper() or "gzip" in text:
        return f"{path.name} is cut off or damaged: its compressed content ends too early. Copy it again."
    if "encoding" in text.lower() or "unicode" in text.lower() or "utf" in text.lower():
        return f"{path.name} is not UTF-8 text. Save it as CSV in UTF-8."
    return f"{path.name} cannot be read as a table: {text.partition(':')[2].strip() or text}"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
