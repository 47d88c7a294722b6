"""``throughline conform``: where an event log and a chart part."""

from __future__ import annotations

import argparse
from typing import Any

from throughline.cli import OK, read_bytes, read_text, say
from throughline.cli.batch import parse, write_json
from throughline.cli.logs import add_log_arguments, read
from throughline.flow import bpmn
from throughline.flow.mining.conformance import Conformance, NotComparable, conform, document
from throughline.platform.faults import Fault

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the log, the chart, how they belong together and the forms of output."""
    add_log_arguments(parser, each="work")
    parser.add_argument("chart", metavar="CHART.bpmn", help="the chart to compare with")
    parser.add_argument("--map", metavar="FILE.json", help='which step an activity is: {"activity": "name or id", …}')
    parser.add_argument("--process", metavar="ID", help="the process, where the chart has several")
    parser.add_argument("--json", action="store_true", help="print everything as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print how far the log conforms to the chart."""
    try:
        definitions = bpmn.read(read_bytes(arguments.chart))
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.chart} cannot be read as BPMN. {problem}") from problem
    mapping = _mapping(arguments.map) if arguments.map else None
    log = read(arguments, keep=[]).log
    try:
        found = conform(log, definitions, mapping=mapping, process=arguments.process)
    except NotComparable as problem:
        raise Fault(str(problem)) from problem
    for warning in found.warnings:
        say(warning)
    figures = document(found)
    figures["warnings"] = [*log.warnings, *figures["warnings"]]
    if arguments.json:
        write_json(figures)
    else:
        _print(found, figures)
    return OK


def _mapping(path: str) -> dict[str, Any]:
    given = parse(read_text(path), what=path)
    if not isinstance(given, dict) or not all(_is_target(each) for each in given.values()):
        raise Fault(f'{path} is no map. Expected {{"activity of the log": "name or id of a step", …}}.')
    return given


def _is_target(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _print(found: Conformance, figures: dict[str, Any]) -> None:
    share = found.conforming_cases / found.cases if found.cases else 1.0
    precision = "unknown" if found.precision is None else f"{found.precision:.3f}"
    lines = [
        f"{found.conforming_cases:,} of {found.cases:,} cases follow the chart ({share:.1%}).",
        f"Fitness {found.trace_fitness_mean:.4f} (mean of the cases), {found.log_fitness:.4f} (log); "
        f"precision {precision}; {figures['method']}.",
        "",
        *(
            f"  {each['cases']:>8,} cases  {each['kind']}: {each['activity']}"
            + (f" ({each['how']})" if each["how"] else "")
            for each in figures["deviations"][:SHOWN]
        ),
    ]
    print("\n".join(lines))  # noqa: T201
