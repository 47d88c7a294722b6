"""Where cases left a chart and what it cost, on cases computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from throughline.flow import bpmn
from throughline.flow.mining.discover import chart_of, mined_tree
from throughline.flow.mining.log import EventLog, of_rows
from throughline.flow.mining.replay import Departure, Replay
from throughline.insight.mined.strayed import Compared, Rates, Strayed, aligned, replayed

pytestmark = [pytest.mark.req("I3")]

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
WORK = timedelta(minutes=30)
CHART = chart_of(mined_tree({("A", "B", "C"): 1}))


def log_of(*cases: Sequence[str]) -> EventLog:
    """Cases whose steps end an hour apart, each worked on for half an hour."""
    rows = [
        (str(number), step, MONDAY + timedelta(hours=place))
        for number, steps in enumerate(cases, 1)
        for place, step in enumerate(steps)
    ]
    log = of_rows(rows)
    return replace(log, started=log.at - int(WORK.total_seconds() * 1e6))


def one(found: Compared, kind: str, step: str) -> Strayed:
    [each] = [each for each in found.strayed if (each.kind, each.step) == (kind, step)]
    return each


class TestAligned:
    LOG = log_of("ABC", "ABC", "AC", "ABBC", "ABXC")

    def test_tells_how_many_kept_to_the_chart(self) -> None:
        found = aligned(self.LOG, CHART, {}, Rates())

        assert (found.method, found.cases, found.conforming) == ("exact", 5, 2)
        assert found.fitness == pytest.approx((1 + 1 + (1 - 1 / 5) + 2 * (1 - 1 / 7)) / 5)
        assert found.unmatched == ("X",)

    def test_what_was_left_out_costs_time_but_saves_work(self) -> None:
        left_out = one(aligned(self.LOG, CHART, {}, Rates(otherwise=40.0)), "skipped", "B")

        assert left_out.cases == ("3",)
        assert left_out.longer_seconds == pytest.approx(-3600.0)
        assert left_out.work_seconds == pytest.approx(-1800.0)
        assert left_out.money == pytest.approx(-20.0)

    def test_what_was_done_again_costs_work(self) -> None:
        again = one(aligned(self.LOG, CHART, {}, Rates(otherwise=40.0)), "extra", "B")

        assert (again.how, again.cases, again.moves) == ("repeated", ("4",), 1)
        assert again.longer_seconds == pytest.approx(3600.0)
        assert again.money == pytest.approx(20.0)

    def test_a_role_has_its_own_rate(self) -> None:
        rates = Rates({"sales": 100.0}, 40.0, {"B": "sales"})

        assert one(aligned(self.LOG, CHART, {}, rates), "extra", "B").money == pytest.approx(50.0)

    def test_without_rates_and_beginnings_nothing_is_guessed(self) -> None:
        plain = replace(self.LOG, started=None)

        again = one(aligned(plain, CHART, {}, Rates(otherwise=40.0)), "extra", "B")

        assert (again.work_seconds, again.money) == (None, None)

    def test_names_are_mapped(self) -> None:
        chart = bpmn.read(bpmn.write(chart_of(mined_tree({("A", "Check", "C"): 1}))))

        found = aligned(log_of("ABC"), chart, {"B": "Check"}, Rates())

        assert found.conforming == 1

    def test_each_case_that_strayed_has_its_fitness(self) -> None:
        found = aligned(self.LOG, CHART, {}, Rates())

        assert found.of_case == pytest.approx({"3": 1 - 1 / 5, "4": 1 - 1 / 7, "5": 1 - 1 / 7})


class TestReplayed:
    LOG = log_of("ABC", "AC", "ABC")

    def departure(self, case: int, kind: str, node: str, **more: object) -> Departure:
        return Departure(case, kind, node, MONDAY, **more)  # type: ignore[arg-type]

    def found(self, *departures: Departure) -> Compared:
        replay = Replay(9, 0, 0, departures)
        return replayed(self.LOG, replay, {"b": "B", "c": "C"}, Rates(otherwise=60.0))

    def test_counts_only_cases_of_the_log(self) -> None:
        found = self.found(self.departure(2, "skipped", "b"), self.departure(77, "skipped", "b"))

        assert one(found, "skipped", "B").cases == ("2",)
        assert (found.cases, found.conforming, found.unapproved) == (3, 2, 1)

    def test_tells_approved_exceptions_apart_with_their_reason(self) -> None:
        found = self.found(self.departure(2, "skipped", "b", approved=True, reason="Known customer."))

        assert (one(found, "skipped", "B").approved, one(found, "skipped", "B").reasons) == (1, ("Known customer.",))
        assert found.unapproved == 0

    def test_adds_up_how_late_steps_were(self) -> None:
        late = [self.departure(1, "late", "c", late_by=timedelta(hours=hours)) for hours in (1, 2)]

        each = one(self.found(*late), "late", "C")

        assert (each.late_seconds, each.moves, each.cases) == (3 * 3600.0, 2, ("1",))
        assert (each.work_seconds, each.money) == (None, None)

    def test_compares_durations_with_cases_that_kept_to_the_chart(self) -> None:
        each = one(self.found(self.departure(2, "skipped", "b")), "skipped", "B")

        assert each.longer_seconds == pytest.approx(-3600.0)
        assert each.work_seconds == pytest.approx(-1800.0)
        assert each.money == pytest.approx(-30.0)

    def test_has_nothing_to_compare_with_when_all_strayed(self) -> None:
        found = self.found(*(self.departure(case, "skipped", "b") for case in (1, 2, 3)))

        assert one(found, "skipped", "B").longer_seconds is None
        assert found.fitness == 0.0


def test_an_empty_log_agrees_with_everything() -> None:
    empty = of_rows([])

    found = replayed(empty, Replay(0, 0, 0, ()), {}, Rates())

    assert (found.cases, found.fitness, found.strayed) == (0, 1.0, ())
    assert np.array_equal(empty.at, [])
