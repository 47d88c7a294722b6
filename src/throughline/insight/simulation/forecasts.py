"""
Forecasts: what a simulation says of a span of time, and what happened in it.

A forecast is kept from a finished experiment. When its span is over, the worker compares it by itself and tells whoever
kept it. What happened is always counted from the cases that the asker may see: a share agrees when the forecast lies
inside the 95 % interval of what happened (Wilson), the mean time when it lies inside the interval of the mean (Welch's
for one sample). Cases count that began in the span on the version that was simulated and have ended.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.identity.models import User
from throughline.core.notify.operations import Message, notify_many
from throughline.core.procedures import permits
from throughline.core.procedures.models import Case
from throughline.core.procedures.models.case import CaseStatus
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Refusal
from throughline.flow.simulate.student import interval
from throughline.insight.kpis.statistics import Interval, wilson
from throughline.insight.simulation.events import ForecastCompared, ForecastKept
from throughline.insight.simulation.models import Experiment, Forecast
from throughline.insight.simulation.queries import experiment


@transaction.atomic
def keep_forecast(
    *, procedure: str, experiment_id: int, since: datetime, until: datetime, by: Actor, at: datetime
) -> Forecast:
    """
    Keep what a finished experiment says of a span of time.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures.
        NotFound: the procedure has no such experiment.
        Refusal: it has no result, or the span is over or upside down.
    """
    permits.require_design(by)
    found = experiment(procedure=procedure, experiment_id=experiment_id)
    if found.result is None:
        raise Refusal("not_ended", f"“{found.name}” has no result. Wait until it is done.")
    if until <= since:
        raise Refusal("span_upside_down", "The span ends before it begins.", "until")
    if until <= at:
        raise Refusal("span_over", "The span is over already. A forecast is of what is still to come.", "until")
    report = found.result["report"]
    ended = {end: share for end, share in report["outcomes"].items() if end != "unfinished"}
    whole = sum(ended.values())
    expected = {
        "outcomes": {end: share / whole for end, share in ended.items()} if whole else {},
        "cycle_seconds": report["cycle_time"]["mean"],
    }
    kept = Forecast.objects.create(
        experiment=found, since=since, until=until, expected=expected, kept_at=at, kept_by=access.user_of(by),
        kept_by_label=by.label,
    )  # fmt: skip
    told = ForecastKept(
        forecast=kept.pk, experiment=found.pk, name=found.name, since=since.isoformat(), until=until.isoformat()
    )
    journal.record(told, by=by, at=at, about=RecordRef("procedure", found.procedure_id))
    return kept


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: as forecast, as it was (None: unknown), where it lies with 95 % confidence, whether they agree."""

    name: str
    expected: float
    happened: float | None
    interval: Interval | None

    @property
    def agrees(self) -> bool | None:
        """Whether the forecast lies where the figure does; None while nothing is known."""
        return None if self.interval is None else self.interval.holds(self.expected)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A forecast against what happened: of how many ended cases, each outcome, and the mean time."""

    forecast: Forecast
    cases: int
    outcomes: Sequence[Compared]
    cycle: Compared

    @property
    def agrees(self) -> bool | None:
        """Whether every figure agrees; None when no case ended."""
        if not self.cases:
            return None
        return all(each.agrees is not False for each in (*self.outcomes, self.cycle))


def compared(forecast: Forecast, user: User) -> Comparison:
    """Return a forecast against what happened so far, of the cases that somebody may see. One query."""
    of = forecast.experiment
    cases = Case.objects.filter(
        seen_by(user, [of.procedure.record_type]), version=of.version_id, process="", sandbox=False,
        status=CaseStatus.FINISHED, started_at__gte=forecast.since, started_at__lt=forecast.until,
    )  # fmt: skip
    rows = list(cases.values_list("end_node", "started_at", "ended_at"))
    ends = Counter(end for end, _started, _ended in rows)
    spans = [(ended - started).total_seconds() for _end, started, ended in rows if ended is not None]
    wanted: dict[str, float] = forecast.expected["outcomes"]
    outcomes = [
        Compared(
            end,
            wanted.get(end, 0.0),
            ends[end] / len(rows) if rows else None,
            wilson(ends[end], len(rows)) if rows else None,
        )
        for end in sorted({*wanted, *ends}, key=lambda end: -wanted.get(end, 0.0))
    ]
    about = interval(spans)
    mean = math.fsum(spans) / len(spans) if spans else None
    cycle = Compared("", forecast.expected["cycle_seconds"], mean, Interval(*about) if about else None)
    return Comparison(forecast, len(rows), outcomes, cycle)


def forecasts(*, procedure: str) -> list[Forecast]:
    """Return the forecasts of a procedure, the latest first. One query."""
    found = Forecast.objects.filter(experiment__procedure__key=procedure)
    return list(found.select_related("experiment__procedure", "experiment__version", "kept_by")[:50])


MOST_AT_ONCE = 20


def compare_forecasts(*, at: datetime) -> int:
    """Compare the forecasts whose span is over, and tell who kept them; return how many were compared."""
    for done in range(MOST_AT_ONCE):
        with transaction.atomic():
            due = Forecast.objects.select_for_update(skip_locked=True, of=("self",)).filter(compared_at=None)
            found = due.filter(until__lte=at).select_related("experiment__procedure", "kept_by").first()
            if found is None:
                return done
            _compare(found, at)
    return MOST_AT_ONCE


def _compare(found: Forecast, at: datetime) -> None:
    of: Experiment = found.experiment
    found.compared_at = at
    found.save(update_fields=["compared_at"])
    agrees = compared(found, found.kept_by).agrees if found.kept_by is not None else None
    by, about = Actor.system(), RecordRef("procedure", of.procedure_id)
    event = ForecastCompared(forecast=found.pk, experiment=of.pk, name=of.name, agrees=agrees)
    journal.record(event, by=by, at=at, about=about)
    if found.kept_by is None:
        return
    verdicts = {True: "agrees with what happened", False: "differs from what happened", None: "had no cases to meet"}
    message = Message(
        user_id=found.kept_by.pk,
        kind="simulation.forecast_compared",
        title=f"Your forecast “{of.name}” {verdicts[agrees]}",
        body="Look at Simulate, Forecast against fact.",
        about=about,
        key=f"forecast:{found.pk}",
    )
    notify_many(messages=[message], by=by, at=at)
