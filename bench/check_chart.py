"""
How long the proof of a chart takes: the shipped procedure, after an edit and for the first time.

    python bench/check_chart.py

Processor time, best and middle of many rounds. *At an edit* the expressions that did not change are kept; *at first*
nothing is. The last line shows that many parallel branches stay few situations.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import throughline.packs
from throughline.flow import bpmn, check
from throughline.flow.bpmn.model import Definitions, FlowNode
from throughline.flow.check.explore import explore
from throughline.flow.check.expressions import compiled
from throughline.flow.check.reduce import reduce_net
from throughline.flow.check.scopes import scopes_of
from throughline.flow.check.translate import net_of

ROUNDS = 50
GOAL_MILLISECONDS = 5
BRANCHES = 17
CHART = Path(throughline.packs.__file__).parent / "lead_to_deal" / "lead-to-deal.bpmn"


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """The best and the middle processor time of ``work``."""
    times = []
    for _ in range(ROUNDS):
        before = time.process_time_ns()
        work()
        times.append((time.process_time_ns() - before) / 1e6)
    return min(times), statistics.median(times)


def at_first(definitions: Definitions) -> None:
    """Check with nothing kept from before."""
    compiled.cache_clear()
    check.check(definitions)


def situations(branches: int) -> int:
    """How many situations are looked at for so many parallel branches, each with a loop in it."""
    ways = "".join(
        f'<task id="a{n}"/><exclusiveGateway id="x{n}"/><exclusiveGateway id="y{n}"/>'
        f'<sequenceFlow id="f{n}1" sourceRef="split" targetRef="x{n}"/>'
        f'<sequenceFlow id="f{n}2" sourceRef="x{n}" targetRef="a{n}"/>'
        f'<sequenceFlow id="f{n}3" sourceRef="a{n}" targetRef="y{n}"/>'
        f'<sequenceFlow id="f{n}4" sourceRef="y{n}" targetRef="x{n}"/>'
        f'<sequenceFlow id="f{n}5" sourceRef="y{n}" targetRef="join"/>'
        for n in range(branches)
    )
    drawing = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"><process id="p">'
        '<startEvent id="start"/><parallelGateway id="split"/><parallelGateway id="join"/><endEvent id="end"/>'
        '<sequenceFlow id="s" sourceRef="start" targetRef="split"/>'
        f'<sequenceFlow id="e" sourceRef="join" targetRef="end"/>{ways}</process></definitions>'
    )
    [scope] = scopes_of(bpmn.read(drawing.encode()))
    net = net_of(scope)
    reduce_net(net)
    return explore(net).states


def main() -> None:
    """Measure and print."""
    definitions = bpmn.read(CHART.read_bytes())
    nodes = sum(isinstance(each, FlowNode) for process in definitions.processes for each, _ in process.walk())
    check.check(definitions)
    for told, work in (("at an edit", lambda: check.check(definitions)), ("at first", lambda: at_first(definitions))):
        best, middle = milliseconds(work)
        print(f"check {nodes} nodes {told:<11} {best:6.2f} ms best {middle:6.2f} ms middle (goal {GOAL_MILLISECONDS})")
    print(f"{BRANCHES} parallel branches: {situations(BRANCHES)} situations (goal below 1,000)")


if __name__ == "__main__":
    main()
