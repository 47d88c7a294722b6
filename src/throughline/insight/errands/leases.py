"""
Having errands done: claiming one, following the process that does it, ending it.

A *desk* is such a process: a module that reads one JSON request from standard input and writes lines of JSON. A line
with ``progress`` says how far it is and may name other columns of the errand; the last one is what came of it. A desk
speaks often, even when nothing has changed, since only then is looked whether the errand is still wanted.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from throughline.core.refusals import Refusal
from throughline.insight.errands.models import Errand, ErrandStatus

CHANNEL = "throughline_errand"
"""The notification channel of those who do errands of seconds to minutes (workers/readers.py)."""
LEASE = timedelta(seconds=30)
OFTEN = timedelta(seconds=1)
"""So often is progress written, the lease kept up, and looked whether somebody has cancelled."""

Clock = Callable[[], datetime]
AnErrand = TypeVar("AnErrand", bound=Errand)


def wake(channel: str) -> None:
    """Tell those who do errands that there is one, when this transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])


@transaction.atomic
def claim(kind: type[AnErrand], *, at: datetime) -> AnErrand | None:
    """Take the errand that has waited longest, or one whose worker is gone; None when nothing waits."""
    waiting = Q(status=ErrandStatus.WAITING) | Q(status=ErrandStatus.RUNNING, claimed_until__lt=at)
    rows = kind._default_manager.select_for_update(skip_locked=True, of=("self",)).filter(waiting)
    found = rows.order_by("requested_at", "pk").first()
    if found is not None:
        found.status, found.started_at, found.claimed_until = ErrandStatus.RUNNING, at, at + LEASE
        found.progress = 0.0
        found.save(update_fields=["status", "started_at", "claimed_until", "progress"])
    return found


def next_due(*kinds: type[Errand]) -> datetime | None:
    """Return when a lease runs out that may have to be taken over."""
    leases = [
        kind._default_manager.filter(status=ErrandStatus.RUNNING, claimed_until__isnull=False)
        .order_by("claimed_until")
        .values_list("claimed_until", flat=True)
        .first()
        for kind in kinds
    ]
    return min((lease for lease in leases if lease is not None), default=None)


def held(errand: AnErrand) -> QuerySet[AnErrand]:
    """Return the errand as long as this claim of it holds: nothing once it was cancelled or taken over."""
    rows: QuerySet[AnErrand] = type(errand)._default_manager.filter(
        pk=errand.pk, status=ErrandStatus.RUNNING, started_at=errand.started_at
    )
    return rows


def keep(errand: Errand, *, at: datetime, **columns: Any) -> bool:
    """Write how far it is and keep the lease; False when it was cancelled or another worker has it."""
    return bool(held(errand).update(claimed_until=at + LEASE, **columns))


def let_go(errand: Errand) -> None:
    """Leave it to another worker, which begins anew."""
    held(errand).update(status=ErrandStatus.WAITING, claimed_until=None, progress=0.0)


def end(errand: Errand, *, at: datetime, problem: str = "", **columns: Any) -> bool:
    """End it: failed with a ``problem``, else done; False when it was cancelled or another worker has it."""
    ended: dict[str, Any] = {"ended_at": at, "claimed_until": None, **columns}
    if problem:
        return bool(held(errand).update(status=ErrandStatus.FAILED, problem=problem, **ended))
    return bool(held(errand).update(status=ErrandStatus.DONE, progress=1.0, **ended))


def call_off(errand: Errand, *, at: datetime) -> None:
    """
    Cancel an errand whose row the caller has locked.

    Raises:
        Refusal: it has ended already.
    """
    if not errand.is_open:
        raise Refusal("already_ended", "This has ended already.")
    errand.status, errand.ended_at, errand.claimed_until = ErrandStatus.CANCELLED, at, None
    errand.save(update_fields=["status", "ended_at", "claimed_until"])


def follow(
    errand: Errand, request: Mapping[str, Any], *, desk: str, clock: Clock, wanted: Callable[[], bool]
) -> Mapping[str, Any] | None:
    """
    Have a request answered by a desk (the name of its module), and write how far it is; return its last word.

    An empty word: the desk died. None: the errand is not ours any more; when it is not ``wanted``, it then waits for
    another worker.
    """
    said: Mapping[str, Any] = {}
    looked_at = clock()
    command = [sys.executable, "-m", desk]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(request))
            process.stdin.close()
            for line in process.stdout:
                said = json.loads(line) if line.endswith("\n") else {}  # cut off: it died in the middle of a word
                if "progress" in said and clock() - looked_at >= OFTEN:
                    looked_at = clock()
                    if not wanted():
                        let_go(errand)
                        return None
                    if not keep(errand, at=looked_at, **said):
                        return None
        except BrokenPipeError:
            said = {}
        finally:
            process.terminate()
    return {} if "progress" in said else said
