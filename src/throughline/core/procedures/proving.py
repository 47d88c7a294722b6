"""
Test cases of procedures: which are kept, and what a drawing makes of them.

A drawing is proved with the decision tables that it would run with: those a published version has pinned, or those that
are published now. Nothing is written here but the outcome of the last run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from throughline.core.procedures.charts import main_process
from throughline.core.procedures.models import DecisionPin, DecisionVersion, KeptTest, ProcedureVersion
from throughline.flow import bpmn, dmn
from throughline.flow.bpmn.model import Definitions
from throughline.flow.simulate.proving import Verdict, run_test

Tables = Mapping[str, dmn.DecisionModel]


@dataclass(frozen=True, slots=True)
class Proved:
    """A test case and what a drawing makes of it."""

    test: KeptTest
    verdict: Verdict


def prove(procedure_id: int, drawing: Definitions, tables: Tables) -> list[Proved]:
    """Run all test cases of a procedure on a drawing, by name."""
    tests = list(KeptTest.objects.filter(procedure=procedure_id).order_by("name"))
    return [Proved(test, verdict_of(drawing, test.members, tables)) for test in tests]


def verdict_of(drawing: Definitions, members: Mapping[str, Any], tables: Tables) -> Verdict:
    """Run one test case on a drawing; it runs the process that the procedure is unless it names another one."""
    named = {"process": main_process(drawing), **members}
    return run_test(drawing, named, decisions=tables)


def write_down(proved: Sequence[Proved], *, digest: str, at: datetime) -> None:
    """Keep what came of a run on the drawing with this digest."""
    for each in proved:
        each.test.ran_at, each.test.ran_digest = at, digest
        each.test.departures = [asdict(departure) for departure in each.verdict.departures]
    KeptTest.objects.bulk_update([each.test for each in proved], ["ran_at", "ran_digest", "departures"])


def tables_of(version: ProcedureVersion, drawing: Definitions) -> Tables:
    """Return the decision tables that a version runs with; a draft those that are published now."""
    return compiled(models_of(version, drawing))


def models_of(version: ProcedureVersion, drawing: Definitions) -> dict[str, bytes]:
    """Return the DMN files of those tables, by the ``ref`` of the steps that ask them."""
    if version.status == ProcedureVersion.Status.DRAFT:
        refs = set(refs_of(drawing))
        rows = DecisionVersion.objects.filter(table__key__in=refs, status="published").select_related("table")
        return {row.table.key: bytes(row.dmn) for row in rows}
    pins = DecisionPin.objects.filter(version=version).select_related("decision")
    return {pin.ref: bytes(pin.decision.dmn) for pin in pins}


def compiled(models: Mapping[str, bytes]) -> Tables:
    """Return compiled decision tables by key."""
    return {ref: dmn.compile_model(dmn.read(model)) for ref, model in models.items()}


def refs_of(drawing: Definitions) -> list[str]:
    """Return the keys of the decision tables that steps of a drawing ask."""
    found = (item.extensions.decision for process in drawing.processes for item, _ in process.walk())
    return [decision.ref for decision in found if decision is not None and decision.ref]


def drawn(version: ProcedureVersion) -> Definitions:
    """Return the drawing of a version, read."""
    return bpmn.read(bytes(version.bpmn))
