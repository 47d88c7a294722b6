from __future__ import annotations

from datetime import timedelta

import pytest

from throughline.flow import bpmn
from throughline.flow.bpmn.tests.charts import chart
from throughline.flow.engine import Chart, compile_chart
from throughline.flow.mining.replay import Happened, replay
from throughline.flow.mining.tests.hand import at

pytestmark = pytest.mark.req("I3", "B9", "B10")


@pytest.fixture(scope="module")
def line() -> Chart:
    inside = (
        '<bpmn:startEvent id="s"/><bpmn:userTask id="call" name="Call"/><bpmn:endEvent id="e"/>'
        '<bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="call"/>'
        '<bpmn:sequenceFlow id="f2" sourceRef="call" targetRef="e"/>'
    )
    return compile_chart(bpmn.read(chart(inside)))


def _way(case: int, **call: object) -> list[Happened]:
    """A case that goes along the line; ``call``: what is told of the human step."""
    return [
        Happened(case, 1, at(0), "case started", ""),
        Happened(case, 2, at(0), "passed", "s"),
        Happened(case, 3, at(0), "entered", "call", "s", "f1"),
        Happened(case, 4, at(2), "completed", "call", **call),  # type: ignore[arg-type]
        Happened(case, 5, at(2), "passed", "e", "call", "f2"),
        Happened(case, 6, at(2), "case finished", "e"),
    ]


class TestReplay:
    def test_of_cases_that_keep_to_the_chart_finds_nothing(self, line: Chart) -> None:
        found = replay(line, [*_way(1), *_way(2)])

        assert (found.cases, found.conforming_cases, found.fitness, found.departures) == (2, 2, 1.0, ())

    def test_tells_what_is_late_and_by_how_much(self, line: Chart) -> None:
        (late,) = replay(line, _way(1, due_at=at(1))).departures

        assert (late.kind, late.node, late.late_by) == ("late", "call", timedelta(hours=1))

    def test_tells_when_another_person_did_it(self, line: Chart) -> None:
        found = replay(line, _way(1, by="Ines", allowed=frozenset({"Maya", "Tom"})))

        assert [(each.kind, each.by) for each in found.departures] == [("wrong person", "Ines")]

    def test_parts_approved_exceptions_from_others(self, line: Chart) -> None:
        skipped = Happened(1, 4, at(1), "skipped", "call", by="Omar", reason="The customer called us.")
        moved = Happened(2, 4, at(1), "moved", "call", by="Maya")

        found = replay(line, [skipped, moved])

        assert [(each.kind, each.approved) for each in found.departures] == [("skipped", True), ("moved", False)]
        assert (found.conforming_cases, found.not_approved) == (0, 1)

    def test_tells_a_step_that_no_arrow_leads_to(self, line: Chart) -> None:
        found = replay(line, [Happened(1, 1, at(0), "entered", "e", "s", "f1")])

        assert [each.kind for each in found.departures] == ["unexpected"]

    def test_tells_what_comes_after_the_end(self, line: Chart) -> None:
        found = replay(line, [*_way(1), Happened(1, 7, at(3), "entered", "call", "s", "f1")])

        assert [each.kind for each in found.departures] == ["after the end"]

    def test_counts_cases_per_element(self, line: Chart) -> None:
        late = [*_way(1, due_at=at(1)), *_way(2, due_at=at(0)), *_way(3)]

        assert replay(line, late).by_element() == {("call", "late"): 2}
