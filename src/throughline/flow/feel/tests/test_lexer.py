"""The smallest pieces of a text."""

from __future__ import annotations

import pytest

from throughline.flow.feel.errors import FeelSyntaxError
from throughline.flow.feel.lexer import END, tokens, unescape


def texts(text: str) -> list[str]:
    return [token.text for token in tokens(text) if token.kind != END]


class TestTokens:
    @pytest.mark.parametrize(
        ("text", "pieces"),
        [
            ("a+b", ["a", "+", "b"]),
            ("2..5", ["2", "..", "5"]),
            ("1.5..count(l)", ["1.5", "..", "count", "(", "l", ")"]),
            (".5 + 1e-3", [".5", "+", "1e-3"]),
            ("a**b!=c", ["a", "**", "b", "!=", "c"]),
            ("Mike's age", ["Mike", "'", "s", "age"]),
            ("🐎 = 横綱", ["🐎", "=", "横綱"]),
            ("? > 5", ["?", ">", "5"]),
            ("function<number>->string", ["function", "<", "number", ">", "->", "string"]),
        ],
    )
    def test_text_falls_into_words_numbers_and_symbols(self, text: str, pieces: list[str]) -> None:
        assert texts(text) == pieces

    def test_comments_and_white_space_are_left_out(self) -> None:
        assert texts("1 /* one\nor two */ + // and\n\u00a02") == ["1", "+", "2"]

    def test_a_token_knows_where_it_stands(self) -> None:
        word = tokens("  abc")[0]

        assert (word.start, word.end) == (2, 5)

    @pytest.mark.parametrize(
        ("text", "message", "line", "column"),
        [('1 +\n "abc', 'the string to end with "', 2, 2), ("/* abc", "the comment to end", 1, 1)],
    )
    def test_what_is_never_closed_is_refused_where_it_opens(
        self, text: str, message: str, line: int, column: int
    ) -> None:
        with pytest.raises(FeelSyntaxError, match=message) as problem:
            tokens(text)

        assert (problem.value.line, problem.value.column) == (line, column)


class TestUnescape:
    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (r"a\nb\t\"c\"", 'a\nb\t"c"'),
            (r"\u2661", "♡"),
            (r"\U01F40E", "🐎"),
            (r"\uD83D\uDC0E", "🐎"),
            (r"a\uD83Db", "a\ufffdb"),
            (r"\\n", r"\n"),
            (r"\d+\s", r"\d+\s"),
        ],
    )
    def test_known_escapes_are_replaced_and_unknown_ones_stay(self, body: str, value: str) -> None:
        assert unescape(body) == value
