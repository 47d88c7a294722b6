"""Patterns are found as Python's matcher finds them, and in bounded time where it would not end."""

from __future__ import annotations

import random
import re
import time

import pytest

from throughline.flow.feel import FeelTooMuchWork, compile_expression
from throughline.flow.feel.builtins.matching import Machine, NotFollowed, Shape, shape_of
from throughline.flow.feel.tests.evaluating import text_of, warnings_of

LONG = "a" * 4000


class TestShape:
    @pytest.mark.parametrize(
        ("pattern", "repeats", "nested"),
        [
            ("abc", 0, False),
            ("a{2}", 0, False),
            ("a{2,3}", 1, False),
            ("a+", 1, False),
            ("a?b*c+", 3, False),
            ("(a|b|cd)", 0, False),
            ("(ab)*", 1, False),
            (r"\(a+\)+", 2, False),
            ("[(a+)+]+", 1, False),
            ("(a+)+", 2, True),
            ("(a|b)+", 1, False),  # Python reads it as the class [ab]
            ("(a|a)+", 1, True),
            ("(ab|cd)+", 1, True),
            ("(a{1,2}){1,60}", 2, True),
            ("(a?){50}", 1, True),
            ("((a+)b)*", 2, True),
        ],
    )
    def test_what_can_be_tried_in_many_ways_is_seen(self, pattern: str, repeats: int, *, nested: bool) -> None:
        assert shape_of(pattern, 0) == Shape(repeats, nested)


class TestMachine:
    def test_it_finds_what_python_finds(self) -> None:
        chance = random.Random(20260302)
        compared = 0
        for _ in range(1500):
            pattern, text = some_pattern(chance), "".join(chance.choice("abc") for _ in range(chance.randint(0, 7)))
            machine = Machine(pattern, 0)
            expected = [(m.span(), m.groups()) for m in re.finditer(pattern, text)]

            found = [
                ((m.start(), m.end()), tuple(m[n + 1] for n in range(machine.groups)))
                for m in machine.find_all(text, lambda _steps: None)
            ]

            assert found == expected, (pattern, text)
            compared += bool(expected)
        assert compared > 500

    @pytest.mark.parametrize("pattern", ["(a)\\1", "(?i:a)", "(?>a)", "(?:(?:a{40}){40}){40}"])
    def test_it_says_what_it_does_not_run(self, pattern: str) -> None:
        if pattern == "(?>a)" and not hasattr(re, "NOFLAG"):
            pytest.skip("older Python")
        with pytest.raises(NotFollowed, match="Expected"):
            Machine(pattern, 0)


def some_pattern(chance: random.Random, depth: int = 0) -> str:
    """A pattern in which nothing that may be empty is repeated: there the two may end the repetition elsewhere."""
    kind = chance.random()
    if depth > 3 or kind < 0.4:
        return chance.choice(["a", "b", "c", ".", "[ab]", "[^a]", "\\w"])
    if kind < 0.6:
        return some_pattern(chance, depth + 1) + some_pattern(chance, depth + 1)
    if kind < 0.8:
        return f"({some_pattern(chance, depth + 1)}|{some_pattern(chance, depth + 1)})"
    sign = chance.choice(["+", "+?", "{2}", "{1,}", "{1,3}", "{1,2}?"])
    return f"({some_pattern(chance, depth + 1)}){sign}"


class TestTime:
    @pytest.mark.parametrize(
        ("pattern", "result"),
        [
            ("^(a+)+$", "true"),
            ("^(a+)+b", "false"),
            ("(a|aa)+b", "false"),
            ("(a|a?)+b", "false"),
            ("a*a*a*a*a*a*b", "false"),
            ("(.*)(.*)(.*)(.*)b", "false"),
            ("(x+x+)+y", "false"),
            ("(a{1,2}){1,20}b", "false"),
            ("^(([a-z])+.)+[A-Z]([a-z])+$", "false"),
            ("([a-z]+)*=", "false"),
        ],
    )
    def test_what_would_not_end_in_python_does(self, pattern: str, result: str) -> None:
        before = time.process_time()

        assert text_of(f'matches("{LONG}", "{pattern}")') == result
        assert time.process_time() - before < 5  # Python's matcher would need longer than the universe is old

    def test_a_text_and_pattern_too_large_for_it_are_stopped(self) -> None:
        with pytest.raises(FeelTooMuchWork):
            compile_expression(f'matches("{LONG * 5}", "(((a?){{30}}){{5}}b?)+c")').evaluate({})

    def test_a_reference_back_is_only_tried_on_a_short_text(self) -> None:
        assert text_of(r'matches("abab", "^(ab)\\1$")') == "true"
        assert text_of(r'matches("aaaa", "^(a+)+\\1$")') == "true"
        assert "refer back" in warnings_of(f'matches("{LONG}", "(a*)\\\\1*b")')[0]

    def test_an_ordinary_pattern_may_meet_a_long_text(self) -> None:
        assert text_of(f'matches("{LONG}@example.com", "^[a-z]+@[a-z]+(\\.[a-z]+)+$")') == "true"

    def test_replacing_and_splitting_go_the_same_way(self) -> None:
        assert text_of(f'string length(replace("{LONG}b{LONG}", "((a+)+)b", "$2"))') == "8000"
        assert text_of(f'count(split("{LONG}b{LONG}", "(b|c)+"))') == "2"
