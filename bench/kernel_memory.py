"""
How fast the kernel is in memory, beside SpiffWorkflow, and whether a step costs the same after ten thousand loops.

    python bench/kernel_memory.py [--rounds 7] [--instances 5000]

The process: start, a service step that gives a score, a decision, a user task with a 24-hour boundary timer that is
armed and cancelled, end. Every instance is started, its action answered, waits, is completed. SpiffWorkflow runs the
same chart with a script step in place of the service, in an environment of its own (peers.py). Rounds are interleaved
and seconds are those of the processor, so that a busy machine slows both; read the ratio. Exits with 1 when a goal is
missed or there was nothing to compare with.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from lead_process import SERVICE, lead_process
from peers import peer

from throughline.flow import bpmn, engine
from throughline.flow.engine import commands

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
GOAL = 25
"""How many times as many instances per second as SpiffWorkflow are asked for."""
KERNEL = "kernel"
MARKS = (10, 100, 1_000, 10_000)
WINDOW = 200
"""How many loops from each mark on are looked at; their median is the cost there."""
FLAT = 1.5
"""How many times as much a step may take at the last mark as at the first."""

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
    chart = engine.compile_chart(bpmn.read(lead_process(score=SERVICE, due="PT24H")))
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
    chart = engine.compile_chart(bpmn.read(lead_process(score=SERVICE, due="PT24H")))
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


def rate(instance: Callable[[], None], count: int) -> float:
    """Return instances per second of processor over ``count`` of them."""
    begin = time.process_time()
    for _ in range(count):
        instance()
    return count / (time.process_time() - begin)


def compare(rounds: int, instances: int) -> bool:
    """Print medians and the ratio; say whether the goal is reached."""
    kernel, stored = ours(), ours_stored()
    fewer = max(1, instances // GOAL)
    found: dict[str, list[float]] = {KERNEL: [], f"{KERNEL}, state as JSON in between": [], "SpiffWorkflow": []}
    with peer("spiffworkflow") as other:
        for _ in range(rounds):
            found[KERNEL].append(rate(kernel, instances))
            found[f"{KERNEL}, state as JSON in between"].append(rate(stored, instances))
            found["SpiffWorkflow"].append(fewer / other.seconds(fewer) if other else 0.0)
    for name, rates in found.items():
        print(f"{name:36s} {statistics.median(rates):10,.0f} inst/s  ({min(rates):,.0f} to {max(rates):,.0f})")
    if other is None:
        return False
    ratio = statistics.median(found[KERNEL]) / statistics.median(found["SpiffWorkflow"])
    print(f"ratio {ratio:.1f} (goal {GOAL})")
    return ratio >= GOAL


def growth() -> bool:
    """Print the cost of a step and the size of the state along a long loop; say whether both stay flat."""
    chart = engine.compile_chart(bpmn.read(LOOP.encode()))
    around = engine.Surroundings(NOW)
    state = engine.advance(chart, None, commands.Start(), around).state
    costs: dict[int, float] = {}
    sizes: dict[int, int] = {}
    spent: list[float] = []
    for number in range(1, MARKS[-1] + WINDOW):
        token = next(iter(state.tokens))
        begin = time.perf_counter()
        state = engine.advance(chart, state, commands.CompleteWork(token), around).state
        spent.append(time.perf_counter() - begin)
        if number in MARKS:
            sizes[number] = len(engine.encode_state(state))
    for mark in MARKS:
        costs[mark] = statistics.median(spent[mark : mark + WINDOW]) * 1e6
        print(f"loop {mark:6,d}: {costs[mark]:6.1f} us per step, state {sizes[mark]} bytes")
    growing = costs[MARKS[-1]] / costs[MARKS[0]]
    print(f"a step at loop {MARKS[-1]:,} takes {growing:.2f} times that at loop {MARKS[0]} (goal at most {FLAT})")
    return growing <= FLAT and sizes[MARKS[-1]] < sizes[MARKS[0]] + 50  # counters get longer, nothing else


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
