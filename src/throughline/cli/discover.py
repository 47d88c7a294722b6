"""``throughline discover``: a chart made from an event log."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from throughline.cli import OK, write_bytes
from throughline.cli.batch import write_json
from throughline.cli.logs import add_log_arguments, read
from throughline.flow import bpmn
from throughline.flow.mining.conformance import Conformance, conform
from throughline.flow.mining.discover import chart_of, mined_tree
from throughline.flow.mining.variants import variants
from throughline.platform.faults import Fault

NOISE = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the log, where the chart goes and how much is left out."""
    add_log_arguments(parser, each="work")
    parser.add_argument("-o", "--output", required=True, metavar="CHART.bpmn", help="- writes standard output")
    parser.add_argument(
        "--noise", type=float, default=NOISE, metavar="SHARE",
        help=f"behaviour rarer than this share of what is beside it may be left out; 0 keeps all (default {NOISE})",
    )  # fmt: skip
    parser.add_argument("--name", help="the name of the process; by default the log's")
    parser.add_argument("--json", action="store_true", help="say as one JSON document how well the chart fits the log")


def run(arguments: argparse.Namespace) -> int:
    """Write the chart and say how well it fits."""
    if not 0 <= arguments.noise <= 1:
        raise Fault(f"Expected --noise to lie between 0 and 1, but it is {arguments.noise}.")
    log = read(arguments, keep=[]).log
    ways = variants(log)
    tree = mined_tree(Counter(dict(zip(ways.activities, ways.counts, strict=True))), noise=arguments.noise)
    chart = chart_of(tree, name=arguments.name or Path(arguments.log).name.partition(".")[0])
    write_bytes(arguments.output, bpmn.write(chart))
    found = conform(log, chart)
    if arguments.json and str(arguments.output) != "-":
        write_json({"tree": str(tree), "noise": arguments.noise, **_figures(found), "warnings": list(log.warnings)})
    return OK


def _figures(found: Conformance) -> dict[str, object]:
    return {
        "cases": found.cases,
        "conforming_cases": found.conforming_cases,
        "trace_fitness_mean": found.trace_fitness_mean,
        "log_fitness": found.log_fitness,
        "precision": found.precision,
        "method": "exact" if found.is_exact else "approximate",
    }
