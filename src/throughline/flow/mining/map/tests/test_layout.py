"""Where activities stand and how arcs run."""

from __future__ import annotations

from itertools import combinations

import pytest

from throughline.flow.mining.map.layout import Arc, Layout, Size, lay_out

pytestmark = [pytest.mark.req("I2")]

BOX = Size(100, 40)


def laid_out(*arcs: Arc) -> Layout:
    """Lay out arcs whose weight falls in the order given."""
    nodes = dict.fromkeys(node for arc in arcs for node in arc)
    return lay_out(dict.fromkeys(nodes, BOX), {arc: float(len(arcs) - place) for place, arc in enumerate(arcs)})


class TestLayOut:
    def test_a_sequence_runs_straight_down(self) -> None:
        layout = laid_out(("a", "b"), ("b", "c"))

        assert len({x for x, _ in layout.centres.values()}) == 1
        assert [layout.centres[node][1] for node in "abc"] == sorted(layout.centres[node][1] for node in "abc")

    def test_the_rare_arc_of_a_circle_runs_upwards(self) -> None:
        layout = laid_out(("a", "b"), ("b", "c"), ("c", "a"))

        assert layout.centres["c"][1] > layout.centres["a"][1]
        up = layout.ways["c", "a"]
        assert up[0][1] > up[-1][1]

    def test_boxes_never_overlap(self) -> None:
        names = "abcdefgh"
        layout = laid_out(
            *((one, other) for one, other in combinations(names, 2)), *zip(names[1:], names, strict=False)
        )

        for one, other in combinations(layout.centres.values(), 2):
            assert abs(one[0] - other[0]) >= BOX.width or abs(one[1] - other[1]) >= BOX.height

    def test_an_arc_over_several_layers_has_a_bend_on_each(self) -> None:
        layout = laid_out(("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"))

        assert len(layout.ways["a", "d"]) == 4

    def test_arcs_begin_and_end_side_by_side(self) -> None:
        layout = laid_out(("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"))

        arriving = {layout.ways["b", "d"][-1], layout.ways["c", "d"][-1]}
        assert len(arriving) == 2
        assert all(abs(x - layout.centres["d"][0]) < BOX.width / 2 for x, _ in arriving)

    def test_an_arc_to_itself_stands_at_the_right(self) -> None:
        layout = laid_out(("a", "b"), ("b", "b"))

        right = layout.centres["b"][0] + BOX.width / 2
        assert all(x >= right for x, _ in layout.ways["b", "b"])
        assert layout.width > max(x for x, _ in layout.ways["b", "b"])

    def test_everything_lies_inside(self) -> None:
        layout = laid_out(("a", "b"), ("b", "c"), ("c", "a"), ("a", "c"), ("c", "c"))

        points = [point for way in layout.ways.values() for point in way]
        assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in points)

    def test_the_same_graph_gives_the_same_drawing(self) -> None:
        arcs = (("a", "b"), ("b", "c"), ("a", "c"), ("c", "b"))

        assert laid_out(*arcs) == laid_out(*arcs)

    def test_nothing_gives_nothing(self) -> None:
        assert lay_out({}, {}).centres == {}
