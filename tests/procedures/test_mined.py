"""What really happened in a procedure, read out of the engine's event log."""

from __future__ import annotations

import pytest

from tests.procedures import charts as c
from tests.procedures.conftest import Desk
from throughline.core.procedures.models import WorkItem
from throughline.core.refusals import NotFound
from throughline.flow.mining.flows import flow_graph
from throughline.flow.mining.lifecycle import working_times
from throughline.flow.mining.variants import variants
from throughline.insight.mined import case_log, departures, used

TWO_STEPS = c.chart(
    c.captured(),
    c.element("exclusiveGateway", "hot", default="hot_write"),
    c.work("call", "done", due='duration("PT2H")', assignee="lead.owner"),
    c.work("write", "done"),
    c.end("sold"),
    c.flows('captured > hot >[lead.region = "NO"] call > write', "hot > write > sold"),
)


@pytest.fixture
def ran(desk: Desk) -> Desk:
    """Two leads that are called and written to, one hour each, and one that is only written to."""
    desk.publish(TWO_STEPS)
    desk.capture(2, region="NO")
    desk.capture(1, region="ES")
    desk.drain()
    for node in ("call", "write"):
        desk.drain(hours=1)
        for item in desk.open_items(node):
            desk.complete(item, "done")
        desk.drain()
    return desk


@pytest.mark.req("I2")
class TestUsed:
    def test_counts_each_arrow_of_the_drawing(self, ran: Desk) -> None:
        found = used(procedure="test", user=ran.cast.omar)

        assert {arrow.flow: arrow.count for arrow in found.arrows} == {
            "captured_hot": 3, "hot_call": 2, "hot_write": 1, "call_write": 2, "write_sold": 3,
        }  # fmt: skip

    def test_tells_how_long_cases_stay_at_each_step(self, ran: Desk) -> None:
        found = {node.node: node for node in used(procedure="test", user=ran.cast.omar).nodes}

        assert (found["call"].visits, found["call"].left, found["call"].mean_seconds) == (2, 2, 3600)
        assert found["write"].mean_seconds == pytest.approx((2 + 1 + 1) / 3 * 3600)

    def test_counts_only_a_span_of_time(self, ran: Desk) -> None:
        assert used(procedure="test", user=ran.cast.omar, since=ran.now.replace(year=2200)).arrows == ()

    @pytest.mark.req("L1")
    def test_shows_nobody_what_they_may_not_see(self, ran: Desk) -> None:
        assert used(procedure="test", user=ran.cast.ines).arrows == ()
        assert len(used(procedure="test", user=ran.cast.maya).arrows) == 5

    def test_refuses_a_procedure_that_there_is_not(self, ran: Desk) -> None:
        with pytest.raises(NotFound):
            used(procedure="none", user=ran.cast.omar)
        with pytest.raises(NotFound):
            used(procedure="test", user=ran.cast.omar, version=7)


@pytest.mark.req("I2")
class TestCaseLog:
    def test_is_a_log_like_any_other(self, ran: Desk) -> None:
        log = case_log(procedure="test", user=ran.cast.omar)

        ways = variants(log)
        assert dict(zip(ways.activities, ways.counts, strict=True)) == {
            ("Captured", "Call", "Write", "Sold"): 2,
            ("Captured", "Write", "Sold"): 1,
        }
        assert "Maya Lin" in log.columns["resource"].used()
        assert log.columns["node"].used() == ("captured", "call", "write", "sold")

    def test_knows_how_long_steps_took(self, ran: Desk) -> None:
        log = case_log(procedure="test", user=ran.cast.omar)

        times = {each.activity: each.working.mean for each in working_times(log)}
        assert times["Call"] == 3600
        graph = {(flow.source, flow.target): flow.spans.mean for flow in flow_graph(log).flows}
        assert graph["Captured", "Call"] == 3600

    @pytest.mark.req("L1")
    def test_shows_nobody_what_they_may_not_see(self, ran: Desk) -> None:
        assert case_log(procedure="test", user=ran.cast.ines).cases == 0
        assert case_log(procedure="test", user=ran.cast.maya).cases == 3


@pytest.mark.req("I3", "B9")
class TestDepartures:
    def test_are_none_when_all_keep_to_the_chart(self, ran: Desk) -> None:
        found = departures(procedure="test", user=ran.cast.omar)

        assert (found.cases, found.fitness, found.departures) == (3, 1.0, ())

    def test_tell_what_was_late(self, desk: Desk) -> None:
        desk.publish(TWO_STEPS)
        desk.capture(1, region="NO")
        desk.drain()
        desk.drain(hours=5)
        desk.complete(WorkItem.objects.get(), "done")
        desk.drain()

        (late,) = departures(procedure="test", user=desk.cast.omar).departures

        assert (late.kind, late.node) == ("late", "call")
        assert late.late_by is not None
        assert late.late_by.total_seconds() == 3 * 3600

    def test_tell_when_somebody_else_did_it(self, desk: Desk) -> None:
        desk.publish(TWO_STEPS)
        desk.capture(1, region="NO")
        desk.drain()
        desk.complete(WorkItem.objects.get(), "done", by=desk.cast.admin)
        desk.drain()

        found = departures(procedure="test", user=desk.cast.omar)

        assert [(each.kind, each.by) for each in found.departures] == [("wrong person", str(desk.cast.admin.pk))]
