"""
One semantics: the same answers give the same story by hand, in a scenario and replayed, on drawings of every shape.

Generated are block-structured drawings with everything that runs beside or again (multi-instance, loops, event
sub-processes, compensation), which must come to their end, and free drawings, in which anything may be joined to
anything: those may come to a stop or run in circles, but never fail, hang, or forget what they said. How the live
driver stores and replays cases is held in ``tests/procedures/test_replay.py``.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughline.flow import bpmn, engine
from throughline.flow.engine import ChartRefused, commands, compile_chart
from throughline.flow.engine.tests.test_compensation_and_transactions import BOOKED, UNDO
from throughline.flow.engine.tests.test_properties import LEAVES, Block, Drawing, moves
from throughline.flow.engine.tests.walking import NOW, Walk, draw, on_signal, on_timer, repeat, signal, values, xml
from throughline.flow.simulate.world import Scenario, World

pytestmark = pytest.mark.req("A10")

KINDS = (
    *("sequence", "exclusive", "parallel", "inclusive", "subProcess", "all", "each"),
    *("again", "watched", "beside", "undone"),
)
SIGNALS = signal("stop") + signal("ping")


def _grown(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.tuples(st.sampled_from(KINDS), several)


BLOCKS: st.SearchStrategy[Block] = st.recursive(LEAVES, _grown, max_leaves=7)


class WholeDrawing(Drawing):
    """A block-structured drawing with loops, event sub-processes and compensation."""

    def _again(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        """A standard loop, done twice."""
        return self._around(parts, repeat("loopCounter <= 2"))

    def _watched(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        """A sub-process that a signal ends."""
        return self._around(parts, watch=("stop", "true"))

    def _beside(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        """A sub-process beside which something is done at every signal."""
        return self._around(parts, watch=("ping", "false"))

    def _undone(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        """A step that is done, something after it, and then the step is undone."""
        step, undo = self.name("booked"), self.name("undo")
        self.lines += [*BOOKED.format(name=step).splitlines(), f"intermediateThrowEvent {undo} {UNDO}"]
        first, last = self._sequence(parts)
        self.lines += [f"{step} > {first}", f"{last} > {undo}"]
        return step, undo

    def _around(
        self, parts: tuple[Block, ...], more: str = "", watch: tuple[str, str] | None = None
    ) -> tuple[str, str]:
        name = self.name("part")
        self.lines += [f"subProcess {name} {{", *([more] if more else [])]
        self._sequence(parts)
        if watch is not None:
            beside, start, task = self.name("beside"), self.name("told"), self.name("task")
            self.lines += [
                f"subProcess {beside} triggeredByEvent=true {{",
                f"startEvent {start} isInterrupting={watch[1]} {on_signal(watch[0])}",
                f"userTask {task}",
                f"{start} > {task}",
                "}",
            ]
        self.lines.append("}")
        return name, name


def drawing_of(block: Block) -> str:
    """The text of a drawing of a block between a start and an end event."""
    drawing = WholeDrawing()
    first, last = drawing.add(block)
    return "\n".join(["startEvent start", "endEvent end", *drawing.lines, f"start > {first}", f"{last} > end"])


def signals(state: engine.State) -> list[commands.Command]:
    """The signals that something in the case waits for."""
    return [
        commands.ReceiveSignal(name) for name in sorted({w.name for w in state.waits.values() if w.kind == "signal"})
    ]


SLOWLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


class TestBlocks:
    @settings(SLOWLY, max_examples=80)
    @given(block=BLOCKS, data=st.data())
    def test_whatever_the_order_it_ends_and_a_repeated_command_changes_nothing(
        self, block: Block, data: st.DataObject
    ) -> None:
        walk = Walk(draw(drawing_of(block), roots=SIGNALS)).start(choice=data.draw(st.integers(0, 2)))

        for turn in range(400):
            possible = moves(walk.case)
            if turn < 10:
                possible += signals(walk.case)
            if not possible or walk.case.status != "running":
                break
            command = data.draw(st.sampled_from(possible))
            walk.do(command)  # checks replay, round trips, and that the old state is untouched
            if not isinstance(command, commands.ReceiveSignal):
                assert engine.decide(walk.chart, walk.case, command, engine.Surroundings(NOW)) == ()

        assert walk.case.status == "completed"
        assert (walk.case.tokens, walk.case.waits, walk.case.incidents) == ({}, {}, {})

    @settings(SLOWLY, max_examples=60)
    @given(block=BLOCKS, data=st.data())
    def test_a_scenario_tells_the_same_story_as_a_case_walked_by_hand(self, block: Block, data: st.DataObject) -> None:
        definitions = bpmn.read(xml(drawing_of(block), roots=SIGNALS))
        choice = data.draw(st.integers(0, 2))
        world = World(definitions, Scenario(auto=False, variables=values({"choice": choice})), NOW)
        walk = Walk(compile_chart(definitions)).start(choice=choice)
        world.begin()

        for _ in range(12):
            answer = data.draw(st.sampled_from(answers(walk)))
            world.apply(answer)
            world.settle()
            give(walk, answer)

            told = world.outcome()
            assert told.trace == walk.names.split()
            assert told.status == walk.status
            assert [each.state for each in world.cases] == [walk.case]

    @settings(SLOWLY, max_examples=60)
    @given(block=BLOCKS)
    def test_a_drawing_read_written_and_read_runs_alike(self, block: Block) -> None:
        definitions = bpmn.read(xml(drawing_of(block), roots=SIGNALS))
        again = bpmn.read(bpmn.write(definitions))

        assert again == definitions
        assert compile_chart(again).digest == compile_chart(definitions).digest


def answers(walk: Walk) -> list[dict[str, Any]]:
    """Everything that a person, the world or the clock could answer now."""
    resting = {walk.chart.node(t.node).label for t in walk.case.tokens.values() if t.phase in ("work", "action")}
    complete = [{"complete": name} for name in sorted(resting)]
    told = [{"signal": command.name} for command in signals(walk.case) if isinstance(command, commands.ReceiveSignal)]
    return [*complete, *told, {"advance": "PT1H"}, {"complete": "nobody"}]


def give(walk: Walk, answer: dict[str, Any]) -> None:
    """Give the same answer to a case walked by hand."""
    if "signal" in answer:
        walk.signal(answer["signal"])
    elif "advance" in answer:
        walk.pass_time(hours=1)
    elif answer["complete"] != "nobody":
        token = next(
            each
            for each in walk.case.tokens.values()
            if walk.chart.node(each.node).label == answer["complete"] and each.phase in ("work", "action")
        )
        done = commands.CompleteWork if token.phase == "work" else commands.ActionFinished
        walk.do(done(token.id))


FREE = ("task", "userTask", "serviceTask", "exclusiveGateway", "inclusiveGateway", "parallelGateway")


@st.composite
def free_drawings(draw_: st.DrawFn) -> str:
    """Any nodes joined in any way: circles, dead ends, joins that starve, gateways without a way out."""
    size = draw_(st.integers(1, 8))
    kinds = draw_(st.lists(st.sampled_from(FREE), min_size=size, max_size=size))
    nodes = [f"n{number}" for number in range(size)]
    lines = ["startEvent start", "endEvent end", *(f"{kind} {name}" for kind, name in zip(kinds, nodes, strict=True))]
    for name in nodes[:2]:
        if draw_(st.booleans()) and kinds[int(name[1:])].endswith("Task"):
            lines.append(f"boundaryEvent late_{name} attachedToRef={name} {on_timer('PT1H')}")
            lines.append(f"late_{name} > {draw_(st.sampled_from([*nodes, 'end']))}")
    pairs = draw_(
        st.lists(st.tuples(st.sampled_from(nodes), st.sampled_from([*nodes, "end"])), max_size=14, unique=True)
    )
    conditions = st.sampled_from(["", "", "choice >= 1", "choice = 5", "choice", "nobody > 3", "1 / 0 > choice"])
    for source, target in pairs:
        condition = draw_(conditions)
        arrow = f"-w| {condition}->" if condition and not kinds[int(source[1:])].startswith("parallel") else ">"
        lines.append(f"{source} {arrow} {target}")
    return "\n".join([*lines, f"start > {draw_(st.sampled_from(nodes))}"])


class TestFreeDrawings:
    @settings(SLOWLY, max_examples=150)
    @given(drawing=free_drawings(), data=st.data())
    def test_whatever_is_drawn_a_case_never_fails_and_says_what_it_expected(
        self, drawing: str, data: st.DataObject
    ) -> None:
        try:
            chart = draw(drawing)
        except ChartRefused:
            return
        walk = Walk(chart).start(choice=data.draw(st.integers(0, 1)))

        for _ in range(12):
            possible = moves(walk.case)
            if not possible or walk.case.status != "running":
                break
            command = data.draw(st.sampled_from(possible))
            walk.do(command)
            assert engine.decide(walk.chart, walk.case, command, engine.Surroundings(NOW)) == ()

        for incident in walk.case.incidents.values():
            assert incident.message.startswith("Expected ")
            assert ", but " in incident.message or " but " in incident.message
        assert walk.case.status in ("running", "completed")
        if walk.case.status == "completed":
            assert walk.case.tokens == {}


class TestSize:
    @pytest.mark.parametrize("kind", ["userTask", "serviceTask"])
    def test_a_case_that_goes_round_ten_thousand_times_is_as_small_as_after_ten(self, kind: str) -> None:
        chart = draw(f"""
            startEvent start
            exclusiveGateway meet
            {kind} work
            boundaryEvent late attachedToRef=work cancelActivity=false {on_timer("PT1H")}
            task note
            parallelGateway fork
            parallelGateway join
            task a
            task b
            start > meet > work > fork
            fork > a > join
            fork > b > join
            join > meet
            late > note
        """)
        around = engine.Surroundings(NOW)
        state = engine.advance(chart, None, commands.Start(), around).state
        sizes: dict[int, int] = {}

        for turn in range(1, 10_001):
            [token] = state.tokens.values()
            done = commands.CompleteWork if kind == "userTask" else commands.ActionFinished
            state = engine.advance(chart, state, done(token.id), around).state
            if turn in (10, 100, 10_000):
                sizes[turn] = len(engine.encode_state(state))

        assert sizes[100] - sizes[10] <= 20
        assert sizes[10_000] - sizes[10] <= 60  # ids have more digits, nothing else
