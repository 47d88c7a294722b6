from __future__ import annotations

import msgspec
import pytest

from throughline.flow.mining.filters import (
    AnyFilter,
    Containing,
    During,
    Ending,
    Following,
    Going,
    Having,
    Lasting,
    NoSuchColumn,
    Repeating,
    filtered,
)
from throughline.flow.mining.log import EventLog
from throughline.flow.mining.tests.hand import at, log_of, log_with
from throughline.flow.mining.variants import digest


def _kept(log: EventLog, *filters: AnyFilter) -> list[str]:
    return list(filtered(log, filters).names)


class TestDuring:
    LOG = log_with([("x", "a", 0), ("x", "b", 2), ("y", "a", 3), ("y", "b", 5), ("z", "a", 1), ("z", "b", 9)])

    @pytest.mark.parametrize(
        ("cases", "expected"),
        [("within", ["y"]), ("touching", ["x", "y", "z"]), ("starting", ["y"]), ("ending", ["x", "y"])],
    )
    def test_keeps_cases_by_where_they_lie(self, cases: str, expected: list[str]) -> None:
        each = msgspec.structs.replace(During(at(2).isoformat(), at(6).isoformat()), cases=cases)

        assert _kept(self.LOG, each) == expected

    def test_cuts_cases_down_to_their_events(self) -> None:
        cut = filtered(self.LOG, [During(at(2).isoformat(), at(5).isoformat(), cases="events")])

        assert (list(cut.names), cut.activity.to_list()) == (["x", "y"], ["b", "a"])

    def test_tells_a_date_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="Expected a date"):
            filtered(self.LOG, [During("soon")])


class TestHaving:
    LOG = log_with([("x", "a", 0), ("x", "b", 1), ("y", "a", 0)], region=["north", "south", None])

    def test_keeps_cases_with_such_an_event(self) -> None:
        assert _kept(self.LOG, Having("region", ("south",))) == ["x"]

    def test_keeps_the_others(self) -> None:
        assert _kept(self.LOG, Having("region", ("south",), keep="others")) == ["y"]

    def test_keeps_only_those_events(self) -> None:
        assert filtered(self.LOG, [Having("region", ("north", None), keep="events")]).activity.to_list() == ["a", "a"]

    def test_tells_a_column_that_there_is_not(self) -> None:
        with pytest.raises(NoSuchColumn, match="“colour”; it has activity, region"):
            filtered(self.LOG, [Having("colour", ("red",))])


class TestFollowing:
    LOG = log_of("abc", "acb", "bca", hours=2)

    def test_next(self) -> None:
        assert _kept(self.LOG, Following("a", "b")) == ["c1"]

    def test_at_any_time_later(self) -> None:
        assert _kept(self.LOG, Following("a", "b", how="eventually")) == ["c1", "c2"]

    def test_within_a_time(self) -> None:
        assert _kept(self.LOG, Following("a", "b", how="eventually", at_least=3 * 3600)) == ["c2"]

    def test_not(self) -> None:
        assert _kept(self.LOG, Following("a", "b", keep="others")) == ["c2", "c3"]


class TestOthers:
    LOG = log_of("abc", "abcbc", "bc")

    def test_keep_by_duration_with_both_bounds(self) -> None:
        assert _kept(self.LOG, Lasting(at_least=2 * 3600, at_most=2 * 3600)) == ["c1"]

    def test_keep_by_outcome(self) -> None:
        assert _kept(self.LOG, Ending(starts=("a",), ends=("c",))) == ["c1", "c2"]

    def test_keep_by_variant(self) -> None:
        assert _kept(self.LOG, Going(activities=(("b", "c"),))) == ["c3"]

    def test_keep_the_most_frequent_variants(self) -> None:
        assert _kept(log_of("ab", "ab", "b"), Going(most_frequent=1)) == ["c1", "c2"]

    def test_keep_rework(self) -> None:
        assert _kept(self.LOG, Repeating()) == _kept(self.LOG, Repeating("b")) == ["c2"]
        assert _kept(self.LOG, Repeating("a")) == []


class TestFiltered:
    def test_applies_one_after_the_other(self) -> None:
        log = log_of("ab", "ab", "abb", "b")

        assert _kept(log, Ending(starts=("a",)), Repeating()) == ["c3"]
        assert _kept(log, Repeating(), Going(most_frequent=1)) == ["c3"]

    def test_goes_on_when_nothing_is_left(self) -> None:
        assert _kept(log_of("ab"), Ending(starts=("z",)), Lasting(1), Going(3), Repeating(), Following("a", "b")) == []

    def test_reads_filters_that_were_saved(self) -> None:
        saved = msgspec.json.encode([Lasting(at_most=5.0), Having("region", ("north", None))])

        assert msgspec.json.decode(saved, type=list[AnyFilter]) == [
            Lasting(at_most=5.0),
            Having("region", ("north", None)),
        ]


class TestByName:
    def test_variants_go_by_the_digest_of_their_activities(self) -> None:
        log = log_of("ab", "ac", "ab")

        assert list(filtered(log, [Going(digests=(digest(["a", "b"]),))]).names) == ["c1", "c3"]
        assert filtered(log, [Going(digests=("0" * 16,))]).cases == 0

    def test_cases_go_by_their_names(self) -> None:
        assert list(filtered(log_of("ab", "ac"), [Containing(("c2", "nobody"))]).names) == ["c2"]
