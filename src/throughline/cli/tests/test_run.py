"""``throughline run``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughline.cli import NO, OK, WRONG, main
from throughline.flow.engine.tests.walking import xml

HOT = """
    startEvent start
    userTask call
    exclusiveGateway hot?
    endEvent won
    start > call > hot?
    hot? -yes| score > 5-> won
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    file = tmp_path / "chart.bpmn"
    file.write_bytes(xml(HOT))
    return file


def scenario(folder: Path, text: str) -> str:
    """Write a scenario file and return its name."""
    file = folder / "scenario.yaml"
    file.write_text(text, "utf-8")
    return str(file)


class TestRun:
    def test_tells_what_happened(self, chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
        answers = scenario(chart.parent, "answers: [{complete: call, variables: {score: 9}}]")

        assert main(["run", str(chart), "--scenario", answers]) == OK

        assert capsys.readouterr().out.splitlines() == ["start > call > won", "Status: completed", "score = 9"]

    def test_writes_one_json_document(self, chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
        answers = scenario(chart.parent, "variables: {score: 9}")

        assert main(["run", str(chart), "--scenario", answers, "--json"]) == OK

        document = json.loads(capsys.readouterr().out)
        assert document["trace"] == ["start", "call", "won"]
        assert document["variables"] == {"score": 9}

    def test_says_no_when_something_failed_on_the_way(self, chart: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["run", str(chart)]) == NO

        assert "Incident at hot_: Expected gateway 'hot?' to have a default flow" in capsys.readouterr().out

    def test_says_in_one_sentence_what_is_wrong_with_a_scenario(
        self, chart: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["run", str(chart), "--scenario", scenario(chart.parent, "auto: sometimes")]) == WRONG

        assert 'Expected "auto" to be true, false or "tasks".' in capsys.readouterr().err

    def test_refuses_a_chart_that_cannot_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = tmp_path / "bad.bpmn"
        file.write_bytes(xml("scriptTask s <script>1 +</script>"))

        assert main(["run", str(file)]) == WRONG

        assert "to be FEEL" in capsys.readouterr().err
