"""``throughline decide``: one decision, a batch of them, and imports beside the model."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from throughline import cli
from throughline.flow.dmn.tests.drawing import data, decision, drawing, feel, table

MODEL = drawing(
    data("region", "string")
    + data("score", "number")
    + decision(
        "Route",
        table(["region", "score"], ["owner"], ['"EU" | > 10 => "Maya" // hot']),
        requires=["i:region", "i:score"],
    )
    + decision("Broken", feel("1 +"))
)


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "route.dmn"
    path.write_bytes(MODEL)
    return str(path)


def batch(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], *requests: Any) -> list[Any]:
    """The answers to these requests."""
    lines = "".join(json.dumps(request) + "\n" for request in requests).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))

    assert cli.main(["decide", "--batch"]) == 0

    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


class TestBatch:
    def test_each_request_is_answered(
        self, model: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        right = {"model": model, "decision": "Route", "input": {"region": "EU", "score": 11}}
        null = {"model": model, "decision": "Route", "input": {"region": "EU", "score": "many"}}

        answers = batch(monkeypatch, capsysbinary, right, null)

        assert answers[0] == {"result": "Maya", "warnings": []}
        assert answers[1]["result"] is None
        assert "Expected “score” to be number" in answers[1]["warnings"][0]

    def test_what_is_wrong_is_told_by_kind_and_the_rest_goes_on(
        self, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        (tmp_path / "torn.dmn").write_text("<definitions")

        answers = batch(
            monkeypatch,
            capsysbinary,
            {"model": model, "decision": "Nothing"},
            {"model": str(tmp_path / "torn.dmn"), "decision": "Route"},
            {"model": str(tmp_path / "absent.dmn"), "decision": "Route"},
            {"decision": "Route"},
            {"model": model, "decision": "Route", "input": {"region": {"$feel": "1 +"}}},
            {"model": model, "decision": "Broken"},
        )

        assert [answer.get("error", {}).get("kind") for answer in answers] == [
            "input",
            "syntax",
            "input",
            "input",
            "input",
            None,
        ]
        assert answers[-1]["result"] is None

    def test_imports_are_found_beside_the_model(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        (tmp_path / "library.dmn").write_bytes(
            drawing(data("n") + decision("n plus", feel("n + 1")), namespace="urn:lib")
        )
        main = tmp_path / "main.dmn"
        main.write_bytes(
            drawing(
                '<import name="lib" namespace="urn:lib" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'
                + decision("A", feel("lib.n"), requires=["urn:lib#i:n"])
            )
        )
        request = {"model": str(main), "decision": "A", "input": {"n": 5}, "namespaces": {"n": "urn:lib"}}

        assert batch(monkeypatch, capsysbinary, request) == [{"result": 5, "warnings": []}]

    def test_a_file_that_changes_is_read_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        path = tmp_path / "a.dmn"
        answers = []
        for number in (1, 22):
            path.write_bytes(drawing(decision("A", feel(str(number)))))
            answers += batch(monkeypatch, capsysbinary, {"model": str(path), "decision": "A"})

        assert [answer["result"] for answer in answers] == [1, 22]


class TestOne:
    def test_the_value_and_the_reason(self, model: str, capsys: pytest.CaptureFixture[str]) -> None:
        status = cli.main(
            ["decide", model, "--decision", "Route", "--input", '{"region": "EU", "score": 11}', "--explain"]
        )

        assert status == 0
        assert capsys.readouterr().out == '"Maya"\nRoute: "Maya", by rule 1 (region = "EU", score = 11): hot.\n'

    def test_several_decisions_need_a_name(self, model: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["decide", model]) == 2
        assert "Say which decision to take. The model has: Route, Broken." in capsys.readouterr().err
