"""Patterns whose matching might never end are told from those that are only long."""

from __future__ import annotations

import pytest

from throughline.flow.feel.builtins.patterns import repetition_depth
from throughline.flow.feel.tests.evaluating import text_of, warnings_of


class TestRepetitionDepth:
    @pytest.mark.parametrize(
        ("pattern", "depth"),
        [
            ("abc", 0),
            ("a{2,3}", 0),
            ("a+", 1),
            ("(ab)*", 1),
            ("(a+)b", 1),
            (r"\(a+\)+", 1),
            ("[(a+)+]+", 1),
            ("(a{2,3})+", 1),
            (r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$", 1),
            ("([a-z]+,)*", 1),
            ("(a+)+", 2),
            ("(a{2,}b?)*", 2),
            ("(a|b+)*", 2),
            ("([a-z]+a)*", 2),
            ("((a+)b)*", 2),
        ],
    )
    def test_a_repetition_around_another_is_seen(self, pattern: str, depth: int) -> None:
        assert repetition_depth(pattern) == depth


class TestLongTexts:
    def test_a_dangerous_pattern_is_not_tried_on_a_long_text(self) -> None:
        text = f'matches("{"a" * 40}!", "^(a+)+$")'

        assert warnings_of(text) == [
            'matches: Expected a text of at most 28 characters for the pattern "^(a+)+$", but 41.'
        ]

    def test_it_is_tried_on_a_short_one(self) -> None:
        assert text_of('matches("aaaa", "^(a+)+$")') == "true"

    def test_an_ordinary_pattern_may_meet_a_long_text(self) -> None:
        assert text_of(f'matches("{"a" * 5000}@example.com", "^[a-z]+@[a-z]+(\\.[a-z]+)+$")') == "true"
