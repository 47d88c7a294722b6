"""Lengths of time in words."""

from __future__ import annotations

import pytest

from throughline.flow.bpmn.periods import spoken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('duration("PT24H")', "24 hours"),
        ("P1D", "1 day"),
        ('=duration("P1DT2H")', "1 day 2 hours"),
        ('"P2W"', "2 weeks"),
    ],
)
def test_a_length_of_time_is_told_in_words(text: str, words: str) -> None:
    assert spoken(text) == words


@pytest.mark.parametrize("text", ['lead.created_at + duration("P2D")', "PT", "PX", 'duration("soon")', "=x", " P ", ""])
def test_all_else_stays_as_it_is_written(text: str) -> None:
    assert spoken(text) == text
