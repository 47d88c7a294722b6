"""List functions, statistics and sorting."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel.tests.evaluating import text_of, value_of


class TestLists:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("list contains([1, null], null)", "true"),
            ("list contains([1], null)", "false"),
            ("count([1, [2, 3]])", "2"),
            ("count(null)", "null"),
            ("all([false, null, true])", "false"),
            ("all([true, null])", "null"),
            ("all([])", "true"),
            ("all(0)", "null"),
            ("any([false, null, true])", "true"),
            ("any(false, null)", "null"),
            ("any([])", "false"),
            ("sublist([4, 5, 6], 1, 2)", "[4, 5]"),
            ("sublist([4, 5, 6], -1)", "[6]"),
            ("sublist([4, 5, 6], 2, 9)", "null"),
            ("sublist([4, 5, 6], 0)", "null"),
            ("append([1], 2, 3)", "[1, 2, 3]"),
            ("append([1], [2])", "[1, [2]]"),
            ("append([1])", "null"),
            ("append(list: [1], item: [2])", "[1, [2]]"),
            ("concatenate([1], [2], 3)", "[1, 2, 3]"),
            ("concatenate([1], null)", "null"),
            ("insert before([1, 3], 1, 2)", "[2, 1, 3]"),
            ("insert before([1, 3], -1, 2)", "[1, 2, 3]"),
            ("insert before([1, 3], 4, 2)", "null"),
            ("remove([1, 2, 3], 2)", "[1, 3]"),
            ("remove([1, 2, 3], -1)", "[1, 2]"),
            ("list replace([2, 4, 7], 3, 6)", "[2, 4, 6]"),
            ("list replace([2, 4, 7], function(item, new) item < new, 5)", "[5, 5, 7]"),
            ("list replace([2, 4], function(item) true, 5)", "null"),
            ("list replace([2, 4], function(item, new) null, 5)", "null"),
            ("reverse([1, 2, 3])", "[3, 2, 1]"),
            ("index of([1, 2, 3, 2], 2)", "[2, 4]"),
            ("index of([null, 1], null)", "[1]"),
            ("union([1, 2], [2, 3])", "[1, 2, 3]"),
            ("distinct values([1, 1.0, null, null, [1], [1], {a: 1}, {a: 1}, true])", "[1, null, [1], {a: 1}, true]"),
            ("flatten([[1, 2], [[3]], 4])", "[1, 2, 3, 4]"),
        ],
    )
    def test_they_make_new_lists(self, text: str, value: str) -> None:
        assert text_of(text) == value


class TestStatistics:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("min([3, 1, 2])", "1"),
            ("max(1, 3, 2)", "3"),
            ('min("b", "a")', '"a"'),
            ('max(@"2026-01-01", @"2025-01-01")', 'date("2026-01-01")'),
            ('min(1, "a")', "null"),
            ("min([])", "null"),
            ("max([null])", "null"),
            ("sum(1, 2.5)", "3.5"),
            ("sum([])", "null"),
            ('sum([1, "a"])', "null"),
            ("product([2, 3, 4])", "24"),
            ("mean([1, 2, 6])", "3"),
            ("median([8, 2, 5, 3])", "4"),
            ("median([8, 2, 5])", "5"),
            ("stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"),
            ("stddev([47])", "null"),
            ("mode([6, 1, 9, 6, 1])", "[1, 6]"),
            ("mode([])", "[]"),
            ("mode(null)", "null"),
        ],
    )
    def test_they_compute_one_figure_from_many(self, text: str, value: str) -> None:
        assert text_of(text) == value


class TestSort:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("sort([3, 1, 2])", "[1, 2, 3]"),
            ("sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]"),
            ("sort(list: [2, 1], precedes: function(x, y) x < y)", "[1, 2]"),
            ("sort([{a: 2}, {a: 1}], function(x, y) x.a < y.a).a", "[1, 2]"),
            ('sort([1, "a"])', "null"),
            ("sort([1, 2], function(x) true)", "null"),
            ("sort([1, 2], function(x, y) null)", "null"),
            ("sort([])", "[]"),
        ],
    )
    def test_it_orders_by_a_function(self, text: str, value: str) -> None:
        assert text_of(text) == value


numbers = st.lists(st.integers(-9, 9).map(Decimal), max_size=12)


@given(numbers)
def test_sorting_agrees_with_python(items: list[Decimal]) -> None:
    assert value_of("sort(items)", items=items) == sorted(items)
    assert value_of("sort(items, function(a, b) a > b)", items=items) == sorted(items, reverse=True)


@given(numbers, st.integers(1, 12))
def test_removing_what_was_inserted_gives_the_list_back(items: list[Decimal], position: int) -> None:
    inserted = value_of("insert before(items, at, 0)", items=items, at=position)

    if position <= len(items):
        assert value_of("remove(inserted, at)", inserted=inserted, at=position) == items
    else:
        assert inserted is None


@given(st.recursive(numbers, lambda inner: st.lists(inner, max_size=3), max_leaves=5))
def test_flattening_twice_is_flattening_once(items: list[Any]) -> None:
    once = value_of("flatten(items)", items=items)

    assert value_of("flatten(items)", items=once) == once
    assert all(isinstance(item, Decimal) for item in once)
