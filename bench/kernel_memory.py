"""
How fast the kernel is in memory, beside SpiffWorkflow, and whether a step costs the same after ten thousand loops.

    python bench/kernel_memory.py [--rounds 7] [--instances 5000]

The process: start, a service step that gives a score, a decision, a user task with a 24-hour boundary timer that is
armed and cancelled, end. Every instance is started, its action answered, waits, is completed. SpiffWorkflow runs the
same chart with a script step in place of the service. Rounds are interleaved, so that a busy machine slows both; read
the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from throughline.flow import bpmn, engine
from throughline.flow.engine import commands

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
GOAL = 25
"""How many times as many instances per second as SpiffWorkflow are asked for."""

LEAD = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:tl="urn:throughline:bpmn:1"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="lead" targetNamespace="bench">
 <process id="lead" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="score"/>
  {score}
  <sequenceFlow id="b" sourceRef="score" targetRef="hot"/>
  <exclusiveGateway id="hot" default="d"/>
  <sequenceFlow id="c" sourceRef="hot" targetRef="call">
   <conditionExpression xsi:type="tFormalExpression">score &gt;= 50</conditionExpression></sequenceFlow>
  <sequenceFlow id="d" sourceRef="hot" targetRef="nurture"/>
  <task id="nurture"/><sequenceFlow id="e" sourceRef="nurture" targetRef="cold"/><endEvent id="cold"/>
  <userTask id="call"/><sequenceFlow id="f" sourceRef="call" targetRef="end"/><endEvent id="end"/>
  <boundaryEvent id="late" attachedToRef="call" cancelActivity="true"><timerEventDefinition id="t">
   <timeDuration xsi:type="tFormalExpression">{due}</timeDuration></timerEventDefinition></boundaryEvent>
  <sequenceFlow id="g" sourceRef="late" targetRef="escalate"/>
  <task id="escalate"/><sequenceFlow id="h" sourceRef="escalate" targetRef="lost"/><endEvent id="lost"/>
 </process></definitions>"""
SERVICE = """<serviceTask id="score"><extensionElements><tl:action name="lead.score">
   <tl:output name="score" value="result.score"/></tl:action></extensionElements></serviceTask>"""
SCRIPT = """<scriptTask id="score"><script>score = 80</script></scriptTask>"""

