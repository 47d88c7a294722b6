"""JSON for scripts: every digit kept, one answer per line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from throughline.cli.batch import parse, write_json
from throughline.platform.faults import Fault

PROGRAM = """
from throughline.cli.batch import Unanswerable, answer_lines
def answer(request):
    if "wrong" in request: raise Unanswerable("evaluation", "It was evaluated and failed.")
    if "broken" in request: raise KeyError("x")
    if "unwritable" in request: return {"same": object()}
    if "deep" in request:
        nest = []
        for _ in range(100_000): nest = [nest]
        return {"same": nest}
    if "half" in request: return {"same": chr(0xD800)}
    if "halfway" in request: raise ValueError(chr(0xD800))
    return {"same": request["value"]}
answer_lines(answer)
"""


class TestNumbers:
    @pytest.mark.parametrize(
        "text", ["0.1", "12345678901234567890123456789", "1.10", "0.1234567890123456789012345678901234"]
    )
    def test_keep_every_digit(self, text: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        write_json({"n": parse(text, what="The test")})

        assert capfdbinary.readouterr().out == f'{{"n":{text}}}\n'.encode()


class TestParse:
    def test_says_what_is_no_json(self) -> None:
        with pytest.raises(Fault, match="--context is not JSON"):
            parse("{'a': 1}", what="--context")


class TestAnswerLines:
    def test_answers_each_line_and_goes_on_after_a_failure(self) -> None:
        requests = '{"value": 1}\n{"wrong": 1}\n\n{"broken": 1}\nnonsense\n[1]\n{"value": 2}\n'

        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], input=requests, capture_output=True, text=True, check=True
        )

        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert answers[0] == {"same": 1}
        assert answers[1] == {"error": {"kind": "evaluation", "message": "It was evaluated and failed."}}
        assert answers[2]["error"]["kind"] == "internal"
        assert [answer["error"]["kind"] for answer in answers[3:5]] == ["input", "input"]
        assert answers[5] == {"same": 2}
        assert "KeyError" in done.stderr

    @pytest.mark.parametrize("why", ["unwritable", "deep", "half", "halfway"])
    def test_an_answer_that_cannot_be_written_fails_alone(self, why: str) -> None:
        requests = f'{{"value": 1}}\n{{"{why}": 1}}\n{{"value": 2}}\n'

        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], input=requests, capture_output=True, text=True, check=True
        )

        first, failed, last = map(json.loads, done.stdout.splitlines())
        assert (first, last) == ({"same": 1}, {"same": 2})
        assert failed["error"]["kind"] == "internal"
        assert "Traceback" in done.stderr
