from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from throughline.cli import main
from throughline.flow import bpmn
from throughline.flow.check.soundness import soundness
from throughline.insight.logs.tests.helpdesk import helpdesk_folder

ROWS = [
    ("x", "a", 9, "Maya"),
    ("x", "b", 10, "Tom"),
    ("y", "a", 9, "Maya"),
    ("y", "b", 12, "Maya"),
    ("y", "b", 13, "Tom"),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "log.csv"
    lines = [f"{case},{activity},2026-01-05T{hour:02}:00:00Z,{who}" for case, activity, hour, who in ROWS]
    file.write_text("\n".join(["case,activity,time,resource", *lines, ""]), encoding="utf-8")
    return file


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(list(words)) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.req("I2")
class TestMine:
    def test_gives_the_stable_document(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        found = _json(capsys, "mine", str(log), "--json")

        names = ("cases", "events", "activities", "resources", "variants", "starts", "ends")
        assert {name: found[name] for name in names} == {
            "cases": 2, "events": 5, "activities": {"b": 3, "a": 2}, "resources": 2, "variants": 2,
            "starts": {"a": 2}, "ends": {"b": 2},
        }  # fmt: skip
        assert found["variant_list"] == [
            {"activities": ["a", "b"], "count": 1},
            {"activities": ["a", "b", "b"], "count": 1},
        ]
        assert found["case_duration_s"] == {
            "mean": 9000.0, "median": 9000.0, "p90": 13320.0, "p95": 13860.0, "min": 3600.0, "max": 14400.0,
        }  # fmt: skip
        assert found["flows"][0] == {
            "from": "a", "to": "b", "count": 2, "cases": 2, "mean_s": 7200.0, "median_s": 7200.0, "p95_s": 10440.0,
        }  # fmt: skip
        assert (found["rework_cases"], found["rework_events"], found["handovers"], found["warnings"]) == (1, 1, 2, [])

    def test_takes_named_columns(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        found = _json(capsys, "mine", str(log), "--json", "--case", "resource", "--resource", "case")

        assert (found["cases"], found["columns"]["case"]) == (2, "resource")

    def test_filters(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rework = json.dumps({"kind": "rework", "activity": "b"})

        assert _json(capsys, "mine", str(log), "--json", "--filter", rework)["cases"] == 1

    def test_filters_by_attributes(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        first = json.dumps({"kind": "attribute", "column": "resource", "words": ["Maya"], "keep": "events"})

        assert _json(capsys, "mine", str(log), "--json", "--filter", first)["events"] == 3

    def test_counts_business_time(self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        calendar = tmp_path / "office.json"
        calendar.write_text(json.dumps({"zone": "UTC", "hours": {"mon": [["09:00", "11:00"]]}}), encoding="utf-8")

        found = _json(capsys, "mine", str(log), "--json", "--calendar", str(calendar))

        assert (found["case_duration_s"]["min"], found["case_duration_s"]["max"]) == (3600.0, 7200.0)

    def test_writes_the_log_in_another_form(
        self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = _json(capsys, "mine", str(log), "--json", "-o", str(tmp_path / "log.xes"))

        after = _json(capsys, "mine", str(tmp_path / "log.xes"), "--json")

        assert {**after, "columns": None} == {**before, "columns": None}

    def test_speaks_to_people_without_json(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["mine", str(log)]) == 0

        assert "2 cases, 5 events, 2 activities, 2 resources, 2 variants." in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--case", "none"], "has no column “none”"),
            (["--filter", "{"], "--filter is not JSON"),
            (["--filter", '{"kind": "colour"}'], "--filter cannot be read"),
            (["--filter", '{"kind": "attribute", "column": "colour", "words": []}'], "has no column “colour”"),
            (["--filter", '{"kind": "time", "since": "soon"}'], "Expected a date"),
            (["-o", "log.doc"], "does not say how the log is to be written"),
        ],
    )
    def test_says_in_one_sentence_what_is_wrong(
        self, log: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["mine", str(log), *words]) == 2

        told = capsys.readouterr()
        assert message in told.err
        assert (told.out, told.err.count("\n")) == ("", 1)

    def test_refuses_a_log_that_is_cut_off(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        packed = log.with_suffix(".csv.gz")
        whole = gzip.compress(log.read_bytes() * 200)
        packed.write_bytes(whole[: len(whole) // 2])

        assert main(["mine", str(packed), "--json"]) == 2
        assert "cut off or damaged" in capsys.readouterr().err

    @pytest.mark.suites
    def test_mines_the_helpdesk_log(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = _json(capsys, "mine", str(helpdesk_folder() / "finale.csv.gz"), "--json")

        assert (found["cases"], found["events"], found["variants"], found["resources"]) == (4580, 21348, 226, 22)


class TestLifecycle:
    """Logs of simulations and many others have starts and completions as events of their own."""

    @pytest.fixture
    def both(self, tmp_path: Path) -> Path:
        file = tmp_path / "both.csv"
        rows = [f"x,{activity},2026-01-05T{hour}:00:00Z,{state}" for activity, hour, state in (
            ("a", "09", "start"), ("a", "10", "complete"), ("b", "11", "start"), ("b", "12", "complete"))]  # fmt: skip
        file.write_text("\n".join(["case,activity,time,lifecycle", *rows, ""]), encoding="utf-8")
        return file

    def test_count_as_events_when_mined_and_that_is_said(self, both: Path, capsys: pytest.CaptureFixture[str]) -> None:
        found = _json(capsys, "mine", str(both), "--json")

        assert (found["events"], found["rework_events"]) == (4, 2)
        assert found["working_time"]["b"]["waiting_s"]["mean"] == 3600
        assert found["warnings"] == [
            "Starts and completions are events of their own here and count both; --each work counts them together."
        ]

    def test_count_as_work_when_asked(self, both: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert _json(capsys, "mine", str(both), "--json", "--each", "work")["events"] == 2

    def test_count_as_work_against_a_chart(
        self, both: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        chart = str(tmp_path / "found.bpmn")

        assert _json(capsys, "discover", str(both), "-o", chart, "--json")["tree"] == "→(a, b)"
        assert _json(capsys, "conform", str(both), chart, "--json")["conforming_cases"] == 1


@pytest.mark.req("I2")
class TestDiscover:
    def test_writes_a_sound_chart_that_can_be_compared(
        self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        chart = tmp_path / "found.bpmn"

        found = _json(capsys, "discover", str(log), "-o", str(chart), "--noise", "0", "--json")

        assert (found["tree"], found["log_fitness"], found["method"]) == ("→(a, ↺(b, τ))", 1.0, "exact")
        definitions = bpmn.read(chart.read_bytes())
        assert [finding for finding in soundness(definitions) if finding.severity == "error"] == []
        assert definitions.processes[0].name == "log"

    def test_refuses_a_noise_that_is_none(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["discover", str(log), "-o", "-", "--noise", "2"]) == 2
        assert "between 0 and 1" in capsys.readouterr().err


@pytest.mark.req("I3")
class TestConform:
    def test_gives_the_stable_document(self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        chart = tmp_path / "found.bpmn"
        line = tmp_path / "line.csv"
        line.write_text("case,activity,time\nx,a,2026-01-05\nx,b,2026-01-06\n", encoding="utf-8")
        assert main(["discover", str(line), "-o", str(chart)]) == 0

        found = _json(capsys, "conform", str(log), str(chart), "--json")

        assert found == {
            "cases": 2, "conforming_cases": 1, "total_cost": 1, "trace_fitness_mean": 0.9,
            "log_fitness": pytest.approx(1 - 1 / 9), "precision": 1.0, "shortest_path": 2, "method": "exact",
            "deviations": [
                {"kind": "extra", "node": "task_2", "activity": "b", "how": "repeated", "cases": 1, "moves": 1}
            ],
            "warnings": [],
        }  # fmt: skip

    def test_takes_a_map(self, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        chart, names = tmp_path / "found.bpmn", tmp_path / "map.json"
        other = tmp_path / "other.csv"
        other.write_text("case,activity,time\nx,Ring,2026-01-05\nx,Write,2026-01-06\n", encoding="utf-8")
        names.write_text(json.dumps({"a": "Ring", "b": ["Write"]}), encoding="utf-8")
        assert main(["discover", str(other), "-o", str(chart)]) == 0

        assert _json(capsys, "conform", str(log), str(chart), "--map", str(names), "--json")["conforming_cases"] == 1

    def test_refuses_what_is_no_chart(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["conform", str(log), str(log)]) == 2
        assert "cannot be read as BPMN" in capsys.readouterr().err
