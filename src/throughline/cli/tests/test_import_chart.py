"""The command import-chart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughline.cli import main
from throughline.flow import bpmn
from throughline.flow.charts.tests.test_import import FLOW, drawio


class TestImportChart:
    """Drawings of other tools."""

    @pytest.mark.req("A4")
    def test_a_drawing_becomes_a_chart_and_json_says_what_was_understood(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        drawing, chart = tmp_path / "flow.drawio", tmp_path / "flow.bpmn"
        drawing.write_bytes(drawio(*FLOW))

        assert main(["import-chart", str(drawing), "-o", str(chart), "--json"]) == 0

        said = json.loads(capfd.readouterr().out)
        assert (said["lines"], said["connected"], said["doubts"]) == (5, 5, [])
        assert len(said["processes"][0]["nodes"]) == 5
        assert bpmn.read(chart.read_bytes()).diagrams

    def test_doubts_are_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        drawing = tmp_path / "flow.drawio"
        drawing.write_bytes(drawio(*FLOW[1:3], FLOW[6]))

        assert main(["import-chart", str(drawing), "-o", str(tmp_path / "flow.bpmn")]) == 0

        assert "Nothing starts this chart. Where does it begin?" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("chart.doc", b"x", "is none of the drawings that can be read"),
            ("chart.vsdx", b"PKx", "it is no zip file"),
            ("chart.drawio", b"<mxfile/>", "it has none"),
            ("chart.csv", b"Colour,Size\nred,3\n", "“Colour”, “Size”"),
            ("chart.png", b"\x89PNG\r\n\x1a\n....", "A picture has no shapes"),
        ],
    )
    def test_what_cannot_be_read_is_one_sentence_and_nothing_is_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, said: str
    ) -> None:
        drawing, chart = tmp_path / name, tmp_path / "chart.bpmn"
        drawing.write_bytes(content)

        assert main(["import-chart", str(drawing), "-o", str(chart)]) == 2

        assert said in capsys.readouterr().err
        assert not chart.exists()

    def test_a_page_that_is_not_there_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        drawing = tmp_path / "flow.drawio"
        drawing.write_bytes(drawio(*FLOW))

        assert main(["import-chart", str(drawing), "-o", "-", "--page", "3"]) == 2

        assert "has 1 pages, and no page 3" in capsys.readouterr().err
