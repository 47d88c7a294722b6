"""``throughline simulate``: many cases of a chart in virtual time, with people, calendars and chance."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from throughline.cli import OK, read_bytes, read_text, say, write_bytes
from throughline.cli.batch import parse, write_json
from throughline.cli.run_chart import decision_files_beside
from throughline.flow import bpmn, dmn, engine
from throughline.flow.calendars import NoWorkingTime
from throughline.flow.simulate import BadScenario, Endless, document, read_scenario
from throughline.flow.simulate.reading import MOST_CASES, MOST_REPLICATIONS
from throughline.insight.simulation.replicas import HERE, NoRay, Question, Spread, simulate_spread
from throughline.platform.faults import Fault

MOST_PROCESSES = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("chart", metavar="CHART.bpmn", help="the chart to simulate; - is standard input")
    parser.add_argument("--scenario", metavar="FILE", help="JSON or YAML: arrivals, resources, tasks, flows, …")
    parser.add_argument("--cases", type=int, metavar="N", help="so many cases come (else the scenario's, else 1000)")
    parser.add_argument("--replications", type=int, metavar="R", help="so many independent runs (else 10)")
    parser.add_argument("--seed", type=int, metavar="K", help="the same seed gives the same numbers (else 1)")
    parser.add_argument("--log", metavar="OUT.csv", help="write the first run as an event log")
    parser.add_argument(
        "--processes", type=int, metavar="N", default=1, help="compute runs side by side; the output stays the same"
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS", nargs="?", const=HERE,
        help="compute runs on the machines of a Ray cluster (without an address: one started here); the output stays "
        "the same",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Simulate and print the figures."""
    try:
        report = _report(arguments)
    except bpmn.Unreadable as problem:
        raise Fault(f"{arguments.chart}: {problem}") from problem
    except BadScenario as problem:
        raise Fault(f"{arguments.scenario or 'The scenario'}: {problem}") from problem
    except dmn.Unreadable as problem:
        raise Fault(f"A decision beside {arguments.chart}: {problem}") from problem
    except NoRay as problem:
        raise Fault(str(problem)) from problem
    except (engine.ChartRefused, engine.CommandRefused, Endless, NoWorkingTime) as problem:
        raise Fault(f"{arguments.chart} cannot be simulated. {problem}") from problem
    if arguments.json:
        write_json(report)
    else:
        print("\n".join(_lines(report)))  # noqa: T201
    return OK


def _report(arguments: argparse.Namespace) -> dict[str, Any]:
    drawing = read_bytes(arguments.chart)
    beside = decision_files_beside(arguments.chart, bpmn.read(drawing))
    question = Question(
        drawing,
        _with_options(_scenario_file(arguments.scenario), arguments),
        {ref: read_bytes(str(file)) for ref, file in beside.items()},
        with_log=bool(arguments.log),
        with_series=arguments.json,
    )
    result, log = simulate_spread(question, Spread(arguments.processes, arguments.ray))
    if log is not None:
        write_bytes(arguments.log, log.encode())
        if not arguments.json:
            say(f"The first run is in {arguments.log}.")
    return document(result)


def _scenario_file(path: str | None) -> dict[str, Any]:
    """Return the scenario of a file, which is one that can be read."""
    if path is None:
        return {}
    text = read_text(path)
    try:
        found = yaml.safe_load(text) if path.endswith((".yaml", ".yml")) else parse(text, what=path)
    except yaml.YAMLError as problem:
        raise Fault(f"{path} is not YAML: {problem}".replace("\n", " ")) from problem
    read_scenario(found)
    return dict(found)


def _with_options(scenario: Mapping[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """Let the options of the command stand above what the file says."""
    limits = {"cases": (1, MOST_CASES), "replications": (1, MOST_REPLICATIONS), "seed": (0, 2**63 - 1)}
    given = {name: getattr(arguments, name) for name in limits if getattr(arguments, name) is not None}
    for name, value in {**given, "processes": arguments.processes}.items():
        low, high = limits.get(name, (1, MOST_PROCESSES))
        if not low <= value <= high:
            raise Fault(f"Expected --{name} to be a whole number from {low} to {high}, but it is {value}.")
    return {**scenario, **given}


# --- for people -------------------------------------------------------------------------------------------------------
def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"{report['cases']} cases, {report['replications']} runs, seed {report['seed']}"
    yield ""
    yield f"{'':28} {'mean':>12} {'95 % interval':>27} {'median':>12} {'p90':>12} {'p95':>12}"
    for name in ("cycle_time", "waiting_time", "processing_time", "idle_time"):
        yield f"{name.replace('_', ' '):28} {_spread(report[name])}"
    yield ""
    yield f"{'step':28} {'done':>10} {'waiting':>12} {'processing':>12} {'queue':>9} {'cost':>12}"
    for step in report["steps"].values():
        yield (
            f"{step['name'][:28]:28} {step['executions']:10.1f} {span(step['waiting']['mean']):>12} "
            f"{span(step['processing']['mean']):>12} {step['queue_mean']:9.2f} {step['cost']:12.2f}"
        )
    yield ""
    for name, each in report["resources"].items():
        yield f"{name[:28]:28} used {each['utilisation']:6.1%}   cost {each['cost']:12.2f}"
    for name, share in report["outcomes"].items():
        took = report["outcome_times"].get(name)
        after = f", after {span(took['mean'])} (median {span(took['median'])})" if took else ""
        yield f"{name[:28]:28} {share:11.1%} of the cases{after}"
    yield f"{'cost per case':28} {report['cost_per_case']:12.2f}"
    for assumption in report["assumptions"]:
        yield f"Assumed: {assumption}"


def _spread(figures: Mapping[str, Any]) -> str:
    ci95 = figures["ci95"]
    shown = "" if ci95 is None else f"{span(ci95[0])} to {span(ci95[1])}"
    return " ".join(
        [
            f"{span(figures['mean']):>12}",
            f"{shown:>27}",
            *(f"{span(figures[name]):>12}" for name in ("median", "p90", "p95")),
        ]
    )


def span(seconds: float) -> str:
    """Return a duration for people: its two largest units."""
    for unit, length, below, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= length:
            whole, rest = divmod(seconds, length)
            return f"{whole:.0f} {unit} {rest / part:.0f} {below}"
    return f"{seconds:.1f} s"
