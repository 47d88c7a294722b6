from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow import bpmn
from throughline.flow.bpmn.tests.charts import chart, suite_files
from throughline.flow.mining.align import Aligner
from throughline.flow.mining.conformance import Conformance, NotComparable, conform, document
from throughline.flow.mining.discover import Tree, chart_of
from throughline.flow.mining.discover.tests.trees import trees
from throughline.flow.mining.log import of_variants
from throughline.flow.mining.play import play_of
from throughline.flow.mining.runs import Following, NeverEnds, TooManySituations, runs_of
from throughline.flow.mining.search import Searcher
from throughline.flow.mining.tests.hand import log_of
from throughline.insight.logs.tests.helpdesk import helpdesk_log

pytestmark = pytest.mark.req("I3", "B10")

START, END = '<bpmn:startEvent id="s" name="Begin"/>', '<bpmn:endEvent id="e"/>'


def _tasks(names: str) -> str:
    return "".join(f'<bpmn:task id="t_{name}" name="{name}"/>' for name in names)


def _flows(*pairs: str) -> str:
    ends = (pair.split(">") for pair in pairs)
    return "".join(
        f'<bpmn:sequenceFlow id="f{n}" sourceRef="{source}" targetRef="{target}"/>'
        for n, (source, target) in enumerate(ends)
    )


def _gateways(kind: str, *ids: str) -> str:
    return "".join(f'<bpmn:{kind}Gateway id="{each}"/>' for each in ids)


def _chart(inside: str) -> bpmn.model.Definitions:
    return bpmn.read(chart(START + END + inside))


def _line(names: str) -> bpmn.model.Definitions:
    stops = ["s", *(f"t_{name}" for name in names), "e"]
    return _chart(_tasks(names) + _flows(*(f"{a}>{b}" for a, b in pairwise(stops))))


def _costs(definitions: bpmn.model.Definitions, *cases: str) -> list[int]:
    found = conform(log_of(*cases), definitions)
    return [found.alignments[number].cost for number in found.variants.of_case]


def _deviations(found: Conformance) -> list[tuple[str, str | None, str, str, int]]:
    return [(each.kind, each.node, each.activity, each.how, each.cases) for each in found.deviations()]


class TestConform:
    def test_costs_one_per_move_that_is_not_on_both(self) -> None:
        assert _costs(_line("abc"), "abc", "ac", "abbc", "acb", "x") == [0, 1, 1, 2, 4]

    def test_tells_what_is_skipped_and_extra(self) -> None:
        found = conform(log_of("abc", "ac", "ac", "abbc", "axbc", "bac"), _line("abc"))

        assert _deviations(found) == [
            ("skipped", "t_b", "b", "", 2),
            ("extra", "t_a", "a", "out of order", 1),
            ("extra", "t_b", "b", "repeated", 1),
            ("extra", None, "x", "unknown", 1),
            ("skipped", "t_a", "a", "", 1),
        ]

    def test_measures_fitness_as_defined(self) -> None:
        found = conform(log_of("abc", "ac"), _line("abc"))

        assert found.trace_fitness_mean == pytest.approx((1 + 1 - 1 / 5) / 2)
        assert found.log_fitness == pytest.approx(1 - 1 / 11)
        assert (found.cases, found.conforming_cases, found.total_cost, found.shortest) == (2, 1, 1, 3)

    def test_of_an_empty_log_is_perfect(self) -> None:
        found = conform(log_of(), _line("ab"))

        assert (found.trace_fitness_mean, found.log_fitness, found.conforming_cases) == (1.0, 1.0, 0)

    def test_leaves_events_that_the_log_does_not_know_silent(self) -> None:
        assert conform(log_of("ab"), _line("ab")).shortest == 2

    def test_counts_events_that_the_log_knows(self) -> None:
        log = of_variants([(["Begin", "a"], 1), (["a"], 1)])

        assert [each.cost for each in conform(log, _line("a")).alignments] == [0, 1]

    def test_matches_names_without_regard_to_case_and_blanks(self) -> None:
        assert conform(of_variants([([" A ", "b"], 1)]), _line("ab")).total_cost == 0

    def test_matches_ids(self) -> None:
        assert conform(of_variants([(["t_a", "t_b"], 1)]), _line("ab")).total_cost == 0

    def test_follows_a_map(self) -> None:
        log = of_variants([(["ring", "b"], 1)])

        assert conform(log, _line("ab"), mapping={"ring": "a"}).total_cost == 0
        assert conform(log, _line("ab"), mapping={"ring": ["t_a"]}).total_cost == 0

    @pytest.mark.parametrize(
        ("mapping", "message"), [({"ring": "z"}, "no step with that name"), ({"z": "a"}, "no activity of the log")]
    )
    def test_refuses_a_map_of_what_there_is_not(self, mapping: dict[str, str], message: str) -> None:
        with pytest.raises(NotComparable, match=message):
            conform(of_variants([(["ring"], 1)]), _line("ab"), mapping=mapping)

    def test_refuses_a_chart_that_cannot_end(self) -> None:
        loop = _chart(_tasks("ab") + _flows("s>t_a", "t_a>t_b", "t_b>t_a"))

        with pytest.raises(NotComparable, match="No way through the chart reaches an end"):
            conform(log_of("ab"), loop)

    def test_says_which_activities_are_unknown(self) -> None:
        assert conform(log_of("abx"), _line("ab")).warnings == (
            "1 of 3 activities are no step of the chart and count as extra: “x”.",
        )

    def test_gives_stable_names(self) -> None:
        found = document(conform(log_of("ab", "b"), _line("ab")))

        assert found == {
            "cases": 2, "conforming_cases": 1, "total_cost": 1, "trace_fitness_mean": pytest.approx(5 / 6),
            "log_fitness": pytest.approx(1 - 1 / 7), "precision": 1.0, "shortest_path": 2, "method": "exact",
            "deviations": [{"kind": "skipped", "node": "t_a", "activity": "a", "how": None, "cases": 1, "moves": 1}],
            "warnings": [],
        }  # fmt: skip


