from __future__ import annotations

import numpy as np

from throughline.flow.mining.log import of_variants
from throughline.flow.mining.tests.hand import log_of, log_with


class TestOrdered:
    def test_orders_by_case_then_time_then_position(self) -> None:
        log = log_with([("x", "late", 2), ("y", "only", 0), ("x", "first", 1), ("x", "second", 1)])

        assert log.names == ["x", "y"]
        assert log.activity.to_list() == ["first", "second", "late", "only"]
        assert log.offsets.tolist() == [0, 3, 4]

    def test_takes_other_columns_along(self) -> None:
        log = log_with([("x", "b", 2), ("x", "a", 1)], resource=["Maya", None])

        assert log.columns["resource"].to_list() == [None, "Maya"]

    def test_makes_an_empty_log_of_no_events(self) -> None:
        log = log_with([])

        assert (log.cases, log.events, log.durations.tolist(), log.steps.tolist()) == (0, 0, [], [])


class TestKeepCases:
    def test_keeps_names_events_and_columns_together(self) -> None:
        log = log_of("ab", "abc", "c")

        kept = log.keep_cases(np.array([True, False, True]))

        assert (kept.names, kept.activity.to_list(), kept.offsets.tolist()) == (
            ["c1", "c3"],
            ["a", "b", "c"],
            [0, 2, 3],
        )


class TestKeepEvents:
    def test_leaves_out_cases_that_lose_all_events(self) -> None:
        log = log_of("ab", "b", "ba")

        kept = log.keep_events(log.activity.codes == log.activity.code("a"))

        assert (kept.names, kept.lengths.tolist()) == (["c1", "c3"], [1, 1])


class TestOfVariants:
    def test_repeats_each_way(self) -> None:
        log = of_variants([(["a", "b"], 2), (["c"], 1)])

        assert (log.cases, log.activity.counts()) == (3, {"a": 2, "b": 2, "c": 1})
