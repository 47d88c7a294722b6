"""
How long a drawing takes without a browser: laying out 1,000 nodes, SVG of 40, a step added with all places kept, the
import of a page of 60 shapes.

    python bench/drawing.py [--rounds 20] [--nodes 1000]

Medians and fastest of many in one process, in seconds of its processor, so that a busy machine does not count, with
their ratio to the goal. Exits with 1 when a median is above its goal.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

import import_drawing
from forty_nodes import EACH, drawn_parts, forty_nodes

from throughline.flow import bpmn
from throughline.flow.bpmn import edit
from throughline.flow.charts.formats import Form, read_drawing


def milliseconds(work: Callable[[], object], rounds: int) -> list[float]:
    """Return how long each round took, the first one left out: it loads what is loaded once."""
    work()
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1e3)
    return found


def told(name: str, goal: float, work: Callable[[], object], rounds: int) -> bool:
    """Measure, print a line and say whether the goal (in milliseconds) is met."""
    found = milliseconds(work, rounds)
    middle = statistics.median(found)
    print(
        f"{name:<44} median {middle:7.1f} ms, fastest {min(found):7.1f} ms, "
        f"{middle / goal:.2f} of the goal of {goal:.0f} ms"
    )
    return middle <= goal


def main() -> int:
    """Measure; exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=1000)
    options = parser.parse_args()
    large = bpmn.read(drawn_parts(options.nodes // EACH))
    small = bpmn.lay_out(bpmn.read(forty_nodes()))
    laid_out = bpmn.lay_out(large)
    counted = sum(len(process.nodes) for process in large.processes)
    step = edit.template({"element": "bpmn:UserTask", "name": "Ask again"})
    page = import_drawing.drawing()
    print(f"load {os.getloadavg()[0]:.1f}")
    rounds = options.rounds
    held = [
        told(f"layout, {counted} nodes", 300, lambda: bpmn.lay_out(large), rounds),
        told("picture, 40 nodes", 20, lambda: bpmn.render_svg(small), rounds),
        told(
            f"kept, a step added to {counted} nodes",
            300,
            lambda: edit.add_after(laid_out, after="call0", step=step),
            rounds,
        ),
        told(
            f"import, {import_drawing.SHAPES} shapes",
            1000,
            lambda: bpmn.write(read_drawing(page, Form.DRAWIO).chart),
            rounds,
        ),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
