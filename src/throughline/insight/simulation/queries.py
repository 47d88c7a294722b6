"""Looking at experiments: those of a procedure, one, several side by side, and the figures history gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from throughline.core.procedures import charts
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import DecisionTable, DecisionVersion, ProcedureVersion, WorkItem
from throughline.core.refusals import NotFound, Refusal
from throughline.flow.simulate.calibration import Calibration, Execution, calibrate
from throughline.flow.simulate.comparison import Difference, Incomparable, differences_of, require_same
from throughline.flow.simulate.fitting import iso
from throughline.flow.simulate.reading import Place
from throughline.insight.simulation.models import Experiment
from throughline.insight.simulation.operations import decisions_of

MOST_HISTORY = 20_000
"""So many of the last executions are looked at."""


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """An experiment without its drawing and result."""

    id: int
    name: str
    version: int
    status: str
    progress: float
    by: str
    requested_at: datetime
    ended_at: datetime | None


def experiments(*, procedure: str, limit: int = 50) -> list[ExperimentRow]:
    """Return the experiments of a procedure, the newest first. One query."""
    names = ("id", "name", "version__number", "status", "progress", "requested_by_label", "requested_at", "ended_at")
    rows = Experiment.objects.filter(procedure__key=procedure).values_list(*names)[:limit]
    return [ExperimentRow(*row) for row in rows]


def experiment(*, procedure: str, experiment_id: int) -> Experiment:
    """
    Return one experiment with its result.

    Raises:
        NotFound: the procedure has none of this number.
    """
    rows = Experiment.objects.select_related("version").filter(procedure__key=procedure, pk=experiment_id)
    found = rows.first()
    if found is None:
        raise NotFound("There is no such simulation any more.")
    return found


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A base and others with the same chance, and how each figure of the others differs from the base's."""

    base: Experiment
    others: Sequence[Experiment]
    differences: Mapping[int, Mapping[str, Difference]]


def side_by_side(*, procedure: str, base_id: int, other_ids: Sequence[int]) -> SideBySide:
    """
    Put finished experiments side by side.

    Raises:
        NotFound: one of them is not there.
        Refusal: one has not ended, or they do not share their chance (seed, cases, replications, warm-up).
    """
    base = _finished(procedure, base_id)
    others = [_finished(procedure, each) for each in other_ids if each != base_id]
    if not others:
        raise Refusal("nothing_to_compare", "Choose at least two simulations to put side by side.")
    found = {}
    for other in others:
        try:
            for name in ("seed", "cases", "replications"):
                require_same(name, base.result["report"][name], other.result["report"][name])
            require_same("warm_up", base.result["warm_up"], other.result["warm_up"])
        except Incomparable as problem:
            raise Refusal(
                "incomparable", f"“{base.name}” and “{other.name}” cannot be compared fairly. {problem}"
            ) from problem
        found[other.pk] = differences_of(base.result["values"], other.result["values"])
    return SideBySide(base, others, found)


def _finished(procedure: str, experiment_id: int) -> Experiment:
    found = experiment(procedure=procedure, experiment_id=experiment_id)
    if found.result is None:
        raise Refusal("not_ended", f"“{found.name}” has no result. Wait until it is done.")
    return found


def history(*, version_id: int, calendar: str = "default") -> Calibration:
    """
    Return a scenario with the figures of what really happened in a procedure, for one of its versions.

    Looked at are the last human steps that were done, whatever version they ran on; durations count from the claim (or
    the offer, where somebody was asked directly) and in the working time of the ``calendar`` if there is one. Three
    queries.
    """
    version = ProcedureVersion.objects.select_related("procedure").get(pk=version_id)
    done = WorkItem.objects.filter(version__procedure=version.procedure, status=WorkItem.Status.DONE, sandbox=False)
    names = ("case_id", "node", "claimed_at", "offered_at", "closed_at", "closed_by_label")
    rows = done.order_by("-closed_at").values_list(*names)[:MOST_HISTORY]
    executions = [
        Execution(str(case), node, claimed or offered, closed, who)
        for case, node, claimed, offered, closed, who in rows
        if closed is not None
    ]
    return calibrate(
        charts.running(version_id).chart, executions, calendar=flow_calendars().get(calendar), name=calendar
    )


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A decision table that a version asks, with the versions of its rules."""

    key: str
    name: str
    versions: Sequence[DecisionVersion]


def tables_asked(*, version_id: int) -> list[AskedTable]:
    """Return the decision tables that a version of a procedure asks, with their versions, the newest first."""
    keys = decisions_of(ProcedureVersion.objects.get(pk=version_id))
    found = DecisionTable.objects.filter(key__in=list(keys)).prefetch_related(
        Prefetch("versions", DecisionVersion.objects.defer("dmn").order_by("-number"))
    )
    return [AskedTable(each.key, each.name, list(each.versions.all())) for each in found]


def scaled(duration: str, factor: float) -> str:
    """Return an ISO 8601 duration times a factor."""
    return iso(Place("", duration).seconds() * factor)
