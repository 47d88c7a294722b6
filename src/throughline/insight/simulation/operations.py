"""Asking for experiments and dry runs, and stopping them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.charts import main_process
from throughline.core.procedures.models import DecisionPin, DecisionTable, DecisionVersion, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.core.refusals import Conflict, NotAllowed, NotFound, Refusal
from throughline.flow import bpmn, dmn
from throughline.flow.engine import ChartRefused
from throughline.flow.simulate import BadScenario, read_scenario, set_up
from throughline.flow.simulate.calibration import calendar_document
from throughline.flow.simulate.setting import Setting
from throughline.insight.errands import leases
from throughline.insight.errands.models import OPEN
from throughline.insight.simulation.desk import PROBLEMS
from throughline.insight.simulation.events import (
    DryRunCancelled,
    DryRunRequested,
    SimulationCancelled,
    SimulationRequested,
)
from throughline.insight.simulation.models import DryRun, Experiment
from throughline.insight.simulation.retracing import Drawn

CHANNEL = "throughline_simulation"
"""The notification channel of those who have experiments computed."""
MOST_PAST_CASES = 5_000
"""More cases than this are not tried at once."""
KEPT_DRY_RUNS = 20
"""So many dry runs of one person and procedure are kept, the newest."""
MOST_WORK = 20_000_000
"""More cases than this, over all replications, are not computed on the machine that the company works on."""


@transaction.atomic
def request_experiment(
    *,
    procedure: str,
    version: int,
    name: str,
    scenario: Mapping[str, Any],
    by: Actor,
    at: datetime,
    tables: Mapping[str, int] | None = None,
) -> Experiment:
    """
    Have a version (by its number) simulated; a worker computes it.

    The company's business calendars stand beside those of the scenario. ``tables``: decision tables by key of which
    another version (by its number) is asked than the one that belongs to the version.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures; the sentence names who can.
        NotFound: there is no such version, or none of a decision table.
        Refusal: it has no name, or the scenario does not fit the chart; the sentence says where.
    """
    permits.require_design(by)
    found = (
        ProcedureVersion.objects.select_related("procedure").filter(procedure__key=procedure, number=version).first()
    )
    if found is None:
        raise NotFound("There is no such version any more. Look at the versions of the procedure.")
    if not name.strip():
        raise Refusal("name_missing", "Give the simulation a name, such as “One more seller”.", "name")
    decisions = {**decisions_of(found), **_other_tables(tables or {})}
    calendars = {key: calendar_document(calendar) for key, calendar in flow_calendars().items()}
    complete = {**scenario, "calendars": {**calendars, **scenario.get("calendars", {})}}
    setting = _checked(bytes(found.bpmn), decisions, complete)
    user = access.user_of(by)
    made = Experiment.objects.create(
        procedure=found.procedure,
        version=found,
        name=name.strip(),
        drawing=found.bpmn,
        decisions=decisions,
        scenario=complete,
        requested_at=at,
        requested_by=user,
        requested_by_label=by.label,
    )
    requested = SimulationRequested(
        experiment=made.pk,
        name=made.name,
        version=version,
        cases=setting.cases,
        replications=setting.replications,
        seed=setting.seed,
    )
    journal.record(requested, by=by, at=at, about=RecordRef("procedure", found.procedure_id))
    leases.wake(CHANNEL)
    return made


def decisions_of(version: ProcedureVersion) -> dict[str, str]:
    """Return the decision models of a version: those pinned when it was published, for a draft the published ones."""
    pins = DecisionPin.objects.filter(version=version).select_related("decision")
    pinned = {pin.ref: bytes(pin.decision.dmn).decode() for pin in pins}
    if version.status != ProcedureVersion.Status.DRAFT:
        return pinned
    wanted = {
        element.extensions.decision.ref
        for process in bpmn.read(bytes(version.bpmn)).processes
        for element, _ in process.walk()
        if element.extensions.decision is not None
    }
    tables = DecisionTable.objects.filter(key__in=wanted, versions__status="published")
    return {key: bytes(file).decode() for key, file in tables.values_list("key", "versions__dmn")}


def _other_tables(tables: Mapping[str, int]) -> dict[str, str]:
    chosen = DecisionVersion.objects.filter(table__key__in=list(tables)).values_list("table__key", "number", "dmn")
    found = {key: bytes(file).decode() for key, number, file in chosen if tables[key] == number}
    if found.keys() != tables.keys():
        raise NotFound("There is no such version of the decision table any more.")
    return found


def _checked(drawing: bytes, decisions: Mapping[str, str], scenario: Mapping[str, Any]) -> Setting:
    try:
        models = {ref: dmn.compile_model(dmn.read(text.encode())) for ref, text in decisions.items()}
        setting = set_up(bpmn.read(drawing), read_scenario(scenario), decisions=models)
    except BadScenario as problem:
        raise Refusal("bad_scenario", str(problem), "scenario") from problem
    except PROBLEMS as problem:
        raise Refusal("not_simulated", f"This version cannot be simulated. {problem}", "version") from problem
    if setting.cases * setting.replications > MOST_WORK:
        raise Refusal(
            "too_much",
            f"{setting.cases} cases in {setting.replications} runs are too much for this machine. Ask for fewer, or "
            "use the command “throughline simulate” on another one.",
            "cases",
        )
    return setting


@transaction.atomic
def cancel_experiment(*, experiment_id: int, by: Actor, at: datetime) -> Experiment:
    """
    Stop an experiment; nothing of it is kept but that it was asked for.

    Raises:
        NotAllowed: the person behind the actor may not draw procedures; the sentence names who can.
        NotFound: there is no such experiment.
        Refusal: it has ended already.
    """
    permits.require_design(by)
    found = Experiment.objects.select_for_update().filter(pk=experiment_id).first()
    if found is None:
        raise NotFound("There is no such simulation any more.")
    leases.call_off(found, at=at)
    cancelled = SimulationCancelled(experiment=found.pk, name=found.name)
    journal.record(cancelled, by=by, at=at, about=RecordRef("procedure", found.procedure_id))
    return found


@transaction.atomic
def request_dry_run(*, procedure: str, version: int, limit: int, by: Actor, at: datetime) -> DryRun:
    """
    Have the last ``limit`` cases that ended, of those that the person may see, tried in a version (by its number).

    Raises:
        NotAllowed: nobody in person is behind the actor.
        NotFound: there is no such procedure or version.
        Conflict: the person waits for one of this procedure already.
        Refusal: the version cannot run, or these are too many cases; the sentence says why.
    """
    user = access.user_of(by)
    if user is None:
        raise NotAllowed("A dry run shows the cases that somebody may see. Sign in and ask for it yourself.")
    found = ProcedureVersion.objects.select_related("procedure")
    other = found.filter(procedure__key=procedure, number=version).first()
    if other is None:
        raise NotFound("There is no such version any more. Look at the versions of the procedure.")
    if not 1 <= limit <= MOST_PAST_CASES:
        raise Refusal("too_many_cases", f"At most {MOST_PAST_CASES:,} cases are tried at once.", "of")
    decisions = decisions_of(other)
    _require_runnable(bytes(other.bpmn), decisions)
    mine = DryRun.objects.filter(procedure=other.procedure, requested_by=user)
    if mine.select_for_update().filter(status__in=OPEN).exists():
        raise Conflict("You wait for a dry run of this procedure already. Look at it, or stop it first.")
    made = DryRun.objects.create(
        procedure=other.procedure,
        version=other,
        limit=limit,
        drawing=other.bpmn,
        decisions=decisions,
        requested_at=at,
        requested_by=user,
        requested_by_label=by.label,
    )
    mine.exclude(pk__in=list(mine.values_list("pk", flat=True)[:KEPT_DRY_RUNS])).delete()
    asked = DryRunRequested(dry_run=made.pk, version=version, cases=limit)
    journal.record(asked, by=by, at=at, about=RecordRef("procedure", other.procedure_id))
    leases.wake(leases.CHANNEL)
    return made


def _require_runnable(drawing: bytes, decisions: Mapping[str, str]) -> None:
    try:
        Drawn(drawing, main_process(bpmn.read(drawing)), decisions).compiled()
    except (bpmn.Unreadable, dmn.Unreadable, ChartRefused) as problem:
        raise Refusal("not_runnable", f"This version cannot run yet. {problem}", "version") from problem


@transaction.atomic
def cancel_dry_run(*, run_id: int, by: Actor, at: datetime) -> DryRun:
    """
    Stop a dry run of one's own; nothing of it is kept but that it was asked for.

    Raises:
        NotFound: the person has asked for none of this number.
        Refusal: it has ended already.
    """
    user = access.user_of(by)
    found = DryRun.objects.select_for_update().filter(pk=run_id, requested_by=user).first() if user else None
    if found is None:
        raise NotFound("There is no such dry run of yours any more.")
    leases.call_off(found, at=at)
    cancelled = DryRunCancelled(dry_run=found.pk)
    journal.record(cancelled, by=by, at=at, about=RecordRef("procedure", found.procedure_id))
    return found
