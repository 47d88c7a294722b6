from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.check.soundness import soundness
from throughline.flow.mining.conformance import conform
from throughline.flow.mining.discover import chart_of, mined_tree
from throughline.flow.mining.discover.tests.trees import played, trees
from throughline.flow.mining.discover.tree import SILENT, Tree, leaf, simplified
from throughline.flow.mining.log import of_variants
from throughline.flow.mining.variants import variants
from throughline.insight.logs.tests.helpdesk import helpdesk_log

LOGS = st.dictionaries(st.text("abcde", max_size=6).map(tuple), st.integers(1, 20), min_size=1, max_size=10)
pytestmark = pytest.mark.req("I2")


def _tree(*traces: str, noise: float = 0.0) -> str:
    return str(mined_tree(Counter(map(tuple, traces)), noise=noise))


class TestMinedTree:
    @pytest.mark.parametrize(
        ("traces", "expected"),
        [
            (["abc"], "→(a, b, c)"),
            (["ab", "ac"], "→(a, ×(b, c))"),
            (["abc", "acb"], "→(a, +(b, c))"),
            (["ab", "abcab", "abcabcab"], "↺(→(a, b), c)"),
            (["abc", "ac"], "→(a, ×(τ, b), c)"),
            (["a", "aa", "aaa"], "↺(a, τ)"),
            (["abcd", "acbd", "aed"], "→(a, ×(+(b, c), e), d)"),
            (["", "ab"], "×(τ, →(a, b))"),
        ],
    )
    def test_finds_what_was_there(self, traces: list[str], expected: str) -> None:
        assert _tree(*traces) == expected

    def test_leaves_out_what_is_rare(self) -> None:
        common = ["abcd"] * 50 + ["acbd"] * 50

        assert _tree(*common, "adbc", noise=0.2) == "→(a, +(b, c), d)"

    def test_of_nothing_is_nothing(self) -> None:
        assert mined_tree({}, noise=0.2) == SILENT

    @settings(max_examples=60, deadline=None)
    @given(LOGS)
    def test_without_noise_allows_every_trace(self, traces: dict[tuple[str, ...], int]) -> None:
        log = of_variants((list(trace), count) for trace, count in traces.items() if trace)
        chart = chart_of(mined_tree(traces, noise=0.0))

        if log.cases:
            assert conform(log, chart).total_cost == 0

    @settings(max_examples=60, deadline=None)
    @given(trees, st.randoms(use_true_random=False))
    def test_allows_what_another_tree_played(self, tree: Tree, chance: random.Random) -> None:
        traces = Counter(played(tree, chance) for _ in range(25))
        log = of_variants((list(trace), count) for trace, count in traces.items() if trace)

        if log.cases:
            assert conform(log, chart_of(mined_tree(traces, noise=0.0))).total_cost == 0


class TestSimplified:
    def test_joins_operators_of_a_kind(self) -> None:
        a, b, c = map(leaf, "abc")

        assert simplified(Tree("sequence", (a, Tree("sequence", (b, SILENT, c))))) == Tree("sequence", (a, b, c))

    def test_drops_a_second_way_of_doing_nothing(self) -> None:
        optional = Tree("loop", (Tree("choice", (SILENT, leaf("a"))), SILENT))

        assert simplified(Tree("choice", (SILENT, optional))) == optional

    @settings(max_examples=40, deadline=None)
    @given(trees, st.randoms(use_true_random=False))
    def test_allows_the_same(self, tree: Tree, chance: random.Random) -> None:
        before = [played(tree, chance) for _ in range(8)]
        after = [played(simplified(tree), chance) for _ in range(8)]
        log = of_variants((list(trace), 1) for trace in [*before, *after] if trace)

        if log.cases:
            assert conform(log, chart_of(simplified(tree))).total_cost == 0
            assert conform(log, chart_of(tree)).total_cost == 0


class TestChartOf:
    @settings(max_examples=60, deadline=None)
    @given(trees)
    def test_is_sound(self, tree: Tree) -> None:
        assert [finding for finding in soundness(chart_of(tree)) if finding.severity == "error"] == []

    @settings(max_examples=60, deadline=None)
    @given(LOGS, st.sampled_from([0.0, 0.2, 0.5, 1.0]))
    def test_is_sound_whatever_the_log_and_the_noise(self, traces: dict[tuple[str, ...], int], noise: float) -> None:
        chart = chart_of(simplified(mined_tree(traces, noise=noise)))

        assert [finding for finding in soundness(chart) if finding.severity == "error"] == []

    def test_is_the_same_file_each_time_and_opens_in_the_editor(self) -> None:
        tree = mined_tree(Counter(map(tuple, ["abc", "acb", "ad"])), noise=0.0)

        file = bpmn.write(chart_of(tree))

        assert file == bpmn.write(chart_of(tree))
        read = bpmn.read(file)
        shapes = [shape.element for diagram in read.diagrams if diagram.plane for shape in diagram.plane.shapes]
        assert {node.id for node in read.processes[0].nodes} <= set(shapes)
        assert bpmn.render_svg(read).startswith("<svg")


@pytest.mark.suites
class TestHelpdesk:
    @pytest.mark.parametrize(("noise", "least"), [(0.0, 1.0), (0.2, 0.93)])
    def test_chart_is_sound_and_fits(self, noise: float, least: float) -> None:
        ways = variants(helpdesk_log())
        tree = mined_tree(dict(zip(ways.activities, ways.counts, strict=True)), noise=noise)

        chart = chart_of(tree)

        assert [finding for finding in soundness(chart) if finding.severity == "error"] == []
        found = conform(helpdesk_log(), chart)
        assert found.log_fitness >= least
        assert found.is_exact
