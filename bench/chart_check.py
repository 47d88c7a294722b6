"""
How long the proof of a chart takes, and how far 17 parallel branches blow up.

    python bench/chart_check.py [--rounds 30]

Typical charts are the shipped procedure and one of 40 nodes; each is checked whole, as the editor does at every change:
soundness, data, drawing. The branches would have 131,074 situations if every order were looked at; reduction must keep
them below a thousand. Seconds are those of the processor. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from importlib import resources

from forty_nodes import forty_nodes

from throughline.flow import bpmn
from throughline.flow.check import check
from throughline.flow.check.explore import explore
from throughline.flow.check.reduce import reduce_net
from throughline.flow.check.scopes import scopes_of
from throughline.flow.check.translate import net_of

GOAL_MILLISECONDS = 5.0
GOAL_STATES = 1_000
BRANCHES = 17


def milliseconds(definitions: bpmn.Definitions) -> float:
    """How long one check takes."""
    begin = time.process_time()
    check(definitions)
    return (time.process_time() - begin) * 1e3


def states(definitions: bpmn.Definitions, *, reduced: bool) -> int:
    """How many situations are looked at, in all scopes together."""
    total = 0
    for scope in scopes_of(definitions):
        net = net_of(scope)
        if reduced:
            reduce_net(net)
        total += explore(net).states
    return total


def parallel(branches: int) -> bytes:
    """A chart of this many branches of one task each between a parallel split and its join."""
    inner = "".join(
        f'<task id="t{number}"/><sequenceFlow id="s{number}" sourceRef="split" targetRef="t{number}"/>'
        f'<sequenceFlow id="j{number}" sourceRef="t{number}" targetRef="join"/>'
        for number in range(branches)
    )
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="wide" targetNamespace="bench">'
        '<process id="wide" isExecutable="true"><startEvent id="start"/><parallelGateway id="split"/>'
        '<parallelGateway id="join"/><endEvent id="end"/><sequenceFlow id="a" sourceRef="start" targetRef="split"/>'
        f'<sequenceFlow id="z" sourceRef="join" targetRef="end"/>{inner}</process></definitions>'
    ).encode()


def main() -> int:
    """Measure; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    shipped = resources.files("throughline.packs") / "lead_to_deal" / "lead-to-deal.bpmn"
    charts = {"lead-to-deal, as shipped": shipped.read_bytes(), "40 nodes": forty_nodes()}
    reached = True
    for name, xml in charts.items():
        definitions = bpmn.read(xml)
        spent = [milliseconds(definitions) for _ in range(rounds)]
        middle = statistics.median(spent)
        reached = reached and middle <= GOAL_MILLISECONDS
        print(f"{name:26s} {middle:6.2f} ms  (first {spent[0]:.2f}, goal {GOAL_MILLISECONDS:.0f})")
    wide = bpmn.read(parallel(BRANCHES))
    middle = statistics.median(milliseconds(wide) for _ in range(rounds))
    ours, plain = states(wide, reduced=True), states(wide, reduced=False)
    print(f"{f'{BRANCHES} parallel branches':26s} {middle:6.2f} ms")
    print(f"  {ours} situations looked at (goal fewer than {GOAL_STATES:,}); without reduction {plain:,}")
    print(f"  ratio {2**BRANCHES / ours:,.0f} to every order of them")
    return 0 if reached and ours < GOAL_STATES else 1


if __name__ == "__main__":
    sys.exit(main())
