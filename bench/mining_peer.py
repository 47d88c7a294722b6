"""A conversation with PM4Py in its own environment (peer_pm4py.py), for the mining benchmarks."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peers import BENCH, environment


class Pm4py:
    """PM4Py, waiting for questions."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: str, **details: Any) -> tuple[float, Any]:
        """Return the seconds of processor that an answer took, and the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"ask": question, **details}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(
                "Expected an answer from PM4Py, but it ended. Run bench/peer_pm4py.py by hand to see why."
            )
        told = json.loads(line)
        return told["seconds"], told["answer"]


@contextmanager
def pm4py() -> Iterator[Pm4py | None]:
    """Start PM4Py; None, and a loud word, when it cannot be installed here."""
    python = environment("pm4py")
    if python is None:
        yield None
        return
    words = [str(python), "-I", str(BENCH / "peer_pm4py.py")]
    with (
        tempfile.TemporaryFile() as noise,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=noise, text=True) as process,
    ):
        try:
            yield Pm4py(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def line(what: str, ours: float, theirs: float | None, goal: float) -> str:
    """Return a line of the table: seconds of both, and how many times as fast we are."""
    if theirs is None:
        return f"{what:<44} {ours:9.3f} s      (no peer)"
    ratio = theirs / ours
    verdict = "ok" if ratio >= goal else "MISSED"
    return f"{what:<44} {ours:9.3f} s {theirs:9.3f} s   {ratio:7.1f} x  (bar {goal:g} x: {verdict})"
