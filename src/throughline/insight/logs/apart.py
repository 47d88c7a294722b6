"""
Reading a log apart: a process of its own that knows no database, so that no file can take the memory of who asked.

The parent hands over a path and gets lines of JSON back: how far it is, again and again, and at last what came of it (a
*desk*, :mod:`insight.errands.leases`). The child keeps to a limit of memory that the system holds it to, and
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
from throughline.insight.errands.desk import GENTLY, say, telling
from throughline.insight.logs.columns import Columns
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.limits import Limits
from throughline.insight.logs.progress import Progress

DESK = "throughline.insight.logs.apart"
AT_MOST_SECONDS = 60
"""So long may a first look take, for which somebody waits."""
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


def columns_of(document: Mapping[str, Any]) -> Columns:
    """Return columns from their JSON."""
    known = {each.name for each in fields(Columns)}
    values = {key: value for key, value in document.items() if key in known}
    return Columns(**{**values, "classifier": tuple(values.get("classifier") or ())})


def _asked(request: Mapping[str, Any], path: Path, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", DESK]
    try:
        ended = subprocess.run(  # noqa: S603  our own module, told everything by its standard input
            command, input=json.dumps(request), capture_output=True, text=True, timeout=AT_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise LogUnreadable(f"{name} takes longer than a minute to look at. Take a part of it.") from problem
    lines = ended.stdout.splitlines()
    answer = json.loads(lines[-1]) if ended.returncode == 0 and lines else {}
    return answered(answer, path, name)


def answered(said: Mapping[str, Any], path: Path, name: str) -> dict[str, Any]:
    """
    Return the result in the last word of a desk.

    Raises:
        LogUnreadable: it says what is wrong, or it died.
    """
    if "result" not in said:
        raise LogUnreadable(str(said.get("problem", TOO_MUCH)).replace(path.name, name))
    result: dict[str, Any] = said["result"]
    return result


TOO_MUCH = "The file needs more memory to read than this machine gives it. Take a part of it, such as one year."


def main() -> int:
    """Answer the request of standard input."""
    os.nice(GENTLY)
    resource.setrlimit(resource.RLIMIT_DATA, (AT_MOST_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    request, progress = json.load(sys.stdin), Progress()
    try:
        with telling(lambda: {"progress": progress.share, "events_read": progress.events}):
            answer: dict[str, Any] = {"result": _answer(request, progress)}
    except LogUnreadable as problem:
        answer = {"problem": problem.sentence}
    except MemoryError:
        answer = {"problem": TOO_MUCH}
    say(answer)
    return 0


def _answer(request: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    path = Path(request["path"])
    if request["task"] == "look":
        from throughline.insight.logs.looking import look_at

        return asdict(look_at(path, limits=KEPT))
    return _read(path, columns_of(request["columns"]), Path(request["keep_at"]), progress)


def _read(path: Path, columns: Columns, keep_at: Path, progress: Progress) -> dict[str, Any]:
    """Read a log and keep it (:mod:`keeping`) at a path; return its figures."""
    from throughline.insight.logs.keeping import keep
    from throughline.insight.logs.reading import read_log

    log = read_log(path, columns, limits=KEPT, progress=progress).log
    with keep_at.open("wb") as stream:
        keep(log, stream)
    progress.reach(1.0)
    return {
        "cases": log.cases,
        "events": log.events,
        "first_at": instant(int(log.at.min())).isoformat(),
        "last_at": instant(int(log.at.max())).isoformat(),
        "warnings": list(log.warnings),
    }


if __name__ == "__main__":
    sys.exit(main())
