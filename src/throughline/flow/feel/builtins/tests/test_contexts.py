"""Context functions."""

from __future__ import annotations

import pytest

from throughline.flow.feel.tests.evaluating import text_of


class TestContexts:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ('get value({a: 1}, "a")', "1"),
            ('get value({a: 1}, "b")', "null"),
            ('get value({a: {b: 2}}, ["a", "b"])', "2"),
            ('get value(key: "a", m: {a: 3})', "3"),
            ("get entries({a: 1})", '[{key: "a", value: 1}]'),
            ("get entries({})", "[]"),
            ("get entries(1)", "null"),
            ('context([{key: "a", value: 1}, {key: "b", value: null}])', "{a: 1, b: null}"),
            ('context({key: "a", value: 1})', "{a: 1}"),
            ('context([{key: "a", value: 1}, {key: "a", value: 2}])', "null"),
            ('context([{key: "a"}])', "null"),
            ("context([])", "{}"),
            ('context put({a: 1}, "b", 2)', "{a: 1, b: 2}"),
            ('context put({a: 1}, ["b", "c"], 2)', "{a: 1, b: {c: 2}}"),
            ('context put({b: {d: 1}}, ["b", "c"], 2)', "{b: {d: 1, c: 2}}"),
            ('context put({b: 1}, ["b", "c"], 2)', "null"),
            ("context put({a: 1}, [], 2)", "null"),
            ("context put({a: 1}, [null], 2)", "null"),
            ("context merge([{a: 1, b: 0}, {b: 2}])", "{a: 1, b: 2}"),
            ("context merge({a: 1})", "{a: 1}"),
            ("context merge([{a: 1}, 2])", "null"),
        ],
    )
    def test_they_take_contexts_apart_and_put_them_together(self, text: str, value: str) -> None:
        assert text_of(text) == value

    def test_the_context_they_were_given_stays_as_it_was(self) -> None:
        assert (
            text_of('{m: {a: {b: 1}}, n: context put(m, ["a", "b"], 2), r: [m, n]}.r') == "[{a: {b: 1}}, {a: {b: 2}}]"
        )
