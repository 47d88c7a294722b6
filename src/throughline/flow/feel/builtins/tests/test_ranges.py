"""Range functions: the examples of the standard's table 78, and the relations among themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.feel.tests.evaluating import text_of, value_of
from throughline.flow.values import Range, from_python

TRUE = """
before(1, 10)|before(1, (1..10])|before([1..10), 10)|before([1..10), [10..20])|before([1..10], (10..20])
after(10, 5)|after(10, [1..10))|after((11..20], 11)|after((11..20], [1..11])
meets([1..5], [5..10])|met by([5..10], [1..5])
overlaps([1..5], [3..8])|overlaps([3..5], [1..8])|overlaps([1..5], [5..8])
overlaps before([1..5], [3..8])|overlaps before([1..5), (1..5])|overlaps before([1..5], (1..5])
overlaps after([3..8], [1..5])|overlaps after((1..5], [1..5))|overlaps after([5..8], [1..5])
finishes(10, [1..10])|finishes([5..10], [1..10])|finishes((1..10], [1..10])|finished by([1..10], 10)
finished by([1..10], (1..10])|includes([1..10], 5)|includes([1..10], (1..10))|includes([1..10], [1..10])
during(5, [1..10])|during((1..10), [1..10])|starts(1, [1..10])|starts([1..5], [1..10])|starts((1..5], (1..10])
started by([1..10], 1)|started by([1..10], [1..10])|coincides(5, 5)|coincides([1..5], [1..5])
coincides((< 5), (< 5))|overlaps before((< 5), [1..7])
before((< 5), 5)|includes((> 5), 6)|during([6..7], (> 5))|overlaps((< 5), (> 4))
"""
FALSE = """
before(10, 1)|before([1..10], 10)|before([1..10], [10..20])|after(5, 10)|after([11..20], 11)
meets([1..5), [5..10])|meets([1..5], [6..10])|met by((5..10], [1..5])
overlaps([1..5], [6..8])|overlaps([1..5], (5..8])|overlaps([1..5), (5..8])
overlaps before([1..5], [6..8])|overlaps before([1..5), [1..5])|overlaps before([1..5], [1..5])
overlaps after([6..8], [1..5])|overlaps after([1..5], [1..5))|finishes(10, [1..10))|finishes([5..10), [1..10])
includes((1..10], 1)|includes([1..10], 12)|during(12, [1..10])|starts(1, (1..10])|starts([1..5], (1..10])
coincides(3, 4)|coincides((1..5), [1..5])|includes((> 5), 5)
"""
NULL = """
before(1, null)|meets(1, [1..2])|includes(5, 5)|before(1, "a")|coincides(1, [1..1])|overlaps([1..2], ["a".."b"])
range("[3..1]")|range("[1..]")|range("[1..\\"b\\"]")|range(">= 10")|range("[date(string(1))..@\\"2026-01-01\\"]")
"""


def listed(block: str) -> list[str]:
    return [each.strip() for each in block.replace("\n", "|").split("|") if each.strip()]


class TestRelations:
    @pytest.mark.parametrize("text", listed(TRUE))
    def test_what_holds_is_true(self, text: str) -> None:
        assert text_of(text) == "true"

    @pytest.mark.parametrize("text", listed(FALSE))
    def test_what_does_not_hold_is_false(self, text: str) -> None:
        assert text_of(text) == "false"

    @pytest.mark.parametrize("text", listed(NULL))
    def test_what_cannot_be_asked_is_null(self, text: str) -> None:
        assert text_of(text) == "null"


class TestRange:
    @pytest.mark.parametrize(
        "text", ["[1..3]", "(1..3)", '["a".."c"]', '[@"2026-01-01"..@"2026-02-01"]', '[duration("P1D")..@"P2D"]']
    )
    def test_the_text_of_a_range_gives_the_range(self, text: str) -> None:
        escaped = text.replace('"', '\\"')

        assert text_of(f'range("{escaped}") = {text}') == "true"


ends = st.integers(0, 6)
ranges = st.builds(
    lambda low, size, opens, closes: Range(from_python(low), from_python(low + size), opens, closes),
    ends,
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)
OPPOSITES = [
    ("before", "after"),
    ("meets", "met by"),
    ("overlaps before", "overlaps after"),
    ("finishes", "finished by"),
    ("includes", "during"),
    ("starts", "started by"),
    ("coincides", "coincides"),
    ("overlaps", "overlaps"),
]


@given(ranges, ranges, st.sampled_from(OPPOSITES))
def test_every_relation_has_its_opposite(one: Any, other: Any, names: tuple[str, str]) -> None:
    there = value_of(f"{names[0]}(a, b)", a=one, b=other)

    assert there is value_of(f"{names[1]}(b, a)", a=one, b=other)


@given(ranges, ranges)
def test_two_ranges_overlap_or_one_is_before_the_other(one: Any, other: Any) -> None:
    verdicts = value_of("[overlaps(a, b), before(a, b), after(a, b)]", a=one, b=other)

    assert verdicts.count(True) == 1


@given(ranges, ranges, st.integers(0, 40))
def test_what_lies_in_the_included_range_lies_in_the_including_one(one: Any, other: Any, quarter: int) -> None:
    asked = "[includes(a, b), p in b, p in a]"
    included, inner, outer = value_of(asked, a=one, b=other, p=from_python(quarter) / 4)  # type: ignore[operator]

    if included and inner:
        assert outer
