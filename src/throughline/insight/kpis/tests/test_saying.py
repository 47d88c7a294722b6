from __future__ import annotations

import pytest

from throughline.insight.kpis.definitions import BY_KEY
from throughline.insight.kpis.measuring import Figure
from throughline.insight.kpis.saying import tone_of
from throughline.insight.kpis.statistics import wilson

pytestmark = pytest.mark.req("I1")


def _share(part: int, whole: int, still_open: int = 0) -> Figure:
    return Figure(part / whole, part, whole, still_open, interval=wilson(part, whole))


class TestToneOf:
    @pytest.mark.parametrize(
        ("now", "tone"),
        [
            (_share(200, 1000), "late"),
            (_share(200, 1000, still_open=400), ""),
            (_share(200, 1000, still_open=200), "late"),
            (_share(700, 1000, still_open=200), "good"),
            (_share(490, 1000), ""),
        ],
        ids=["lower", "lower but may come back", "lower in any case", "higher already", "as before"],
    )
    def test_waits_with_a_drop_that_open_records_may_make_up_for(self, now: Figure, tone: str) -> None:
        assert tone_of(BY_KEY["lead-conversion"], now, _share(500, 1000)) == tone
