"""Layers of graphs."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from throughline.flow.layered import Arc, Layered, layered

pytestmark = [pytest.mark.req("I2", "A2")]

BREADTH, GAP, BEND = 100.0, 20.0, 10.0


def laid(*pairs: str, weights: tuple[float, ...] = ()) -> Layered:
    """Lay out arcs such as ``ab``; without weights all are equal."""
    weighed = weights or (1.0,) * len(pairs)
    arcs: list[Arc] = [(pair[0], pair[1], weight) for pair, weight in zip(pairs, weighed, strict=True)]
    nodes = dict.fromkeys(node for pair in pairs for node in pair)
    return layered(dict.fromkeys(nodes, BREADTH), arcs, gap=GAP, bend=BEND)


class TestLayers:
    """On which layer a node stands."""

    def test_a_node_stands_behind_the_longest_way_to_it(self) -> None:
        assert laid("ab", "bc", "cd", "ad").layer == {"a": 0, "b": 1, "c": 2, "d": 3}

    def test_what_nothing_leads_to_stands_right_before_what_it_leads_to(self) -> None:
        assert laid("ab", "bc", "cd", "xd").layer["x"] == 2

    def test_of_a_circle_the_lightest_arc_leads_back(self) -> None:
        found = laid("ab", "bc", "ca", weights=(5.0, 1.0, 3.0))

        assert found.is_ahead == (True, False, True)
        assert found.layer == {"a": 1, "b": 2, "c": 0}

    def test_of_equal_arcs_the_one_towards_the_beginning_leads_back(self) -> None:
        assert laid("sa", "ba", "ab", "be").is_ahead == (True, False, True, True)

    def test_a_node_without_arcs_and_an_arc_to_itself_are_no_trouble(self) -> None:
        found = layered({"a": 1.0, "b": 1.0}, [("a", "a", 1.0)], gap=1.0, bend=1.0)

        assert (found.layer, found.is_ahead, found.bends) == ({"a": 0, "b": 0}, (False,), ((),))

    def test_nothing_gives_nothing(self) -> None:
        assert layered({}, [], gap=1.0, bend=1.0) == Layered({}, {}, (), ())


class TestPlaces:
    """Where on its layer a node stands."""

    def test_a_sequence_runs_straight(self) -> None:
        assert len(set(laid("ab", "bc", "cd").place.values())) == 1

    def test_nothing_overlaps_and_everything_begins_at_zero(self) -> None:
        names = "abcdefgh"
        found = laid(
            *(one + other for one, other in combinations(names, 2)), *("".join(p)[::-1] for p in pairwise(names))
        )
        by_layer: dict[int, list[float]] = {}
        for node in names:
            by_layer.setdefault(found.layer[node], []).append(found.place[node])

        for places in by_layer.values():
            assert all(other - one >= BREADTH + GAP - 1e-9 for one, other in pairwise(sorted(places)))
        bends = [place for way in found.bends for _layer, place in way]
        assert min([*(p - BREADTH / 2 for p in found.place.values()), *(p - BEND / 2 for p in bends)]) == pytest.approx(
            0
        )

    def test_what_nothing_is_joined_to_stands_right_beside_the_rest_of_its_layer(self) -> None:
        nodes = dict.fromkeys("axyzbcde", BREADTH)
        arcs = [("a", "b", 1.0), ("a", "c", 1.0), ("a", "d", 1.0), ("a", "e", 1.0)]

        found = layered(nodes, arcs, gap=GAP, bend=BEND)

        beside = [found.place[node] - found.place["a"] for node in "xyz"]
        assert beside == pytest.approx([BREADTH + GAP, 2 * (BREADTH + GAP), 3 * (BREADTH + GAP)])

    def test_a_long_arc_bends_on_each_layer_between_in_its_own_direction(self) -> None:
        found = laid("ab", "bc", "cd", "ad", "da", weights=(9.0, 9.0, 9.0, 5.0, 1.0))

        assert [layer for layer, _ in found.bends[3]] == [1, 2]
        assert [layer for layer, _ in found.bends[4]] == [2, 1]

    def test_arcs_that_cross_are_put_in_order(self) -> None:
        found = laid("ax", "by", "cz", "rc", "rb", "ra")

        order = sorted("abc", key=found.place.__getitem__)
        assert sorted("xyz", key=found.place.__getitem__) == [{"a": "x", "b": "y", "c": "z"}[each] for each in order]

    def test_the_same_graph_is_laid_out_alike(self) -> None:
        pairs = ("ab", "bc", "ac", "cb", "cd", "ad", "ab")

        assert laid(*pairs) == laid(*pairs)
