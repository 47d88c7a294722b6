from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from throughline.flow.mining.lifecycle import executions, ready_at, working_times
from throughline.flow.mining.log import NEVER, Words, ordered
from throughline.flow.mining.tests.hand import log_of, log_with

ROWS = [("x", "a", 0.0), ("x", "a", 2.0), ("x", "b", 5.0), ("x", "b", 6.0)]
STATES = ["start", "complete", "start", "complete"]


class TestExecutions:
    def test_join_start_and_completion(self) -> None:
        log = executions(log_with(ROWS, lifecycle=STATES))

        assert log.activity.to_list() == ["a", "b"]
        assert ((log.at - log.begins) / 3.6e9).tolist() == [2.0, 1.0]

    def test_keep_what_has_no_counterpart(self) -> None:
        log = executions(log_with([*ROWS, ("x", "c", 7.0), ("x", "d", 8.0)], lifecycle=[*STATES, "complete", "start"]))

        assert log.activity.to_list() == ["a", "b", "c", "d"]

    def test_join_the_second_start_with_the_second_completion(self) -> None:
        rows = [("x", "a", 0.0), ("x", "a", 1.0), ("x", "a", 4.0), ("x", "a", 6.0)]

        log = executions(log_with(rows, lifecycle=["start", "start", "complete", "complete"]))

        assert ((log.at - log.begins) / 3.6e9).tolist() == [4.0, 5.0]

    def test_leave_a_log_without_beginnings_alone(self) -> None:
        log = log_of("ab")

        assert executions(log) is log


class TestWorkingTimes:
    @pytest.mark.req("I2")
    def test_part_waiting_from_working(self) -> None:
        a, b = working_times(log_with(ROWS, lifecycle=STATES))

        assert (a.working.mean, a.waiting.count) == (2 * 3600, 0)
        assert (b.working.mean, b.waiting.mean) == (3600, 3 * 3600)

    def test_take_the_enabled_time_where_it_is_known(self) -> None:
        rows = [("x", "a", 0.0), ("x", "b", 1.0), ("x", "b", 4.0), ("x", "b", 6.0)]

        (b,) = working_times(log_with(rows, lifecycle=["complete", "schedule", "start", "complete"]))

        assert (b.activity, b.waiting.mean, b.working.mean) == ("b", 3 * 3600, 2 * 3600)

    def test_are_none_when_nothing_tells_of_beginnings(self) -> None:
        assert working_times(log_of("ab")) == ()


class TestReadyAt:
    def test_agrees_with_looking_at_each_case_by_itself(self) -> None:
        chance = np.random.default_rng(7)
        cases = Words.of([str(case) for case in chance.integers(0, 60, 600)])
        at = chance.integers(0, 500, 600).astype(np.int64)
        log = ordered(cases, Words.of(["A"] * 600), at)
        log = replace(log, started=log.at - chance.integers(0, 200, 600))

        found = ready_at(log)

        for case in range(log.cases):
            begin, end = int(log.offsets[case]), int(log.offsets[case + 1])
            for event in range(begin, end):
                before = [int(at) for at in log.at[begin:event] if at <= log.begins[event]]
                assert found[event] == (max(before) if before else NEVER)
