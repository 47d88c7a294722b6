from __future__ import annotations

import pytest

from throughline.flow.mining.statistics import case_durations, handover_matrix, handovers, rework, workload
from throughline.flow.mining.tests.hand import log_of, log_with

ROWS = [("x", "a", 0.0), ("x", "b", 1.0), ("x", "c", 2.0), ("y", "a", 0.0), ("y", "b", 5.0)]
PEOPLE = ["Maya", None, None, "Maya", "Tom"]


class TestRework:
    @pytest.mark.req("I2")
    def test_counts_occurrences_beyond_the_first(self) -> None:
        found = rework(log_of("aaba", "ab", "cc"))

        assert (found.cases, found.events, found.activities) == (2, 3, {"a": 2, "c": 1})


class TestHandovers:
    @pytest.mark.req("I2")
    def test_count_changes_of_resource_and_nobody_is_one(self) -> None:
        assert handovers(log_with(ROWS, resource=PEOPLE)) == 2

    def test_are_none_without_resources(self) -> None:
        assert handovers(log_with(ROWS)) == 0


class TestHandoverMatrix:
    @pytest.mark.req("I2", "I5")
    def test_counts_each_pair_and_passes_over_what_nobody_does(self) -> None:
        rows = [*((case, "a", minute) for case in "xyz" for minute in (0.0, 1.0, 2.0, 3.0))]
        people = [None, "Maya", None, "Tom", "Maya", "Maya", "Tom", None, None, None, None, "Tom"]

        found = handover_matrix(log_with(rows, resource=people))

        assert [(each.giver, each.taker, each.count) for each in found] == [("Maya", "Tom", 2), ("Maya", "Maya", 1)]

    def test_is_empty_where_nobody_is_told(self) -> None:
        assert handover_matrix(log_with(ROWS, resource=[None] * len(ROWS))) == ()


class TestWorkload:
    def test_counts_events_and_cases_of_each(self) -> None:
        found = workload(log_with(ROWS, resource=PEOPLE))

        assert [(each.resource, each.events, each.cases) for each in found] == [
            (None, 2, 1),
            ("Maya", 2, 2),
            ("Tom", 1, 1),
        ]


class TestCaseDurations:
    def test_are_from_first_to_last_event(self) -> None:
        spans = case_durations(log_with(ROWS))

        assert (spans.mean, spans.min, spans.max) == (3.5 * 3600, 2 * 3600, 5 * 3600)
