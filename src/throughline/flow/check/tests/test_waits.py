"""Whether waits that can last for ever are pointed out, and those with an end are not."""

from __future__ import annotations

import pytest

from throughline.flow.check import check
from throughline.flow.check.tests.charts import chart

pytestmark = pytest.mark.req("A10")

RUN = '<tl:procedure key="p" record="lead"/>'
MESSAGE = '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
SIGNAL = '<intermediateCatchEvent id="wait"><signalEventDefinition signalRef="m"/></intermediateCatchEvent>'
TIMER = '<intermediateCatchEvent id="time"><timerEventDefinition/></intermediateCatchEvent>'
RECEIVE = '<receiveTask id="wait" messageRef="m"/>'
RACE = '<eventBasedGateway id="race"/>'
TIMED = (
    '<subProcess id="sub" triggeredByEvent="true"><startEvent id="s"><timerEventDefinition/></startEvent></subProcess>'
)


def told(*ways: str, defined: str) -> list[tuple[str, str, str]]:
    found = check(chart(*ways, procedure=RUN, defined=defined))
    return [(f.rule, f.severity, f.element) for f in found if f.rule in ("no-deadline", "no-owner")]


def late(host: str) -> str:
    return f'<boundaryEvent id="late" attachedToRef="{host}"><timerEventDefinition/></boundaryEvent>'


class TestDeadline:
    @pytest.mark.parametrize("wait", [MESSAGE, SIGNAL, RECEIVE])
    def test_a_wait_for_something_from_outside_without_an_end_is_pointed_out(self, wait: str) -> None:
        assert told("start > wait > end", defined=wait) == [("no-deadline", "warning", "wait")]

    def test_a_race_without_time_in_it_is_pointed_out_once(self) -> None:
        assert told("start > race > wait > end", defined=RACE + MESSAGE) == [("no-deadline", "warning", "race")]

    def test_a_race_against_time_ends(self) -> None:
        assert told("start > race > wait > end", "race > time > end2", defined=RACE + MESSAGE + TIMER) == []

    def test_a_timer_on_the_border_ends_it(self) -> None:
        assert told("start > wait > end", "late > end2", defined=RECEIVE + late("wait")) == []

    def test_a_timer_on_the_border_around_it_ends_it(self) -> None:
        around = (
            f'<subProcess id="part"><startEvent id="s"/>{MESSAGE}<sequenceFlow id="1" sourceRef="s" targetRef="wait"/>'
            f"</subProcess>{late('part')}"
        )

        assert told("start > part > end", "late > end2", defined=around) == []

    def test_what_runs_in_time_beside_it_tells_somebody(self) -> None:
        assert told("start > wait > end", defined=MESSAGE + TIMED) == []

    def test_a_receive_task_that_starts_the_case_does_not_wait(self) -> None:
        assert told("wait > end", defined='<receiveTask id="wait" messageRef="m" instantiate="true"/>') == []

    def test_it_says_what_to_do(self) -> None:
        [finding] = [f for f in check(chart("start > wait > end", defined=MESSAGE)) if f.rule == "no-deadline"]

        assert "for ever" in finding.message
        assert "nobody is told" in finding.message
        assert "timer" in finding.message


class TestOwner:
    def work(self, settings: str) -> str:
        return f'<userTask id="ask"><extensionElements><tl:workItem {settings}/></extensionElements></userTask>'

    def lane(self, attributes: str, inside: str = "") -> str:
        return f'<laneSet id="l"><lane id="a" {attributes}>{inside}<flowNodeRef>ask</flowNodeRef></lane></laneSet>'

    def test_a_step_that_nobody_has_is_an_error(self) -> None:
        assert told("start > ask > end", defined='<userTask id="ask"/>') == [("no-owner", "error", "ask")]

    def test_a_step_that_only_has_a_due_time_is_a_warning(self) -> None:
        work = self.work("due='duration(\"PT24H\")'")

        assert told("start > ask > end", defined=work) == [("no-owner", "warning", "ask")]

    @pytest.mark.parametrize("settings", ['assignee="lead.owner"', "queue='\"sales\"'"])
    def test_a_person_or_a_queue_has_it(self, settings: str) -> None:
        assert told("start > ask > end", defined=self.work(settings)) == []

    def test_a_lane_has_it_when_it_says_whose_it_is(self) -> None:
        role = '<extensionElements><tl:role key="sales"/></extensionElements>'

        assert told("start > ask > end", defined=self.lane('name="Sales"') + '<userTask id="ask"/>') == []
        assert told("start > ask > end", defined=self.lane("", role) + '<userTask id="ask"/>') == []
        assert told("start > ask > end", defined=self.lane("") + '<userTask id="ask"/>') == [
            ("no-owner", "error", "ask")
        ]

    def test_a_receive_task_without_a_message_is_done_by_hand(self) -> None:
        assert told("start > wait > end", defined='<receiveTask id="wait"/>') == [("no-owner", "error", "wait")]