LOOP = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="loop" targetNamespace="bench">
 <process id="loop" isExecutable="true">
  <startEvent id="start"/><sequenceFlow id="a" sourceRef="start" targetRef="call"/>
  <userTask id="call"/><sequenceFlow id="b" sourceRef="call" targetRef="call"/>
  <boundaryEvent id="late" attachedToRef="call"><timerEventDefinition>
   <timeDuration>PT24H</timeDuration></timerEventDefinition></boundaryEvent>
  <sequenceFlow id="c" sourceRef="late" targetRef="end"/><endEvent id="end"/>
 </process></definitions>"""


def ours() -> Callable[[], None]:
    """Return a function that runs one instance of the process in our kernel."""
    chart = engine.compile_chart(bpmn.read(LEAD.format(score=SERVICE, due="PT24H").encode()))
    around = engine.Surroundings(NOW)
    result = {"score": Decimal(80)}

    def instance() -> None:
        started = engine.advance(chart, None, commands.Start(), around)
        activation = started.effects[-1].activation  # type: ignore[attr-defined]
        waiting = engine.advance(chart, started.state, commands.ActionFinished(activation, result), around)
        token = next(iter(waiting.state.tokens))
        ended = engine.advance(chart, waiting.state, commands.CompleteWork(token), around)
        assert ended.state.status == "completed"

    return instance


def ours_stored() -> Callable[[], None]:
    """Return the same with the state written as JSON and read again before every command."""
    chart = engine.compile_chart(bpmn.read(LEAD.format(score=SERVICE, due="PT24H").encode()))
    around = engine.Surroundings(NOW)
    result = {"score": Decimal(80)}

    def stored(step: engine.Advance) -> engine.State:
        return engine.decode_state(engine.encode_state(step.state))

    def instance() -> None:
        started = engine.advance(chart, None, commands.Start(), around)
        activation = started.effects[-1].activation  # type: ignore[attr-defined]
        waiting = engine.advance(chart, stored(started), commands.ActionFinished(activation, result), around)
        token = next(iter(waiting.state.tokens))
        ended = engine.advance(chart, stored(waiting), commands.CompleteWork(token), around)
        assert stored(ended).status == "completed"

    return instance


def spiff() -> Callable[[], None] | None:
    """Return the same for SpiffWorkflow, or None when it is not installed."""
    try:
        from SpiffWorkflow.bpmn.parser import BpmnParser
        from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
        from SpiffWorkflow.util.task import TaskState
    except ImportError:
        return None
    parser = BpmnParser()
    parser.add_bpmn_io(BytesIO(LEAD.format(score=SCRIPT, due='"PT24H"').encode()))
    spec = parser.get_spec("lead")

    def instance() -> None:
        workflow: Any = BpmnWorkflow(spec)
        workflow.do_engine_steps()
        task = next(each for each in workflow.get_tasks(state=TaskState.READY) if each.task_spec.name == "call")
        task.run()
        workflow.do_engine_steps()
        assert workflow.is_completed()

    return instance


def rate(instance: Callable[[], None], count: int) -> float:
    """Return instances per second over ``count`` of them."""
    begin = time.perf_counter()
    for _ in range(count):
        instance()
    return count / (time.perf_counter() - begin)


def compare(rounds: int, instances: int) -> bool:
    """Print medians and the ratio; say whether the goal is reached (True when there is nothing to compare with)."""
    runners: dict[str, tuple[Callable[[], None], int]] = {
        "kernel": (ours(), instances),
        "kernel, state as JSON in between": (ours_stored(), instances),
    }
    other = spiff()
    if other is None:
        print("!!! SpiffWorkflow is NOT installed: no ratio. `pip install SpiffWorkflow` into a scratch environment.")
    else:
        runners["SpiffWorkflow"] = (other, max(1, instances // 25))
    found: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, (runner, count) in runners.items():
            found[name].append(rate(runner, count))
    for name, rates in found.items():
        print(f"{name:36s} {statistics.median(rates):10,.0f} inst/s  ({min(rates):,.0f} to {max(rates):,.0f})")
    if other is None:
        return True
    ratio = statistics.median(found["kernel"]) / statistics.median(found["SpiffWorkflow"])
    print(f"ratio {ratio:.1f} (goal {GOAL})")
    return ratio >= GOAL


def growth() -> bool:
    """Print the cost of a step and the size of the state along a long loop; say whether both stay flat."""
    chart = engine.compile_chart(bpmn.read(LOOP.encode()))
    around = engine.Surroundings(NOW)
    state = engine.advance(chart, None, commands.Start(), around).state
    marks = {10: (0.0, 0), 100: (0.0, 0), 1_000: (0.0, 0), 10_000: (0.0, 0)}
    spent: list[float] = []
    for number in range(1, 10_001):
        token = next(iter(state.tokens))
        begin = time.perf_counter()
        state = engine.advance(chart, state, commands.CompleteWork(token), around).state
        spent.append(time.perf_counter() - begin)
        if number in marks:
            marks[number] = (statistics.median(spent[-200:]) * 1e6, len(engine.encode_state(state)))
    for number, (cost, size) in marks.items():
        print(f"loop {number:6,d}: {cost:6.1f} us per step, state {size} bytes")
    return marks[10_000][0] < 3 * marks[100][0] and marks[10_000][1] < marks[10][1] + 50


def main() -> int:
    """Run both measurements; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--instances", type=int, default=5_000)
    options = parser.parse_args()
    fast = compare(options.rounds, options.instances)
    flat = growth()
    return 0 if fast and flat else 1


if __name__ == "__main__":
    sys.exit(main())
