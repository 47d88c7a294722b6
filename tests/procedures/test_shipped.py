"""Every shipped procedure is proved sound, and every scenario of it goes the way it says."""

from __future__ import annotations

import pytest

from throughline.flow import bpmn, dmn
from throughline.flow.check import Known, check, outputs_of
from throughline.flow.check.standard import standard
from throughline.packs import Pack, PackedScenario, library
from throughline.packs.needs import needs_of
from throughline.packs.scenarios import run

LIBRARY = library()
WITH_CHARTS = [pack for pack in LIBRARY if pack.procedures]
SCENARIOS = [(pack, scenario) for pack in LIBRARY for scenario in pack.scenarios]
WANTED = {
    "lead-capture", "qualification", "lead-to-deal", "demo-to-proposal", "quote-to-cash", "onboarding",
    "ticket-handling", "satisfaction-follow-up", "nurture-drip", "re-engagement", "abandoned-cart",
    "inactive-customer", "renewal", "six-month-thanks", "advocacy", "feedback-loop", "data-clean-up",
    "erasure-request", "procedure-review",
}  # fmt: skip


def key_of(value: object) -> str:
    return value.key if isinstance(value, Pack) else value.name if isinstance(value, PackedScenario) else str(value)


def nodes_of(chart: bytes) -> list[bpmn.model.FlowNode]:
    [process] = bpmn.read(chart).processes
    return [item for item, _ in process.walk() if isinstance(item, bpmn.model.FlowNode)]


@pytest.mark.req("A7", "A10", "A12", "B4", "C2")
class TestScenarios:
    @pytest.mark.parametrize(("pack", "scenario"), SCENARIOS, ids=key_of)
    def test_a_scenario_goes_the_way_it_says(self, pack: Pack, scenario: PackedScenario) -> None:
        verdict = run(pack, scenario)

        assert [each.words for each in verdict.departures] == []
        assert "trace" in scenario.members["expect"], "a scenario that expects no way would show nothing"

    @pytest.mark.parametrize("pack", WITH_CHARTS, ids=key_of)
    def test_the_scenarios_of_a_pack_pass_every_element_of_its_charts(self, pack: Pack) -> None:
        for procedure in pack.procedures:
            outcomes = [run(pack, each).outcome for each in pack.scenarios if each.procedure == procedure.key]
            passed = {name for outcome in outcomes if outcome for name in outcome.trace}
            nodes = [node for node in nodes_of(procedure.chart) if not isinstance(node, bpmn.model.Gateway)]
            starts = [node for node in nodes if isinstance(node, bpmn.model.StartEvent)]
            told = {node.id for node in starts if node.extensions.trigger is not None}
            several = (
                told if len(told) > 1 else set()
            )  # a scenario begins at the first; the others lead to the same step
            assert [node.name for node in nodes if node.name not in passed and node.id not in several] == []


@pytest.mark.req("A7", "A10")
class TestSoundness:
    @pytest.mark.parametrize("pack", WITH_CHARTS, ids=key_of)
    def test_nothing_can_be_said_against_a_shipped_chart(self, pack: Pack) -> None:
        known = Known(
            decisions=pack.decision_keys, outputs=outputs_of({each.key: each.model for each in pack.decisions})
        )
        charts = [item.chart for item in pack.procedures]

        assert [finding for chart in charts for finding in [*standard(chart), *check(bpmn.read(chart), known)]] == []

    @pytest.mark.parametrize("pack", [pack for pack in LIBRARY if pack.decisions], ids=key_of)
    def test_the_test_cases_of_a_shipped_table_hold(self, pack: Pack) -> None:
        for item in pack.decisions:
            results = dmn.run_test_cases(dmn.read(item.model))
            assert results
            assert [result.message for result in results if not result.passed] == []

    @pytest.mark.parametrize("pack", WITH_CHARTS, ids=key_of)
    def test_each_human_step_says_what_to_do_and_until_when(self, pack: Pack) -> None:
        items = [node.extensions.work_item for each in pack.procedures for node in nodes_of(each.chart)]

        assert [item for item in items if item is not None and not (item.guidance and item.due and item.outcomes)] == []


@pytest.mark.req("A7")
class TestLibrary:
    def test_all_procedures_that_were_promised_are_there(self) -> None:
        assert {procedure.key for pack in LIBRARY for procedure in pack.procedures} >= WANTED

    def test_no_two_packs_have_a_procedure_or_table_of_the_same_key(self) -> None:
        keys = [each.key for pack in LIBRARY for each in pack.procedures]
        keys += [each.key for pack in LIBRARY for each in pack.decisions]

        assert sorted(keys) == sorted(set(keys))

    def test_starter_packs_include_packs_that_exist(self) -> None:
        starters = [pack for pack in LIBRARY if pack.kind == "starter"]

        assert {pack.key for pack in starters} == {"saas", "online-shop", "local-shop", "consulting", "b2b-accounts"}
        assert {key for pack in starters for key in pack.includes} <= {pack.key for pack in LIBRARY}
        assert all({"pipelines", "products", "price_books", "goals"} <= pack.listed.keys() for pack in starters)

    def test_a_chart_refers_only_to_tables_of_its_pack(self) -> None:
        for pack in LIBRARY:
            for procedure in pack.procedures:
                assert set(needs_of(procedure.chart).decisions) <= pack.decision_keys
