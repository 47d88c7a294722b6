"""Having predictions learned."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits
from throughline.core.procedures.models import Case, ProcedureVersion, WorkItem
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotAllowed, Refusal
from throughline.flow.mining.log import EventLog, instant
from throughline.insight.logs.keeping import keep
from throughline.insight.mined.sources import Source, procedure_source
from throughline.insight.prediction.desk import REMAINING
from throughline.insight.prediction.events import PredictionLearned
from throughline.insight.prediction.models import Outlook, Prediction

EVENTS_AT_MOST = 300_000
SECONDS_AT_MOST = 300
OUTCOMES, RARE = 3, 0.05
LATE, OUTCOME = "late", "outcome:"
"""Questions: whether a step of the case is late, and whether it ends in a certain way."""


def learn(*, procedure: str, version: int | None, by: Actor, at: datetime) -> Prediction:
    """
    Learn what the open cases of a version will do from those that are over, and keep it.

    Learning itself holds no transaction; what it found is kept in one.

    Raises:
        NotAllowed: the person may not draw procedures, or does not see all of its cases.
        NotFound: there is no such procedure or version.
        Refusal: there are too many events for this machine.
    """
    permits.require_design(by)
    user = access.user_of(by)
    if user is None:
        raise NotAllowed("Only a person who sees the cases can have them learned from.")
    source = procedure_source(procedure=procedure, user=user, version=version)
    if not source.sees_all:
        raise NotAllowed("Only who sees all cases of a procedure can have them learned from. Ask an administrator.")
    return learn_from(source, by=by, at=at)


def learn_from(source: Source, *, by: Actor, at: datetime) -> Prediction:
    """
    Learn from all cases of a version, and keep it.

    Raises:
        Refusal: there are too many events for this machine, or learning was stopped.
    """
    assert source.version_id is not None
    if source.log.events > EVENTS_AT_MOST:
        raise Refusal(
            "too_many_events",
            f"{source.log.events:,} events are more than are learned from at once ({EVENTS_AT_MOST:,}).",
        )
    cases = Case.objects.filter(version_id=source.version_id, sandbox=False)
    over = {str(pk) for pk in cases.filter(ended_at__isnull=False).values_list("pk", flat=True)}
    result = _learned(source.log, over, _asked(source.version_id))
    return keep_prediction(source=source, result=result, by=by, at=at)


@transaction.atomic
def keep_prediction(*, source: Source, result: dict[str, Any], by: Actor, at: datetime) -> Prediction:
    """Keep what was learned of a version, and what it says of each of its open cases."""
    assert source.version_id is not None
    made, _new = Prediction.objects.update_or_create(
        version_id=source.version_id, defaults={"learned_at": at, "learned_by_label": by.label, "result": result}
    )
    Outlook.objects.filter(version_id=source.version_id).delete()
    Outlook.objects.bulk_create(_outlooks(source, result, at), batch_size=1000)
    shown = sum(each["shown"] for each in result["questions"].values())
    told = PredictionLearned(version=source.version or 0, cases=result["finished"], shown=shown)
    about = ProcedureVersion.objects.values_list("procedure_id", flat=True).get(pk=made.version_id)
    journal.record(told, by=by, at=at, about=RecordRef("procedure", about))
    return made


def _outlooks(source: Source, result: Mapping[str, Any], at: datetime) -> Iterator[Outlook]:
    """What is predicted of each case that is still there, from its last event on."""
    log, version_id = source.log, source.version_id
    assert version_id is not None
    last = dict(zip(log.names, log.last.tolist(), strict=True))
    there = set(Case.objects.filter(version_id=version_id, ended_at=None).values_list("pk", flat=True))
    for name, predicted in result["open"].items():
        if int(name) not in there or not predicted:
            continue
        seconds = predicted.get(REMAINING)
        began = instant(int(log.at[last[name]]))
        yield Outlook(
            case_id=int(name),
            version_id=version_id,
            learned_at=at,
            ends_at=None if seconds is None else began + timedelta(seconds=seconds),
            late=predicted.get(LATE),
            ends={key.removeprefix(OUTCOME): value for key, value in predicted.items() if key.startswith(OUTCOME)},
        )


def _asked(version_id: int | None) -> dict[str, list[str]]:
    """Per question the cases for which it came true."""
    late = WorkItem.objects.filter(version_id=version_id, sandbox=False, closed_at__gt=F("due_at"))
    found = {LATE: [str(case) for case in late.values_list("case_id", flat=True).distinct()]}
    ended = Case.objects.filter(version_id=version_id, sandbox=False, ended_at__isnull=False).exclude(end_node="")
    ends = dict(ended.values_list("pk", "end_node"))
    counts = Counter(ends.values())
    for node, count in counts.most_common(OUTCOMES):
        if RARE <= count / len(ends) <= 1 - RARE:
            found[OUTCOME + node] = [str(case) for case, end in ends.items() if end == node]
    return found


def _learned(log: EventLog, finished: set[str], asked: Mapping[str, list[str]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="throughline-learn-") as room:
        path = Path(room) / "log"
        with path.open("wb") as stream:
            keep(log, stream)
        request = json.dumps({"log": str(path), "finished": sorted(finished), "asked": asked})
        command = [sys.executable, "-m", "throughline.insight.prediction.desk"]
        try:
            ended = subprocess.run(  # noqa: S603  our own module, told everything by its standard input
                command, input=request, capture_output=True, text=True, timeout=SECONDS_AT_MOST, check=False
            )
        except subprocess.TimeoutExpired as problem:
            raise Refusal("too_slow", "Learning took longer than five minutes and was stopped.") from problem
    if ended.returncode:
        raise Refusal("not_learned", "Learning stopped without a word. Try again when the machine is less busy.")
    result: dict[str, Any] = json.loads(ended.stdout)
    return result
