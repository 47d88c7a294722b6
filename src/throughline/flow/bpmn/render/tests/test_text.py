"""Measuring and breaking text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.bpmn.render.text import ELLIPSIS, balanced, shorten, width_of, wrap


class TestWidthOf:
    @pytest.mark.parametrize(
        ("text", "width"),
        [("", 0), ("a", 5.62), ("ä", 5.62), ("客户", 20), ("Sales", 25.6)],
    )
    def test_it_is_what_a_browser_measures_at_ten_pixels(self, text: str, width: float) -> None:
        assert width_of(text, 10) == pytest.approx(width, abs=0.5)

    def test_semibold_is_wider(self) -> None:
        assert width_of("Lead to deal", 12, bold=True) > width_of("Lead to deal", 12)


class TestWrap:
    def test_words_go_to_the_next_line_when_they_do_not_fit(self) -> None:
        assert wrap("Assign by region and product", 88, 12) == ("Assign by", "region and", "product")

    def test_lines_that_the_author_broke_stay_broken(self) -> None:
        assert wrap("one\ntwo", 200, 12) == ("one", "two")

    def test_what_does_not_fit_ends_with_an_ellipsis(self) -> None:
        lines = wrap("one two three four five six", 30, 12, most=2)

        assert len(lines) == 2
        assert lines[-1].endswith(ELLIPSIS)

    def test_a_long_word_is_cut_at_its_hyphen_first(self) -> None:
        assert wrap("Customer-relationship", 75, 12) == ("Customer-", "relationship")

    @given(st.text(max_size=60), st.floats(20, 200))
    def test_no_line_is_wider_than_asked_and_nothing_is_lost(self, text: str, width: float) -> None:
        lines = wrap(text, width, 12)

        assert all(width_of(line, 12) <= width or len(line) == 1 for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())


class TestShorten:
    def test_a_text_that_fits_stays(self) -> None:
        assert shorten("MK", 50, 12) == "MK"

    def test_a_text_that_does_not_is_cut_to_the_width(self) -> None:
        cut = shorten("Maya Köhler and three others", 60, 12)

        assert cut.endswith(ELLIPSIS)
        assert width_of(cut, 12) <= 60


class TestBalanced:
    def test_two_lines_become_about_equally_long(self) -> None:
        assert balanced("Invoice not processed yet", 96, 11) == ("Invoice not", "processed yet")

    @given(st.text("abc de", max_size=60))
    def test_there_are_never_more_lines_than_needed(self, text: str) -> None:
        assert len(balanced(text, 96, 11)) <= len(wrap(text, 96, 11))
