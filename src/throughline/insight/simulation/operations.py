"""Asking for experiments and stopping them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from throughline.core import access, journal
from throughline.core.actor import Actor
from throughline.core.procedures import permits
from throughline.core.procedures.calendars import flow_calendars
from throughline.core.procedures.models import DecisionPin, DecisionTable, DecisionVersion, ProcedureVersion
from throughline.core.recordref import RecordRef
from throughline.core.refusals import NotFound, Refusal
from throughline.flow import bpmn, dmn
from throughline.flow.simulate import BadScenario, read_scenario, set_up
from throughline.flow.simulate.calibration import calendar_document
from throughline.flow.simulate.setting import Setting
from throughline.insight.simulation.desk import PROBLEMS
from throughline.insight.simulation.events import SimulationCancelled, SimulationRequested
from throughline.insight.simulation.models import Experiment

CHANNEL = "throughline_simulation"
"""The notification channel of those who have experiments computed."""
MOST_WORK = 20_000_000
"""More cases than this, over all replications, are not computed on the machine that the company works on."""

OPEN = (Experiment.Status.WAITING, Experiment.Status.RUNNING)


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
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
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
    if found.status not in OPEN:
        raise Refusal("already_ended", "This simulation has ended already.")
    found.status, found.ended_at, found.claimed_until = Experiment.Status.CANCELLED, at, None
    found.save(update_fields=["status", "ended_at", "claimed_until"])
    cancelled = SimulationCancelled(experiment=found.pk, name=found.name)
    journal.record(cancelled, by=by, at=at, about=RecordRef("procedure", found.procedure_id))
    return found
