"""Names that would lie on nodes of others."""

from __future__ import annotations

import pytest

from throughline.flow.bpmn.layout.names import cleared
from throughline.flow.bpmn.render.geometry import Box

NAME = Box(100, 40, 60, 14)
"""A name that lies on the node “b”."""
B = Box(90, 30, 100, 80)


class TestCleared:
    def test_names_that_lie_on_nothing_stay(self) -> None:
        captions = {"f": Box(0, 0, 40, 12), "e": Box(300, 300, 40, 12)}

        assert cleared(captions, {"b": B}, {"f": [(0, 20), (80, 20)]}) == captions

    @pytest.mark.parametrize(
        ("line", "place"),
        [
            ([(0, 200), (300, 200)], (120, 183)),  # above its longest stretch
            ([(0, 125), (300, 125)], (120, 128)),  # above lies the node: below
            ([(300, 0), (300, 300)], (306, 143)),  # beside an upright one
        ],
    )
    def test_the_name_of_a_line_goes_along_it(
        self, line: list[tuple[float, float]], place: tuple[float, float]
    ) -> None:
        moved = cleared({"f": NAME}, {"b": B}, {"f": line})["f"]

        assert (moved.x, moved.y) == place

    def test_an_upright_line_between_nodes_has_it_at_its_left(self) -> None:
        nodes = {"b": B, "right": Box(301, 0, 400, 400)}

        moved = cleared({"f": NAME}, nodes, {"f": [(300, 0), (300, 300)]})["f"]

        assert moved.right == 294

    def test_the_name_of_a_node_goes_around_it(self) -> None:
        nodes = {"b": B, "e": Box(110, 130, 36, 36)}
        around = {"below": Box(80, 166, 200, 40), "above": Box(80, 112, 200, 16), "right": Box(148, 130, 90, 36)}

        places = [
            cleared({"e": NAME}, nodes | {key: around[key] for key in list(around)[:count]}, {})["e"]
            for count in range(4)
        ]

        assert [(each.x, each.y) for each in places] == [(98, 169), (98, 113), (149, 141), (47, 141)]

    def test_two_names_do_not_take_the_same_place(self) -> None:
        other = NAME._replace(x=110)
        line = [(0.0, 200.0), (300.0, 200.0)]

        moved = cleared({"f": NAME, "g": other}, {"b": B}, {"f": line, "g": line})

        assert not moved["f"].meets(moved["g"])

    def test_without_a_free_place_it_stays(self) -> None:
        everywhere = {"b": Box(-500, -500, 2000, 2000)}

        assert cleared({"f": NAME}, everywhere, {"f": [(0, 0), (300, 0)]})["f"] == NAME
        assert cleared({"unknown": NAME}, everywhere, {})["unknown"] == NAME
