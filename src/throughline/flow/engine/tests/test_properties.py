"""What holds for every chart: generated block-structured drawings, walked in any order."""

from __future__ import annotations

from itertools import count, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.flow import engine
from throughline.flow.engine import commands
from throughline.flow.engine.effects import DisarmTimer, WithdrawWork
from throughline.flow.engine.tests.walking import NOW, Walk, draw, on_timer

Block = tuple[str, tuple["Block", ...]]

LEAVES: st.SearchStrategy[Block] = st.tuples(
    st.sampled_from(["task", "userTask", "serviceTask", "timed", "timer"]), st.just(())
)


KINDS = ("sequence", "exclusive", "parallel", "inclusive", "subProcess", "all", "each")


def _grown(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.tuples(st.sampled_from(KINDS), several)


BLOCKS: st.SearchStrategy[Block] = st.recursive(LEAVES, _grown, max_leaves=8)


class Drawing:
    """A block-structured drawing under construction: each block has one way in and one way out."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.numbers = count(1)

    def name(self, kind: str) -> str:
        """Return a name nobody has."""
        return f"{kind}{next(self.numbers)}"

    def add(self, block: Block) -> tuple[str, str]:
        """Draw a block; return its first and last node."""
        kind, parts = block
        return getattr(self, f"_{kind}")(parts)  # type: ignore[no-any-return]

    def _leaf(self, kind: str, more: str = "") -> tuple[str, str]:
        name = self.name(kind)
        self.lines.append(f"{kind} {name} {more}")
        return name, name

    def _task(self, _parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._leaf("task")

    def _userTask(self, _parts: tuple[Block, ...]) -> tuple[str, str]:  # noqa: N802
        return self._leaf("userTask")

    def _serviceTask(self, _parts: tuple[Block, ...]) -> tuple[str, str]:  # noqa: N802
        return self._leaf("serviceTask")

    def _timer(self, _parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._leaf("intermediateCatchEvent", on_timer("PT1H"))

    def _timed(self, _parts: tuple[Block, ...]) -> tuple[str, str]:
        task, border, merge = self.name("userTask"), self.name("late"), self.name("merge")
        self.lines += [
            f"userTask {task}",
            f"boundaryEvent {border} attachedToRef={task} {on_timer('PT2H')}",
            f"exclusiveGateway {merge}",
            f"{task} > {merge}",
            f"{border} > {merge}",
        ]
        return task, merge

    def _sequence(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        ends = [self.add(each) for each in parts]
        for (_, last), (first, _) in pairwise(ends):
            self.lines.append(f"{last} > {first}")
        return ends[0][0], ends[-1][1]

    def _split(self, kind: str, parts: tuple[Block, ...], condition: str) -> tuple[str, str]:
        fork, join = self.name("fork"), self.name("join")
        self.lines += [f"{kind} {fork}", f"{kind} {join}"]
        for number, part in enumerate(parts):
            first, last = self.add(part)
            arrow = f"-w{number}| {condition.format(number=number)}->" if condition else ">"
            self.lines += [f"{fork} {arrow} {first}", f"{last} > {join}"]
        return fork, join

    def _exclusive(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("exclusiveGateway", parts, "choice >= {number}")

    def _parallel(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("parallelGateway", parts, "")

    def _inclusive(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._split("inclusiveGateway", parts, "choice >= {number}")

    def _subProcess(self, parts: tuple[Block, ...]) -> tuple[str, str]:  # noqa: N802
        return self._scope(parts, "")

    def _all(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._scope(parts, "false")

    def _each(self, parts: tuple[Block, ...]) -> tuple[str, str]:
        return self._scope(parts, "true")

    def _scope(self, parts: tuple[Block, ...], sequential: str) -> tuple[str, str]:
        name = self.name("scope")
        self.lines.append(f"subProcess {name} {{")
        if sequential:
            self.lines.append(
                f'<multiInstanceLoopCharacteristics isSequential="{sequential}">'
                "<loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
            )
        self._sequence(parts)
        self.lines.append("}")
        return name, name


def chart_of(block: Block) -> engine.Chart:
    """Return the chart of a block between a start and an end event."""
    drawing = Drawing()
    first, last = drawing.add(block)
    return draw("\n".join(["startEvent start", "endEvent end", *drawing.lines, f"start > {first}", f"{last} > end"]))


def moves(state: engine.State) -> list[commands.Command]:
    """Return everything that may be asked of a case now."""
    found: list[commands.Command] = []
    for token in state.tokens.values():
        if token.phase == "work":
            found.append(commands.CompleteWork(token.id))
        elif token.phase == "action":
            found.append(commands.ActionFinished(token.id))
    found.extend(commands.TimerDue(wait.id) for wait in state.waits.values() if wait.kind == "timer")
    return found


@settings(max_examples=120, deadline=None)
@given(block=BLOCKS, data=st.data())
def test_every_block_structured_chart_ends_whatever_the_order(block: Block, data: st.DataObject) -> None:
    walk = Walk(chart_of(block)).start(choice=data.draw(st.integers(0, 2)))

    for _ in range(400):
        possible = moves(walk.case)
        if not possible:
            break
        command = data.draw(st.sampled_from(possible))
        walk.do(command)  # checks replay, round trips and that the old state is untouched
        after = walk.case
        assert engine.decide(walk.chart, after, command, engine.Surroundings(NOW)) == ()

    assert walk.case.status == "completed"
    assert walk.case.tokens == {}
    assert walk.case.waits == {}
    assert not walk.case.incidents


@settings(max_examples=60, deadline=None)
@given(block=BLOCKS, data=st.data())
def test_the_same_commands_give_the_same_events(block: Block, data: st.DataObject) -> None:
    chart = chart_of(block)
    walks = [Walk(chart).start(choice=0), Walk(chart).start(choice=0)]

    for _ in range(20):
        possible = moves(walks[0].case)
        if not possible:
            break
        command = data.draw(st.sampled_from(possible))
        for walk in walks:
            walk.do(command)

    assert walks[0].events == walks[1].events
    assert walks[0].effects == walks[1].effects


@settings(max_examples=60, deadline=None)
@given(block=BLOCKS)
def test_cancelling_takes_back_everything_that_was_asked_for(block: Block) -> None:
    walk = Walk(chart_of(block)).start(choice=0)
    offered = {each.id for each in walk.case.tokens.values() if each.phase == "work"}
    armed = {each.id for each in walk.waits}
    if walk.case.status != "running":
        return
    before = len(walk.effects)

    walk.do(commands.Cancel("enough"))

    taken_back = walk.effects[before:]
    assert {each.token for each in taken_back if isinstance(each, WithdrawWork)} == offered
    assert {each.timer for each in taken_back if isinstance(each, DisarmTimer)} == armed


def test_a_state_does_not_grow_with_what_has_happened() -> None:
    chart = draw(f"""
        startEvent start
        userTask again
        boundaryEvent late attachedToRef=again {on_timer("PT1H")}
        start > again > again
    """)
    around = engine.Surroundings(NOW)
    state = engine.advance(chart, None, commands.Start(), around).state
    sizes = []

    for _ in range(1000):
        state = engine.advance(chart, state, commands.CompleteWork(next(iter(state.tokens))), around).state
        sizes.append(len(engine.encode_state(state)))

    assert sizes[-1] - sizes[10] <= 20  # ids have more digits, nothing else
