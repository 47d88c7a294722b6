from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from throughline.flow.mining import variants as module
from throughline.flow.mining.tests.hand import log_of, log_with
from throughline.flow.mining.variants import variants

CASES = st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=12)


class TestVariants:
    def test_come_by_count_then_by_name(self) -> None:
        ways = variants(log_of("ba", "ab", "ab", "aa"))

        assert ways.activities == (("a", "b"), ("a", "a"), ("b", "a"))
        assert (ways.counts, ways.of_case.tolist()) == ((2, 1, 1), [2, 0, 0, 1])

    @given(CASES)
    def test_are_the_different_sequences(self, cases: list[str]) -> None:
        ways = variants(log_of(*cases))

        assert dict(zip(map("".join, ways.activities), ways.counts, strict=True)) == Counter(cases)
        assert ["".join(ways.activities[number]) for number in ways.of_case] == cases

    @given(CASES)
    def test_are_right_even_if_all_sums_are_equal(self, cases: list[str]) -> None:
        log = log_of(*cases)

        with patch.object(module, "_sums", lambda log: np.zeros(log.cases, dtype=np.uint64)):
            ways = variants(log)

        assert dict(zip(map("".join, ways.activities), ways.counts, strict=True)) == Counter(cases)

    def test_are_none_in_an_empty_log(self) -> None:
        assert len(variants(log_with([]))) == 0


class TestCovering:
    def test_counts_the_variants_that_cover_a_share(self) -> None:
        ways = variants(log_of("a", "a", "a", "b", "c"))

        assert (ways.covering(0.6), ways.covering(0.7), ways.covering(1.0)) == (1, 2, 3)
