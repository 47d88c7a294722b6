"""Whether the five verdicts are given where, and only where, they are due."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from throughline.flow import bpmn
from throughline.flow.check.explore import explore
from throughline.flow.check.net import Net
from throughline.flow.check.reduce import reduce_net
from throughline.flow.check.scopes import scopes_of
from throughline.flow.check.soundness import soundness
from throughline.flow.check.tests.charts import chart
from throughline.flow.check.translate import net_of
from throughline.testing.suites import suites

pytestmark = pytest.mark.req("A10")


def verdicts(*ways: str, **more: str) -> list[tuple[str, str]]:
    return [(finding.rule, finding.element) for finding in soundness(chart(*ways, **more))]


class TestSoundness:
    def test_a_straight_chart_is_sound(self) -> None:
        assert verdicts("start > a > b > end") == []

    def test_blocks_of_all_three_gateways_are_sound(self) -> None:
        assert verdicts("start > x1 > a > x2 > end", "x1 > b > x2") == []
        assert verdicts("start > and1 > a > and2 > end", "and1 > b > and2") == []
        assert verdicts("start > or1 > a > or2 > end", "or1 > b > or2", "or1 > c > or2") == []

    def test_a_loop_with_a_way_out_is_sound(self) -> None:
        assert verdicts("start > x1 > a > x2 > end", "x2 > x1") == []

    def test_a_choice_joined_by_a_parallel_gateway_gets_stuck_there(self) -> None:
        assert verdicts("start > x1 > a > and2 > end", "x1 > b > and2") == [("deadlock", "and2")]

    def test_parallel_ways_joined_by_a_choice_do_the_next_step_twice(self) -> None:
        found = verdicts("start > and1 > a > x2 > c > end", "and1 > b > x2")

        assert ("unsafe", "c") in found

    def test_parallel_ways_into_one_end_complete_improperly(self) -> None:
        found = verdicts("start > and1 > a > end", "and1 > b > end")

        assert found == [("improper-completion", "end")]

    def test_a_loop_without_a_way_out_is_a_livelock(self) -> None:
        found = verdicts("start > x1 > a > x2 > x1", "x2 > b > x1")

        assert [rule for rule, _ in found] == ["livelock"]

    def test_what_no_arrow_leads_to_is_dead(self) -> None:
        assert verdicts("start > a > end", "b > c > end2") == [("dead-activity", "b"), ("dead-activity", "c")]

    def test_a_terminate_end_stops_the_other_ways(self) -> None:
        stop = '<endEvent id="stop"><terminateEventDefinition/></endEvent>'

        assert verdicts("start > and1 > a > stop", "and1 > b > x1 > b", "x1 > end", defined=stop) == []

    def test_a_boundary_event_that_interrupts_may_join_the_normal_way(self) -> None:
        timer = '<boundaryEvent id="late" attachedToRef="a"><timerEventDefinition/></boundaryEvent>'

        assert verdicts("start > a > x1 > end", "late > x1", defined=timer) == []

    def test_a_boundary_event_that_goes_beside_must_not_join_the_normal_way(self) -> None:
        timer = (
            '<boundaryEvent id="late" attachedToRef="a" cancelActivity="false"><timerEventDefinition/></boundaryEvent>'
        )

        assert ("unsafe", "b") in verdicts("start > a > x1 > b > end", "late > x1", defined=timer)

    def test_a_sub_process_is_proved_on_its_own(self) -> None:
        inner = (
            '<subProcess id="sub"><startEvent id="s"/><exclusiveGateway id="xs"/><task id="one"/><task id="two"/>'
            '<parallelGateway id="j"/><endEvent id="e"/><sequenceFlow id="1" sourceRef="s" targetRef="xs"/>'
            '<sequenceFlow id="2" sourceRef="xs" targetRef="one"/><sequenceFlow id="3" sourceRef="xs" targetRef="two"/>'
            '<sequenceFlow id="4" sourceRef="one" targetRef="j"/><sequenceFlow id="5" sourceRef="two" targetRef="j"/>'
            '<sequenceFlow id="6" sourceRef="j" targetRef="e"/></subProcess>'
        )

        assert ("deadlock", "j") in verdicts("start > sub > end", defined=inner)

    def test_a_finding_explains_itself_and_carries_a_shortest_way(self) -> None:
        [finding] = soundness(chart("start > x1 > a > and2 > end", "x1 > b > and2"))

        assert finding.trace == ("start", "x1", "a")
        assert "stuck before “and2”" in finding.message
        assert "start → x1 → a" in finding.message

    def test_reduction_keeps_many_parallel_ways_below_a_thousand_states(self) -> None:
        ways = [f"and1 > a{n} > x{n}0 > b{n} > x{n}1 > and2" for n in range(10, 27)]
        back = [f"x{n}1 > x{n}0" for n in range(10, 27)]
        [scope] = scopes_of(chart("start > and1", *ways, *back, "and2 > end"))
        net = net_of(scope)

        reduce_net(net)

        found = explore(net)
        assert found.states < 1_000
        assert found.faults == []

    def test_without_a_start_event_it_begins_with_all_that_no_arrow_leads_to(self) -> None:
        assert verdicts("a > and1 > c > end", "b > and1") == []
        assert ("unsafe", "c") in verdicts("a > x1 > c > end", "b > x1")

    def test_many_events_beside_a_step_are_looked_at_one_by_one(self) -> None:
        timers = "".join(
            f'<boundaryEvent id="late{n}" attachedToRef="a" cancelActivity="false"><timerEventDefinition/>'
            "</boundaryEvent>"
            for n in range(4)
        )
        ways = [f"late{n} > b{n} > end{n}" for n in range(4)]

        assert verdicts("start > a > end", *ways, defined=timers) == []

    def test_conditions_on_all_arrows_out_of_a_step_part_the_ways(self) -> None:
        conditional = "".join(
            f'<sequenceFlow id="a_{target}" sourceRef="a" targetRef="{target}">'
            "<conditionExpression>true</conditionExpression></sequenceFlow>"
            for target in ("b", "c")
        )

        assert verdicts("start > a > b > or1 > end", "a > c > or1", extra=conditional) == []
        assert ("deadlock", "and1") in verdicts("start > a > b > and1 > end", "a > c > and1", extra=conditional)

    def test_the_inside_of_an_ad_hoc_sub_process_has_no_order_to_prove(self) -> None:
        inner = '<adHocSubProcess id="sub"><task id="one"/><task id="two"/></adHocSubProcess>'

        assert verdicts("start > sub > end", defined=inner) == []

    def test_of_two_ways_that_do_the_same_the_shorter_is_told(self) -> None:
        [finding] = soundness(chart("start > x1 > a > b > x2 > and1 > e > and2 > end", "x1 > c > x2", "x3 > and2"))

        assert finding.rule == "deadlock"
        assert finding.trace == ("start", "x1", "c", "x2", "and1", "e")

    def test_what_is_too_large_to_prove_is_said_to_be(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys.modules[soundness.__module__], "explore", lambda net: explore(net, 1))

        [finding] = soundness(chart("start > x1 > a > and2 > end", "x1 > b > and2"))

        assert (finding.rule, finding.severity) == ("too-large", "warning")
        assert "more than 1 situations" in finding.message


class TestExplore:
    def test_beginnings_that_are_the_same_are_walked_once(self) -> None:
        net = Net()
        net.beginnings += [frozenset({net.place("end", sink=True)})] * 2

        found = explore(net)

        assert (found.states, found.endings) == (1, [frozenset({"end"})])


@pytest.mark.suites
class TestPublicVerdicts:
    @pytest.mark.parametrize("folder", ["analyser", "made"])
    def test_every_verdict_of_the_public_suite_is_given(self, folder: str) -> None:
        base = suites() / "conformance" / "soundness" / folder
        cases = json.loads((base / "cases.json").read_text())["cases"]

        wrong = [case["id"] for case in cases if not _as_expected(base, case)]

        assert wrong == []


def _as_expected(base: Path, case: dict[str, list[str]]) -> bool:
    findings = list(soundness(bpmn.read((base / str(case["chart"])).read_bytes())))
    rules = {finding.rule for finding in findings}
    return all(rules & set(group) for group in case["expect"]) and not rules & set(case["forbid"])
