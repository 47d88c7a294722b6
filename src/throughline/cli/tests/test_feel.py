"""The ``feel`` command: one expression, or one per line."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from throughline.cli import main


def batch(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], *lines: str) -> list[Any]:
    text = "".join(line + "\n" for line in lines).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main(["feel", "--batch"]) == 0
    return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]


class TestOneExpression:
    def test_the_value_is_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert main(["feel", '[amount * 2, "Øl"]', "--context", '{"amount": 1.1000000000000000000001}']) == 0
        assert capfd.readouterr().out == '[2.2000000000000000000002, "Øl"]\n'

    def test_warnings_go_to_standard_error(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert main(["feel", "1 + amount"]) == 0

        captured = capfd.readouterr()
        assert captured.out == "null\n"
        assert "Expected a value named amount, but there is none. (line 1, column 5)" in captured.err

    @pytest.mark.parametrize("words", [["1 +"], ["1", "--context", "[1]"], ["1", "--context", "{"], []])
    def test_what_is_wrong_is_one_sentence_and_exit_two(
        self, words: list[str], capfd: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["feel", *words]) == 2

        captured = capfd.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1


class TestBatch:
    def test_each_line_is_answered_in_order(
        self, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        answers = batch(
            monkeypatch,
            capfdbinary,
            '{"expression": "a + 1", "context": {"a": 2}}',
            '{"expression": "> 5, 3", "unary": true, "input": 7, "context": {}}',
            '{"expression": "a b", "context": {"a b": {"$feel": "date(\\"2026-03-01\\")"}}}',
        )

        assert answers == [
            {"result": 3, "warnings": []},
            {"result": True, "warnings": []},
            {"result": {"$feel": 'date("2026-03-01")'}, "warnings": []},
        ]

    @pytest.mark.parametrize(
        ("request_line", "kind"),
        [
            ('{"expression": "1 +"}', "syntax"),
            ('{"expression": "for a in 1..9999, b in 1..9999 return a"}', "evaluation"),
            ('{"expression": 5}', "input"),
            ('{"expression": "a", "context": {"a": {"$feel": "date(\\"x\\")"}}}', "input"),
            ("no json", "input"),
        ],
    )
    def test_a_request_that_fails_says_its_kind_and_the_next_is_taken(
        self,
        request_line: str,
        kind: str,
        monkeypatch: pytest.MonkeyPatch,
        capfdbinary: pytest.CaptureFixture[bytes],
    ) -> None:
        failed, answered = batch(monkeypatch, capfdbinary, request_line, '{"expression": "1"}')

        assert failed["error"]["kind"] == kind
        assert answered == {"result": 1, "warnings": []}
