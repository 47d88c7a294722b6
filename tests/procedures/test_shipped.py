"""Every shipped procedure is proved sound, and every scenario of it goes the way it says."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from typing import Any

import pytest

from throughline.cli.run_chart import decisions_beside, scenario
from throughline.flow import bpmn, dmn
from throughline.flow.check import check
from throughline.flow.simulate.proving import run_test
from throughline.flow.simulate.world import Outcome, run_scenario
from throughline.packs import Pack, scenarios, shipped

SCENARIOS = list(scenarios())


def run(chart: Traversable, members: Mapping[str, Any]) -> Outcome:
    with as_file(chart) as path:
        definitions = bpmn.read(path.read_bytes())
        return run_scenario(definitions, scenario(members, decisions_beside(str(path), definitions)))


@pytest.mark.req("A10", "A12", "B4", "C2")
class TestScenarios:
    @pytest.mark.parametrize(
        ("chart", "members"), [case[1:] for case in SCENARIOS], ids=[case[0] for case in SCENARIOS]
    )
    def test_a_scenario_goes_the_way_it_says(self, chart: Traversable, members: dict[str, Any]) -> None:
        with as_file(chart) as path:
            definitions = bpmn.read(path.read_bytes())
            verdict = run_test(definitions, members, decisions=decisions_beside(str(path), definitions))

        assert [departure.words for departure in verdict.departures] == []

    @pytest.mark.parametrize("pack", shipped(), ids=lambda pack: pack.key)
    def test_the_scenarios_of_a_pack_pass_every_element_of_its_charts(self, pack: Pack) -> None:
        passed = {name for _, chart, members in SCENARIOS for name in run(chart, members).trace}

        for procedure in pack.procedures:
            [process] = bpmn.read(procedure.chart).processes
            gateways = ("exclusiveGateway", "eventBasedGateway")
            nodes = [item for item, _ in process.walk() if isinstance(item, bpmn.model.FlowNode)]
            missed = [node.name for node in nodes if node.kind_name not in gateways and node.name not in passed]
            assert missed == []


@pytest.mark.req("A10")
class TestSoundness:
    @pytest.mark.parametrize("pack", shipped(), ids=lambda pack: pack.key)
    def test_nothing_can_be_said_against_a_shipped_chart(self, pack: Pack) -> None:
        assert [finding for item in pack.procedures for finding in check(bpmn.read(item.chart))] == []

    @pytest.mark.parametrize("pack", shipped(), ids=lambda pack: pack.key)
    def test_the_test_cases_of_a_shipped_table_hold(self, pack: Pack) -> None:
        results = [result for item in pack.decisions for result in dmn.run_test_cases(dmn.read(item.model))]

        assert results
        assert [result for result in results if not result.passed] == []
