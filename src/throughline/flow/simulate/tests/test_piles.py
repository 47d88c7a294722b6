"""Handing work over, on piles computed by hand."""

from __future__ import annotations

import pytest

from throughline.flow.simulate.distributions import Constant, Exponential
from throughline.flow.simulate.piles import Piece, effect, shared_out

HOUR = 3600.0
pytestmark = [pytest.mark.req("B8", "I4")]


def pile(count: int, **more: float) -> list[Piece]:
    return [Piece(key, Constant(HOUR), waited=float(-key), **more) for key in range(count)]  # type: ignore[arg-type]


class TestEffect:
    def test_half_of_a_pile_given_away_is_done_in_half_the_time(self) -> None:
        found = effect(pile(4), dict.fromkeys(range(4), "maya"), {0: "maya", 1: "tom", 2: "maya", 3: "tom"})

        assert (found.until_done.before, found.until_done.after) == (2.5 * HOUR, 1.5 * HOUR)
        assert (found.all_done.before, found.all_done.after) == (4 * HOUR, 2 * HOUR)
        assert (found.queue.before, found.queue.after) == (10 / 4, 6 / 4)
        assert found.loads == {"maya": (4 * HOUR, 2 * HOUR), "tom": (0.0, 2 * HOUR)}
        assert found.until_done.certain

    def test_counts_what_is_late(self) -> None:
        found = effect(pile(4, due=2 * HOUR), dict.fromkeys(range(4), 1), {0: 1, 1: 2, 2: 1, 3: 2})

        assert (found.late.before, found.late.after, found.late.difference) == (2.0, 0.0, -2.0)

    def test_what_is_late_already_stays_late(self) -> None:
        found = effect(pile(1, due=-1.0), {0: 1}, {0: 2})

        assert (found.late.before, found.late.after) == (1.0, 1.0)

    def test_the_urgent_comes_first_then_what_is_due_first(self) -> None:
        urgent = Piece(1, Constant(HOUR), due=9 * HOUR, priority=1)
        soon = Piece(2, Constant(HOUR), due=1.5 * HOUR)
        other = Piece(3, Constant(HOUR), due=2.5 * HOUR)

        found = effect([other, soon, urgent], dict.fromkeys((1, 2, 3), 1), {1: 2, 2: 1, 3: 1})

        assert (found.late.before, found.late.after) == (2.0, 0.0)

    def test_both_ways_have_the_same_luck(self) -> None:
        pieces = [Piece(key, Exponential(HOUR)) for key in range(6)]
        before = {key: key % 2 for key in range(6)}

        found = effect(pieces, before, before)

        assert (found.until_done.difference, found.until_done.low, found.until_done.high) == (0.0, 0.0, 0.0)
        assert not found.until_done.certain

    def test_gives_an_interval_where_durations_vary(self) -> None:
        pieces = [Piece(key, Exponential(HOUR)) for key in range(8)]

        found = effect(pieces, dict.fromkeys(range(8), 1), {key: key % 2 for key in range(8)})

        assert found.all_done.low < found.all_done.difference < found.all_done.high < 0
        assert found == effect(pieces, dict.fromkeys(range(8), 1), {key: key % 2 for key in range(8)})

    def test_nothing_to_do_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least one piece"):
            effect([], {}, {})


class TestSharedOut:
    def test_gives_to_whoever_has_least(self) -> None:
        assert shared_out(pile(3), {1: 2.5 * HOUR, 2: 0.0}) == {0: 2, 1: 2, 2: 2}
        assert sorted(shared_out(pile(4), {1: 0.0, 2: 0.0}).values()) == [1, 1, 2, 2]

    def test_nobody_is_refused(self) -> None:
        with pytest.raises(ValueError, match="nobody"):
            shared_out(pile(1), {})
