"""However large a log is, reading it ends in a sentence and not in the memory: streams that have no end."""

from __future__ import annotations

import gzip
import io
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from throughline.insight.logs import LogUnreadable, read_log
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.limits import Bounded, Limits
from throughline.insight.logs.progress import Progress
from throughline.insight.logs.xes import read_xes

pytestmark = pytest.mark.req("I2")

EVENT = (
    b'<event><string key="concept:name" value="a"/><date key="time:timestamp" value="2026-01-05T09:00:00Z"/></event>'
)
TRACE = b'<trace><string key="concept:name" value="7"/>' + EVENT * 50 + b"</trace>"


class Endless(io.BytesIO):
    """A stream that begins with something and then repeats something else for ever; ``given`` counts its bytes."""

    def __init__(self, begin: bytes, again: bytes) -> None:
        super().__init__()
        self.waiting, self.again, self.given = begin, again, 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size > 0, "A stream without an end must not be read to its end."
        while len(self.waiting) < size:
            self.waiting += self.again * (1 + size // len(self.again))
        found, self.waiting = self.waiting[:size], self.waiting[size:]
        self.given += size
        return found


class TestXes:
    def test_that_never_ends_is_refused_by_its_number_of_events(self) -> None:
        stream = Endless(b"<log>", TRACE)

        with pytest.raises(LogUnreadable, match="log.xes has more than 2,000 events"):
            read_xes(stream, "log.xes", Columns(), [], limits=Limits(events=2_000), progress=Progress())

        assert stream.given < 3_000 * len(EVENT)

    def test_with_a_case_that_never_ends_is_refused_by_its_size(self) -> None:
        stream = Endless(b"<log><trace>", EVENT)

        with pytest.raises(LogUnreadable, match="log.xes has a case of more than 1 MB"):
            read_xes(stream, "log.xes", Columns(), [], limits=Limits(memory_bytes=16_000_000), progress=Progress())

        assert stream.given < 2_000_000

    def test_cases_together_may_be_larger_than_one(self) -> None:
        text = b"<log>" + TRACE * 300 + b"</log>"

        limits = Limits(memory_bytes=16_000_000)
        log, _ = read_xes(io.BytesIO(text), "log.xes", Columns(), [], limits=limits, progress=Progress())

        assert len(text) > 1_000_000
        assert log.events == 15_000

    def test_takes_no_more_memory_for_a_longer_stream(self) -> None:
        """A process of its own is asked how much memory it took at most, after so many events and ten times as many."""
        taken = [_taken_by(events) for events in (20_000, 200_000)]

        assert taken[1] - taken[0] < 120, taken  # megabytes; the text of those events is 20 MB, as trees some 200


def _taken_by(events: int) -> int:
    """Return the megabytes that reading so many events of an endless stream takes at most."""
    script = (
        "import resource\n"
        "from throughline.insight.logs.tests.test_bounded import Endless, TRACE\n"
        "from throughline.insight.logs import LogUnreadable\n"
        "from throughline.insight.logs.columns import Columns\n"
        "from throughline.insight.logs.limits import Limits\n"
        "from throughline.insight.logs.progress import Progress\n"
        "from throughline.insight.logs.xes import read_xes\n"
        "try:\n"
        f"    limits = Limits(events={events})\n"
        "    read_xes(Endless(b'<log>', TRACE), 'x', Columns(), [], limits=limits, progress=Progress())\n"
        "except LogUnreadable:\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return int(done.stdout)


class TestTables:
    def test_packed_to_a_thousandth_are_refused_by_their_number_of_events(self, tmp_path: Path) -> None:
        file = tmp_path / "log.csv.gz"
        with gzip.open(file, "wb", compresslevel=1) as stream:
            stream.write(b"case,activity,time\n")
            for _ in range(200):
                stream.write(b"7,a,2026-01-05T09:00:00Z\n" * 1_000)

        with pytest.raises(LogUnreadable, match="log.csv.gz has more than 1,000 events"):
            read_log(file, limits=Limits(events=1_000))

    def test_with_a_line_that_never_ends_are_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "log.csv"
        file.write_bytes(b"case,activity,time\n7," + b"a" * 9_000_000)

        with pytest.raises(LogUnreadable, match="log.csv"):
            read_log(file)


class TestObjectLogs:
    @pytest.mark.parametrize(
        ("name", "begin"), [("log.json.gz", b'{"events": ['), ("log.xmlocel.gz", b"<log><events>")]
    )
    def test_packed_to_a_thousandth_are_refused_by_their_size(self, tmp_path: Path, name: str, begin: bytes) -> None:
        file = tmp_path / name
        file.write_bytes(gzip.compress(begin + b" " * 5_000_000))

        with pytest.raises(LogUnreadable, match="is too large to be read at once"):
            read_log(file, limits=Limits(memory_bytes=16_000_000))

    def test_in_a_database_are_refused_by_their_number_of_rows(self, tmp_path: Path) -> None:
        file = tmp_path / "log.sqlite"
        with sqlite3.connect(file) as connection:
            connection.execute("create table event (ocel_id text)")
            connection.execute("create table object (ocel_id text)")
            connection.execute("create table event_object (ocel_event_id text)")
            connection.executemany("insert into event values (?)", [(str(number),) for number in range(21)])

        with pytest.raises(LogUnreadable, match="has 21 rows in “event”; 20 are read at once"):
            read_log(file, limits=Limits(memory_bytes=10_000))


class TestBounded:
    def test_gives_what_is_there_up_to_its_bound(self) -> None:
        assert Bounded(io.BytesIO(b"abc"), 3, "No.").read() == b"abc"
        with pytest.raises(LogUnreadable, match="No."):
            Bounded(io.BytesIO(b"abcd"), 3, "No.").read()

    def test_counts_from_where_it_begins_anew(self) -> None:
        stream = Bounded(io.BytesIO(b"abcdef"), 3, "No.")

        first = stream.read(3)
        stream.begin_anew()

        assert (first, stream.read(3)) == (b"abc", b"def")
