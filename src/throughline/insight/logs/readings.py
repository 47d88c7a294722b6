"""Having logs read: following the process that reads one, and keeping what it found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.files.operations import delete_file, store_file
from throughline.core.recordref import RecordRef
from throughline.insight.errands import leases
from throughline.insight.logs.apart import DESK, answered
from throughline.insight.logs.events import LogImported
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.models import ImportedLog, LogReading
from throughline.insight.logs.operations import ABOUT
from throughline.insight.logs.queries import as_file


def read(reading: LogReading, *, clock: leases.Clock, wanted: Callable[[], bool]) -> None:
    """
    Have the log of a claimed reading read, and keep its arrays instead of the file; one that cannot be read stays as it
    was sent, with a sentence why.

    ``wanted`` says whether to go on; when not, the reading waits for another worker.
    """
    log = ImportedLog.objects.select_related("sent", "owner").get(pk=reading.log_id)
    assert log.sent is not None
    with as_file(log.sent, log.file_name) as path, tempfile.TemporaryDirectory(prefix="throughline-kept-") as room:
        keep_at = Path(room) / "log"
        request = {"task": "read", "path": str(path), "columns": log.columns, "keep_at": str(keep_at)}
        said = leases.follow(reading, request, desk=DESK, clock=clock, wanted=wanted)
        if said is None:
            return
        try:
            figures = answered(said, path, log.file_name)
        except LogUnreadable as problem:
            leases.end(reading, at=clock(), problem=str(problem))
            return
        _keep(reading, figures, keep_at, at=clock())


@transaction.atomic
def _keep(reading: LogReading, figures: Mapping[str, Any], kept_at: Path, *, at: datetime) -> None:
    """Keep the arrays of a log instead of its file, unless the reading is not ours any more."""
    if not leases.end(reading, at=at, events_read=figures["events"]):
        return
    found = ImportedLog.objects.select_for_update(of=("self",)).select_related("owner").get(pk=reading.log_id)
    by = Actor.user(found.owner)
    with kept_at.open("rb") as stream:
        found.kept = store_file(content=stream, name=f"{found.name[:200]} (log)", by=by, at=at)
    sent, found.sent, found.look = found.sent, None, {}
    found.cases, found.events, found.warnings = figures["cases"], figures["events"], figures["warnings"]
    found.first_at = datetime.fromisoformat(figures["first_at"])
    found.last_at = datetime.fromisoformat(figures["last_at"])
    found.save()
    if sent is not None:
        delete_file(blob=sent, by=by, at=at)
    event = LogImported(log=found.pk, name=found.name, cases=found.cases, events=found.events)
    journal.record(event, by=by, at=at, about=RecordRef(ABOUT, found.pk))