class TestElements:
    """What each kind of element allows."""

    def test_exclusive_gateway(self) -> None:
        split = _chart(
            _tasks("abc")
            + _gateways("exclusive", "g", "h")
            + _flows("s>g", "g>t_a", "g>t_b", "t_a>h", "t_b>h", "h>t_c", "t_c>e")
        )

        assert _costs(split, "ac", "bc", "abc", "c") == [0, 0, 1, 1]

    def test_parallel_gateway(self) -> None:
        split = _chart(
            _tasks("abc")
            + _gateways("parallel", "g", "h")
            + _flows("s>g", "g>t_a", "g>t_b", "t_a>h", "t_b>h", "h>t_c", "t_c>e")
        )

        assert _costs(split, "abc", "bac", "ac", "cab") == [0, 0, 1, 2]

    def test_inclusive_gateway(self) -> None:
        split = _chart(
            _tasks("abc")
            + _gateways("inclusive", "g", "h")
            + _flows("s>g", "g>t_a", "g>t_b", "t_a>h", "t_b>h", "h>t_c", "t_c>e")
        )

        assert _costs(split, "abc", "bac", "ac", "bc", "c") == [0, 0, 0, 0, 1]

    def test_sub_process(self) -> None:
        inner = (
            '<bpmn:subProcess id="sub" name="Sub"><bpmn:startEvent id="is"/>'
            + _tasks("ab")
            + '<bpmn:endEvent id="ie"/>'
            + _gateways("parallel", "ig")
            + '<bpmn:endEvent id="ie2"/>'
            + "".join(
                f'<bpmn:sequenceFlow id="i{a}{b}" sourceRef="{a}" targetRef="{b}"/>'
                for a, b in (("is", "ig"), ("ig", "t_a"), ("ig", "t_b"), ("t_a", "ie"), ("t_b", "ie2"))
            )
            + "</bpmn:subProcess>"
        )
        nested = _chart(inner + _tasks("c") + _flows("s>sub", "sub>t_c", "t_c>e"))

        assert _costs(nested, "abc", "bac", "ac", "acb") == [0, 0, 1, 2]

    def test_sub_process_that_the_log_records_as_a_whole(self) -> None:
        inside = '<bpmn:startEvent id="is"/><bpmn:task id="x" name="x"/>'
        inner = f'<bpmn:subProcess id="sub" name="S">{inside}</bpmn:subProcess>'

        assert _costs(_chart(inner + _tasks("c") + _flows("s>sub", "sub>t_c", "t_c>e")), "Sc", "c") == [0, 1]

    def test_boundary_event_that_interrupts(self) -> None:
        late = _chart(
            _tasks("abc")
            + '<bpmn:boundaryEvent id="late" attachedToRef="t_a"><bpmn:timerEventDefinition/></bpmn:boundaryEvent>'
            + _flows("s>t_a", "t_a>t_b", "t_b>e", "late>t_c", "t_c>e")
        )

        assert _costs(late, "ab", "c", "ac") == [0, 0, 1]

    def test_boundary_event_that_does_not_interrupt(self) -> None:
        late = _chart(
            _tasks("abc")
            + '<bpmn:boundaryEvent id="late" attachedToRef="t_a" cancelActivity="false"><bpmn:timerEventDefinition/>'
            + '</bpmn:boundaryEvent><bpmn:endEvent id="e2"/>'
            + _flows("s>t_a", "t_a>t_b", "t_b>e", "late>t_c", "t_c>e2")
        )

        assert _costs(late, "ab", "cab", "abc", "acb", "cacb") == [0, 0, 0, 0, 1]

    def test_boundary_event_of_a_sub_process_clears_it(self) -> None:
        inner = (
            '<bpmn:subProcess id="sub"><bpmn:startEvent id="is"/>' + _tasks("ab") + '<bpmn:endEvent id="ie"/>'
            '<bpmn:sequenceFlow id="i1" sourceRef="is" targetRef="t_a"/><bpmn:sequenceFlow id="i2" sourceRef="t_a"'
            ' targetRef="t_b"/><bpmn:sequenceFlow id="i3" sourceRef="t_b" targetRef="ie"/></bpmn:subProcess>'
            '<bpmn:boundaryEvent id="late" attachedToRef="sub"><bpmn:timerEventDefinition/></bpmn:boundaryEvent>'
        )
        late = _chart(inner + _tasks("c") + _flows("s>sub", "sub>e", "late>t_c", "t_c>e"))

        assert _costs(late, "ab", "ac", "c", "abc", "acb") == [0, 0, 0, 0, 1]

    def test_terminate_end_event(self) -> None:
        stop = _chart(
            _tasks("ab")
            + _gateways("parallel", "g")
            + '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
            + _flows("s>g", "g>t_a", "g>t_b", "t_a>stop", "t_b>e")
        )

        assert _costs(stop, "a", "ab", "ba", "b") == [0, 0, 0, 1]

    def test_loop(self) -> None:
        again = _chart(
            '<bpmn:task id="t_a" name="a"><bpmn:standardLoopCharacteristics/></bpmn:task>'
            + _tasks("b")
            + _flows("s>t_a", "t_a>t_b", "t_b>e")
        )

        assert _costs(again, "ab", "aaaab", "b") == [0, 0, 1]

    def test_event_sub_process(self) -> None:
        handler = (
            '<bpmn:subProcess id="h" triggeredByEvent="true"><bpmn:startEvent id="hs" isInterrupting="{}">'
            "<bpmn:messageEventDefinition/></bpmn:startEvent>"
            + _tasks("x")
            + '<bpmn:sequenceFlow id="h1" sourceRef="hs" targetRef="t_x"/></bpmn:subProcess>'
        )
        line = _tasks("ab") + _flows("s>t_a", "t_a>t_b", "t_b>e")

        assert _costs(_chart(handler.format("false") + line), "ab", "axb", "xab", "abx", "ax", "axbx") == [
            0,
            0,
            0,
            0,
            1,
            1,
        ]
        assert _costs(_chart(handler.format("true") + line), "ab", "ax", "x", "axb") == [0, 0, 0, 1]

    def test_two_steps_of_one_name(self) -> None:
        twice = _chart(
            '<bpmn:task id="t1" name="a"/><bpmn:task id="t2" name="a"/>'
            + _tasks("b")
            + _flows("s>t1", "t1>t_b", "t_b>t2", "t2>e")
        )

        assert _costs(twice, "aba", "ab", "ba", "aab") == [0, 1, 1, 2]


