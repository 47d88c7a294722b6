"""Values at the borders: Python, JSON and FEEL text."""

from __future__ import annotations

import datetime as python
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel import compile_expression
from throughline.flow.feel.compare import equal
from throughline.flow.values import (
    Date,
    DateTime,
    DayTimeDuration,
    Function,
    Range,
    Time,
    Value,
    YearMonthDuration,
    dumps,
    feel_text,
    from_json,
    from_python,
    kind,
    loads,
    number_text,
    to_json,
    to_python,
)


class TestFromPython:
    @pytest.mark.parametrize(
        ("thing", "value"),
        [
            (5, Decimal(5)),
            (True, True),
            (None, None),
            ("a", "a"),
            ((1, [2]), [Decimal(1), [Decimal(2)]]),
            ({"a": 1, 2: "b"}, {"a": Decimal(1), "2": "b"}),
            (python.date(2026, 3, 1), Date.of(2026, 3, 1)),
            (python.time(10, 30, tzinfo=python.UTC), Time.of(10, 30, zone=0)),
            (python.timedelta(days=1, microseconds=1), DayTimeDuration(86400 * 10**9 + 1000)),
        ],
    )
    def test_a_python_object_becomes_its_value(self, thing: Any, value: Value) -> None:
        assert from_python(thing) == value
        assert type(from_python(thing)) is type(value)

    def test_a_zone_keeps_its_name(self) -> None:
        moment = python.datetime(2026, 3, 1, 10, tzinfo=ZoneInfo("Europe/Oslo"))

        assert str(from_python(moment)) == "2026-03-01T10:00:00@Europe/Oslo"

    def test_another_zone_becomes_its_offset(self) -> None:
        moment = python.datetime(2026, 3, 1, 10, tzinfo=python.timezone(python.timedelta(hours=-5)))

        assert str(from_python(moment)) == "2026-03-01T10:00:00-05:00"

    @pytest.mark.parametrize("thing", [1.5, object(), b"bytes"])
    def test_what_has_no_value_is_refused(self, thing: Any) -> None:
        with pytest.raises(TypeError, match="Expected something with a FEEL value"):
            from_python({"inside": [thing]})

    @pytest.mark.parametrize("text", ["NaN", "Infinity", "sNaN"])
    def test_what_is_no_number_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="Expected a number"):
            from_python([Decimal(text)])


class TestToPython:
    def test_a_date_beyond_python_is_refused(self) -> None:
        with pytest.raises(OverflowError, match="12026-03-01"):
            to_python(Date.of(12026, 3, 1))

    def test_what_python_has_not_becomes_text(self) -> None:
        assert to_python(YearMonthDuration(14)) == "P1Y2M"
        assert to_python(Range(Decimal(1), Decimal(2), True, False)) == "[1..2)"


class TestJson:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Decimal("1.50"), "1.50"),
            (Decimal("1E+3"), "1E+3"),
            ([None, True, "ä"], '[null, true, "ä"]'),
            (Date.of(2026, 3, 1), '{"$feel": "date(\\"2026-03-01\\")"}'),
            (Range(Decimal(1), Decimal(2), True, False), '{"$feel": "[1..2)"}'),
            (Range(None, Decimal(2), False, False), '{"$feel": "(< 2)"}'),
            ({"$feel": "x"}, '{"$feel": "{\\"$feel\\": \\"x\\"}"}'),
        ],
    )
    def test_what_json_cannot_say_is_feel(self, value: Value, text: str) -> None:
        assert dumps(value) == text
        assert equal(loads(text), value)

    @pytest.mark.parametrize(
        ("tree", "value"),
        [
            ({"$feel": '@"P1D"'}, DayTimeDuration.of(days=1)),
            ({"$feel": ' time( "10:30:00@Europe/Oslo" )'}, Time.of(10, 30, zone="Europe/Oslo")),
            ({"$feel": "null"}, None),
            ({"a": 1, "$feel": "1"}, {"a": Decimal(1), "$feel": "1"}),
            (1.5, Decimal("1.5")),
        ],
    )
    def test_the_protocol_is_read_as_agreed(self, tree: Any, value: Value) -> None:
        assert from_json(tree) == value

    @pytest.mark.parametrize("text", ['date("2026-13-01")', "1 +", "1 + null", '@"x"', "for a in 1..9999 return a"])
    def test_feel_text_that_gives_no_value_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="Expected"):
            from_json({"$feel": text})

    def test_a_function_written_in_feel_travels(self) -> None:
        function = from_json({"$feel": "function(a, b) a + b"})

        assert isinstance(function, Function)
        assert to_json(function) == {"$feel": "function(a, b) a + b"}

    def test_nan_is_no_number(self) -> None:
        with pytest.raises(ValueError, match="Expected a number, but NaN"):
            loads("NaN")


class TestKind:
    def test_what_is_no_value_has_none(self) -> None:
        with pytest.raises(TypeError, match="int 5"):
            kind(5)


class TestNumberText:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            ("1.10", "1.1"),
            ("100", "100"),
            ("1E+3", "1000"),
            ("-0.0", "0"),
            ("0.000001", "0.000001"),
            ("1E+100", "1E+100"),
        ],
    )
    def test_a_number_is_written_plainly(self, number: str, text: str) -> None:
        assert number_text(Decimal(number)) == text

    def test_all_its_digits_are_kept(self) -> None:
        digits = "1" * 34

        assert number_text(Decimal(digits)) == digits


zones = st.sampled_from([None, 0, 3600, -12345, "Europe/Oslo", "Etc/UTC"])
DAY = 86400 * 10**9
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.decimals(-(10**15), 10**15, places=12),
    st.builds(Date, st.integers(-(10**8), 10**8)),
    st.builds(Time, st.integers(0, DAY - 1), zones),
    st.builds(DateTime, st.integers(-(10**7), 10**7), st.integers(0, DAY - 1), zones),
    st.builds(DayTimeDuration, st.integers(-(10**20), 10**20)),
    st.builds(YearMonthDuration, st.integers(-(10**6), 10**6)),
)
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(trees)
def test_a_value_survives_json(value: Value) -> None:
    assert loads(dumps(value)) == value


@given(trees)
def test_the_text_of_a_value_is_an_expression_that_gives_it(value: Value) -> None:
    assert equal(compile_expression(feel_text(value)).evaluate({}), value)


@given(
    st.one_of(
        st.dates(),
        st.datetimes(),
        st.datetimes(timezones=st.just(ZoneInfo("Europe/Oslo"))),
        st.times(),
        st.timedeltas(),
    )
)
def test_python_objects_come_back_as_they_went(thing: Any) -> None:
    assert to_python(from_python(thing)) == thing
