"""Which paths of the context an expression reads."""

from __future__ import annotations

import pytest

from throughline.flow.feel import compile_expression, compile_unary_tests


def reads(text: str, *names: str) -> set[str]:
    return {".".join(path) for path in compile_expression(text, names).reads}


class TestReads:
    @pytest.mark.parametrize(
        ("text", "paths"),
        [
            ('lead.region = "EU" and amount > 1', {"lead.region", "amount"}),
            ("for i in orders return i.price * rate", {"orders", "rate"}),
            ("some x in a.b satisfies x = c", {"a.b", "c"}),
            ("(function(x) x + y)(1)", {"y"}),
            ("{a: b, c: a}", {"b"}),
            ("count(orders) + date", {"orders"}),
            ("orders[1].price", {"orders"}),
            ("partial + 1", {"partial"}),
            ("for i in 1..2 return partial", set()),
            ("x in (? > y)", {"x", "y"}),
            ("1 + 1", set()),
        ],
    )
    def test_what_nothing_binds_is_read(self, text: str, paths: set[str]) -> None:
        assert reads(text) == paths

    def test_in_a_filter_a_name_may_be_an_entry(self) -> None:
        assert reads("orders[amount > limit]", "orders", "limit") == {"orders", "limit"}

    def test_when_nothing_is_known_too_much_is_read_rather_than_too_little(self) -> None:
        assert reads("orders[amount > limit]") == {"orders", "amount", "limit"}

    def test_unary_tests_do_not_read_their_input(self) -> None:
        assert compile_unary_tests("? > limit, region").reads == {("limit",), ("region",)}