class TestPrecision:
    def test_falls_when_the_chart_allows_what_never_happens(self) -> None:
        free = _chart(
            _tasks("ab") + _gateways("exclusive", "g", "h") + _flows("s>g", "g>t_a", "g>t_b", "t_a>h", "t_b>h", "h>e")
        )

        assert conform(log_of("a"), free).precision == pytest.approx(1 / 2)
        assert conform(log_of("a", "b"), free).precision == 1.0


class TestAlignments:
    """Two programmes that share only the chart's moves agree."""

    @settings(max_examples=60, deadline=None)
    @given(trees, st.lists(st.text("abcdefx", max_size=8).map(tuple), min_size=1, max_size=4))
    def test_by_rows_and_by_search_cost_the_same(self, tree: Tree, traces: list[tuple[str, ...]]) -> None:
        definitions = chart_of(tree)
        play = play_of(definitions, definitions.processes[0], lambda node: node.kind_name == "task")
        following = Following(play)
        words = "abcdefx"
        nodes = {
            number: frozenset(node.id for node in play.nodes.values() if node.name == word)
            for number, word in enumerate(words)
        }
        numbered = [tuple(words.index(word) for word in trace) for trace in traces]

        rows = Aligner(runs_of(following), nodes).align(numbered)
        searched = [Searcher(following, nodes).align(trace) for trace in numbered]

        assert [each.cost for each in rows] == [each.cost for each in searched]
        assert all(each.is_exact for each in searched)
        for trace, found in zip(numbered, rows, strict=True):
            assert _is_alignment(trace, found.steps, found.cost)

    def test_that_leave_something_out_say_so(self) -> None:
        names = "abcdefghijklmn"
        wide = chart_of(Tree("parallel", tuple(Tree("activity", activity=name) for name in names)))

        found = conform(log_of(names, names[::-1], names[:10]), wide, situations_at_most=100)

        assert [found.fitness(number) for number in found.variants.of_case[:2]] == [1.0, 1.0]
        assert document(found)["method"] in ("exact", "approximate")
        assert found.alignments[found.variants.of_case[2]].cost == 4


