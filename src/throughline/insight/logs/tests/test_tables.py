from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from throughline.flow.mining.lifecycle import working_times
from throughline.flow.mining.log import instant
from throughline.insight.logs import Columns, LogUnreadable, read_log
from throughline.insight.logs.limits import Limits

PLAIN = "case,activity,time\nx,a,2026-01-05 09:00\nx,b,2026-01-05 10:00\ny,a,2026-01-06 09:00\n"
pytestmark = pytest.mark.req("I2")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.csv"


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def _times(file: Path, columns: Columns | None = None) -> list[datetime]:
    return [instant(at) for at in read_log(file, columns).log.at.tolist()]


class TestColumns:
    @pytest.mark.parametrize(
        ("head", "case", "activity", "time"),
        [
            ("Case ID,Activity,Resource,Complete Timestamp", "Case ID", "Activity", "Complete Timestamp"),
            (
                "case:concept:name,concept:name,org:resource,time:timestamp",
                "case:concept:name",
                "concept:name",
                "time:timestamp",
            ),
            ("case_id,activity,resource,end_time", "case_id", "activity", "end_time"),
            ("Fall,Aktivität,Bearbeiter,Zeitstempel", "Fall", "Aktivität", "Zeitstempel"),
        ],
    )
    def test_are_known_by_name(self, file: Path, head: str, case: str, activity: str, time: str) -> None:
        reading = read_log(_written(file, f"{head}\nx,a,Maya,2026-01-05 09:00:00\nx,b,Tom,2026-01-05 10:00:00\n"))

        assert (reading.columns.case, reading.columns.activity, reading.columns.time) == (case, activity, time)
        assert (reading.log.cases, reading.log.columns["resource"].used(), reading.log.warnings) == (
            1,
            ("Maya", "Tom"),
            (),
        )

    def test_are_found_by_content_and_that_is_said(self, file: Path) -> None:
        rows = "".join(
            f"N{case},{step},2026-01-{case:02} 1{step[1]}:00\n" for case in range(1, 21) for step in ("s1", "s2", "s3")
        )

        reading = read_log(_written(file, f"foo,bar,baz\n{rows}"))

        assert (reading.columns.case, reading.columns.activity, reading.columns.time) == ("foo", "bar", "baz")
        assert [warning.partition(";")[0] for warning in reading.log.warnings] == [
            "No column is named like the time",
            "No column is named like the case",
            "No column is named like the activity",
        ]

    def test_may_be_named_by_the_user(self, file: Path) -> None:
        text = "case,order,activity,time\nx,1,a,2026-01-05\ny,1,b,2026-01-06\n"

        assert read_log(_written(file, text), Columns(case="Order")).log.names == ["1"]

    def test_that_the_user_names_must_exist(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="no column “who”; it has “case”, “activity”, “time”"):
            read_log(_written(file, PLAIN), Columns(resource="who"))

    def test_without_a_case_are_refused(self, file: Path) -> None:
        with pytest.raises(
            LogUnreadable, match="No column of the log can be taken for the case; it has “time”, “note”"
        ):
            read_log(_written(file, "time,note\n2026-01-05,abc\n2026-01-06,def\n"))

    def test_with_the_same_name_twice_stay_apart(self, file: Path) -> None:
        log = read_log(_written(file, "case,activity,time,v,v\nx,a,2026-01-05,1,2\n")).log

        assert {name: column.to_list() for name, column in log.columns.items()} == {"v": ["1"], "v_1": ["2"]}

    def test_of_a_classifier_name_the_activity_together(self, file: Path) -> None:
        text = "case,what,state,time\nx,a,start,2026-01-05\nx,a,complete,2026-01-06\n"

        log = read_log(_written(file, text), Columns(classifier=("what", "state"))).log

        assert log.activity.to_list() == ["a+start", "a+complete"]

    def test_of_a_simulation_know_when_work_began(self, file: Path) -> None:
        head = "case_id,activity,enable_time,start_time,end_time,resource"
        text = f"{head}\nx,a,2026-01-05T08:00:00Z,2026-01-05T09:00:00Z,2026-01-05T11:00:00Z,Maya\n"

        (a,) = working_times(read_log(_written(file, text)).log)

        assert (a.waiting.mean, a.working.mean) == (3600, 7200)


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-01-25 09:30", datetime(2026, 1, 25, 9, 30)),
            ("2026/01/25 09:30:15.250", datetime(2026, 1, 25, 9, 30, 15, 250_000)),
            ("2026-01-25T09:30:00+02:00", datetime(2026, 1, 25, 7, 30)),
            ("2026-01-25T09:30:00.123456Z", datetime(2026, 1, 25, 9, 30, 0, 123_456)),
            ("25.01.2026 09:30", datetime(2026, 1, 25, 9, 30)),
            ("25/01/2026 09:30:00", datetime(2026, 1, 25, 9, 30)),
            ("01/25/2026 09:30 PM", datetime(2026, 1, 25, 21, 30)),
            ("25-Jan-2026 09:30:00", datetime(2026, 1, 25, 9, 30)),
            ("20260125 09:30:00", datetime(2026, 1, 25, 9, 30)),
            ("1769333400", datetime(2026, 1, 25, 9, 30)),
            ("1769333400000", datetime(2026, 1, 25, 9, 30)),
        ],
    )
    def test_are_read_as_written(self, file: Path, text: str, expected: datetime) -> None:
        assert _times(_written(file, f"case,activity,time\nx,a,{text}\n")) == [expected.replace(tzinfo=UTC)]

    def test_take_the_day_first_and_say_so_when_nothing_decides(self, file: Path) -> None:
        _written(file, "case,activity,time\nx,a,03/04/2026 09:00\nx,b,05/06/2026 09:00\n")

        assert _times(file)[0] == datetime(2026, 4, 3, 9, tzinfo=UTC)
        assert read_log(file).log.warnings == (
            "The time does not show whether day or month comes first; the day was taken. "
            "Say --time-format '%m/%d/%Y %H:%M' if it is the month.",
        )

    def test_take_the_month_first_when_one_late_line_decides(self, file: Path) -> None:
        rows = "".join(f"x,a,03/04/2026 {n // 60 % 24:02}:{n % 60:02}\n" for n in range(5_000))

        _written(file, f"case,activity,time\n{rows}x,b,03/25/2026 09:00\n")

        assert _times(file)[0] == datetime(2026, 3, 4, tzinfo=UTC)
        assert read_log(file).log.warnings == ()

    def test_may_be_explained_by_the_user(self, file: Path) -> None:
        _written(file, "case,activity,time\nx,a,03/04/2026 09:00\n")

        assert _times(file, Columns(time_format="%m/%d/%Y %H:%M")) == [datetime(2026, 3, 4, 9, tzinfo=UTC)]

    def test_written_in_two_ways_are_counted(self, file: Path) -> None:
        log = read_log(_written(file, PLAIN + "y,b,07.01.2026 09:00\n")).log

        assert (log.events, instant(log.at[-1])) == (4, datetime(2026, 1, 7, 9, tzinfo=UTC))
        assert log.warnings == (
            "1 value of the time was written differently from the others and read as %d.%m.%Y %H:%M.",
        )

    def test_that_cannot_be_read_are_counted_and_left_out(self, file: Path) -> None:
        log = read_log(_written(file, PLAIN + "y,b,soon\n")).log

        assert log.events == 3
        assert log.warnings == ("1 event has a time that cannot be read (such as “soon”) and was left out.",)

    def test_none_of_which_can_be_read_are_refused(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="The times in column “time” cannot be read \\(such as “soon”\\)"):
            read_log(_written(file, "case,activity,time\nx,a,soon\nx,b,later\n"), Columns(time="time"))


