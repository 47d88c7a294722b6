"""Equality and order, in three-valued logic and across zones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel.compare import equal, ordered, within
from throughline.flow.feel.tests.evaluating import text_of
from throughline.flow.values import DateTime, Range, Value, from_python


class TestEqual:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1 = 1.00", "true"),
            ("-0 = 0", "true"),
            ("1 = null", "false"),
            ("null = null", "true"),
            ("null != null", "false"),
            ('1 = "1"', "null"),
            ("true = 1", "null"),
            ("[] = null", "false"),
            ("[] = 0", "null"),
            ("[1, [2]] = [1, [2]]", "true"),
            ("[1, 2] = [2, 1]", "false"),
            ("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
            ("{a: 1} = {a: 1, b: null}", "false"),
            ("[1..2] = [1..2]", "true"),
            ("[1..2] = [1..2)", "false"),
            ("(> 1) = (> 1)", "true"),
            ('@"2021-01-01" = @"2021-01-01T00:00:00"', "null"),
            ('@"23:00:50z" = @"23:00:50+00:00"', "true"),
            ('@"2002-04-02T23:00:00-04:00" = @"2002-04-03T02:00:00-01:00"', "true"),
            ('@"2018-12-08T00:00:00Z" = @"2018-12-08T00:00:00@Etc/UTC"', "true"),
            ('@"2026-01-01T12:00:00@Europe/Oslo" = @"2026-01-01T11:00:00Z"', "true"),
            ('@"P1Y" = @"P12M"', "true"),
            ('@"P1D" = @"PT24H"', "true"),
            ('@"P1Y" = @"P365D"', "null"),
            ("(function(a) a) = (function(a) a)", "true"),
        ],
    )
    def test_it_asks_for_one_kind(self, text: str, value: str) -> None:
        assert text_of(text) == value


class TestOrdered:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('"a" < "b"', "true"),
            ("1 < null", "null"),
            ("[1] < [2]", "null"),
            ("true > false", "null"),
            ('@"2021-01-01T12:00:00+02:00" < @"2021-01-01T11:00:00Z"', "true"),
            ('@"2021-01-01T12:00:00" < @"2021-01-01T13:00:00@Europe/Oslo"', "true"),
            ('@"12:00:00+02:00" < @"11:00:00Z"', "true"),
            ('@"12:00:00@Europe/Oslo" < @"12:00:00@Asia/Dhaka"', "null"),
            ('@"12:00:00@Europe/Oslo" < @"13:00:00@Europe/Oslo"', "true"),
            ("5 between 1 and 5", "true"),
            ("5 between 6 and 9", "false"),
            ("5 between null and 9", "null"),
            ("null between 1 and 9", "null"),
        ],
    )
    def test_it_knows_when_there_is_no_order(self, text: str, value: str) -> None:
        assert text_of(text) == value


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.text("ab", max_size=2),
    st.dates().filter(lambda day: day.year > 2020),
    st.timedeltas(),
).map(from_python)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner))


@given(values)
def test_every_value_equals_itself(value: Value) -> None:
    assert equal(value, value) is True


@given(values, values)
def test_equality_looks_the_same_from_both_sides(one: Value, other: Value) -> None:
    assert equal(one, other) is equal(other, one)


@given(scalars, scalars)
def test_what_has_an_order_is_less_equal_or_greater(one: Value, other: Value) -> None:
    verdicts = [ordered("<", one, other), equal(one, other), ordered(">", one, other)]

    if verdicts[0] is not None:
        assert verdicts.count(True) == 1


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(0, 5), st.booleans(), st.booleans())
def test_a_range_holds_what_lies_between_its_ends(value: int, low: int, size: int, opens: bool, closes: bool) -> None:
    numbers = [from_python(number) for number in (value, low, low + size)]
    expected = (low <= value if opens else low < value) and (value <= low + size if closes else value < low + size)

    assert within(numbers[0], Range(numbers[1], numbers[2], opens, closes)) is expected


@given(st.integers(1, 800000), st.integers(0, 23), st.sampled_from([-36000, 0, 3600, "Europe/Oslo", "Asia/Dhaka"]))
def test_moments_compare_as_their_instants(day: int, hour: int, zone: int | str) -> None:
    one, other = DateTime(day, hour * 3600 * 10**9, zone), DateTime(day, 12 * 3600 * 10**9, 0)

    assert ordered("<", one, other) is (one.instant < other.instant)
