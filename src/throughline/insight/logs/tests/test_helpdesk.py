"""Every reference value of the helpdesk log's description."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from throughline.flow.mining.filters import Ending, filtered
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.statistics import handover_matrix
from throughline.flow.mining.summary import summary
from throughline.flow.mining.variants import variants
from throughline.insight.logs.tests.helpdesk import COMPLETE, helpdesk_log, references

DAY = 86_400.0
pytestmark = [pytest.mark.suites, pytest.mark.req("I2")]


@pytest.fixture(params=["all cases", "complete cases"])
def mined(request: pytest.FixtureRequest) -> tuple[EventLog, dict[str, Any], dict[str, Any]]:
    everything, complete = references()
    log = helpdesk_log()
    if request.param == "complete cases":
        log = filtered(log, [Ending(starts=COMPLETE["starts"], ends=COMPLETE["ends"])])
        return log, summary(log), complete
    return log, summary(log), everything


class TestHelpdesk:
    def test_counts(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        _, found, expected = mined

        assert {
            key: found[key] for key in ("cases", "events", "resources", "variants", "rework_cases", "rework_events")
        } == {
            key: expected[key] for key in ("cases", "events", "resources", "variants", "rework_cases", "rework_events")
        }
        assert found["activities"] == expected["activity_counts"]
        assert (found["starts"], found["ends"]) == (expected["start_activities"], expected["end_activities"])
        assert found["handovers"] == expected["handover"]["handovers_resource_changes"]

    def test_durations(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        _, found, expected = mined

        days = {key: round(value / DAY, 6) for key, value in found["case_duration_s"].items()}
        assert days == pytest.approx(expected["case_duration_days"], abs=1e-6)
        assert found["events_per_case"] == pytest.approx(expected["events_per_case"], abs=1e-6)

    def test_span_of_the_log(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        _, found, expected = mined

        assert found["first"][:19].replace("T", " ") == expected["first"]
        assert found["last"][:19].replace("T", " ") == expected["last"]

    def test_flows(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        _, found, expected = mined

        assert len(found["flows"]) == expected["dfg_arcs"]
        assert sum(flow["count"] for flow in found["flows"]) == expected["dfg_occurrences"]
        assert sum(flow["count"] for flow in found["flows"] if flow["from"] == flow["to"]) == expected["self_loops"]
        for told, flow in zip(expected["dfg_top"], found["flows"], strict=False):
            assert (flow["from"], flow["to"], flow["count"]) == (told["from"], told["to"], told["n"])
            assert flow["mean_s"] / DAY == pytest.approx(told["mean_d"], abs=1e-6)
            assert flow["median_s"] / DAY == pytest.approx(told["median_d"], abs=1e-6)

    def test_flows_by_total_time(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        _, found, expected = mined

        heavy = sorted(found["flows"], key=lambda flow: -flow["count"] * flow["mean_s"])
        for told, flow in zip(expected["dfg_top_by_total_time"], heavy, strict=False):
            assert (flow["from"], flow["to"]) == (told["from"], told["to"])
            assert flow["count"] * flow["mean_s"] / DAY == pytest.approx(told["total_d"], abs=1e-3)

    def test_variants(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        log, found, expected = mined

        ways = variants(log)
        top = [{"n": way["count"], "trace": way["activities"]} for way in found["variant_list"][:5]]
        assert top == [{"n": told["n"], "trace": told["trace"]} for told in expected["top_variants"]]
        assert sum(way["count"] == 1 for way in found["variant_list"]) == expected["variants_once"]
        assert sum(ways.counts[:5]) / log.cases == pytest.approx(expected["top5_share"], abs=1e-6)
        assert ways.covering(0.8) == expected["variants_for_80pct"]

    def test_handovers_and_ties(self, mined: tuple[EventLog, dict[str, Any], dict[str, Any]]) -> None:
        log, _, expected = mined

        pairs = handover_matrix(log)
        assert len(pairs) == expected["handover"]["distinct_pairs"]
        assert sum(pair.count for pair in pairs) == expected["handover"]["pairs_of_consecutive_events"]
        assert np.count_nonzero(log.at[log.steps] == log.at[log.steps + 1]) == expected["timestamp_ties_within_case"]
