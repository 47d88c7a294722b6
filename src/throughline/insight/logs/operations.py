"""Bringing event logs in, having them read, sharing them, taking them out and away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any, BinaryIO

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.files.operations import LARGEST, delete_file, store_file
from throughline.core.identity.models import User
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.insight.errands import leases
from throughline.insight.errands.models import OPEN
from throughline.insight.logs.apart import look_apart
from throughline.insight.logs.columns import NEEDED, ROLES
from throughline.insight.logs.events import (
    LogDeleted,
    LogExported,
    LogReadingCancelled,
    LogReadingRequested,
    LogShared,
)
from throughline.insight.logs.faults import LogUnreadable
from throughline.insight.logs.models import ImportedLog, LogReading, Sharing
from throughline.insight.logs.queries import as_file

ABOUT = "log"


@transaction.atomic
def send_log(*, content: BinaryIO, file_name: str, size: int, name: str = "", by: Actor, at: datetime) -> ImportedLog:
    """
    Take in a file with an event log and look at its beginning; its columns are then to be confirmed.

    Raises:
        NotAllowed: nobody in person is behind the actor.
        Refusal: it is too large, empty, or no event log; nothing was kept.
    """
    owner = _person(by)
    file_name = PurePath(file_name).name or "log"
    if size > LARGEST:
        raise Refusal(
            "file_too_large",
            f"{file_name} has {size // 1024**2:,} MB; a log may have {LARGEST // 1024**2} MB. Send it packed (.gz), "
            "or a part of it, such as one year.",
            "file",
        )
    blob = store_file(content=content, name=file_name, by=by, at=at, media_type="application/octet-stream")
    with as_file(blob, file_name) as path:
        try:
            look = look_apart(path, name=file_name)
        except LogUnreadable as problem:
            raise Refusal("log_unreadable", str(problem), "file") from problem
    return ImportedLog.objects.create(
        name=name.strip() or file_name.partition(".")[0] or file_name,
        owner=owner,
        team_id=access.grants(owner).home_team_id,
        file_name=file_name,
        sent=blob,
        look=look,
        columns=look["columns"],
        imported_at=at,
        imported_by_label=by.label,
    )


@transaction.atomic
def request_reading(*, log_id: int, name: str, columns: Mapping[str, Any], by: Actor, at: datetime) -> LogReading:
    """
    Have a log read with the columns that somebody has confirmed; a worker does it.

    Raises:
        NotFound: there is no such log of the person behind the actor.
        Conflict: it was read already, or is being read.
        Refusal: it has no name, or a column is missing or named twice; the sentence says which.
    """
    found = _own(log_id, by)
    if found.sent_id is None:
        raise Conflict(f"“{found.name}” is read already. Import the file anew for other columns.")
    if found.readings.filter(status__in=OPEN).exists():
        raise Conflict(f"“{found.name}” is being read. Wait until that is over, or stop it first.")
    if not name.strip():
        raise Refusal("name_missing", "Give the log a name, such as “Service desk 2025”.", "name")
    _check_columns(found, columns)
    found.name, found.columns = name.strip(), dict(columns)
    found.save(update_fields=["name", "columns"])
    made = LogReading.objects.create(
        log=found, requested_at=at, requested_by=access.user_of(by), requested_by_label=by.label
    )
    requested = LogReadingRequested(log=found.pk, name=found.name)
    journal.record(requested, by=by, at=at, about=RecordRef(ABOUT, found.pk))
    leases.wake(leases.CHANNEL)
    return made


@transaction.atomic
def cancel_reading(*, log_id: int, by: Actor, at: datetime) -> ImportedLog:
    """
    Stop reading a log; it stays as it was sent.

    Raises:
        NotFound: there is no such log of the person behind the actor, or it is not being read.
        Refusal: reading has ended already.
    """
    found = _own(log_id, by)
    reading = found.readings.select_for_update().first()
    if reading is None:
        raise NotFound(f"“{found.name}” is not being read.")
    leases.call_off(reading, at=at)
    cancelled = LogReadingCancelled(log=found.pk, name=found.name)
    journal.record(cancelled, by=by, at=at, about=RecordRef(ABOUT, found.pk))
    return found


def _check_columns(log: ImportedLog, columns: Mapping[str, Any]) -> None:
    """See that what has to be there is, and no column stands for two things."""
    if log.look.get("kind") != "table":
        return
    needed = {role: f"Say which column is the {role}." for role in NEEDED if not columns.get(role)}
    chosen = [columns[role] for role in ROLES if columns.get(role)]
    twice = next((name for name in chosen if chosen.count(name) > 1), None)
    if twice is not None:
        role = next(role for role in reversed(ROLES) if columns.get(role) == twice)
        needed.setdefault(role, f"“{twice}” is chosen twice. Choose another column, or none.")
    if needed:
        raise Refusal("columns_missing", " ".join(needed.values()), fields=needed)


@transaction.atomic
def share_log(*, log_id: int, sharing: str, by: Actor, at: datetime) -> ImportedLog:
    """
    Say who may look at a log beside its owner.

    Raises:
        NotFound: there is no such log of the person behind the actor.
        Refusal: it is to be shared with a team, but the owner has none.
    """
    found = _own(log_id, by)
    if sharing not in Sharing.values:
        raise Refusal("sharing_unknown", "Choose who may look: only you, your team, or everyone.", "sharing")
    if sharing == Sharing.TEAM and found.team_id is None:
        raise Refusal(
            "no_team", "You are in no team that the log could be shared with. Ask an administrator.", "sharing"
        )
    found.sharing = sharing
    found.save(update_fields=["sharing"])
    event = LogShared(log=found.pk, name=found.name, sharing=sharing)
    journal.record(event, by=by, at=at, about=RecordRef(ABOUT, found.pk))
    return found


@transaction.atomic
def delete_log(*, log_id: int, by: Actor, at: datetime) -> None:
    """
    Remove a log with its content, for good.

    Raises:
        NotFound: there is no such log of the person behind the actor.
    """
    found = _own(log_id, by)
    files = [blob for blob in (found.sent, found.kept) if blob is not None]
    journal.record(LogDeleted(log=found.pk, name=found.name), by=by, at=at, about=RecordRef(ABOUT, found.pk))
    found.delete()
    for blob in files:
        delete_file(blob=blob, by=by, at=at)


@transaction.atomic
def record_export(*, about: RecordRef, name: str, cases: int, form: str, by: Actor, at: datetime) -> None:
    """Write down that somebody took an event log out of the house: an imported one, or that of a procedure."""
    journal.record(LogExported(name=name, cases=cases, form=form), by=by, at=at, about=about)


def _person(by: Actor) -> User:
    user = access.user_of(by)
    if user is None:
        raise NotAllowed("An event log belongs to whoever imports it. Sign in and import it yourself.")
    return user


def _own(log_id: int, by: Actor) -> ImportedLog:
    owner = _person(by)
    found = ImportedLog.objects.select_for_update(of=("self",)).filter(pk=log_id, owner=owner).first()
    if found is None:
        raise NotFound("There is no such log of yours. Only who imported a log can change it.")
    return found
