"""
Learning apart: a process of its own that knows no database.

It reads one JSON request from standard input: ``log``, the path of a kept log (:mod:`insight.logs.keeping`),
``finished``, the names of the cases that are over, and ``asked``, per question the names of the cases for which it came
true. It answers with one JSON document: ``questions`` (``remaining`` and those asked), each with ``shown``, ``reason``
and ``validation``, and ``open``, per open case the seconds it still takes from its last event and the probabilities.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from throughline.flow.mining.log import EventLog, Mask
from throughline.insight.logs.keeping import kept
from throughline.insight.prediction.learning import Learned, Model, NotShown
from throughline.insight.prediction.likelihood import learn_likelihood
from throughline.insight.prediction.remaining import learn_remaining_time

GENTLY = 10
"""Live work goes first."""
REMAINING = "remaining"
COLUMNS = ("resource",)


def answer(log: EventLog, finished: set[str], asked: Mapping[str, set[str]]) -> dict[str, Any]:
    """Learn each question from the finished cases and say what it means for the open ones."""
    over = _among(log, finished)
    history, open_cases = log.keep_cases(over), log.keep_cases(~over)
    questions = {REMAINING: _told(learn_remaining_time(history, columns=COLUMNS), open_cases)}
    for name, cases in asked.items():
        questions[name] = _told(learn_likelihood(history, _among(history, cases), columns=COLUMNS), open_cases)
    predicted = {
        case: {name: each["values"][place] for name, each in questions.items() if each["values"]}
        for place, case in enumerate(open_cases.names)
    }
    for each in questions.values():
        del each["values"]
    return {"questions": questions, "open": predicted, "finished": history.cases}


def _among(log: EventLog, names: set[str]) -> Mask:
    return np.fromiter((name in names for name in log.names), np.bool_, log.cases)


def _told(found: Learned[Any] | NotShown, open_cases: EventLog) -> dict[str, Any]:
    if isinstance(found, NotShown):
        validation = None if found.validation is None else asdict(found.validation)
        return {"shown": False, "reason": found.reason, "validation": validation, "values": []}
    model: Model = found.model
    values = model.predict(open_cases)[open_cases.last].tolist() if open_cases.cases else []
    return {"shown": True, "reason": "", "validation": asdict(found.validation), "values": values}


def main() -> int:
    """Answer the request of standard input."""
    os.nice(GENTLY)
    request = json.load(sys.stdin)
    with Path(request["log"]).open("rb") as stream:
        log = kept(stream)
    asked = {name: set(cases) for name, cases in request["asked"].items()}
    json.dump(answer(log, set(request["finished"]), asked), sys.stdout, default=str)
    return 0


if __name__ == "__main__":
    sys.exit(main())
