"""
Computing one experiment: a process of its own that knows no database.

It reads one JSON request from standard input (``drawing`` and ``decisions`` as texts, ``scenario`` as a document) and
writes lines of JSON: ``{"progress": 0.4}`` now and then, at last ``{"result": …}`` or ``{"problem": "…"}``. When nobody
reads any more it ends.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from throughline.flow import bpmn, dmn, engine
from throughline.flow.calendars import NoWorkingTime
from throughline.flow.simulate import BadScenario, Endless, document, read_scenario, set_up, simulate
from throughline.flow.simulate.comparison import values_of
from throughline.flow.simulate.report import DIGITS, series_of

GENTLY = 10
"""Live work goes first."""
SECONDS = 0.25
"""So long at least between two words about the progress."""

PROBLEMS = (
    BadScenario,
    bpmn.Unreadable,
    dmn.Unreadable,
    engine.ChartRefused,
    engine.CommandRefused,
    Endless,
    NoWorkingTime,
)

Watch = Callable[[float], bool]


def compute(request: Mapping[str, Any], watch: Watch | None = None) -> dict[str, Any]:
    """
    Return the result of an experiment.

    Raises:
        one of ``PROBLEMS``: it cannot be simulated; the message says why.
    """
    definitions = bpmn.read(request["drawing"].encode())
    decisions = {ref: dmn.compile_model(dmn.read(text.encode())) for ref, text in request["decisions"].items()}
    setting = set_up(definitions, read_scenario(request["scenario"]), decisions=decisions)
    result = simulate(setting, watch=watch, series=True)
    series = series_of(result)
    values = {name: [round(each, DIGITS) for each in numbers] for name, numbers in values_of(result).items()}
    return {
        "report": document(result),
        "values": values,
        "series": None if series is None else asdict(series),
        "carried_by": result.carried_by,
        "warm_up": setting.warm_up,
    }


def main() -> int:
    """Answer the request of standard input."""
    os.nice(GENTLY)
    said_at = time.monotonic()

    def watch(share: float) -> bool:
        nonlocal said_at
        if time.monotonic() - said_at >= SECONDS:
            said_at = time.monotonic()
            _say({"progress": share})
        return True

    try:
        _say({"result": compute(json.load(sys.stdin), watch)})
    except BrokenPipeError:
        return 1
    except PROBLEMS as problem:
        _say({"problem": str(problem)})
    return 0


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
