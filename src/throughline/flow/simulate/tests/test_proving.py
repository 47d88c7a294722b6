"""Test cases of charts: what is expected is compared with what comes, and a departure says where it shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from throughline.flow import bpmn
from throughline.flow.engine.tests.walking import on_timer, xml
from throughline.flow.simulate.members import values_of, written
from throughline.flow.simulate.proving import Departure, Verdict, expectation, run_test

DEADLINE = f"""
    startEvent start
    userTask call
    boundaryEvent late attachedToRef=call {on_timer("PT24H")}
    endEvent end
    endEvent escalated
    start > call > end
    late > escalated
"""
IN_TIME = {"auto": "tasks", "answers": [{"advance": "PT5H"}, {"complete": "call"}]}


def prove(expect: dict[str, Any], drawing: str = DEADLINE, **members: Any) -> Verdict:
    """Run a test case of a drawing."""
    return run_test(bpmn.read(xml(drawing)), {**IN_TIME, **members, "expect": expect})


def departure(expect: dict[str, Any], **members: Any) -> Departure:
    """Return the only departure of a test case."""
    [found] = prove(expect, **members).departures
    return found


@pytest.mark.req("A12")
class TestRunTest:
    def test_a_way_that_is_gone_as_expected_passes(self) -> None:
        expect = {"status": "completed", "trace": "start > call > end", "waiting": [], "times": {"call": "PT5H"}}

        assert prove(expect).passed

    def test_another_step_than_expected_is_told_where_it_stands_on_the_drawing(self) -> None:
        found = departure({"trace": "start > call > end"}, answers=[{"advance": "PT25H"}], hold=["call"])

        assert (found.kind, found.element, found.expected, found.found) == ("trace", "late", "call", "late")
        assert found.words == "After “start”, “call” should come, but “late” comes."

    def test_a_way_that_stops_early_is_told_at_the_step_that_should_come(self) -> None:
        found = departure({"trace": "start > call > end"}, answers=[], hold=["call"])

        assert (found.element, found.expected, found.found) == ("call", "call", "")

    def test_a_way_that_goes_on_is_told_at_the_step_that_comes(self) -> None:
        found = departure({"trace": "start > call"})

        assert (found.element, found.expected, found.found) == ("end", "", "end")

    @pytest.mark.parametrize(
        ("expect", "element", "found"),
        [
            ({"times": {"call": "PT6H"}}, "call", "after PT5H"),
            ({"times": {"late": "PT24H"}}, "late", "not at all"),
            ({"status": "waiting"}, "end", "completed"),
            ({"waiting": ["call"]}, "call", "nothing"),
            ({"variables": {"contact": "reached"}}, "end", "nothing"),
            ({"contact": "reached"}, "end", "nothing"),
        ],
    )
    def test_everything_that_is_named_is_compared(self, expect: dict[str, Any], element: str, found: str) -> None:
        told = departure(expect)

        assert (told.element, told.found) == (element, found)

    def test_what_is_not_named_is_not_compared(self) -> None:
        assert prove({}).passed

    def test_a_chart_that_stops_with_an_incident_departs_at_the_step_that_failed(self) -> None:
        stuck = """
            startEvent start
            exclusiveGateway which
            endEvent end
            start > which
            which -no|false-> end
        """

        told = prove({"status": "completed"}, stuck, answers=[]).departures

        assert {each.element for each in told if each.kind == "status"} >= {"which"}

    @pytest.mark.parametrize(
        "members", [{"auto": "perhaps"}, {"answers": "none"}, {"answers": [{"advance": "soon"}]}, {"variables": [1]}]
    )
    def test_what_cannot_be_run_is_a_departure(self, members: dict[str, Any]) -> None:
        told = departure({"status": "completed"}, **members)

        assert told.kind == "broken"
        assert told.words.startswith("The test case cannot be run: ")


@pytest.mark.req("A12")
class TestExpectation:
    def test_what_came_passes_when_it_is_expected(self) -> None:
        outcome = prove({}).outcome
        assert outcome is not None

        kept = expectation(outcome)

        assert kept["times"] == {"call": "PT5H", "end": "PT5H"}
        assert prove(kept).passed

    def test_it_holds_when_the_chart_asks_for_something_else_no_more(self) -> None:
        acting = """
            startEvent start
            serviceTask tag <extensionElements><tl:action name="record.tag">INPUT</tl:action></extensionElements>
            endEvent end
            start > tag > end
        """.replace("INPUT", """<tl:input name="tags" value='["in"]'/>""")
        outcome = prove({}, acting, answers=[]).outcome
        assert outcome is not None
        kept = expectation(outcome)

        assert kept["effects"] == [{"action": "record.tag", "at": "tag", "inputs": {"tags": ["in"]}}]
        assert prove(kept, acting, answers=[]).passed
        [told] = prove(kept, acting.replace('"in"', '"out"'), answers=[]).departures
        assert (told.kind, told.element) == ("effects", "tag")
        assert "out" in told.words


class TestWritten:
    def test_numbers_are_kept_exactly_by_any_store(self) -> None:
        kept = written({"whole": Decimal(7), "part": [Decimal("0.10")], "large": Decimal(10) ** 20})

        assert kept == {"whole": 7, "part": [{"$feel": "0.10"}], "large": {"$feel": "1" + "0" * 20}}
        assert values_of(kept) == {"whole": Decimal(7), "part": [Decimal("0.10")], "large": Decimal(10) ** 20}
