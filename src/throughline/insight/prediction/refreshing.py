"""
Learning anew by the worker: so that what is said of open cases follows what happened, without anybody asking.

A version is due when it has open cases that moved since it was learned, and that is at least an hour ago; one that was
never learned when enough of its cases are over to try. One version at a time, the one learned longest ago first.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, DateTimeField, F, Max, OuterRef, Q, Subquery

from throughline.core import access
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.procedures.models import ProcedureVersion, Upkeep
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.refusals import Refusal
from throughline.insight.mined.sources import procedure_source
from throughline.insight.prediction.learning import LEAST_EXAMINING, LEAST_TEACHING
from throughline.insight.prediction.models import Prediction
from throughline.insight.prediction.operations import learn_from

log = logging.getLogger("throughline.analyst")

AGAIN = timedelta(hours=1)
PAUSE = timedelta(minutes=10)
"""Between two versions: learning costs up to some minutes of one processor."""
NAME = "predictions"
LEAST_OVER = LEAST_TEACHING + LEAST_EXAMINING


def refresh_predictions(*, at: datetime) -> str:
    """Learn the version that is due longest, if it is time; return its procedure's key, or "" when nothing was due."""
    if not _is_my_turn(at):
        return ""
    version = due(at=at)
    reader = _reader(version) if version is not None else None
    if version is None or reader is None:
        return ""
    key = version.procedure.key
    try:
        learn_from(procedure_source(procedure=key, user=reader, version=version.number), by=Actor.system(), at=at)
    except Refusal as refusal:
        log.info("Nothing learned of %s, version %s: %s", key, version.number, refusal.message)
        return ""
    return key


def _is_my_turn(at: datetime) -> bool:
    """Take the turn of the next minutes, so that one worker learns at a time."""
    with transaction.atomic():
        Upkeep.objects.get_or_create(pk=NAME, defaults={"begun_at": at - PAUSE, "found": 0})
        mine = Upkeep.objects.select_for_update(skip_locked=True).filter(pk=NAME, begun_at__lte=at - PAUSE)
        return bool(mine.first() and Upkeep.objects.filter(pk=NAME).update(begun_at=at))


def due(*, at: datetime) -> ProcedureVersion | None:
    """Return the version that is to be learned next."""
    learned = Prediction.objects.filter(version=OuterRef("pk")).values("learned_at")[:1]
    versions = ProcedureVersion.objects.exclude(status=ProcedureVersion.Status.DRAFT).annotate(
        learned_at=Subquery(learned, output_field=DateTimeField()),
        over=Count("cases", filter=Q(cases__ended_at__isnull=False, cases__sandbox=False)),
        open=Count("cases", filter=Q(cases__ended_at=None, cases__sandbox=False)),
        moved_at=Max("cases__moved_at", filter=Q(cases__sandbox=False)),
    )
    wanted = versions.filter(over__gte=LEAST_OVER, open__gt=0).filter(
        Q(learned_at=None) | Q(learned_at__lte=at - AGAIN, moved_at__gt=F("learned_at"))
    )
    return (
        wanted.select_related("procedure").defer("bpmn").order_by(F("learned_at").asc(nulls_first=True), "pk").first()
    )


def _reader(version: ProcedureVersion) -> User | None:
    """Somebody who may have it learned: who draws procedures and sees all of its cases."""
    types = [version.procedure.record_type]
    return next((each for each in access.people_with(access.DESIGN_PROCEDURES) if seen_by(each, types) == Q()), None)
