"""
Having experiments computed: claiming one, following the process that computes it, keeping what it says.

A claim is a lease: when its worker dies, another takes the experiment and computes it anew, which gives the same
result. These writes have no author and are no business facts; that somebody asked is in the journal.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from throughline.insight.simulation.models import Experiment

LEASE = timedelta(seconds=30)
OFTEN = timedelta(seconds=1)
"""So often is progress written, the lease kept up, and looked whether somebody has cancelled."""

Status = Experiment.Status
Clock = Callable[[], datetime]


@transaction.atomic
def claim(*, at: datetime) -> Experiment | None:
    """Take the experiment that has waited longest, or one whose worker is gone; None when nothing waits."""
    waiting = Q(status=Status.WAITING) | Q(status=Status.RUNNING, claimed_until__lt=at)
    found = (
        Experiment.objects.select_for_update(skip_locked=True).filter(waiting).order_by("requested_at", "pk").first()
    )
    if found is not None:
        found.status, found.started_at, found.claimed_until, found.progress = Status.RUNNING, at, at + LEASE, 0.0
        found.save(update_fields=["status", "started_at", "claimed_until", "progress"])
    return found


def next_due() -> datetime | None:
    """Return when a lease runs out that may have to be taken over."""
    running = Experiment.objects.filter(status=Status.RUNNING, claimed_until__isnull=False)
    return running.order_by("claimed_until").values_list("claimed_until", flat=True).first()


def compute(experiment: Experiment, *, clock: Clock, wanted: Callable[[], bool]) -> None:
    """
    Have a claimed experiment computed, and keep the result.

    ``wanted`` says whether to go on; when not, the experiment waits for another worker.
    """
    request = {
        "drawing": bytes(experiment.drawing).decode(),
        "decisions": experiment.decisions,
        "scenario": experiment.scenario,
    }
    said: Mapping[str, Any] = {}
    looked_at = clock()
    command = [sys.executable, "-m", "throughline.insight.simulation.desk"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as desk:  # noqa: S603
        assert desk.stdin is not None
        assert desk.stdout is not None
        try:
            desk.stdin.write(json.dumps(request))
            desk.stdin.close()
            for line in desk.stdout:
                said = json.loads(line)
                if "progress" in said and clock() - looked_at >= OFTEN:
                    looked_at = clock()
                    if not wanted():
                        _let_go(experiment)
                        return
                    if not _keep(experiment, said["progress"], at=looked_at):
                        return
        except BrokenPipeError:
            said = {}
        finally:
            desk.terminate()
    _end(experiment, said, at=clock())


def _keep(experiment: Experiment, progress: float, *, at: datetime) -> bool:
    """Write how far it is and keep the lease; False when it was cancelled or another worker has it."""
    mine = Experiment.objects.filter(pk=experiment.pk, status=Status.RUNNING, started_at=experiment.started_at)
    return bool(mine.update(progress=progress, claimed_until=at + LEASE))


def _let_go(experiment: Experiment) -> None:
    mine = Experiment.objects.filter(pk=experiment.pk, status=Status.RUNNING, started_at=experiment.started_at)
    mine.update(status=Status.WAITING, claimed_until=None, progress=0.0)


def _end(experiment: Experiment, said: Mapping[str, Any], *, at: datetime) -> None:
    mine = Experiment.objects.filter(pk=experiment.pk, status=Status.RUNNING, started_at=experiment.started_at)
    ended: dict[str, Any] = {"ended_at": at, "claimed_until": None}
    if "result" in said:
        mine.update(status=Status.DONE, result=said["result"], progress=1.0, **ended)
        return
    problem = said.get("problem") or "The simulation stopped without a word. Try it again with fewer cases."
    mine.update(status=Status.FAILED, problem=problem, **ended)
