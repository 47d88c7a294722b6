"""Types: what conforms to them, what is a part of what, and how they are written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from throughline.flow.feel import read_type
from throughline.flow.feel.types import NULL, Constrained, Unknown, conforms, is_subtype
from throughline.flow.values import Except, Function, Range


class TestAccepts:
    @pytest.mark.parametrize(
        ("text", "value", "fits"),
        [
            ("range<number>", Range(Decimal(1), Decimal(2), True, True), True),
            ("range<number>", Range("a", "b", True, True), False),
            ("range<number>", Except(Decimal(1)), True),
            ("range<number>", Except("a"), False),
            ("function<number> -> number", Decimal(1), False),
            ("function<number> -> Any", Function.of("f", ("n",), lambda n: n), True),
            ("function<number> -> number", Function.of("f", ("n",), lambda n: n), False),
            ("function<number, number> -> Any", Function.of("f", ("n",), lambda n: n), False),
        ],
    )
    def test_what_conforms(self, text: str, value: Any, fits: bool) -> None:
        assert conforms(value, read_type(text)) is fits

    def test_nothing_conforms_to_a_type_that_nobody_knows(self) -> None:
        assert not Unknown("thing").accepts(Decimal(1))
        assert str(Unknown("thing")) == "thing"


class TestSubtypes:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ("number", "Any", True),
            ("number", "string", False),
            ("list<number>", "list<Any>", True),
            ("list<number>", "list<string>", False),
            ("range<number>", "list<number>", False),
            ("context<a: number, b: string>", "context<a: Any>", True),
            ("context<a: number>", "context<b: number>", False),
            ("function<Any> -> number", "function<number> -> Any", True),
            ("function<number> -> number", "function<Any> -> Any", False),
            ("function<number> -> Any", "function<number, number> -> Any", False),
        ],
    )
    def test_stand_where_the_wider_is_expected(self, one: str, other: str, expected: bool) -> None:
        assert is_subtype(read_type(one), read_type(other)) is expected

    def test_null_is_one_of_every_type(self) -> None:
        assert is_subtype(NULL, read_type("number"))

    def test_what_is_narrowed_is_one_of_what_it_narrows(self) -> None:
        small = Constrained(read_type("number"), lambda value: value == Decimal(1), "Small")

        assert is_subtype(small, read_type("number"))
        assert is_subtype(small, small)
        assert not is_subtype(small, read_type("string"))
        assert str(small) == "Small"
