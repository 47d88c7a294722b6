"""
What can be mined, behind one face: the cases of a procedure, or an imported log.

Pages and exports ask a :class:`Source` and do not care where its log came from. Everything is as far as the asker may
see it: of a procedure the cases of records that are visible, of imported logs those that are shared. A log with a
beginning and an end of each piece of work is looked at as one event per piece, which knows when it began.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from throughline.core.identity.models import User
from throughline.core.procedures.models import Case
from throughline.core.recordref import RecordRef
from throughline.flow.mining.lifecycle import executions
from throughline.flow.mining.log import EventLog
from throughline.insight.logs.models import ImportedLog
from throughline.insight.logs.queries import content, imported_log
from throughline.insight.mined.case_log import case_log
from throughline.insight.mined.scope import scope_of

Kind = Literal["procedure", "log"]
KEPT_EVENTS = 12_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """
    A log with where it came from.

    ``key``: the procedure's key or the log's number. ``version``, ``version_id``: of a procedure, the version that its
    cases ran on. ``sees_all``: whether the asker sees every case there is. ``imported``: what is known of a log.
    """

    kind: Kind
    key: str
    name: str
    log: EventLog
    sees_all: bool = True
    version: int | None = None
    version_id: int | None = None
    imported: ImportedLog | None = None


def procedure_source(*, procedure: str, user: User, version: int | None = None) -> Source:
    """
    Return the cases of one version of a procedure that ``user`` may see.

    Raises:
        NotFound: there is no such procedure or version.
    """
    scope = scope_of(procedure=procedure, user=user, version=version)
    log = case_log(procedure=procedure, user=user, version=scope.version.number)
    name, number = scope.procedure.name, scope.version.number
    return Source("procedure", procedure, name, log, not scope.seen, number, scope.version.pk)


def log_source(*, log_id: int, user: User) -> Source:
    """
    Return an imported log.

    Raises:
        NotFound: there is none of this number, or none that ``user`` may look at.
        Conflict: it is not read yet.
    """
    found = imported_log(log_id=log_id, user=user)
    return Source("log", str(log_id), found.name, _content(found), imported=found)


_kept: OrderedDict[int, EventLog] = OrderedDict()
_lock = Lock()


def _content(log: ImportedLog) -> EventLog:
    """What is in a log never changes once it is read, so the last ones looked at stay in memory."""
    with _lock:
        known = _kept.get(log.kept_id or 0)
        if known is not None:
            _kept.move_to_end(log.kept_id or 0)
            return known
    found = executions(content(log))
    with _lock:
        _kept[log.kept_id or 0] = found
        while len(_kept) > 1 and sum(each.events for each in _kept.values()) > KEPT_EVENTS:
            _kept.popitem(last=False)
    return found


def records_of(cases: Sequence[int]) -> dict[int, RecordRef]:
    """Return the record of each case of a procedure; the caller has checked that the cases may be seen. One query."""
    rows = Case.objects.filter(pk__in=cases).exclude(record_id=None).values_list("pk", "record_type", "record_id")
    return {case: RecordRef(record_type, record_id) for case, record_type, record_id in rows if record_id is not None}
