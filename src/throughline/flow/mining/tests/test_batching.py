from __future__ import annotations

import pytest

from throughline.flow.mining.batching import Batching, batching
from throughline.flow.mining.dotted import dotted
from throughline.flow.mining.tests.hand import log_of, log_with

MINUTE = 1 / 60
pytestmark = pytest.mark.req("I2")


class TestBatching:
    def test_finds_work_done_right_after_each_other_for_several_cases(self) -> None:
        rows = [(f"c{n}", "a", n * MINUTE) for n in range(4)] + [("c9", "a", 5.0)]

        found = batching(log_with(rows, resource=["Maya"] * 5))

        assert found == (Batching("a", 1, 4, 0.8, 4.0),)

    def test_needs_the_same_person(self) -> None:
        rows = [(f"c{n}", "a", n * MINUTE) for n in range(4)]

        assert batching(log_with(rows, resource=["Maya", "Tom", "Maya", "Tom"]), gap_seconds=60) == ()

    def test_does_not_take_repetition_in_one_case_for_a_batch(self) -> None:
        rows = [("c1", "a", n * MINUTE) for n in range(4)]

        assert batching(log_with(rows, resource=["Maya"] * 4)) == ()

    def test_finds_nothing_without_resources(self) -> None:
        assert batching(log_of("aaa")) == ()


class TestDotted:
    def test_gives_a_dot_per_event(self) -> None:
        log = log_with([("x", "a", 5.0), ("x", "b", 6.0), ("y", "a", 0.0)])

        dots = dotted(log)

        assert (dots.cases, dots.rows, dots.activities) == (["y", "x"], [1, 1, 0], [0, 1, 0])

    def test_counts_time_from_the_beginning_of_the_case(self) -> None:
        assert dotted(log_of("ab"), relative=True).seconds == [0.0, 3600.0]

    def test_shows_a_part_of_many_cases_and_says_so(self) -> None:
        dots = dotted(log_of(*["ab"] * 100), at_most=20, order="duration")

        assert (len(dots.rows), len(dots.cases), dots.share) == (20, 10, 0.1)

    def test_is_empty_for_an_empty_log(self) -> None:
        assert dotted(log_of()).rows == []
