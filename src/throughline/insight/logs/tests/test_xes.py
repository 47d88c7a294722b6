from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from throughline.insight.logs import Columns, LogUnreadable, read_log

pytestmark = pytest.mark.req("I2")

EVENT = '<event><string key="concept:name" value="{}"/><date key="time:timestamp" value="{}"/>{}</event>'
FIRST = EVENT.format(
    "a", "2026-01-05T09:00:00.000+01:00", '<string key="org:resource" value="Maya"/><int key="age" value="7"/>'
)
SECOND = EVENT.format("b", "2026-01-05T10:00:00Z", '<string key="lifecycle:transition" value="complete"/>')
TRACE = '<trace><string key="concept:name" value="x"/><string key="region" value="north"/>{}</trace>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.xes"


def _written(file: Path, inside: str, *, space: str = ' xmlns="http://www.xes-standard.org/"', head: str = "") -> Path:
    text = f'<?xml version="1.0" encoding="UTF-8"?>{head}<log xes.version="1.0"{space}>{inside}</log>'
    file.write_text(text, encoding="utf-8")
    return file


class TestReadXes:
    @pytest.mark.parametrize("space", ["", ' xmlns="http://www.xes-standard.org/"'])
    @pytest.mark.parametrize("keep", [None, []])
    def test_reads_events_in_utc(self, file: Path, space: str, keep: list[str] | None) -> None:
        log = read_log(_written(file, TRACE.format(FIRST + SECOND), space=space), keep=keep).log

        assert (log.names, log.activity.to_list()) == (["x"], ["a", "b"])
        assert log.durations.tolist() == [2 * 3_600_000_000]
        assert log.columns["resource"].to_list() == ["Maya", None]
        assert log.columns["lifecycle"].to_list() == [None, "complete"]

    @pytest.mark.parametrize("keep", [None, []])
    def test_finds_an_attribute_that_only_a_later_case_has(self, file: Path, keep: list[str] | None) -> None:
        moments = [f"2026-01-05T{hour:02}:00:00Z" for hour in range(9, 15)]
        bare = [EVENT.format("a", moment, "") for moment in moments]
        told = EVENT.format("b", "2026-01-05T16:00:00Z", '<string key="org:resource" value="Maya"/>')
        inside = [TRACE.format(each).replace("x", f"x{place}", 1) for place, each in enumerate([*bare[:3], told])]
        last = TRACE.format("".join(bare[3:])).replace('"x"', '"y"')

        log = read_log(_written(file, "".join([*inside, last, inside[3]])), keep=keep).log

        assert log.columns["resource"].to_list().count("Maya") == 2
        assert len(log.activity.to_list()) == 8

    def test_keeps_attributes_of_events_and_cases(self, file: Path) -> None:
        log = read_log(_written(file, TRACE.format(FIRST + SECOND))).log

        assert log.columns["age"].to_list() == ["7", None]
        assert log.columns["case:region"].to_list() == ["north", "north"]

    def test_takes_what_classifies(self, file: Path) -> None:
        columns = Columns(classifier=("concept:name", "lifecycle:transition"))

        assert read_log(_written(file, TRACE.format(FIRST + SECOND)), columns).log.activity.to_list() == [
            "a",
            "b+complete",
        ]

    def test_numbers_cases_without_a_name_and_says_so(self, file: Path) -> None:
        log = read_log(_written(file, f"<trace>{FIRST}</trace><trace>{SECOND}</trace>")).log

        assert log.names == ["unnamed 1", "unnamed 2"]
        assert log.warnings == ("2 cases have no name and were numbered.",)

    def test_leaves_out_and_counts_events_without_time(self, file: Path) -> None:
        bad = EVENT.format("c", "soon", "") + '<event><string key="concept:name" value="d"/></event>'

        log = read_log(_written(file, TRACE.format(FIRST + bad))).log

        assert log.events == 1
        assert log.warnings == (
            "1 event has no time and was left out.",
            "1 event has a time that cannot be read and was left out.",
        )

    def test_refuses_document_types(self, file: Path) -> None:
        head = '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/hostname">]>'

        with pytest.raises(LogUnreadable, match="has a document type declaration"):
            read_log(_written(file, TRACE.format(FIRST.replace("Maya", "&x;")), head=head))

    def test_refuses_entities_that_grow(self, file: Path) -> None:
        lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        head = f'<!DOCTYPE log [<!ENTITY l0 "lol">{lol}]>'

        with pytest.raises(LogUnreadable, match="document type|damaged"):
            read_log(_written(file, TRACE.format(FIRST.replace("Maya", "&l9;")), head=head))

    def test_refuses_what_is_cut_off(self, file: Path) -> None:
        _written(file, TRACE.format(FIRST + SECOND))
        file.write_bytes(file.read_bytes()[:-40])

        with pytest.raises(LogUnreadable, match=r"log.xes is damaged or no XML \(line 1"):
            read_log(file)

    def test_refuses_a_packed_log_that_is_cut_off(self, tmp_path: Path) -> None:
        file = tmp_path / "log.xes.gz"
        packed = gzip.compress(_written(tmp_path / "log.xes", TRACE.format(FIRST + SECOND) * 500).read_bytes())
        file.write_bytes(packed[: len(packed) // 2])

        with pytest.raises(LogUnreadable, match="cut off or damaged"):
            read_log(file)

    def test_refuses_other_xml(self, file: Path) -> None:
        file.write_text("<html><body/></html>", encoding="utf-8")

        with pytest.raises(LogUnreadable, match="no log inside"):
            read_log(file)

    def test_refuses_an_empty_log(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="holds no events"):
            read_log(_written(file, ""))
