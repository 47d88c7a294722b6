"""
The last real cases of a procedure, tried in another version: where each of them would have gone.

Theory of operation. Of a case are kept what started it, what people and machines answered, when, and what its record
said at every moment (:mod:`past_cases`). :mod:`~throughline.flow.simulate.dry_run` gives the same answers to the
version that the case ran on and to the other one, in a process of its own (:mod:`retracing`), some cases at a time.

Everything is narrowed to the cases that the asker may see, when it is tried and again whenever it is looked at: a run
is for who asked, and rights may have changed since. Nothing real is touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from throughline.core.identity.models import User
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import Case
from throughline.core.procedures.queries.visible import seen_by
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound
from throughline.flow.simulate.dry_run import Compared, DryRun, summed_up
from throughline.insight.errands import leases
from throughline.insight.simulation import models
from throughline.insight.simulation.past_cases import Why, drawn, gone, last_cases, ref_of, versions_of
from throughline.insight.simulation.retracing import Gone, desk, retrace

AT_ONCE = 25
"""So many cases are tried between two looks at whether the run is still wanted."""
SILENT = "Trying the cases stopped without a word. Try it again with fewer cases."
NOBODY = "Who asked for it is gone, and nobody else may look at it."


@dataclass(frozen=True, slots=True)
class Tried:
    """
    Past cases in another version. ``found``: those that could be compared, by case; ``left_out``: why others could not;
    ``records``: what each case was about; ``drawing``: the other version's.
    """

    version: int
    drawing: bytes
    run: DryRun
    found: Mapping[int, Compared]
    left_out: Mapping[Why, int]
    records: Mapping[int, RecordRef]


# --- trying -----------------------------------------------------------------------------------------------------------
def try_cases(run: models.DryRun, *, clock: leases.Clock, wanted: Callable[[], bool]) -> None:
    """
    Try the cases of a claimed run, and keep where each would have gone.

    ``wanted`` says whether to go on; when not, the run waits for another worker.
    """
    if run.requested_by is None:
        leases.end(run, at=clock(), problem=NOBODY)
        return
    cases = last_cases(procedure=run.procedure, user=run.requested_by, limit=run.limit)
    try:
        told = _tried(run, cases, clock, wanted)
    except BrokenProcessPool:
        leases.end(run, at=clock(), problem=SILENT)
        return
    if told is not None:
        leases.end(run, at=clock(), result=told)


def _tried(
    run: models.DryRun, cases: Sequence[Case], clock: leases.Clock, wanted: Callable[[], bool]
) -> dict[str, Any] | None:
    """Return what is kept; None when the run is not ours any more, or not wanted."""
    kept: list[dict[str, Any]] = []
    left_out: list[tuple[int, Why]] = []
    looked_at = clock()
    with desk(versions_of(cases), drawn(bytes(run.drawing), run.decisions), flow_calendars()) as process:
        for place in range(0, len(cases), AT_ONCE):
            some = cases[place : place + AT_ONCE]
            went = gone(some)
            whole = {key: each for key, each in went.items() if isinstance(each, Gone)}
            found = dict(zip(whole, process.submit(retrace, list(whole.values())).result(), strict=True))
            left_out += [(key, each) for key, each in went.items() if not isinstance(each, Gone)]
            left_out += [(key, "not repeated") for key, each in found.items() if each is None]
            kept += [_kept(case, each) for case in some if (each := found.get(case.pk)) is not None]
            if clock() - looked_at >= leases.OFTEN:
                looked_at = clock()
                if not wanted():
                    leases.let_go(run)
                    return None
                if not leases.keep(run, at=looked_at, progress=(place + len(some)) / len(cases)):
                    return None
    return {"cases": kept, "left_out": left_out}


def _kept(case: Case, found: Compared) -> dict[str, Any]:
    ref = ref_of(case)
    record = None if ref is None else [ref.type, ref.id]
    return {"case": case.pk, "record": record, "compared": msgspec.to_builtins(found)}


# --- looking ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DryRunRow:
    """A run without what came out."""

    id: int
    version: int
    limit: int
    status: str
    requested_at: datetime


def dry_runs(*, procedure: str, user: User) -> list[DryRunRow]:
    """Return the runs that ``user`` has asked for, the newest first. One query."""
    rows = models.DryRun.objects.filter(procedure__key=procedure, requested_by=user)
    names = ("id", "version__number", "limit", "status", "requested_at")
    return [DryRunRow(*row) for row in rows.values_list(*names)]


def dry_run(*, procedure: str, run_id: int, user: User) -> models.DryRun:
    """
    Return one run of one's own.

    Raises:
        NotFound: ``user`` has asked for none of this number.
    """
    rows = models.DryRun.objects.select_related("version", "procedure")
    found = rows.filter(procedure__key=procedure, pk=run_id, requested_by=user).first()
    if found is None:
        raise NotFound("There is no such dry run of yours any more.")
    return found


def tried(run: models.DryRun, *, user: User) -> Tried:
    """Return what came out of a run that is done, as far as ``user`` sees the cases now. One query."""
    told = run.result
    keys = [each["case"] for each in told["cases"]] + [case for case, _why in told["left_out"]]
    seen = set(
        Case.objects.filter(seen_by(user, [run.procedure.record_type]), pk__in=keys).values_list("pk", flat=True)
    )
    found = dict(_compared(told["cases"], seen))
    return Tried(
        run.version.number,
        bytes(run.drawing),
        summed_up(list(found.values())),
        found,
        Counter(why for case, why in told["left_out"] if case in seen),
        {
            each["case"]: RecordRef(*each["record"])
            for each in told["cases"]
            if each["case"] in found and each["record"] is not None
        },
    )


def _compared(cases: Sequence[Mapping[str, Any]], seen: set[int]) -> Iterator[tuple[int, Compared]]:
    for each in cases:
        if each["case"] in seen:
            yield each["case"], msgspec.convert(each["compared"], Compared)
