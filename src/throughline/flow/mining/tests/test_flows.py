from __future__ import annotations

import numpy as np
import pytest

from throughline.flow.mining.flows import flow_graph, flows, simplified
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.tests.hand import log_of, log_with


class TestFlows:
    @pytest.mark.req("I2")
    def test_count_occurrences_and_cases(self) -> None:
        found = flows(log_of("abab", "ab", "ba"))

        assert [(flow.source, flow.target, flow.count, flow.cases) for flow in found] == [
            ("a", "b", 3, 2),
            ("b", "a", 2, 2),
        ]

    def test_sum_up_spans_with_linear_interpolation(self) -> None:
        rows = [
            (case, name, hours)
            for case, end in (("x", 1), ("y", 2), ("z", 10))
            for name, hours in (("a", 0), ("b", end))
        ]

        (flow,) = flows(log_with(rows))

        assert flow.spans.mean == pytest.approx(13 / 3 * 3600)
        assert flow.spans.median == 2 * 3600
        assert flow.spans.p95 == pytest.approx((2 + 0.9 * 8) * 3600)

    def test_agree_with_numpy_whatever_the_size_of_the_spans(self) -> None:
        random = np.random.default_rng(7)
        log = _random_log(random, largest=2**61)

        for flow in flows(log):
            spans = _spans(log, flow.source, flow.target)
            assert flow.spans.median == pytest.approx(np.percentile(spans, 50) / 1e6)
            assert flow.spans.p95 == pytest.approx(np.percentile(spans, 95) / 1e6)

    def test_are_none_in_an_empty_log(self) -> None:
        assert flows(log_with([])) == ()


class TestFlowGraph:
    def test_knows_starts_and_ends(self) -> None:
        graph = flow_graph(log_of("ab", "ac", "b"))

        assert (graph.starts, graph.ends, graph.in_cases) == (
            {"a": 2, "b": 1},
            {"b": 2, "c": 1},
            {"a": 2, "b": 2, "c": 1},
        )


class TestSimplified:
    GRAPH = flow_graph(log_of(*["abcd"] * 9, "acd", "abd", "axd"))

    def test_keeps_everything_at_full_sliders(self) -> None:
        assert simplified(self.GRAPH) == self.GRAPH

    def test_keeps_the_most_frequent_activities(self) -> None:
        assert list(simplified(self.GRAPH, activities=0.6).activities) == ["a", "d", "b"]

    def test_keeps_each_activity_connected_without_any_path(self) -> None:
        few = simplified(self.GRAPH, paths=0.0)

        assert {(flow.source, flow.target) for flow in few.flows} == {
            ("a", "b"), ("b", "c"), ("c", "d"), ("a", "x"), ("x", "d"),
        }  # fmt: skip


def _random_log(random: np.random.Generator, largest: int) -> EventLog:
    rows = [(f"c{case}", "ab"[step], 0.0) for case in range(50) for step in range(2)]
    log = log_with(rows)
    log.at[1::2] = random.integers(0, largest, 50)
    log.at[0::2] = 0
    return log


def _spans(log: EventLog, source: str, target: str) -> list[int]:
    words = log.activity.to_list()
    return [int(log.at[i + 1] - log.at[i]) for i in log.steps.tolist() if (words[i], words[i + 1]) == (source, target)]
