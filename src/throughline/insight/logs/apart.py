"""
Reading a log apart: a process of its own that knows no database, so that no file can take the memory of who asked.

The parent hands over a path and gets JSON back. The child keeps to a limit of memory that the system holds it to, and
gives all of it back when it ends; a child that dies or takes too long becomes one sentence like any other fault.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from throughline.flow.mining.log import instant
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits

GENTLY = 10
"""Live work goes first."""
AT_MOST_SECONDS = 900
AT_MOST_BYTES = 4_000_000_000
KEPT = Limits(events=10_000_000, memory_bytes=1_000_000_000)
"""What a log that is kept in the product may take to read; the command line reads more."""


def look_apart(path: Path, *, name: str) -> dict[str, Any]:
    """
    Return the first look at a file (:class:`looking.Look`, as JSON); ``name`` is what messages call it.

    Raises:
        LogUnreadable: it is no event log, or a damaged one.
    """
    return _asked({"task": "look", "path": str(path)}, path, name)


def read_apart(path: Path, *, name: str, columns: Columns, keep_at: Path) -> dict[str, Any]:
    """
    Read a log and keep it (:mod:`keeping`) at a path; return its figures: ``cases``, ``events``, ``first_at``,
    ``last_at`` (ISO 8601) and ``warnings``.

    Raises:
        LogUnreadable: it cannot be read with these columns.
    """
    return _asked({"task": "read", "path": str(path), "columns": asdict(columns), "keep_at": str(keep_at)}, path, name)


def columns_of(document: Mapping[str, Any]) -> Columns:
    """Return columns from their JSON."""
    known = {each.name for each in fields(Columns)}
    values = {key: value for key, value in document.items() if key in known}
    return Columns(**{**values, "classifier": tuple(values.get("classifier") or ())})


def _asked(request: Mapping[str, Any], path: Path, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "throughline.insight.logs.apart"]
    try:
        ended = subprocess.run(  # noqa: S603  our own module, told everything by its standard input
            command, input=json.dumps(request), capture_output=True, text=True, timeout=AT_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise LogUnreadable(f"{name} takes longer than a quarter of an hour to read. Take a part of it.") from problem
    answer: dict[str, Any] = json.loads(ended.stdout) if ended.returncode == 0 else {"problem": TOO_MUCH}
    if "problem" in answer:
        raise LogUnreadable(str(answer["problem"]).replace(path.name, name))
    return answer


TOO_MUCH = "The file needs more memory to read than this machine gives it. Take a part of it, such as one year."


def main() -> int:
    """Answer the request of standard input."""
    os.nice(GENTLY)
    resource.setrlimit(resource.RLIMIT_DATA, (AT_MOST_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    try:
        answer = _answer(json.load(sys.stdin))
    except LogUnreadable as problem:
        answer = {"problem": problem.sentence}
    except MemoryError:
        answer = {"problem": TOO_MUCH}
    json.dump(answer, sys.stdout)
    return 0


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    path = Path(request["path"])
    if request["task"] == "look":
        from throughline.insight.logs.looking import look_at

        return asdict(look_at(path, limits=KEPT))
    return _read(path, columns_of(request["columns"]), Path(request["keep_at"]))


def _read(path: Path, columns: Columns, keep_at: Path) -> dict[str, Any]:
    from throughline.insight.logs.keeping import keep
    from throughline.insight.logs.reading import read_log

    log = read_log(path, columns, limits=KEPT).log
    with keep_at.open("wb") as stream:
        keep(log, stream)
    return {
        "cases": log.cases,
        "events": log.events,
        "first_at": instant(int(log.at.min())).isoformat(),
        "last_at": instant(int(log.at.max())).isoformat(),
        "warnings": list(log.warnings),
    }


if __name__ == "__main__":
    sys.exit(main())
