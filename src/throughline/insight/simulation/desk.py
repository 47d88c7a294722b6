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
from collections.abc import Callable, Mapping
from typing import Any

from throughline.flow import bpmn, dmn, engine
from throughline.flow.calendars import NoWorkingTime
from throughline.flow.simulate import BadScenario, Endless, document, simulate
from throughline.flow.simulate.comparison import values_of
from throughline.flow.simulate.report import DIGITS
from throughline.insight.errands.desk import GENTLY, say, telling
from throughline.insight.simulation.replicas import NoRay, Question, Spread, simulate_spread

PROBLEMS = (
    BadScenario,
    bpmn.Unreadable,
    dmn.Unreadable,
    engine.ChartRefused,
    engine.CommandRefused,
    Endless,
    NoWorkingTime,
    NoRay,
)

Watch = Callable[[float], bool]


def compute(request: Mapping[str, Any], watch: Watch | None = None) -> dict[str, Any]:
    """
    Return the result of an experiment.

    Raises:
        one of ``PROBLEMS``: it cannot be simulated; the message says why.
    """
    decisions = {ref: text.encode() for ref, text in request["decisions"].items()}
    question = Question(request["drawing"].encode(), request["scenario"], decisions, with_series=True)
    spread = Spread(request.get("processes", 1), request.get("ray"))
    if spread == Spread():
        result = simulate(question.setting(), watch=watch, series=True)  # knows how far it is inside of a run, too
    else:
        result, _log = simulate_spread(question, spread, watch=watch)
    report = document(result)
    values = {name: [round(each, DIGITS) for each in numbers] for name, numbers in values_of(result).items()}
    return {
        "series": report.pop("over_time"),
        "report": report,
        "values": values,
        "carried_by": result.carried_by,
        "warm_up": result.setting.warm_up,
    }


def main() -> int:
    """Answer the request of standard input."""
    os.nice(GENTLY)
    share = 0.0

    def watch(done: float) -> bool:
        nonlocal share
        share = done
        return True

    try:
        with telling(lambda: {"progress": share}):
            answer: dict[str, Any] = {"result": compute(json.load(sys.stdin), watch)}
    except PROBLEMS as problem:
        answer = {"problem": str(problem)}
    say(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
