"""The commands describe, render and layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from throughline.cli import main
from throughline.flow import bpmn
from throughline.flow.bpmn.tests.charts import chart

CHART = chart(
    '<bpmn:startEvent id="s" name="Start"/><bpmn:task id="t" name="Work"/>'
    '<bpmn:sequenceFlow id="f" sourceRef="s" targetRef="t"/>'
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A chart without positions."""
    made = tmp_path / "chart.bpmn"
    made.write_bytes(CHART)
    return made


class TestDescribe:
    def test_it_names_nodes_and_flows(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        status = main(["describe", str(file)])

        assert status == 0
        assert capsys.readouterr().out.splitlines() == [
            "Process P: 2 nodes, 1 flows",
            "  Start (startEvent)",
            "  Work (task)",
            "  Start > Work",
        ]

    def test_json_is_the_only_thing_on_standard_output(self, file: Path, capfd: pytest.CaptureFixture[str]) -> None:
        main(["describe", str(file), "--json"])

        document = json.loads(capfd.readouterr().out)
        assert [node["id"] for node in document["processes"][0]["nodes"]] == ["s", "t"]

    def test_a_broken_file_is_one_sentence_and_exit_2(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        broken = tmp_path / "broken.bpmn"
        broken.write_text("<definitions>\n<process></definitions>")

        status = main(["describe", str(broken)])

        assert status == 2
        assert "Line 2" in capsys.readouterr().err


class TestRender:
    @pytest.mark.parametrize(("kind", "head"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
    def test_it_writes_the_kind_that_the_name_asks_for(self, file: Path, kind: str, head: bytes) -> None:
        picture = file.with_suffix(f".{kind}")

        status = main(["render", str(file), "-o", str(picture), "--zoom", "1"])

        assert status == 0
        assert picture.read_bytes().startswith(head)

    def test_another_kind_is_refused_and_nothing_is_written(self, file: Path) -> None:
        status = main(["render", str(file), "-o", str(file.with_suffix(".gif"))])

        assert status == 2
        assert not file.with_suffix(".gif").exists()

    def test_a_page_that_is_not_there_is_refused(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        status = main(["render", str(file), "-o", str(file.with_suffix(".svg")), "--page", "7"])

        assert status == 2
        assert "page" in capsys.readouterr().err


class TestLayout:
    def test_it_writes_the_chart_with_positions_and_nothing_else_changed(self, file: Path) -> None:
        laid = file.with_name("laid.bpmn")

        status = main(["layout", str(file), "-o", str(laid)])

        assert status == 0
        before, after = bpmn.read(file.read_bytes()), bpmn.read(laid.read_bytes())
        assert after.elements == before.elements
        assert {shape.element for shape in after.diagrams[0].plane.shapes} == {"s", "t"}  # type: ignore[union-attr]
