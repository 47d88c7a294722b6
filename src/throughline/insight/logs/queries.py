"""Looking at imported logs: which there are, and what is in one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import BinaryIO, cast

from throughline.core.files.models import Blob
from throughline.core.files.operations import read_file
from throughline.core.identity.models import User
from throughline.core.refusals import Conflict, NotFound
from throughline.flow.mining.log import EventLog
from throughline.insight.logs import keeping
from throughline.insight.logs.models import ImportedLog, LogReading
from throughline.insight.logs.sight import visible

SPOOLED = 32 * 1024 * 1024


def imported_logs(*, user: User, limit: int = 200) -> list[ImportedLog]:
    """Return the logs that ``user`` may look at, the newest first. One query beside that of the person's rights."""
    rows = ImportedLog.objects.filter(visible(user)).select_related("owner", "team").defer("look")
    return list(rows[:limit])


def imported_log(*, log_id: int, user: User) -> ImportedLog:
    """
    Return one log.

    Raises:
        NotFound: there is none of this number, or none that ``user`` may look at.
    """
    found = ImportedLog.objects.filter(visible(user), pk=log_id).select_related("owner", "team").first()
    if found is None:
        raise NotFound("There is no such log, or its owner does not share it with you.")
    return found


def content(log: ImportedLog) -> EventLog:
    """
    Return what is in a log. The caller has checked that the reader may look at it.

    Raises:
        Conflict: its columns have not been confirmed yet.
    """
    if log.kept_id is None:
        raise Conflict(f"“{log.name}” is not read yet. Confirm its columns first.")
    with tempfile.SpooledTemporaryFile(max_size=SPOOLED) as file:
        pour(Blob.objects.get(pk=log.kept_id), cast(BinaryIO, file))
        file.seek(0)
        return keeping.kept(cast(BinaryIO, file))


def pour(blob: Blob, into: BinaryIO) -> None:
    """Write the content of a stored file into a stream."""
    for piece in read_file(blob):
        into.write(piece)


@contextmanager
def as_file(blob: Blob, name: str) -> Iterator[Path]:
    """Give a stored file as one on disk, with the endings of its name, while it is looked at."""
    with tempfile.TemporaryDirectory(prefix="throughline-sent-") as room:
        endings = [ending for ending in PurePath(name).suffixes if ending[1:].isalnum() and len(ending) < 12]
        path = Path(room) / f"sent-log{''.join(endings[-2:])}"
        with path.open("wb") as stream:
            pour(blob, stream)
        yield path


def last_readings(logs: Iterable[ImportedLog]) -> dict[int, LogReading]:
    """Return the last reading of each log that was asked to be read, by the log's key. One query."""
    rows = LogReading.objects.filter(log__in=[log.pk for log in logs])
    return {each.log_id: each for each in rows.order_by("requested_at", "pk")}
