"""The set of known names: what can be a name in a text, and what only as a string."""

from __future__ import annotations

from throughline.flow.feel.lexer import tokens
from throughline.flow.feel.names import Names, pieces


def longest(names: Names, text: str) -> tuple[str, int] | None:
    return names.longest(tokens(text), 0)


class TestNames:
    def test_the_longest_name_counts_and_white_space_does_not(self) -> None:
        names = Names(["a", "a + b", "due date"])

        assert longest(names, "a+b") == ("a + b", 3)
        assert longest(names, "a + c") == ("a", 1)
        assert longest(names, "due   date") == ("due date", 2)
        assert longest(names, "due") is None

    def test_what_no_text_can_say_as_a_name_is_none_in_a_scope(self) -> None:
        pieces.cache_clear()  # what other tests asked for is remembered
        names = Names(['not "ended', 'a "quoted" one', "§"])

        assert pieces('not "ended') == ()
        assert longest(names, "not") is None
        assert longest(names, "a") is None
