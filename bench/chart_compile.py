"""
How long a chart takes to compile that nobody has compiled before: 40 nodes, 10 FEEL expressions, read from XML.

    python bench/chart_compile.py [--processes 7] [--rounds 50]

Cold is the first compile of a fresh process, once modules are imported; warm is the fastest of many in one process.
Seconds are those of the processor. Exits with 1 when the median of the cold ones is above the goal.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from forty_nodes import forty_nodes

from throughline.flow import bpmn, engine

GOAL_MILLISECONDS = 5.0


def milliseconds(definitions: bpmn.Definitions) -> float:
    """How long one compile takes."""
    begin = time.process_time()
    engine.compile_chart(definitions)
    return (time.process_time() - begin) * 1e3


def cold() -> float:
    """How long the first compile of a fresh process takes."""
    words = [sys.executable, __file__, "--once"]
    return float(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main() -> int:
    """Measure; exit 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    definitions = bpmn.read(forty_nodes())
    first = milliseconds(definitions)
    if options.once:
        print(first)
        return 0
    chart = engine.compile_chart(definitions)
    colds = [cold() for _ in range(options.processes)]
    warms = [milliseconds(definitions) for _ in range(options.rounds)]
    print(f"{len(chart.nodes)} nodes")
    print(
        f"cold {statistics.median(colds):.2f} ms ({min(colds):.2f} to {max(colds):.2f}; goal {GOAL_MILLISECONDS:.0f})"
    )
    print(f"warm {min(warms):.2f} ms, ratio cold to warm {statistics.median(colds) / min(warms):.1f}")
    return 0 if statistics.median(colds) <= GOAL_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