def _is_alignment(trace: Sequence[int], steps: Sequence[object], cost: int) -> bool:
    events = [step.event for step in steps if step.event is not None]  # type: ignore[attr-defined]
    alone = sum(step.event is None or step.node is None for step in steps)  # type: ignore[attr-defined]
    return events == list(range(len(trace))) and alone == cost


@pytest.mark.suites
class TestPublicCharts:
    def test_can_all_be_played(self) -> None:
        """A chart of any kind gives runs, or one of the two reasons why it does not."""
        played = 0
        for file in suite_files("soundness", "token-simulation", "import-miwg-reference", "betsy-run"):
            definitions = bpmn.read(file.read_bytes())
            for process in definitions.processes:
                if not process.nodes:
                    continue
                try:
                    runs_of(Following(play_of(definitions, process, lambda node: bool(node.name))), 2_000)
                except (NeverEnds, TooManySituations):
                    continue
                played += 1

        assert played > 100


@pytest.mark.suites
class TestHelpdesk:
    """The two hand-written models of the log's description."""

    FIRST = ("Assign seriousness", "Take in charge ticket", "Resolve ticket", "Closed")

    @staticmethod
    def _named(names: Sequence[str]) -> str:
        return "".join(f'<bpmn:task id="t{n}" name="{name}"/>' for n, name in enumerate(names))

    def test_strict_sequence(self) -> None:
        model = _chart(self._named(self.FIRST) + _flows("s>t0", "t0>t1", "t1>t2", "t2>t3", "t3>e"))

        found = conform(helpdesk_log(), model)

        assert (found.conforming_cases, found.total_cost, found.is_exact) == (2_366, 3_854, True)
        assert round(found.trace_fitness_mean, 6) == 0.914043
        assert round(found.log_fitness, 6) == 0.902844

    def test_with_waiting(self) -> None:
        model = _chart(
            self._named([*self.FIRST, "Wait", "Take in charge ticket"])
            + _gateways("exclusive", "back", "ask", "split", "join")
            + _flows("s>t0", "t0>t1", "t1>back", "back>ask", "ask>t4", "t4>split", "split>t5", "split>join", "t5>join")
            + "".join(
                f'<bpmn:sequenceFlow id="x{n}" sourceRef="{a}" targetRef="{b}"/>'
                for n, (a, b) in enumerate([("join", "back"), ("ask", "t2"), ("t2", "t3"), ("t3", "e")])
            )
        )

        found = conform(helpdesk_log(), model)

        assert (found.conforming_cases, found.total_cost, found.is_exact) == (3_250, 1_903, True)
        assert round(found.trace_fitness_mean, 6) == 0.955687
        assert round(found.log_fitness, 6) == 0.952027
