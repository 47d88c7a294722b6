"""Filters, for, some and every."""

from __future__ import annotations

import pytest

from throughline.flow.feel.tests.evaluating import text_of, warnings_of


class TestFilters:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("[1, 2, 3][1]", "1"),
            ("[1, 2, 3][-1]", "3"),
            ("[1, 2, 3][0]", "null"),
            ("[1, 2, 3][4]", "null"),
            ("[1, 2, 3][1.5]", "null"),
            ("[1, 2, 3][i]", "2"),
            ("[1, 2, 3][item >= i]", "[2, 3]"),
            ("[{x: 1, y: 2}, {x: 2, y: 3}][x = 1].y", "[2]"),
            ("[{item: 1}, {item: 2}][item >= 2]", "[{item: 2}]"),
            ("[{x: 1}, {x: null}, {y: 3}][x < 2]", "[{x: 1}]"),
            ("[{x: 1}, {y: 2}][y > 1]", "[{y: 2}]"),
            ("100[1]", "100"),
            ("100[item > 5]", "[100]"),
            ("true[false]", "[]"),
            ("null[1]", "null"),
            ("[][1]", "null"),
            ("[][item > 1]", "[]"),
            ("[[1, 2], [3]][item[1] = 3]", "[[3]]"),
            ("[{a: [{b: 1}, {b: 2}]}].a[1][b = 2]", "[{b: 2}]"),
            ("[{a: [{b: 1}, {b: 2}], c: 2}][count(a[b >= c]) = 1].c", "[2]"),
        ],
    )
    def test_they_select_by_position_or_condition(self, text: str, value: str) -> None:
        assert text_of(text, i=2) == value

    def test_a_name_that_is_no_entry_is_looked_up_outside(self) -> None:
        assert text_of("orders[amount > limit].amount", orders=[{"amount": 1}, {"amount": 9}], limit=5) == "[9]"

    def test_a_position_outside_says_so(self) -> None:
        assert warnings_of("[1, 2][3]") == ["Expected a position within the list of 2, but 3."]


class TestFor:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("for i in [1, 2, 3] return i * 2", "[2, 4, 6]"),
            ("for i in [1, 2], j in [10, 20] return i * j", "[10, 20, 20, 40]"),
            ("for i in 3..1 return i", "[3, 2, 1]"),
            ("for x in [[1, 2], [3]], y in x return y", "[1, 2, 3]"),
            ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
            ("for i in 1..3 return partial", "[[], [[]], [[], [[]]]]"),
            ("for i in 1..3 return count(partial)", "[0, 1, 2]"),
            ('for d in @"2026-02-28"..@"2026-03-01" return string(d)', '["2026-02-28", "2026-03-01"]'),
            ("for i in [1..3] return i", "[1, 2, 3]"),
            ("for i in (1..3) return i", "[2]"),
            ("for i in (1..2) return i", "[]"),
            ('for d in [@"2026-02-28"..@"2026-03-01") return d.day', "[28]"),
            ("for i in [1], j in [partial] return j", "[null]"),
            ("for i in [] return i", "[]"),
            ("for i in null return i", "null"),
            ("for i in 5 return i", "null"),
            ("for i in 1..1.5 return i", "null"),
            ("for i in [1], j in null return j", "null"),
            ("for f in (for i in 1..3 return function() i) return f()", "[1, 2, 3]"),
        ],
    )
    def test_it_goes_through_all_turns(self, text: str, value: str) -> None:
        assert text_of(text) == value


class TestQuantifiers:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("some x in [1, 2] satisfies x > 1", "true"),
            ("some x in [1, 2] satisfies x > 2", "false"),
            ("every x in [1, 2] satisfies x > 0", "true"),
            ("every x in [1, 2] satisfies x > 1", "false"),
            ("some x in [] satisfies true", "false"),
            ("every x in [] satisfies false", "true"),
            ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
            ("every x in 1..3 satisfies x < 4", "true"),
            ("some x in [null, 1] satisfies x > 2", "null"),
            ("some x in [null, 3] satisfies x > 2", "true"),
            ("every x in [null, 1] satisfies x > 2", "false"),
            ("every x in [null, 3] satisfies x > 2", "null"),
            ('some x in [1, 2] satisfies if x = 2 then true else "no"', "null"),
            ("some x in null satisfies true", "null"),
        ],
    )
    def test_they_decide_in_three_valued_logic(self, text: str, value: str) -> None:
        assert text_of(text) == value
