"""The map as SVG."""

from __future__ import annotations

import pytest
from lxml import etree

from throughline.flow.mining.map import END, START, Look, arc_order, draw_map

pytestmark = [pytest.mark.req("I2")]

ACTIVITIES = {"Open <ticket>": Look("12", heat=3, url="?a=1&b=2", title="Open: 12 times"), "Close": Look("")}
ARCS = {
    (START, "Open <ticket>"): Look("", weight=0.2),
    ("Open <ticket>", "Close"): Look("9", weight=1.0, url="?c=3", title="9 times"),
    ("Close", END): Look("", weight=0.2),
}


def drawn() -> etree._Element:
    return etree.fromstring(draw_map(ACTIVITIES, ARCS, dict.fromkeys(ARCS, 1.0), title="A & B"))


class TestDrawMap:
    def test_is_well_formed_and_named(self) -> None:
        assert drawn().get("aria-label") == "A & B"

    def test_everything_leads_to_its_cases(self) -> None:
        links = {link.get("href"): link.get("aria-label") for link in drawn().iter("{*}a")}

        assert links == {"?a=1&b=2": "Open: 12 times", "?c=3": "9 times"}

    def test_the_most_frequent_arc_is_the_widest_and_on_top(self) -> None:
        lines = [path for path in drawn().iter("{*}path") if path.get("data-flow")]

        assert lines[-1].get("data-flow") == "2"
        assert float(lines[-1].get("stroke-width", "0")) == max(float(line.get("stroke-width", "0")) for line in lines)

    def test_arcs_are_numbered_as_they_are_drawn(self) -> None:
        assert arc_order(ARCS)[2] == ("Open <ticket>", "Close")

    def test_has_no_style_that_a_strict_policy_refuses(self) -> None:
        assert "style=" not in draw_map(ACTIVITIES, ARCS, dict.fromkeys(ARCS, 1.0), title="")

    def test_shows_the_whole_name(self) -> None:
        texts = [text.text for text in drawn().iter("{*}text")]

        assert "Open <ticket>" in texts
