"""Looking at what waits at the human steps of all procedures, and telling the journal when it leaves its usual band."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from throughline.core import journal
from throughline.core.actor import Actor
from throughline.core.procedures.models import Upkeep
from throughline.core.recordref import RecordRef
from throughline.flow.mining.value_stream import Band, usual_band
from throughline.insight.bands.events import StepBackInBand, StepLeftBand
from throughline.insight.bands.models import Figure, StepBand

OFTEN = timedelta(minutes=10)
DAYS = 28
NAME = "bands"

_WAITED = """
SELECT v.procedure_id, p.key, w.node, max(w.title), d.back, count(*) FILTER (WHERE w.offered_at <= d.at),
       coalesce(max(extract(epoch FROM d.at - w.offered_at)) FILTER (WHERE w.offered_at <= d.at), 0) / 3600
FROM procedures_workitem w
JOIN procedures_procedureversion v ON v.id = w.version_id
JOIN procedures_procedure p ON p.id = v.procedure_id
CROSS JOIN LATERAL (
    SELECT back, %(at)s - make_interval(days => back) AS at FROM generate_series(0, %(days)s) AS back
) d
WHERE NOT w.sandbox AND coalesce(w.closed_at, 'infinity') > d.at AND w.offered_at <= d.at
GROUP BY v.procedure_id, p.key, w.node, d.back
"""
_FIRST = """
SELECT v.procedure_id, w.node, min(w.offered_at) FROM procedures_workitem w
JOIN procedures_procedureversion v ON v.id = w.version_id WHERE NOT w.sandbox GROUP BY v.procedure_id, w.node
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What waits at a step, and waited at this minute of the days before, the newest first; ages in hours."""

    procedure: int
    key: str
    node: str
    title: str
    queue: tuple[float, ...]
    age: tuple[float, ...]


def watch_steps(*, at: datetime) -> int:
    """Look at all steps when nobody did for ten minutes; return how many figures have just left their bands."""
    with transaction.atomic():
        Upkeep.objects.get_or_create(pk=NAME, defaults={"begun_at": at - OFTEN, "found": 0})
        mine = Upkeep.objects.select_for_update(skip_locked=True).filter(pk=NAME, begun_at__lte=at - OFTEN).first()
        if mine is None:
            return 0
        mine.begun_at = at
        mine.found = sum(_look(step, figure, at) for step in steps(at=at) for figure in Figure)
        mine.save(update_fields=["begun_at", "found"])
        return mine.found


def steps(*, at: datetime) -> list[Step]:
    """Return the human steps at which somebody ever waited, with the last 28 days. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST)
        first = {(procedure, node): began for procedure, node, began in cursor.fetchall()}
        cursor.execute(_WAITED, {"at": at, "days": DAYS})
        rows = cursor.fetchall()
    waited: dict[tuple[int, str], dict[int, tuple[float, float]]] = defaultdict(dict)
    named: dict[tuple[int, str], tuple[str, str]] = {}
    for procedure, key, node, title, back, count, age in rows:
        waited[procedure, node][back] = (float(count), float(age))
        named[procedure, node] = (key, title)
    made = []
    for place, (key, title) in named.items():
        known = min((at - first[place]).days, DAYS)
        days = [waited[place].get(back, (0.0, 0.0)) for back in range(known + 1)]
        procedure, node = place
        queue, age = (tuple(day[part] for day in days) for part in (0, 1))
        made.append(Step(procedure, key, node, title, queue, age))
    return sorted(made, key=lambda step: (step.procedure, step.node))


def _look(step: Step, figure: Figure, at: datetime) -> int:
    now, *before = step.queue if figure == Figure.QUEUE else step.age
    band = usual_band(before)
    if band is None:
        return 0
    kept, _made = StepBand.objects.get_or_create(
        procedure_id=step.procedure,
        node=step.node,
        figure=figure,
        defaults={"step": step.title, "value": now, "low": band.low, "high": band.high, "looked_at": at},
    )
    was_out, is_out = kept.left_at is not None, now > band.high
    kept.step, kept.value, kept.low, kept.high, kept.looked_at = step.title, now, band.low, band.high, at
    kept.left_at = (kept.left_at or at) if is_out else None
    kept.save()
    if is_out != was_out:
        _tell(kept, step, band, at)
    return int(is_out and not was_out)


def _tell(kept: StepBand, step: Step, band: Band, at: datetime) -> None:
    about, value = RecordRef("procedure", step.procedure), f"{kept.value:.1f}"
    event: journal.JournalEvent
    if kept.left_at is None:
        event = StepBackInBand(band=kept.pk, procedure=step.key, node=step.node, figure=kept.figure, value=value)
    else:
        event = StepLeftBand(
            band=kept.pk, procedure=step.key, node=step.node, step=step.title, figure=kept.figure, value=value,
            high=f"{band.high:.1f}",
        )  # fmt: skip
    journal.record(event, by=Actor.system(), at=at, about=about)