class TestBadTables:
    def test_with_missing_values_count_what_is_left_out(self, file: Path) -> None:
        log = read_log(_written(file, PLAIN + ",a,2026-01-07\nz,,2026-01-07\nz,a,\nz,b,\n")).log

        assert log.events == 3
        assert log.warnings == (
            "1 event has no case and was left out.",
            "1 event has no activity and was left out.",
            "2 events have no time and were left out.",
        )

    def test_that_are_empty_are_refused(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="log.csv (is empty|holds no events|cannot be read)"):
            read_log(_written(file, ""))

    def test_with_a_head_only_are_refused(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="log.csv holds no events"):
            read_log(_written(file, "case,activity,time\n"))

    def test_that_are_cut_off_are_refused(self, tmp_path: Path) -> None:
        file = tmp_path / "log.csv.gz"
        packed = gzip.compress("".join(f"{PLAIN[19:]}{n}" for n in range(9_999)).encode())
        file.write_bytes(packed[: len(packed) // 2])

        with pytest.raises(LogUnreadable, match="log.csv.gz is cut off or damaged"):
            read_log(file)

    def test_with_broken_lines_count_them(self, file: Path) -> None:
        log = read_log(_written(file, PLAIN + "z,a\nz,a,2026-01-08,too,many\n" + PLAIN[19:])).log

        assert log.events == 6
        assert any("2 lines could not be read and were left out" in warning for warning in log.warnings)

    def test_that_do_not_exist_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(LogUnreadable, match="no such file"):
            read_log(tmp_path / "none.csv")

    def test_with_too_many_events_are_refused(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="more than 2 events"):
            read_log(_written(file, PLAIN), limits=Limits(events=2))

    def test_that_are_pictures_are_refused(self, file: Path) -> None:
        file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")

        with pytest.raises(LogUnreadable):
            read_log(file)


class TestForms:
    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_with_other_delimiters_are_read(self, file: Path, delimiter: str) -> None:
        assert read_log(_written(file, PLAIN.replace(",", delimiter))).log.cases == 2

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
    def test_in_other_encodings_are_read(self, file: Path, encoding: str) -> None:
        file.write_bytes(PLAIN.replace("x,a", "x,Grüße").encode(encoding))

        assert "Grüße" in read_log(file).log.activity.words

    def test_with_quotes_and_line_breaks_inside_are_read(self, file: Path) -> None:
        log = read_log(_written(file, 'case,activity,time\nx,"a, ""b""\nc",2026-01-05\n')).log

        assert log.activity.words == ('a, "b"\nc',)

    def test_keep_the_position_of_events_at_the_same_time(self, file: Path) -> None:
        rows = "".join(f"{n % 97},{n},2026-01-05\n" for n in range(5_000))

        log = read_log(_written(file, f"case,activity,time\n{rows}")).log

        numbers = [int(word or 0) for word in log.activity.to_list()]
        assert all(numbers[place] < numbers[place + 1] for place in log.steps.tolist())
