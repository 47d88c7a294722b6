"""
What speaks against a pack: charts that are not sound, tables whose tests fail, scenarios that go another way.

Pure: nothing of an installation is looked at. What an installation lacks is another question (``needs``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from throughline.flow import bpmn, check, dmn
from throughline.flow.check.standard import standard
from throughline.packs.model import Pack
from throughline.packs.needs import needs_of
from throughline.packs.scenarios import run


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something against a pack: the part it is about, a sentence, and whether the pack cannot be used as it is."""

    part: str
    sentence: str
    is_error: bool = True


def complaints(pack: Pack) -> list[Complaint]:
    """Return all that speaks against a pack, errors first."""
    found = [*_charts(pack), *_tables(pack), *_scenarios(pack)]
    return sorted(found, key=lambda each: not each.is_error)


def _charts(pack: Pack) -> Iterator[Complaint]:
    outputs = check.outputs_of({each.key: each.model for each in pack.decisions})
    known = check.Known(decisions=pack.decision_keys, outputs=outputs)
    for procedure in pack.procedures:
        findings = [*standard(procedure.chart), *check.check(bpmn.read(procedure.chart), known)]
        yield from (Complaint(procedure.name, each.message, each.severity == "error") for each in findings)
        records = needs_of(procedure.chart).records
        if (procedure.record or None) != (records[0] if records else None):
            yield Complaint(procedure.name, "The chart travels with another record type than the pack says.")


def _tables(pack: Pack) -> Iterator[Complaint]:
    for decision in pack.decisions:
        yield from (
            Complaint(decision.name, each.message) for each in dmn.compile_model(dmn.read(decision.model)).problems
        )
        results = dmn.run_test_cases(dmn.read(decision.model))
        yield from (Complaint(decision.name, each.message) for each in results if not each.passed)


def _scenarios(pack: Pack) -> Iterator[Complaint]:
    for scenario in pack.scenarios:
        yield from (Complaint(scenario.name, each.words) for each in run(pack, scenario).departures)
