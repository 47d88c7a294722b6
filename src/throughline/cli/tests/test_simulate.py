"""``throughline simulate``: the stable format, the event log, and what is said of bad files."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from throughline.cli import main
from throughline.flow.engine.tests.walking import xml

pytestmark = pytest.mark.req("I4")

CHART = xml("startEvent start\nuserTask Serve\nendEvent end\nstart > Serve > end")
SCENARIO: dict[str, Any] = {
    "arrivals": {"distribution": "exponential", "mean": "PT60S"},
    "cases": 200,
    "replications": 3,
    "warm_up": 0.1,
    "seed": 1,
    "calendars": {"office": {"zone": "UTC", "hours": [{"days": "MO-FR", "from": "09:00", "to": "17:00"}]}},
    "resources": {"R1": {"amount": 1, "cost_per_hour": 40, "calendar": "office"}},
    "tasks": {"Serve": {"duration": {"distribution": "exponential", "mean": "PT48S"}, "resource": "R1"}},
    "flows": {},
    "variables": {},
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    chart, scenario = tmp_path / "chart.bpmn", tmp_path / "scenario.json"
    chart.write_bytes(CHART)
    scenario.write_text(json.dumps(SCENARIO))
    return str(chart), str(scenario)


def said(capfdbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, bytes, str]:
    status = main(["simulate", *words])
    out, err = capfdbinary.readouterr()
    return status, out, err.decode()


class TestJson:
    def test_has_the_members_that_scripts_rely_on(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        status, out, err = said(capfdbinary, files[0], "--scenario", files[1], "--json")

        report = json.loads(out)
        assert (status, err) == (0, "")
        spread = {"mean", "median", "p90", "p95", "ci95"}
        assert {
            "cases",
            "replications",
            "steps",
            "resources",
            "outcomes",
            "cost_per_case",
            "seed",
            "assumptions",
        } <= set(report)
        for name in ("cycle_time", "waiting_time", "processing_time", "idle_time"):
            assert set(report[name]) == spread
        assert {"name", "executions", "waiting", "processing", "queue_mean", "cost"} <= set(report["steps"]["Serve"])
        assert set(report["steps"]["Serve"]["waiting"]) == spread
        assert set(report["resources"]["R1"]) == {"utilisation", "ci95", "cost"}
        assert report["outcomes"] == {"end": 1.0}

    def test_is_the_same_byte_for_byte(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        log = tmp_path / "log.csv"
        words = (files[0], "--scenario", files[1], "--json", "--log", str(log))

        first, written = said(capfdbinary, *words)[1], log.read_bytes()
        second = said(capfdbinary, *words)[1]

        assert second == first
        assert log.read_bytes() == written

    def test_is_the_same_by_several_processes(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        log = tmp_path / "log.csv"
        words = (files[0], "--scenario", files[1], "--json", "--log", str(log))

        alone, written = said(capfdbinary, *words)[1], log.read_bytes()
        together = said(capfdbinary, *words, "--processes", "2")[1]

        assert together == alone
        assert log.read_bytes() == written

    def test_tells_times_by_outcome_and_costs_over_time(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        report = json.loads(said(capfdbinary, files[0], "--scenario", files[1], "--json")[1])

        assert set(report["outcome_times"]["end"]) == {"mean", "median", "p90", "p95", "ci95"}
        assert set(report["over_time"]) == {"step_s", "in_progress", "arrived", "ended", "queues", "busy", "cost"}
        assert len(report["over_time"]["cost"]) == len(report["over_time"]["queues"]["Serve"])

    def test_differs_by_seed(self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        words = (files[0], "--scenario", files[1], "--json")

        reports = [json.loads(said(capfdbinary, *words, "--seed", seed)[1]) for seed in ("1", "2")]

        assert reports[0]["cycle_time"] != reports[1]["cycle_time"]
        assert [each["seed"] for each in reports] == [1, 2]

    def test_options_stand_above_the_scenario(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        words = ("--cases", "50", "--replications", "2", "--seed", "7", "--json")

        report = json.loads(said(capfdbinary, files[0], "--scenario", files[1], *words)[1])

        assert (report["cases"], report["replications"], report["seed"]) == (50, 2, 7)

    def test_lists_what_was_assumed_without_a_scenario(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        report = json.loads(said(capfdbinary, files[0], "--cases", "20", "--json")[1])

        assert "tasks.Serve.duration: exponential, 30 minutes on average" in report["assumptions"]


class TestLog:
    def test_has_a_start_and_a_complete_for_each_execution(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        log = tmp_path / "log.csv"

        said(capfdbinary, files[0], "--scenario", files[1], "--log", str(log))

        rows = list(csv.DictReader(log.open()))
        assert list(rows[0]) == ["case", "activity", "time", "lifecycle", "resource", "node"]
        assert len(rows) == 400
        assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
        assert {(row["activity"], row["resource"], row["node"]) for row in rows} == {("Serve", "R1", "Serve")}
        assert [sum(row["lifecycle"] == each for row in rows) for each in ("start", "complete")] == [200, 200]


class TestBadFiles:
    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("{", "is not JSON"),
            ('{"cases": -3}', "Expected cases to be a whole number from 1 to 10000000, but it is -3."),
            ('{"tasks": {"Nobody": {}}}', 'Expected tasks to name a step of the chart (Serve), but "Nobody" is none.'),
        ],
    )
    def test_one_sentence_and_status_2(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes], text: str, part: str
    ) -> None:
        Path(files[1]).write_text(text)

        status, out, err = said(capfdbinary, files[0], "--scenario", files[1], "--json")

        assert (status, out) == (2, b"")
        assert part in err
        assert err.count("\n") == 1

    def test_a_chart_that_cannot_run_is_refused(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        Path(files[0]).write_bytes(b"<definitions/>")

        status, out, err = said(capfdbinary, files[0])

        assert (status, out) == (2, b"")
        assert err.count("\n") == 1

    @pytest.mark.parametrize("number", ["0", "1001"])
    def test_a_wrong_number_of_processes_is_said(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes], number: str
    ) -> None:
        status, _, err = said(capfdbinary, files[0], "--processes", number)

        assert status == 2
        assert "Expected --processes to be a whole number from 1 to 1000" in err

    def test_no_ray_is_said(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "ray", None)

        status, _, err = said(capfdbinary, files[0], "--ray")

        assert status == 2
        assert "pip install throughline[ray]" in err

    def test_a_wrong_option_is_said(self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        status, _, err = said(capfdbinary, files[0], "--cases", "0")

        assert status == 2
        assert "Expected --cases to be a whole number from 1 to 10000000, but it is 0." in err


class TestForPeople:
    def test_shows_steps_resources_and_outcomes(
        self, files: tuple[str, str], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        text = said(capfdbinary, files[0], "--scenario", files[1])[1].decode()

        for part in ("cycle time", "Serve", "R1", "of the cases", "cost per case"):
            assert part in text
