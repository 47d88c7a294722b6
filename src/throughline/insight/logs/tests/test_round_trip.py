from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughline.flow.mining.log import EventLog
from throughline.flow.mining.summary import summary
from throughline.flow.mining.tests.hand import log_with
from throughline.insight.logs import Columns, LogUnreadable, read_log, write_log

pytestmark = pytest.mark.req("I2")

ROWS = [("x", "a", 0.0), ("x", "b & <c>", 1.5), ("y", "a", 0.25), ("y", "a", 0.25), ("y", 'say "no"', 7.0)]
LOG = log_with(ROWS, resource=["Maya", None, "Tom", "Maya", "Tom"], region=["north", "south", None, "ö", "north"])


def _content(log: EventLog) -> dict[str, object]:
    events = list(zip([log.names[case] for case in log.case_of], log.activity.to_list(), log.at.tolist(), strict=True))
    return {"events": events, **{name: log.columns[name].to_list() for name in ("resource", "region")}}


class TestWriteLog:
    @pytest.mark.parametrize(
        "name", ["l.csv", "l.csv.gz", "l.xes", "l.xes.gz", "l.json", "l.json.gz", "l.xml", "l.sqlite"]
    )
    def test_writes_what_is_read_again(self, tmp_path: Path, name: str) -> None:
        write_log(LOG, tmp_path / name)

        read = read_log(tmp_path / name, Columns(case="case") if name[2] in "jxs" and "xes" not in name else None).log
        assert _content(read) == _content(LOG)
        assert read.warnings == ()

    def test_needs_to_know_the_form(self, tmp_path: Path) -> None:
        with pytest.raises(LogUnreadable, match="does not say how"):
            write_log(LOG, tmp_path / "log.doc")


def _event(number: str, kind: str, hour: int, *objects: str) -> dict[str, object]:
    links = [{"objectId": each, "qualifier": ""} for each in objects]
    return {"id": number, "type": kind, "time": f"2026-01-05T{hour:02}:00:00Z", "relationships": links}


ORDERS = {
    "objectTypes": [],
    "eventTypes": [],
    "objects": [{"id": "o1", "type": "order"}, {"id": "i1", "type": "item"}, {"id": "i2", "type": "item"}],
    "events": [
        _event("1", "place", 9, "o1", "i1", "i2"),
        _event("2", "pick", 10, "i1"),
        _event("3", "pay", 11, "o1"),
    ],
}


class TestReadOcel:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "orders.json"
        file.write_text(json.dumps(ORDERS), encoding="utf-8")
        return file

    def test_takes_the_type_with_the_most_events_and_says_so(self, file: Path) -> None:
        log = read_log(file).log

        assert summary(log)["variant_list"] == [
            {"activities": ["place"], "count": 1},
            {"activities": ["place", "pick"], "count": 1},
        ]
        assert log.warnings == (
            "The cases are the objects of type “item”; --case takes another one (order).",
            "1 events belong to more than one item and count once in each.",
            "1 events belong to no item and were left out.",
        )

    def test_sees_the_log_from_another_type(self, file: Path) -> None:
        assert read_log(file, Columns(case="order")).log.activity.to_list() == ["place", "pay"]

    def test_tells_the_types_that_there_are(self, file: Path) -> None:
        with pytest.raises(LogUnreadable, match="of type “lead”; there are item, order"):
            read_log(file, Columns(case="lead"))

    def test_refuses_other_json(self, tmp_path: Path) -> None:
        (tmp_path / "x.json").write_text('{"a": 1}', encoding="utf-8")

        with pytest.raises(LogUnreadable, match=r"x.json is no OCEL 2.0 in JSON"):
            read_log(tmp_path / "x.json")

    def test_refuses_another_database(self, tmp_path: Path) -> None:
        (tmp_path / "x.sqlite").write_bytes(b"no database")

        with pytest.raises(LogUnreadable, match="x.sqlite is no OCEL 2.0 in SQLite"):
            read_log(tmp_path / "x.sqlite")
